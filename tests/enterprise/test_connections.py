"""From an enterprise row to a client, and how failures are explained."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

import smarthub_client as client
from enterprise import connections
from enterprise.connections import client_for, explain, note_rate
from enterprise.models import Enterprise
from smarthub_client import ConfigurationError, RateLimit, SmartHubError
from tests.factories import EnterpriseFactory
from tests.support.platform import ScriptedPlatform, answer, error
from tests.support.sandbox import free_port

pytestmark = pytest.mark.django_db
WORDS = {
    client.AuthenticationFailed: "does not accept the API key",
    client.Forbidden: "does not allow this",
    client.RateLimited: "request limit is used up",
    client.Unreachable: "can't be reached",
    client.TlsFailed: "can't be reached",
    client.TimedOut: "did not answer in time",
    client.ConnectionLost: "broke the connection off",
    client.ServerError: "failure of its own",
    client.BadAnswer: "unreadable",
    client.BudgetExhausted: "is under way",
    client.Deferred: "is under way",
}
# Explained by their own sentence: what is wrong is on our side, or in what we asked for.
ITSELF = (
    client.ConfigurationError,
    client.InvalidArgument,
    client.UnconfirmedOperation,
    client.BadRequest,
    client.ValidationFailed,
    client.NotFound,
    client.UnexpectedStatus,
)


def test_the_sealed_key_is_opened_for_the_client(enterprise: Enterprise) -> None:
    made = client_for(enterprise)
    assert made.origin.url == enterprise.base_url
    assert not made.may("activate")


def test_on_the_sandbox_everything_is_allowed(db: None) -> None:
    sandbox = EnterpriseFactory(base_url="http://127.0.0.1:9/v1", is_sandbox=True)
    assert client_for(sandbox).may("activate")


def test_a_lost_field_key_is_a_sentence_for_the_administrator(enterprise: Enterprise) -> None:
    another = override_settings(FIELD_KEYS=["b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyMTE="])
    with another, pytest.raises(ConfigurationError, match=r"can't be opened: .*Enter it again") as caught:
        client_for(enterprise)
    assert "not in PORTAL_FIELD_KEYS" in str(caught.value)
    assert "api-key-only-for-tests" not in str(caught.value)


def test_a_key_copied_from_another_row_does_not_open(enterprise: Enterprise) -> None:
    other = EnterpriseFactory()
    other.api_key_sealed = enterprise.api_key_sealed
    with pytest.raises(ConfigurationError, match="can't be opened"):
        client_for(other)


def test_without_a_key_the_administrator_is_asked_for_one(db: None) -> None:
    with pytest.raises(ConfigurationError, match="no API key yet"):
        client_for(EnterpriseFactory(api_key=""))


def test_an_enterprise_switched_off_is_read_only_to_test_it(db: None) -> None:
    enterprise = EnterpriseFactory(is_enabled=False)
    with pytest.raises(ConfigurationError, match="switched off"):
        client_for(enterprise)
    with ScriptedPlatform({}):
        assert connections.test_connection(enterprise).ok


def test_a_good_test_is_noted(enterprise: Enterprise) -> None:
    Enterprise.objects.update(test_error="before")
    with ScriptedPlatform({"A": []}):
        result = connections.test_connection(enterprise)
    enterprise.refresh_from_db()
    assert [account["name"] for account in result.accounts] == ["A"]
    assert (enterprise.test_error, enterprise.remote_name) == ("", "Scripted")
    assert (enterprise.rate_limit, enterprise.rate_remaining) == (5000, 3999)
    assert enterprise.tested_at is not None and timezone.now() - enterprise.tested_at < timedelta(seconds=10)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 418])
def test_a_bad_test_is_noted_and_raised(enterprise: Enterprise, status: int) -> None:
    with ScriptedPlatform({}, before=lambda _asked: error(status)), pytest.raises(SmartHubError) as caught:
        connections.test_connection(enterprise)
    enterprise.refresh_from_db()
    assert enterprise.test_error == str(caught.value)
    assert enterprise.remote_name == ""
    assert enterprise.tested_at is not None
    assert enterprise.rate_remaining == 3999


def test_a_test_of_nobody_is_noted_too(db: None) -> None:
    enterprise = EnterpriseFactory(base_url=f"http://127.0.0.1:{free_port()}/v1", is_sandbox=True)
    with pytest.raises(client.Unreachable):
        connections.test_connection(enterprise)
    enterprise.refresh_from_db()
    assert "cannot be reached" in enterprise.test_error


@pytest.mark.parametrize("name", ["a\0b", "\ud800b"])
def test_a_test_survives_an_odd_name(enterprise: Enterprise, name: str) -> None:
    with ScriptedPlatform({}, before=lambda _asked: answer({"name": name, "accounts": [5]})):
        assert connections.test_connection(enterprise).ok


def every_class(root: type[SmartHubError] = SmartHubError) -> set[type[SmartHubError]]:
    public = {value for value in vars(client).values() if isinstance(value, type)}
    return {kind for kind in public if issubclass(kind, root) and kind is not root}


@pytest.mark.parametrize("kind", sorted(every_class(), key=lambda kind: kind.__name__))
def test_every_class_of_error_has_its_explanation(kind: type[SmartHubError]) -> None:
    text = explain(kind("the platform's own prose"))
    if kind in ITSELF:
        assert text == "the platform's own prose"
    else:
        assert WORDS[kind] in text and "prose" not in text


def test_a_new_class_of_error_must_be_thought_of() -> None:
    assert every_class() == {*WORDS, *ITSELF}


NOW = timezone.now()
SOON, PAST = NOW + timedelta(minutes=30), NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("before", "told", "after"),
    [
        ((None, None, None), (5000, 4000, SOON), 4000),
        ((5000, 4000, SOON), (5000, 3999, SOON), 3999),
        ((5000, 4000, SOON), (5000, 4001, SOON), 4000),
        ((5000, 10, PAST), (5000, 4999, SOON), 4999),
        ((5000, 10, SOON), (9000, 8999, SOON), 8999),
    ],
    ids=["the first", "a newer", "an older", "a new window", "another limit"],
)
def test_within_a_window_the_lower_figure_is_the_newer(
    enterprise: Enterprise, before: tuple[object, ...], told: tuple[object, ...], after: int
) -> None:
    names = ("rate_limit", "rate_remaining", "rate_reset_at")
    Enterprise.objects.update(**dict(zip(names, before, strict=True)))
    note_rate(enterprise, RateLimit(*told))  # type: ignore[arg-type]
    enterprise.refresh_from_db()
    assert enterprise.rate_remaining == after


def test_no_headers_change_nothing(enterprise: Enterprise) -> None:
    note_rate(enterprise, None)
    enterprise.refresh_from_db()
    assert enterprise.rate_remaining is None
