"""The campaign's people: they make plans of all seven kinds and all sizes, approve, pause, resume and cancel.

A thread of its own with its own database connection; while PostgreSQL is away it tries again, as a person would.
"""

import random
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, connection, transaction

from commands import plans
from commands.models import Command, Plan, State
from commands.plans import Source
from commands.refusals import Refused
from enterprise.models import Enterprise, ServicePackage
from staff.models import User
from tests.support.commands_campaign_fleet import eligible

Found = TypeVar("Found")
# Kinds by weight; what goes to the platform in batches, and what one by one.
WEIGHTS = {
    "activate": 16, "suspend": 20, "basic_plan": 18, "supplementary_plan": 12, "apn_status": 16,
    "custom_fields": 13, "retire": 5,
}  # fmt: skip
MOST_PLANS = 12
UNDER_WAY = ("queued", "leased", "sent", "acked", "unknown")


class Staff(threading.Thread):
    """`sent`: commands that were sent at least once; `open`: those under way.

    Once `closing` is set nothing new begins, and what cannot go on by itself is cancelled (`is_cut`: all that was not
    sent).
    """

    def __init__(
        self, enterprise: Enterprise, people: list[User], *, total: int, ahead: int, is_cut: bool, seed: int
    ) -> None:
        super().__init__(name="staff", daemon=True)
        self.enterprise, (self.operator, self.approver) = enterprise, people
        self.total, self.ahead, self.is_cut = total, ahead, is_cut
        self.random = random.Random(seed)
        self.sent = self.open = self.running = 0
        self.deeds: dict[str, int] = {}
        self.error: BaseException | None = None
        self.closing, self.over = threading.Event(), threading.Event()

    @property
    def is_done(self) -> bool:
        return self.sent >= self.total or self.closing.is_set()

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self._patiently(self._look)
                if not self.is_done and self.open < self.ahead and self.running < MOST_PLANS:
                    self._patiently(self._new_plan)
                time.sleep(0.3)
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for us
            self.error = error
        finally:
            connection.close()

    def _patiently(self, deed: Callable[[], Found]) -> Found | None:
        """Once more until the database is there; what is refused is left."""
        while not self.over.is_set():
            try:
                return deed()
            except (DatabaseError, InterfaceError):
                connection.close()
                time.sleep(0.3)
            except Refused:
                self._note("refused")
                return None
        return None

    def _note(self, what: str) -> None:
        self.deeds[what] = self.deeds.get(what, 0) + 1

    # --- plans

    def _size(self, kind: str) -> int:
        draw = self.random.random()
        if kind == "retire":
            return self.random.choice([1, 1, 3, 12])
        low, high = (
            (1, 1) if draw < 0.3 else (5, 20) if draw < 0.65 else (40, 99) if draw < 0.9 else (120, 250)
        )
        return min(self.random.randint(low, high), max(1, self.total // 6))

    def _new_plan(self) -> None:
        kind = self.random.choices([*WEIGHTS], cum_weights=None, weights=[*WEIGHTS.values()])[0]
        params = self._params(kind)
        is_careless = self.random.random() < 0.1
        giccids = eligible(self.enterprise, kind, params, self._size(kind), is_careless=is_careless)
        if not giccids:
            self._note(f"nothing to {kind}")
            return
        form = uuid.UUID(int=self.random.getrandbits(128))
        for _click in range(2 if self.random.random() < 0.2 else 1):
            plans.make(
                self.operator,
                self.enterprise,
                kind_name=kind,
                params=params,
                source=Source(giccids=tuple(giccids)),
                form_uid=form,
            )
        self._note(f"plans {kind}")

    def _params(self, kind: str) -> dict[str, Any]:
        if kind in ("basic_plan", "supplementary_plan"):
            sort = "BASIC" if kind == "basic_plan" else "SUPPLEMENTARY"
            names = ServicePackage.objects.filter(enterprise=self.enterprise, type=sort)
            return {"package": self.random.choice(sorted(set(names.values_list("name", flat=True))))}
        if kind == "apn_status":
            apn = self.random.choice(["cmiot.secure", "m2m.data", "iot.global", "m2m.private"])
            return {"apn": apn, "status": self.random.choice(["OPEN", "CLOSED"])}
        # A value nobody else writes, so that seeing it tells whose it is.
        return {"custom1": f"c-{self.random.getrandbits(48):x}"} if kind == "custom_fields" else {}

    def _look(self) -> None:
        """Every plan that waits for a person."""
        waiting = ["draft", "awaiting", "paused", "running"]
        for plan in Plan.objects.filter(enterprise=self.enterprise, state__in=waiting).order_by("created_at"):
            try:
                _DEEDS[plan.state](self, plan)
            except Refused:
                self._note("refused")
                if plan.state in ("draft", "awaiting"):
                    self._cancel(plan)
        self.running = Plan.objects.filter(enterprise=self.enterprise, state="running").count()
        self.open = Command.objects.filter(enterprise=self.enterprise, state__in=UNDER_WAY).count()
        self.sent = Command.objects.filter(enterprise=self.enterprise, issue__gt=0).count()

    def _submit(self, plan: Plan) -> None:
        if not plan.changing:
            return self._cancel(plan)
        is_canary = plan.changing >= 40 and self.random.random() < 0.4
        mode = Plan.Mode.CANARY if is_canary else Plan.Mode.NOW
        for _click in range(2 if self.random.random() < 0.2 else 1):
            plans.submit(self.operator, plan, digest=plan.digest, mode=mode)
        self._note(f"submitted, {mode}")
        return None

    def _approve(self, plan: Plan) -> None:
        plans.approve(self.approver, plan, digest=plan.digest)
        self._note("approved")

    def _paused(self, plan: Plan) -> None:
        if self.random.random() < 0.1 and not plan.stopped_by_itself:
            return self._cancel(plan)
        plans.resume(self.operator, plan)
        return self._note("resumed")

    def _running(self, plan: Plan) -> None:
        draw = self.random.random()
        if self.closing.is_set():
            self._cancel(plan) if self.is_cut else self._close(plan)
        elif draw < 0.0004:
            self._cancel(plan)
        elif draw < 0.004:
            plans.pause(self.operator, plan)
            self._note("paused")
        elif draw > 0.95:
            self._close(plan)

    def _close(self, plan: Plan) -> None:
        """Cancelled when all that is left waits for SIMs that need a person."""
        with transaction.atomic():
            rows = Command.objects.filter(plan=plan)
            is_moving = rows.filter(state__in=UNDER_WAY).exists()
            planned = rows.filter(state=State.PLANNED)
            blocked = Command.objects.filter(enterprise=self.enterprise, state=State.NEEDS_HUMAN)
            free = planned.exclude(giccid__in=blocked.values("giccid")).exists()
        if planned.exists() and not is_moving and not free:
            self._cancel(plan)

    def _cancel(self, plan: Plan) -> None:
        plans.cancel(self.operator, plan)
        self._note("cancelled")


_DEEDS: dict[str, Callable[[Staff, Plan], None]] = {
    "draft": Staff._submit,
    "awaiting": Staff._approve,
    "paused": Staff._paused,
    "running": Staff._running,
}
