"""The form of a connection."""

from typing import Any

import pytest

from enterprise.forms import ConnectionForm
from enterprise.models import Enterprise
from staff.models import User
from tests.conftest import SignIn
from tests.factories import API_KEY, BASE_URL, PUSH_KEY

pytestmark = pytest.mark.django_db


def filled(instance: Enterprise | None = None, **values: Any) -> ConnectionForm:
    data = {
        "name": "New",
        "base_url": BASE_URL,
        "api_key": "",
        "push_key": "",
        "sweep_minutes": 15,
        "is_enabled": "on",
    }
    return ConnectionForm(data | values, instance=instance or Enterprise())


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://h.example/v1", "https://h.example/v1"),
        ("  https://h.example/v1/  ", "https://h.example/v1"),
        ("HTTPS://H.Example:443/v1", "https://h.example/v1"),
        ("https://[::1]:8443/v1", "https://[::1]:8443/v1"),
        ("http://127.0.0.1:8001/v1", "http://127.0.0.1:8001/v1"),
        ("http://localhost:8001/v1", "http://localhost:8001/v1"),
    ],
)
def test_a_base_url_is_stored_in_one_spelling(typed: str, stored: str) -> None:
    form = filled(base_url=typed, api_key="k")
    assert form.is_valid(), form.errors
    assert form.save().base_url == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "h.example/v1",
        "http://h.example/v1",
        "ftp://h.example/v1",
        "https://user:secret@h.example/v1",
        "https://h.example/v1?x=1",
        "https://h.example/v1#x",
        "https://h.example:99999/v1",
        "https://h.example:x/v1",
        "https://[::1/v1",
        "https://",
        "https:///v1",
        "https://h.example\\@evil.example/v1",
        "https://h.example/v1\r\nX: y",
        "javascript:alert(1)",
        "https://h.example/" + "x" * 300,
        "http://127.0.0.1.evil.example/v1",
        "http://0x7f000001.example/v1",
    ],
)
def test_an_unusable_base_url_is_refused(typed: str) -> None:
    form = filled(base_url=typed, api_key="k")
    assert not form.is_valid()
    assert list(form.errors) == ["base_url"]


def test_a_new_connection_needs_a_key_and_seals_it() -> None:
    assert list(filled().errors) == ["api_key"]
    assert list(filled(api_key="   ").errors) == ["api_key"]
    form = filled(api_key=" secret ", push_key="push")
    assert form.is_valid(), form.errors
    enterprise = form.save()
    stored = Enterprise.objects.get()
    assert (enterprise.reveal("api_key"), stored.reveal("push_key")) == ("secret", "push")
    assert "secret" not in stored.api_key_sealed


def test_an_empty_field_keeps_the_key_there_is(enterprise: Enterprise) -> None:
    form = filled(enterprise, name="Renamed", base_url=enterprise.base_url)
    assert form.is_valid(), form.errors
    form.save()
    enterprise.refresh_from_db()
    assert (enterprise.name, enterprise.reveal("api_key"), enterprise.reveal("push_key")) == (
        "Renamed",
        API_KEY,
        PUSH_KEY,
    )


def test_another_base_url_asks_for_the_key_again(enterprise: Enterprise) -> None:
    before = enterprise.base_url
    form = filled(enterprise, base_url="https://elsewhere.example/v1")
    assert list(form.errors) == ["api_key"]
    enterprise.refresh_from_db()
    assert enterprise.base_url == before
    form = filled(enterprise, base_url="https://elsewhere.example/v1", api_key="new")
    assert form.is_valid(), form.errors
    assert form.save().reveal("api_key") == "new"


def test_another_spelling_of_the_same_url_does_not(enterprise: Enterprise) -> None:
    assert filled(enterprise, base_url=f"{enterprise.base_url}/").is_valid()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8001/v1", "http://[::1]:8001/v1", "https://localhost/v1"])
