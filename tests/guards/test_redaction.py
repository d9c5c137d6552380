"""What `smarthub_portal.logs` masks, and that it leaves the rest readable."""

import json
import logging

import pytest
import structlog
from django.conf import settings

from smarthub_portal.logs import MASK, redact, redact_text

SECRET = "s3cr3t-canary"


@pytest.mark.parametrize(
    "text",
    [
        f"X-API-Key: {SECRET}",
        f"x-api-key={SECRET}",
        f"{{'X-API-Key': '{SECRET}', 'a': 1}}",
        f'{{"api_key": "{SECRET}"}}',
        f"apikey={SECRET}&page=2",
        f"push_key = {SECRET}",
        f"pushKey: {SECRET}",
        f"X-Control-Token: {SECRET}",
        f"Authorization: {SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"Authorization: Basic {SECRET}",
        f"password={SECRET}",
        f"postgresql://portal:{SECRET}@127.0.0.1:5432/portal",
        f"redis://:{SECRET}@127.0.0.1:6379/0",
        f"POST /push/{SECRET}/sim-status",
        f"one line\nX-API-Key: {SECRET}\nanother",
    ],
)
def test_a_secret_in_a_text_is_masked(text):
    assert SECRET not in redact_text(text)
    assert MASK in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "GET /sims/8986000000000000001/ 200",
        "https://trial.api.smh.smarthing.com/v1/global-sims?page=2",
        "The API key of Home can't be opened: sealed with key 1a2b3c4d, which is not in PORTAL_FIELD_KEYS.",
        "password reset requested",
        "postgresql://127.0.0.1:5432/portal",
    ],
)
def test_a_text_without_a_secret_stays_as_it_is(text):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "field",
    [
        "password",
        "api_key",
        "apiKey",
        "push_key",
        "token",
        "csrf_token",
        "Authorization",
        "Cookie",
        "client_secret",
    ],
)
@pytest.mark.parametrize("value", [SECRET, [SECRET], {"deep": [SECRET]}, b"s3cr3t-canary", (SECRET,)])
def test_a_field_with_a_telling_name_is_masked_whatever_it_holds(field, value):
    assert redact(None, "info", {field: value, "event": "x"}) == {field: MASK, "event": "x"}


@pytest.mark.parametrize(
    "value",
    [
        {"headers": {"X-API-Key": SECRET}},
        [{"password": SECRET}],
        ({"a": [f"api_key={SECRET}"]},),
        ValueError(f"X-API-Key: {SECRET}"),
    ],
)
def test_secrets_deep_inside_a_field_are_masked(value):
    assert SECRET not in repr(redact(None, "info", {"field": value}))


def test_figures_and_flags_keep_their_type():
    event = {"status": 200, "ratio": 0.5, "ok": True, "none": None}
    assert redact(None, "info", dict(event)) == event


@pytest.fixture
def line():
    """Formats a record as the settings say and returns the JSON line as text."""
    options = dict(settings.LOGGING["formatters"]["json"])
    formatter = options.pop("()")(**options)

    def format_record(message, *args, **extra):
        exc_info = extra.pop("exc_info", None)
        record = logging.LogRecord("a.test", logging.ERROR, __file__, 1, message, args, exc_info)
        record.__dict__.update(extra)
        return formatter.format(record)

    return format_record


def test_a_log_line_is_json_and_holds_no_secret(line):
    text = line("calling with X-API-Key: %s", SECRET, api_key=SECRET, url=f"redis://:{SECRET}@h/0")
    assert SECRET not in text
    assert json.loads(text)["api_key"] == MASK


def test_a_traceback_is_redacted_too(line):
    try:
        raise RuntimeError(f"api_key={SECRET}")
    except RuntimeError as error:
        text = line("failed", exc_info=(RuntimeError, error, error.__traceback__))
    assert "RuntimeError" in json.loads(text)["exception"]
    assert SECRET not in text


def test_a_line_break_in_a_message_does_not_forge_a_second_line(line):
    assert "\n" not in line('x\n{"event": "forged"}')


def test_every_handler_of_the_portal_formats_with_redaction():
    processors = settings.LOGGING["formatters"]["json"]["processors"]
    assert processors.index(redact) < len(processors) - 1
    assert processors[-1].__class__ is structlog.processors.JSONRenderer
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"json"}
