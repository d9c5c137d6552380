"""Selections: sets of SIMs frozen on the server, for whatever is done to many SIMs later.

A selection is written once and never changes. It shows what its owner may see at the moment of looking: a SIM that left
their sight stays in it unseen.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from django.utils import timezone

from enterprise.models import Enterprise
from mirror import leases
from sims import queries
from sims.filters import SimFilter
from sims.iccids import Listed, Problem, Reason
from sims.models import Selection, SelectionItem, Sim
from sims.querysets import SimQuerySet
from staff.models import User

KEPT = timedelta(days=7)
# What can be frozen in this time is frozen at once (a few thousand SIMs); a larger set is a worker's work.
AT_ONCE_MS = 40
KEPT_PROBLEMS = 50_000
QUERY_LENGTH = 2000
State, Kind = Selection.State, Selection.Kind


class TooLong(Exception):
    """The list's address has more filters than a selection keeps."""


def own_selections(user: User) -> "QuerySet[Selection]":
    """Their own of enterprises they still see, until they expire. Newest first."""
    visible = Enterprise.objects.visible_to(user)
    return Selection.objects.filter(owner=user, enterprise__in=visible, expires_at__gt=timezone.now())


def visible_selection(user: User, uid: object) -> Selection | None:
    """The person's own selection that has not expired; None for any other, and for what is no uid at all."""
    try:
        number = uuid.UUID(str(uid))
    except ValueError:
        return None
    return own_selections(user).filter(pk=number).first()


def sims_of(user: User, selection: Selection) -> SimQuerySet:
    """The SIMs of a selection that this person sees now."""
    items = SelectionItem.objects.filter(selection=selection).values("sim_id")
    sims = Sim.objects.visible_to(user).present()
    return sims.filter(enterprise_id=selection.enterprise_id, pk__in=items)


def without_page(query: str) -> str:
    """A query string as a selection or an export keeps it: filters and order. Raises `TooLong`."""
    if len(query) > QUERY_LENGTH:
        raise TooLong
    values = QueryDict(query, mutable=True)
    for name in ("page", "page_size", "at", "view"):
        values.pop(name, None)
    kept = values.urlencode()
    if len(kept) > QUERY_LENGTH:
        raise TooLong
    return kept


# --- making one


def freeze_query(user: User, enterprise: Enterprise, *, form_uid: uuid.UUID, query: str) -> Selection:
    """All SIMs that match `query` now. Answers at once; a large set is resolved by a worker. Raises `TooLong`."""
    kept = without_page(query)
    selection, is_new = _created(user, enterprise, Kind.QUERY, form_uid, kept.encode(), query=kept)
    if is_new:
        try:
            with transaction.atomic(), _time_limit(AT_ONCE_MS):
                freeze(selection)
        except OperationalError:  # too many for us: a worker takes it at the next tick
            leases.keep(selection, lease_until=None)
    return selection


def freeze_ticked(
    user: User, enterprise: Enterprise, *, form_uid: uuid.UUID, giccids: Sequence[str]
) -> Selection:
    """The ticked rows this person sees; others are left out silently: their list has never shown them."""
    chosen = sorted(set(giccids))
    with transaction.atomic():
        selection, is_new = _created(user, enterprise, Kind.TICKED, form_uid, "\n".join(chosen).encode())
        if is_new:
            sims = _of_enterprise(user, enterprise).filter(giccid__in=chosen)
            _finish(selection, _insert(selection, sims))
    return selection


def freeze_listed(user: User, enterprise: Enterprise, *, form_uid: uuid.UUID, listed: Listed) -> Selection:
    """A pasted or uploaded list. An ICCID this person does not see is unknown, a problem of its line."""
    content = "\n".join([*listed.giccids, *(f"{p.line} {p.text}" for p in listed.problems)])
    with transaction.atomic():
        selection, is_new = _created(
            user, enterprise, Kind.LISTED, form_uid, content.encode(errors="replace")
        )
        if is_new:
            given = RawSQL("SELECT unnest(%s::varchar[])", [list(listed.giccids)])
            sims = _of_enterprise(user, enterprise).filter(giccid__in=given)
            known = dict(sims.values_list("giccid", "pk"))
            total = _insert_ids(selection, list(known.values()))
            problems = _with_unknown(listed, known)
            kept = [_stored(problem) for problem in problems[:KEPT_PROBLEMS]]
            _finish(selection, total, problems=kept, problem_count=len(problems))
    return selection


def freeze(selection: Selection) -> None:
    """Resolves a held selection of kind query. Inside a transaction; raises `leases.LeaseLost`."""
    leases.keep(selection)  # locks the row, so that a holder whose lease ran out can't write beside us
    chosen = SimFilter(QueryDict(selection.query))
    sims = queries.matching(selection.owner, selection.enterprise, chosen)
    _finish(selection, _insert(selection, sims))


def remove_expired(now: datetime) -> int:
    """How many went, their items not counted."""
    _all, by_kind = Selection.objects.filter(expires_at__lte=now).delete()
    return by_kind.get("sims.Selection", 0)


def _created(
    user: User, enterprise: Enterprise, kind: str, form_uid: uuid.UUID, content: bytes, *, query: str = ""
) -> tuple[Selection, bool]:
    """The row first, held by us. A double click finds it there: form, person and content make the key."""
    digest = sha256(content).hexdigest()
    now = timezone.now()
    selection = Selection(
        uid=uuid.uuid5(form_uid, f"{user.pk} {enterprise.pk} {kind} {digest}"),
        owner=user,
        enterprise=enterprise,
        kind=kind,
        query=query,
        expires_at=now + KEPT,
        fence=1,
        lease_until=now + leases.LEASE,
    )
    try:
        with transaction.atomic():
            selection.save(force_insert=True)
    except IntegrityError:
        return Selection.objects.get(pk=selection.pk), False
    return selection, True


def _of_enterprise(user: User, enterprise: Enterprise) -> SimQuerySet:
    return Sim.objects.visible_to(user).present().filter(enterprise=enterprise)


def _insert(selection: Selection, sims: SimQuerySet) -> int:
    """One INSERT … SELECT: one snapshot of the fleet, whatever happens to it meanwhile."""
    try:
        query, params = sims.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:  # nothing was given
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sims_selectionitem (selection_id, sim_id)"  # noqa: S608 - the ORM's SQL, with parameters
            f" SELECT %s, chosen.sim_id FROM ({query}) AS chosen (sim_id)",
            [selection.pk, *params],
        )
        return int(cursor.rowcount)


def _insert_ids(selection: Selection, ids: list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sims_selectionitem (selection_id, sim_id) SELECT %s, unnest(%s::bigint[])",
            [selection.pk, ids],
        )
        return int(cursor.rowcount)


def _finish(selection: Selection, total: int, **more: Any) -> None:
    leases.keep(selection, state=State.READY, total=total, ready_at=timezone.now(), lease_until=None, **more)


@contextmanager
def _time_limit(milliseconds: int) -> Iterator[None]:
    """Inside a transaction: a statement that takes longer fails with `OperationalError`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
        yield
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")


def _with_unknown(listed: Listed, known: Iterable[str]) -> list[Problem]:
    seen = set(known)
    unknown = [
        Problem(line, giccid, Reason.UNKNOWN) for giccid, line in listed.giccids.items() if giccid not in seen
    ]
    return sorted([*listed.problems, *unknown], key=lambda problem: problem.line)


def _stored(problem: Problem) -> dict[str, Any]:
    return {"line": problem.line, "text": problem.text, "reason": problem.reason.value}