def test_a_sandbox_lives_on_this_machine(url: str) -> None:
    assert filled(base_url=url, api_key="k", is_sandbox="on").is_valid()


@pytest.mark.parametrize(
    "url", ["https://h.example/v1", "https://127.0.0.1.evil.example/v1", "https://10.0.0.1/v1"]
)
def test_nothing_else_can_be_one(url: str) -> None:
    assert list(filled(base_url=url, api_key="k", is_sandbox="on").errors) == ["is_sandbox"]


@pytest.mark.parametrize("minutes", ["0", "-1", "10081", "x", "", "1.5"])
def test_an_interval_has_its_limits(minutes: str) -> None:
    assert list(filled(api_key="k", sweep_minutes=minutes).errors) == ["sweep_minutes"]


def test_two_connections_can_not_share_a_name(enterprise: Enterprise) -> None:
    assert list(filled(name=enterprise.name, api_key="k").errors) == ["name"]


def test_keys_are_never_shown_again(admin: User, sign_in: SignIn, enterprise: Enterprise) -> None:
    url = f"/enterprise/{enterprise.pk}/edit/"
    shown = sign_in(admin).get(url)
    refused = sign_in(admin).post(url, {"name": "", "api_key": "typed-key-1", "push_key": "typed-key-2"})
    assert (shown.status_code, refused.status_code) == (200, 422)
    for response in (shown, refused, sign_in(admin).get(f"/enterprise/{enterprise.pk}/")):
        text = response.content.decode()
        for secret in (API_KEY, PUSH_KEY, "typed-key-1", "typed-key-2", enterprise.api_key_sealed):
            assert secret not in text


def test_only_an_administrator_may_change_a_connection(
    approver: User, stranger: User, sign_in: SignIn, enterprise: Enterprise
) -> None:
    data = {"name": "Mine now", "base_url": "https://evil.example/v1", "api_key": "k", "sweep_minutes": 15}
    for person in (approver, stranger, None):
        response = sign_in(person).post(f"/enterprise/{enterprise.pk}/edit/", data)
        assert response.status_code in (302, 403)
        enterprise.refresh_from_db()
        assert (enterprise.name, enterprise.base_url) == ("Home Enterprise", BASE_URL)


NUMBERS = {"delta_minutes": 5, "budget_cap": 3000, "people_share": 40, "history_days": 730}


def test_its_own_budget_and_history_are_stored(enterprise: Enterprise) -> None:
    form = filled(enterprise, **NUMBERS)
    assert form.is_valid(), form.errors
    form.save()
    assert Enterprise.objects.values(*NUMBERS).get() == NUMBERS


def test_an_empty_number_keeps_what_there_is_and_an_empty_own_limit_means_none(
    enterprise: Enterprise,
) -> None:
    first = filled(enterprise, **NUMBERS)
    assert first.is_valid(), first.errors
    first.save()
    form = filled(enterprise, **dict.fromkeys(NUMBERS, ""))
    assert form.is_valid(), form.errors
    form.save()
    assert Enterprise.objects.values(*NUMBERS).get() == NUMBERS | {"budget_cap": None}
    second = filled(api_key="k", name="Second")
    assert second.is_valid(), second.errors
    new = second.save()
    assert (new.delta_minutes, new.budget_cap, new.people_share, new.history_days) == (2, None, 25, 400)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("delta_minutes", [0, 61, -1, "x", 1.5, 10**30]),
        ("budget_cap", [0, 9, -1, "x", 1_000_001, 10**30]),
        ("people_share", [4, 91, -1, "x", 10**30]),
        ("history_days", [30, 3651, -1, "x", 10**30]),
    ],
)
def test_numbers_out_of_range_are_refused_with_their_field(
    enterprise: Enterprise, name: str, values: list[Any]
) -> None:
    for value in values:
        assert list(filled(enterprise, **{name: value}).errors) == [name], value
