"""Signatures of Standard Webhooks (the specification's symmetric scheme, `v1`)."""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256

PREFIX = "whsec_"
_KEY_BYTES = 32


def new_secret() -> str:
    """256 random bits, as receivers' libraries take them."""
    return PREFIX + b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def headers(message_id: str, timestamp: int, payload: bytes, keys: Iterable[str]) -> dict[str, str]:
    """The three headers; `timestamp` in epoch seconds. Each of `keys` signs: a receiver may hold any."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_sign(message_id, timestamp, payload, key) for key in keys),
    }


def _sign(message_id: str, timestamp: int, payload: bytes, key: str) -> str:
    content = f"{message_id}.{timestamp}.".encode() + payload
    digest = hmac.new(b64decode(key.removeprefix(PREFIX)), content, sha256).digest()
    return f"v1,{b64encode(digest).decode()}"
