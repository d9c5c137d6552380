"""The check that docs/webhooks.md offers to receivers accepts what we sign, and nothing else."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from notifications import outbound_signing
from tests.support.sandbox import ROOT

BODY = b'{"type": "test"}'
SECRET, FORMER = outbound_signing.new_secret(), outbound_signing.new_secret()


@pytest.fixture(scope="module")
def is_genuine() -> Callable[..., bool]:
    text = (ROOT / "docs/webhooks.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", text, re.S)[0], names)
    check: Callable[..., bool] = names["is_genuine"]
    return check


def headers(at: float = 0, keys: tuple[str, ...] = (SECRET,)) -> dict[str, str]:
    return outbound_signing.headers("6f1c", int(time.time() + at), BODY, keys)


def test_it_accepts_what_we_sign_also_while_a_secret_is_renewed(is_genuine: Callable[..., bool]):
    assert is_genuine(headers(), BODY, SECRET)
    assert is_genuine(headers(keys=(FORMER, SECRET)), BODY, SECRET)


@pytest.mark.parametrize(
    ("sent", "body", "secret"),
    [
        (headers(), BODY + b" ", SECRET),
        (headers(), BODY, FORMER),
        (headers(-600), BODY, SECRET),
        (headers() | {"webhook-id": "other"}, BODY, SECRET),
    ],
    ids=[
        "another body",
        "another secret",
        "old",
        "another delivery",
    ],  # the secrets are drawn: workers must agree
)
def test_it_refuses_what_was_changed_or_is_old(
    is_genuine: Callable[..., bool], sent: dict[str, str], body: bytes, secret: str
):
    assert not is_genuine(sent, body, secret)
