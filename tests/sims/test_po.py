"""Which SIMs belong to a PO."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from enterprise.models import Enterprise
from mirror.models import SeenKey, SyncRun
from sims import po as job
from sims.models import PurchaseOrder, Sim
from sims.purchase_orders import want_po
from tests.support.platform import Answer, Asked, ScriptedPlatform, answer, error, sims
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import drive, new_run, piece, sweep

pytestmark = pytest.mark.django_db
State = SyncRun.State
JOB = job.JOB_NAME


@pytest.fixture
def orders() -> dict[str, list[dict[str, Any]]]:
    """PO name to list items."""
    return {"P1": sims(150), "P2": sims(5, start=150)}


@pytest.fixture
def platform(enterprise: Enterprise, orders: dict[str, list[dict[str, Any]]]) -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform({"A": sims(170)}) as platform:
        sweep(enterprise)
        platform.before = lambda asked: list_of(asked, orders)
        yield platform


def list_of(asked: Asked, orders: dict[str, list[dict[str, Any]]]) -> Answer | None:
    if "po" not in asked.query:
        return None
    found, page = orders.get(asked.query["po"], []), int(asked.query.get("page", 0))
    rows = found[page * 100 : page * 100 + 100]
    return answer({"data": rows, "page": page, "size": 100, "total": len(found)})


def read(enterprise: Enterprise) -> SyncRun:
    return drive(new_run(enterprise, JOB))


def of(name: str) -> int:
    return Sim.objects.filter(po=name).count()


@pytest.mark.servers
def test_its_sims_bear_its_name(sandbox: SandboxProcess, connected: Enterprise) -> None:
    sweep(connected)
    fleet = [item["giccid"] for item in sandbox.fleet()]
    for giccid in fleet[:120]:
        sandbox.set_sim(giccid, po="PO-7")
    want_po(connected, "PO-7")
    run = read(connected)
    assert (run.state, run.requests, run.seen, run.changed) == (State.SUCCEEDED, 2, 120, 120)
    assert set(Sim.objects.filter(po="PO-7").values_list("giccid", flat=True)) == set(fleet[:120])
    order = PurchaseOrder.objects.get()
    assert order.total == 120 and order.read_at is not None
    for giccid in fleet[:10]:
        sandbox.set_sim(giccid, po="other")
    PurchaseOrder.objects.update(read_at=None)
    read(connected)
    assert set(Sim.objects.filter(po="PO-7").values_list("giccid", flat=True)) == set(fleet[10:120])


def test_all_that_wait_are_read_and_the_others_are_left_alone(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    want_po(enterprise, "P1")
    want_po(enterprise, "P2")
    PurchaseOrder.objects.create(enterprise=enterprise, name="P3", read_at=timezone.now(), total=1)
    run = read(enterprise)
    assert (run.state, run.requests, of("P1"), of("P2")) == (State.SUCCEEDED, 3, 150, 5)
    assert not SeenKey.objects.exists()


def test_a_list_that_changes_while_it_is_read_takes_nothing_away(
    enterprise: Enterprise, platform: ScriptedPlatform, orders: dict[str, list[dict[str, Any]]]
) -> None:
    want_po(enterprise, "P1")
    read(enterprise)
    PurchaseOrder.objects.update(read_at=None)

    def shrink(asked: Asked) -> Answer | None:
        if "po" in asked.query:
            orders["P1"].pop(0)
        return list_of(asked, orders)

    platform.before = shrink
    run = read(enterprise)
    assert (run.state, of("P1")) == (State.INCOMPLETE, 150)
    assert "P1" in run.error
    assert PurchaseOrder.objects.get().read_at is None
    platform.before = lambda asked: list_of(asked, orders)
    assert read(enterprise).state == State.SUCCEEDED
    assert of("P1") == len(orders["P1"]) < 150


def test_an_empty_po_is_an_answer(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    want_po(enterprise, "nobody's")
    assert read(enterprise).state == State.SUCCEEDED
    assert PurchaseOrder.objects.get().total == 0


def test_a_name_the_platform_refuses_does_not_hold_up_the_others(
    enterprise: Enterprise, platform: ScriptedPlatform, orders: dict[str, list[dict[str, Any]]]
) -> None:
    want_po(enterprise, "odd")
    want_po(enterprise, "P2")
    platform.before = lambda asked: (
        error(422, "invalid") if asked.query.get("po") == "odd" else list_of(asked, orders)
    )
    run = read(enterprise)
    assert (run.state, of("P2")) == (State.INCOMPLETE, 5)
    assert "odd" in run.error


def test_stopped_after_every_page_it_goes_on(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    want_po(enterprise, "P1")
    want_po(enterprise, "P2")
    run, pieces = new_run(enterprise, JOB), 0
    while piece(run, seconds=0).is_open:
        pieces += 1
        assert pieces < 9
    assert (run.state, run.requests, of("P1"), of("P2")) == (State.SUCCEEDED, 3, 150, 5)


def test_a_sweep_leaves_the_name_alone(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    want_po(enterprise, "P2")
    read(enterprise)
    platform.accounts["A"][151]["status"] = "RETIRED"
    sweep(enterprise)
    assert (of("P2"), Sim.objects.filter(po="P2", status="RETIRED").count()) == (5, 1)


def test_it_is_due_once_a_day_and_rests_when_it_could_not_be_read(enterprise: Enterprise) -> None:
    now = timezone.now()
    assert list(job.due(now)) == []
    want_po(enterprise, "P1")
    assert [due.enterprise_id for due in job.due(now)] == [enterprise.pk]
    run = new_run(enterprise, JOB)
    SyncRun.objects.filter(pk=run.pk).update(state="incomplete", started_at=now, finished_at=now)
    assert list(job.due(now)) == []
    assert len(list(job.due(now + timedelta(minutes=6)))) == 1
    PurchaseOrder.objects.update(read_at=now)
    assert list(job.due(now + timedelta(hours=23))) == []
    assert len(list(job.due(now + timedelta(hours=25)))) == 1


def test_a_wish_wakes_the_workers_once(
    enterprise: Enterprise,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_options: sent.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        assert want_po(enterprise, "P1") == want_po(enterprise, "P1")
    assert sent == ["mirror.tick"]
