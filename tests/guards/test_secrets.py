"""Unique secrets go in; afterwards they are searched for everywhere something may have been written.

Seen red: a `__str__` with the key, the form field rendered with its value, the key put into a run's error, `redact`
taken out of the logging chain.
"""

import io
import json
import logging
from base64 import b64decode, urlsafe_b64encode
from dataclasses import asdict

import pytest
import redis
import requests
import responses
from django.conf import settings as django_settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from enterprise import connections
from enterprise.start import start_sweep
from messaging.models import Template
from mirror import runs, tasks
from sims import sweep
from smarthub_client import SmartHubError
from tests import factories, push_factories
from tests.alert_factories import alert_about
from tests.channel_factories import channel_of, told
from tests.command_factories import PlanFactory
from tests.guards import routes
from tests.guards.world import found_in, text_of

pytestmark = pytest.mark.django_db
API_KEY, PUSH_KEY = "canary-api-key-5f1c7e", "canary-push-key-90ab3d"
PASSWORD = "canary-password-77e1f0"
FIELD_KEY = urlsafe_b64encode(b"canary-field-key-0123456789abcde").decode()
SECRETS = (API_KEY, PUSH_KEY, PASSWORD, FIELD_KEY, "canary-field-key")


@pytest.fixture
def output():
    """What the process logged: our own handler with the JSON formatter of the settings."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_json_formatter())
    logging.root.addHandler(handler)
    yield stream
    logging.root.removeHandler(handler)


def _json_formatter():
    options = dict(django_settings.LOGGING["formatters"]["json"])
    return options.pop("()")(**options)


@pytest.fixture
def secret(settings):
    """An enterprise with canary keys, under a canary field key."""
    settings.FIELD_KEYS = [FIELD_KEY]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return factories.EnterpriseFactory(name="Vault", api_key=API_KEY, push_key=PUSH_KEY)


@pytest.fixture
def keeper(secret):
    return factories.UserFactory(
        username="keeper", role="admin", is_staff=True, is_superuser=True, password=make_password(PASSWORD)
    )


def _echo(status):
    """A platform that repeats our key in every way it can."""
    body = {
        "title": API_KEY,
        "detail": f"X-API-Key: {API_KEY}",
        "errors": [{"code": "x", "message": API_KEY}],
    }
    return {
        "status": status,
        "json": body,
        "headers": {"X-Echo": API_KEY, "Location": f"https://x/{API_KEY}"},
    }


FAILURES = {
    "the key is refused": _echo(401),
    "not allowed": _echo(403),
    "not found": _echo(404),
    "refused": _echo(422),
    "limited": _echo(429),
    "broken": _echo(500),
    "redirected": _echo(302),
    "strange": _echo(418),
    "unreadable": {"body": f"<html>{API_KEY}"},
    "unreachable": {"body": requests.ConnectionError(f"X-API-Key {API_KEY}")},
    "not what was asked for": {"json": {"accounts": API_KEY, "name": 5}},
}


@pytest.mark.parametrize("how", FAILURES)
def test_a_failing_connection_tells_no_secret(how, secret, keeper, sign_in, smarthub, output):
    smarthub.add(responses.GET, f"{factories.BASE_URL}/enterprise", **FAILURES[how])
    smarthub.add(responses.GET, f"{factories.BASE_URL}/global-sims", **FAILURES[how])
    with pytest.raises(SmartHubError) as problem:
        connections.test_connection(secret)
    logging.getLogger("a.test").exception("failed", exc_info=problem.value)
    page = sign_in(keeper).post(f"/enterprise/{secret.pk}/test/", follow=True)
    assert page.status_code == 200
    run, _is_new = start_sweep(secret, keeper)
    sweep.advance(runs.claim(run.pk, timezone.now()))
    run.refresh_from_db()
    secret.refresh_from_db()
    assert run.error, "the sweep failed and says why"
    told = [repr(problem.value), str(asdict(problem.value.context)), run.error, secret.test_error]
    assert found_in("\n".join([*told, text_of(page), output.getvalue(), _dump()]), SECRETS) == []


def _dump():
    """Every row, as a person with a database client would read them, and as `dumpdata` writes them."""
    stream = io.StringIO()
    call_command("dumpdata", stdout=stream, verbosity=0)
    tables = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{name}" t')
            tables += [row[0] for row in cursor.fetchall()]
    return stream.getvalue() + "\n".join(tables)


def test_no_page_shows_a_secret(secret, keeper, sign_in, smarthub):
    account = factories.AccountFactory(enterprise=secret)
    sim = factories.SimFactory(account=account)
    run = factories.SyncRunFactory(enterprise=secret)
    visitor = sign_in(keeper)
    uid = "11111111-1111-4111-8111-111111111111"
    alert, delivery = alert_about(sim), told(channel_of(secret))
    ids = {
        "home": str(secret.pk),
        **dict.fromkeys(("sim", "phone"), sim.giccid),
        "alert": str(alert.pk),
        "rule": str(alert.rule_id),
        "channel": str(delivery.channel_id),
        "delivery": str(delivery.pk),
        "run": str(run.pk),
        "plan": str(PlanFactory(enterprise=secret).pk),
        "push": str(push_factories.push_about(sim).pk),
        **dict.fromkeys(("view", "order", "job", "protection", "intent", "address"), "1"),
        "template": str(Template.objects.create(enterprise=secret, name="Greeting", text="Hello").pk),
        **dict.fromkeys(("selection", "export"), uid),
    }
    for name in [*routes.OWN, *routes.ABOUT_ONESELF]:
        text = text_of(visitor.get(routes.url_of(name, ids)))
        assert (
            found_in(text, [*SECRETS, secret.api_key_sealed, secret.push_key_sealed, keeper.password]) == []
        ), name


def test_a_form_with_an_error_does_not_send_the_keys_back(secret, keeper, sign_in):
    fields = {"name": "", "base_url": "nonsense", "api_key": API_KEY, "push_key": PUSH_KEY}
    response = sign_in(keeper).post(f"/enterprise/{secret.pk}/edit/", fields)
    assert response.status_code == 422
    assert found_in(text_of(response), SECRETS) == []


def test_signing_in_logs_no_password(keeper, client, output):
    for password in ("wrong-" + PASSWORD, PASSWORD):
        client.post("/accounts/login/", {"login": "keeper", "password": password})
    assert "request_finished" in output.getvalue(), "the control: something was logged"
    assert found_in(output.getvalue() + _dump(), SECRETS) == []


def test_an_error_500_tells_no_secret(secret, keeper, output, monkeypatch):
    """The value is in a local variable of the frame that failed, and in the text of the exception."""

    def failing(*_args):
        api_key = secret.reveal("api_key")
        raise RuntimeError(f"api_key={api_key}")

    monkeypatch.setattr("enterprise.queries.enterprise_list", failing)
    visitor = Client(raise_request_exception=False)
    visitor.force_login(keeper, backend="django.contrib.auth.backends.ModelBackend")
    response = visitor.get("/enterprise/")
    assert response.status_code == 500
    assert "RuntimeError" in output.getvalue(), "the control: the failure was logged"
    assert found_in(text_of(response) + output.getvalue(), SECRETS) == []


def test_no_object_tells_a_secret_about_itself(secret, keeper):
    client = connections.client_for(secret)
    things = [secret, keeper, client, client.__dict__, secret.__dict__]
    assert found_in("\n".join(f"{thing!r} {thing!s}" for thing in things), SECRETS) == []


def test_messages_to_workers_hold_row_ids_only(secret, keeper):
    """Published for real to this test's own Redis database, which is then read as a whole."""
    start_sweep(secret, keeper)
    with redis.Redis.from_url(django_settings.REDIS_URL) as broker:
        broker.flushdb()
        tasks.tick()
        stored = _everything_in(broker)
        broker.flushdb()
    assert "mirror.advance" in stored, "the control: a message was there"
    assert found_in(stored, SECRETS) == []
    (arguments, _named, _embedded) = json.loads(_body_of(stored))
    assert all(isinstance(value, int) for value in arguments)


def _everything_in(broker):
    parts = []
    for key in broker.keys("*"):
        kind = broker.type(key)
        read = {b"list": lambda k: broker.lrange(k, 0, -1), b"hash": broker.hgetall, b"set": broker.smembers}
        parts += [repr(key), repr(read.get(kind, broker.get)(key))]
    return "\n".join(parts)


def _body_of(stored):
    message = stored[stored.index('{"body"') : stored.rindex("}") + 1]
    body = json.JSONDecoder().raw_decode(message)[0]["body"]
    return b64decode(body)
