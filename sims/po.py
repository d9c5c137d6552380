"""Which SIMs belong to a PO: a list item does not say so (doc), only the list's filter `po` knows.

Each PO somebody asked for is read once a day. Its SIMs get its name page by page; others lose it only after the list
was read completely.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from enterprise.connections import client_for, note_rate
from enterprise.pacing import report_failure
from mirror import runs
from mirror.apply import one_writer
from mirror.jobs import Due, Job
from mirror.models import SeenKey, SyncRun
from mirror.rejects import Refused
from sims.models import PurchaseOrder, Sim
from sims.resting import rested
from sims.seen import remember
from sims.spec import SIM
from smarthub_client import SmartHubClient, SmartHubError, ValidationFailed
from smarthub_client.budget import Purpose
from smarthub_client.paging import Page

JOB_NAME = "sims.po"
AGAIN_AFTER = timedelta(hours=24)
PIECE_SECONDS = 10.0
PASSES = 2


@dataclass
class _Cursor:
    """`po`: the row being read. `tried`: rows this run has left unfinished, by id."""

    po: int | None = None
    page: int | None = None
    base: int | None = None
    passes: int = 0
    first_total: int | None = None
    last_total: int | None = None
    seen: int = 0
    tried: list[int] = field(default_factory=list)
    failures: int = 0

    @property
    def is_complete(self) -> bool:
        return self.first_total == self.last_total == self.seen

    def begin(self, po: int, passes: int = 0) -> None:
        self.po, self.passes, self.seen = po, passes, 0
        self.page = self.first_total = self.last_total = None


def due(now: datetime) -> Iterable[Due]:
    """A slot for each enterprise with a PO to be read: its name is the moment, and only one run can be open."""
    waiting = Exists(_unread(now).filter(enterprise=OuterRef("pk")))
    connected = rested(JOB_NAME, now, SyncRun.State.INCOMPLETE).filter(waiting)
    return [Due(pk, now.strftime("%Y-%m-%dT%H:%M:%S.%f")) for pk in connected.values_list("pk", flat=True)]


def _unread(now: datetime) -> "QuerySet[PurchaseOrder]":
    return PurchaseOrder.objects.filter(Q(read_at=None) | Q(read_at__lt=now - AGAIN_AFTER))


def advance(run: SyncRun, *, seconds: float = PIECE_SECONDS) -> None:
    """Reads pages for `seconds`, one at least; then hands over, waits, fails or finishes."""
    until = time.monotonic() + seconds
    with suppress(runs.LeaseLost):
        try:
            _work(run, client_for(run.enterprise, purpose=Purpose.POLL), until)
        except SmartHubError as error:
            report_failure(run, error)


def _work(run: SyncRun, client: SmartHubClient, until: float) -> None:
    cursor = _Cursor(**run.cursor)
    while order := _present(run, cursor):
        if not _read_pass(run, cursor, client, order, until):
            return None
        _end_pass(run, cursor, order)
    if not cursor.tried:
        return runs.finish(run, SyncRun.State.SUCCEEDED)
    names = ", ".join(PurchaseOrder.objects.filter(pk__in=cursor.tried).values_list("name", flat=True))
    text = f"Changed while they were read, so nothing was taken away from them: {names}"[:2000]
    return runs.finish(run, SyncRun.State.INCOMPLETE, text)


def _present(run: SyncRun, cursor: _Cursor) -> PurchaseOrder | None:
    """The PO to go on with."""
    orders = PurchaseOrder.objects.filter(enterprise=run.enterprise_id)
    if cursor.po is not None and (order := orders.filter(pk=cursor.po).first()):
        return order
    waiting = _unread(timezone.now()).filter(enterprise=run.enterprise_id).exclude(pk__in=cursor.tried)
    order = waiting.order_by("pk").first()
    if order is not None:
        cursor.begin(order.pk)
    return order


def _read_pass(
    run: SyncRun, cursor: _Cursor, client: SmartHubClient, order: PurchaseOrder, until: float
) -> bool:
    """Goes on to the end of the PO's list. False: our time is up, the run was handed over."""
    resumed: dict[str, Any] = {}
    if cursor.page is not None:
        resumed = {"start_page": cursor.page, "base": cursor.base}
    try:
        for page in client.iter_sims(po=order.name, **resumed):
            _store_page(run, cursor, order, page)
            if page.is_last or time.monotonic() > until:
                note_rate(run.enterprise, page.rate)
            if not page.is_last and time.monotonic() > until:
                runs.hand_over(run)
                return False
    except ValidationFailed:  # a name the platform does not take
        cursor.passes, cursor.first_total = PASSES, None
        runs.keep(run, requests=F("requests") + 1)
    return True


def _store_page(run: SyncRun, cursor: _Cursor, order: PurchaseOrder, page: Page) -> None:
    keys = [Refused(payload, "").met_as for payload in page.data]
    cursor.base, cursor.page, cursor.failures = page.base, page.next_page, 0
    cursor.first_total = page.total if cursor.first_total is None else cursor.first_total
    cursor.last_total = page.total
    with transaction.atomic():
        runs.keep(run, state=SyncRun.State.RUNNING, error="", error_kind="")
        one_writer(SIM, run.enterprise_id)
        here = Sim.objects.filter(enterprise=run.enterprise_id, giccid__in=keys).exclude(po=order.name)
        changed = here.update(po=order.name)
        new = remember(run, str(order.pk), set(keys))
        cursor.seen += new
        counts = {"requests": F("requests") + 1, "pages": F("pages") + 1, "seen": F("seen") + new}
        runs.keep(run, cursor=asdict(cursor), changed=F("changed") + changed, **counts)


def _end_pass(run: SyncRun, cursor: _Cursor, order: PurchaseOrder) -> None:
    """A complete list takes the name from SIMs it lacks; another is read again, and left for later after that."""
    is_complete = cursor.is_complete
    with transaction.atomic():
        runs.keep(run)
        if is_complete:
            one_writer(SIM, run.enterprise_id)
            listed = SeenKey.objects.filter(run=run, scope=str(order.pk), key=OuterRef("giccid"))
            left = Sim.objects.filter(enterprise=run.enterprise_id, po=order.name).exclude(Exists(listed))
            runs.keep(run, changed=F("changed") + left.update(po=None))
            PurchaseOrder.objects.filter(pk=order.pk).update(read_at=timezone.now(), total=cursor.seen)
        SeenKey.objects.filter(run=run, scope=str(order.pk)).delete()
        if is_complete or cursor.passes >= PASSES - 1:
            cursor.tried += [] if is_complete else [order.pk]
            cursor.po = None
        else:
            cursor.begin(order.pk, cursor.passes + 1)
        runs.keep(run, cursor=asdict(cursor))


JOB = Job(name=JOB_NAME, due=due, advance=advance)
