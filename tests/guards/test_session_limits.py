"""Sessions end after 30 idle minutes and after 12 hours; guesses at a password are counted, Redis or not.

Seen red: without the middleware, with the background header ignored, with ACCOUNT_RATE_LIMITS emptied.
"""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from tests import factories
from tests.factories import EPOCH

pytestmark = pytest.mark.django_db
BACKGROUND = {"X-Background": "1", "HX-Request": "true"}
POLLED = "/enterprise/sync-chip/"


@pytest.fixture
def clock():
    with time_machine.travel(EPOCH, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visitor(clock, viewer, enterprise, sign_in):
    visitor = sign_in(viewer)
    assert visitor.get("/").status_code == 200
    return visitor


def _is_signed_in(visitor, path="/", **headers):
    response = visitor.get(path, headers=headers)
    assert response.status_code in (200, 302)
    return response.status_code == 200


def test_a_session_survives_29_idle_minutes(visitor, clock):
    clock.shift(timedelta(minutes=29))
    assert _is_signed_in(visitor)


def test_a_session_ends_after_30_idle_minutes(visitor, clock):
    clock.shift(timedelta(minutes=30, seconds=1))
    assert not _is_signed_in(visitor)
    assert not _is_signed_in(visitor), "and stays ended"


def test_the_idle_limit_holds_though_the_stored_session_would_live_longer(
    clock, viewer, enterprise, sign_in, settings
):
    """Two things end an idle session: its row's expiry and our middleware. Here only the latter can."""
    settings.SESSION_COOKIE_AGE = 24 * 3600
    visitor = sign_in(viewer)
    assert _is_signed_in(visitor)
    clock.shift(timedelta(minutes=30, seconds=1))
    assert not _is_signed_in(visitor)


def test_work_keeps_a_session_alive(visitor, clock):
    for _quarter in range(8):
        clock.shift(timedelta(minutes=15))
        assert _is_signed_in(visitor)


def test_a_session_ends_after_12_hours_of_work(visitor, clock):
    for _quarter in range(4 * 12):
        clock.shift(timedelta(minutes=15))
        assert _is_signed_in(visitor)
    clock.shift(timedelta(seconds=1))
    assert not _is_signed_in(visitor)


def test_a_page_that_asks_by_itself_does_not_keep_a_session_alive(visitor, clock):
    for _poll in range(29):
        clock.shift(timedelta(minutes=1))
        assert _is_signed_in(visitor, POLLED, **BACKGROUND)
    clock.shift(timedelta(minutes=1, seconds=1))
    assert not _is_signed_in(visitor, POLLED, **BACKGROUND)
    assert not _is_signed_in(visitor)


def test_a_session_that_begins_with_a_background_poll_ends_too(clock, viewer, enterprise, sign_in):
    visitor = sign_in(viewer)
    assert _is_signed_in(visitor, POLLED, **BACKGROUND)
    clock.shift(timedelta(minutes=30, seconds=1))
    assert not _is_signed_in(visitor)


def test_pages_in_quick_succession_do_not_write_the_session_each_time(
    visitor, clock, django_assert_num_queries
):
    key = visitor.session.session_key
    before = Session.objects.get(pk=key).session_data
    clock.shift(timedelta(seconds=30))
    assert _is_signed_in(visitor)
    assert Session.objects.get(pk=key).session_data == before


def test_signing_in_changes_the_key_of_the_session(client, viewer):
    client.get("/accounts/login/")
    client.post("/language/setlang/", {"language": "en"})
    session = client.session
    session["probe"] = 1
    session.save()
    fixed = session.session_key
    client.cookies["portal_session"] = fixed
    client.post("/accounts/login/", {"login": "viewer", "password": factories.PASSWORD})
    assert client.session.session_key != fixed
    assert client.session["_auth_user_id"] == str(viewer.pk)


def test_signing_out_ends_the_session_on_the_server(visitor):
    key = visitor.session.session_key
    visitor.post("/accounts/logout/")
    assert not Session.objects.filter(pk=key).exists()


# --- guesses


def _guess(password="wrong", name="viewer", address="192.0.2.7"):
    return Client(REMOTE_ADDR=address).post("/accounts/login/", {"login": name, "password": password})


@pytest.mark.parametrize("redis_url", ["as it is", "redis://127.0.0.1:1/0"], ids=["redis", "without redis"])
def test_guesses_at_a_password_are_limited(viewer, settings, redis_url):
    if redis_url != "as it is":
        settings.REDIS_URL = redis_url
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    viewer.set_password("right-password-1")
    viewer.save()
    statuses = [_guess(name="viewer").status_code for _n in range(12)]
    refused = _guess("right-password-1")
    assert statuses[0] == 200
    assert not refused.wsgi_request.user.is_authenticated, "the right password is refused like any other now"
    assert refused.status_code in (200, 429)


@pytest.mark.xfail(
    reason="allauth counts by name from everywhere: delays by name and address are still to be built"
)
def test_the_victim_signs_in_from_elsewhere_meanwhile(viewer, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    viewer.set_password("right-password-1")
    viewer.save()
    for _n in range(12):
        _guess()
    answer = _guess("right-password-1", address="198.51.100.9")
    assert answer.status_code == 302
    assert answer.wsgi_request.user == viewer


def test_a_name_that_exists_is_answered_like_one_that_does_not(viewer):
    wrong, unknown = _guess(), _guess(name="who-is-this", address="192.0.2.8")
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
