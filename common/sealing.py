"""Secrets at rest: AES-256-GCM with a key ring from the environment.

A sealed text is bound to the place it belongs to (table, column and row): copied elsewhere it does not open. A wrong
key or a changed byte is an error, never an empty or garbled secret.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_VERSION = "v1"
_NONCE_BYTES = 12


class SealError(Exception):
    """The text can't be opened: the key is gone, or the text is not from here. The message names the key's id only."""


def _key_ring() -> dict[str, bytes]:
    """Key id (eight hex digits) to key, newest first. Raises ImproperlyConfigured for a key of the wrong size."""
    ring = {}
    for text in settings.FIELD_KEYS:
        key = urlsafe_b64decode(text.encode())
        if len(key) != 32:
            raise ImproperlyConfigured("PORTAL_FIELD_KEYS: each key is 32 bytes in URL-safe base64.")
        ring[sha256(key).hexdigest()[:8]] = key
    if not ring:
        raise ImproperlyConfigured(
            "Set PORTAL_FIELD_KEYS (32 bytes in URL-safe base64); it seals API and push keys."
        )
    return ring


def seal(plain: str, bound_to: str) -> str:
    """`v1:<key id>:<base64 of nonce and ciphertext>`, under the newest key."""
    key_id, key = next(iter(_key_ring().items()))
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), bound_to.encode())
    return f"{_VERSION}:{key_id}:{urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, bound_to: str) -> str:
    """The plain text. Raises `SealError`."""
    try:
        version, key_id, body = sealed.split(":")
        data = urlsafe_b64decode(body.encode())
    except ValueError as error:
        raise SealError("not a sealed text") from error
    key = _key_ring().get(key_id)
    if version != _VERSION or key is None:
        raise SealError(f"sealed with key {key_id}, which is not in PORTAL_FIELD_KEYS")
    try:
        return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], bound_to.encode()).decode()
    except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
        raise SealError(f"sealed text does not belong to {bound_to} or was changed") from error
