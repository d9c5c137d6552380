"""The door for pushes: check, store in one insert, commit, then answer.

Nothing else stands between a push and its 200: no Redis, no second table that matters. What the database can't do
within a second is refused with 503, and SmartHub sends again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import Error, connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from common.sealing import SealError
from enterprise.models import Enterprise
from notifications import bodies, nudge, refusals
from notifications.kinds import KINDS
from notifications.models import PushAddress, Refusal
from notifications.senders import is_allowed, sender_of
from smarthub_client.signing import PushCheck, PushVerdict, check_push

MOST_BYTES = 256 * 1024
RETRY_AFTER_SECONDS = 5
_CONNECT_SECONDS = 0.4
# Each of the two statements may wait so long; together they stay below a second.
_LIMITS = "SET LOCAL lock_timeout = 400; SET LOCAL statement_timeout = 450; SET LOCAL synchronous_commit = on"
_SEEN_EVERY_SECONDS = 60
_ADDRESS = """
SELECT a.id, a.last_received_at, e.id, e.uid, e.push_key_sealed, e.push_key_previous_sealed
  FROM notifications_pushaddress a JOIN enterprise_enterprise e ON e.id = a.enterprise_id
 WHERE a.token_hash = %s AND a.kind = %s AND a.retired_at IS NULL
"""
_INSERT = """
INSERT INTO notifications_push AS p (enterprise_id, kind, digest, body, date_push, received_at, last_received_at,
                                     times, state, attempts, error, result, run_at, fence)
VALUES (%(enterprise)s, %(kind)s, %(digest)s, %(body)s, %(date_push)s, %(now)s, %(now)s,
        1, 'new', 0, '', '', %(now)s, 0)
ON CONFLICT (enterprise_id, kind, digest) DO UPDATE
SET times = p.times + 1, last_received_at = greatest(p.last_received_at, EXCLUDED.last_received_at)
"""
_SEEN = """
UPDATE notifications_pushaddress SET last_received_at = %s
 WHERE id IN (SELECT id FROM notifications_pushaddress WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)
"""
_STATUSES = {
    Refusal.Reason.UNKNOWN: 404,
    Refusal.Reason.TOO_LARGE: 413,
    Refusal.Reason.NOT_JSON: 400,
    Refusal.Reason.BAD_DATE: 400,
}  # all others: 403
_BY_VERDICT = {
    PushVerdict.BAD_DATE: Refusal.Reason.BAD_DATE,
    PushVerdict.BAD_SIGNATURE: Refusal.Reason.BAD_SIGNATURE,
    PushVerdict.STALE: Refusal.Reason.STALE,
    PushVerdict.EARLY: Refusal.Reason.EARLY,
}


class Refused(Exception):
    def __init__(self, reason: Refusal.Reason) -> None:
        self.reason = reason


@dataclass(frozen=True)
class Letter:
    """A request as it arrived. `body` is None when it is larger than we take."""

    token: str
    kind: str
    sender: str
    body: bytes | None


def letter_of(request: HttpRequest, token: str, kind: str) -> Letter:
    """Reads no more than we take, whatever length was announced or left out."""
    stream = (
        request.META.get("wsgi.input") if "chunked" in request.headers.get("Transfer-Encoding", "") else None
    )
    announced = request.headers.get("Content-Length", "")
    is_large = announced.isascii() and announced.isdigit() and int(announced[:12]) > MOST_BYTES
    try:
        body = b"" if is_large else (stream or request).read(MOST_BYTES + 1)
    except OSError:  # the sender hung up: what came is not a whole body
        body = b""
    return Letter(token, kind, sender_of(request), None if is_large or len(body) > MOST_BYTES else body)


def take(letter: Letter) -> int:
    """The status to answer with. 200 only when the push is on disk."""
    now = timezone.now()
    try:
        _reach_database()
        with transaction.atomic():
            status = _judge(letter, now)
    except (Error, psycopg.Error):
        return 503
    if status == 200:
        nudge.nudge()
    return status


def _reach_database() -> None:
    """Pages may wait longer for a connection than a push: SmartHub will come back, people won't."""
    pool = getattr(connection, "pool", None)
    if connection.connection is None and pool is not None:
        pool.open()
        pool.putconn(pool.getconn(timeout=_CONNECT_SECONDS))


def _judge(letter: Letter, now: datetime) -> int:
    address = _address(letter)
    try:
        if address is None:
            raise Refused(Refusal.Reason.UNKNOWN)
        _store(letter, address, now)
    except Refused as refused:
        kind = letter.kind if letter.kind in KINDS else ""
        refusals.count(address.enterprise_id if address else None, kind, refused.reason, now)
        return _STATUSES.get(refused.reason, 403)
    return 200


def _address(letter: Letter) -> PushAddress | None:
    """With as much of its enterprise as opens the keys; limits and look-up travel together."""
    is_ours = len(connection.savepoint_ids) == 0  # not inside somebody else's transaction
    values = [PushAddress.hash_of(letter.token), letter.kind if letter.kind in KINDS else ""]
    with connection.cursor() as cursor:
        cursor.execute(f"{_LIMITS}; {_ADDRESS}" if is_ours else _ADDRESS, values)
        while cursor.nextset():  # each limit answers, too
            pass
        row = cursor.fetchone()
    if row is None:
        return None
    pk, seen, enterprise_id, uid, key, former = row
    enterprise = Enterprise(pk=enterprise_id, uid=uid, push_key_sealed=key, push_key_previous_sealed=former)
    return PushAddress(pk=pk, enterprise=enterprise, last_received_at=seen)


def _store(letter: Letter, address: PushAddress, now: datetime) -> None:
    if not is_allowed(letter.sender):
        raise Refused(Refusal.Reason.SENDER)
    if letter.body is None:
        raise Refused(Refusal.Reason.TOO_LARGE)
    try:
        body = bodies.parse(letter.body)
        digest = bodies.digest_of(letter.kind, body)
    except bodies.NotJSON:
        raise Refused(Refusal.Reason.NOT_JSON) from None
    pushed_at = datetime.fromtimestamp(_check(body, address.enterprise, now), UTC)
    values: dict[str, Any] = {
        "enterprise": address.enterprise_id,
        "kind": letter.kind,
        "digest": digest,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values | {"body": letter.body, "date_push": pushed_at})
        seen = address.last_received_at
        if seen is None or (now - seen).total_seconds() >= _SEEN_EVERY_SECONDS:
            cursor.execute(_SEEN, [now, address.pk])


def _check(body: bodies.Body, enterprise: Enterprise, now: datetime) -> int:
    """`datePush` in epoch seconds of a push whose signature and age are good."""
    keys = _keys(enterprise)
    if not keys:
        raise Refused(Refusal.Reason.NO_KEY)
    check: PushCheck = check_push(
        signature=body.get("signature"), date_push=body.get("datePush"), keys=keys, now=now.timestamp()
    )
    if check.pushed_at is None or not check.is_good:
        raise Refused(_BY_VERDICT[check.verdict])
    return check.pushed_at


def _keys(enterprise: Enterprise) -> list[str]:
    """The current push key and the one before; one that can't be opened counts as none."""
    found = []
    for name in ("push_key", "push_key_previous"):
        try:
            found.append(enterprise.reveal(name))
        except SealError:
            continue
    return [key for key in found if key]
