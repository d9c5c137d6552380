"""Hints: who wants a SIM read back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from enterprise.models import Enterprise
from sims.hints import hint, is_giccid
from sims.models import Hint

pytestmark = pytest.mark.django_db


def test_hints_before_the_read_are_one(enterprise: Enterprise) -> None:
    now = timezone.now()
    assert hint(enterprise.pk, ["1", "2", "1"], "delta", now) == 2
    assert hint(enterprise.pk, ["2", "3"], "push", now + timedelta(seconds=5)) == 2
    rows = Hint.objects.order_by("giccid").values_list("giccid", "reason", "hinted_at", "run_at")
    assert list(rows) == [
        ("1", "delta", now, now),
        ("2", "push", now + timedelta(seconds=5), now),
        ("3", "push", now + timedelta(seconds=5), now + timedelta(seconds=5)),
    ]


def test_an_older_hint_does_not_make_a_newer_one_older(enterprise: Enterprise) -> None:
    now = timezone.now()
    hint(enterprise.pk, ["1"], "delta", now)
    hint(enterprise.pk, ["1"], "delta", now - timedelta(minutes=1))
    assert Hint.objects.get().hinted_at == now


def test_a_new_hint_ends_the_wait_of_one_that_failed(enterprise: Enterprise) -> None:
    now = timezone.now()
    hint(enterprise.pk, ["1"], "delta", now)
    Hint.objects.update(attempts=7, run_at=now + timedelta(minutes=5))
    hint(enterprise.pk, ["1"], "delta", now)
    assert (Hint.objects.get().attempts, Hint.objects.get().run_at) == (0, now)


def test_each_enterprise_has_its_own(enterprise: Enterprise, foreign_enterprise: Enterprise) -> None:
    hint(enterprise.pk, ["1"], "delta")
    hint(foreign_enterprise.pk, ["1"], "delta")
    assert Hint.objects.count() == 2


@pytest.mark.parametrize("odd", ["", "x", "1" * 33, "１", None, 5, "1\n", "1 2"])
def test_what_the_platform_could_not_be_asked_for_is_left_out(enterprise: Enterprise, odd: Any) -> None:
    assert not is_giccid(odd)
    assert hint(enterprise.pk, [odd], "delta") == 0
    assert hint(enterprise.pk, [], "delta") == 0
    assert not Hint.objects.exists()


def test_workers_are_woken_once_the_hint_is_committed(
    enterprise: Enterprise,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: sent.append((name, options)))
    with django_capture_on_commit_callbacks(execute=True):
        hint(enterprise.pk, ["1"], "delta")
        assert sent == []
    assert [(name, options["expires"], options["retry"]) for name, options in sent] == [
        ("mirror.tick", 2, False)
    ]


def test_a_broker_that_is_away_costs_half_a_second_at_most_and_no_hint(
    enterprise: Enterprise,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    before = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        hint(enterprise.pk, ["1"], "delta")
    assert timezone.now() - before < timedelta(seconds=1)
    assert Hint.objects.count() == 1
