"""Workers that claim, send, hear, die and wake up too late in any order: what must hold whatever happens.

Seen red: a reissue after one look, `recover` putting sent commands back, `commit_sent` without its fence.
"""

import itertools
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar

import hypothesis.strategies as st
import time_machine
from django.db.models import Count
from django.utils import timezone
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from commands import claims, job_polls, outcomes, plans, running, settle
from commands.claims import LeaseLost
from commands.execute import Dispatcher, Order
from commands.models import BatchJob, Command, Plan, State
from commands.refusals import Refused
from commands.states import IN_FLIGHT, NEXT, TERMINAL
from smarthub_client import SmartHubError
from tests.command_factories import CommandFactory, PlanFactory
from tests.commands.conftest import PATIENCE, wire
from tests.commands.platform import DONE, LOST_AFTER, LOST_BEFORE, TOO_MANY, Answer, Platform, problem
from tests.factories import AccountFactory, SimFactory, UserFactory

KINDS = {"suspend": {}, "basic_plan": {"package": "Big"}, "supplementary_plan": {"package": "Boost"}}
NO = Answer("refused", happens=False, steps=(problem(422, "invalid"),))
ANSWERS = [DONE, DONE, LOST_BEFORE, LOST_BEFORE, LOST_AFTER, TOO_MANY, NO]
MOVING = [state for state in IN_FLIGHT if state != State.NEEDS_HUMAN]


class Workers(RuleBasedStateMachine):
    """`held`: what workers hold in their memory: an order, and once it was sent the reply or the error."""

    platform: ClassVar[Platform]

    def __init__(self) -> None:
        super().__init__()
        self.now = timezone.now()
        self.held: list[tuple[Dispatcher, Order, Any]] = []
        self.seen: dict[int, str] = {}

    @initialize(sims=st.integers(1, 3), holds_jobs=st.booleans(), kinds=st.permutations(list(KINDS)))
    def start(self, sims: int, holds_jobs: bool, kinds: list[str]) -> None:
        played = self.platform
        for kept in (played.sims, played.effects, played.jobs, played.logs, played.answers, played.asked):
            kept.clear()
        played.holds_jobs = holds_jobs
        self.enterprise = wire(played)
        account = AccountFactory(enterprise=self.enterprise)
        self.actor = UserFactory(role="operator")
        rows = SimFactory.create_batch(sims, account=account, status="ACTIVATED")
        played.take(*rows)
        self.plans = [
            PlanFactory(enterprise=self.enterprise, kind=kind, params=KINDS[kind], state=Plan.State.RUNNING)
            for kind in kinds
        ]
        for plan in self.plans:
            for sim in rows:
                before = "" if plan.kind == "supplementary_plan" else sim.status
                before = sim.package_name if plan.kind == "basic_plan" else before
                CommandFactory(sim=sim, plan=plan, before=before)
        self.note("start")
        self.step_of_plans()

    def teardown(self) -> None:
        """Row 16: left to itself, everything ends or waits for a person."""
        if not hasattr(self, "enterprise"):
            return
        self.held.clear()
        self.platform.answers.clear()
        for plan in self.plans:
            self.resume(plan)
        self.platform.holds_jobs = False
        for pause in itertools.islice(itertools.cycle([1, 40, 70, 400, 1000]), 50):
            self.a_job_is_carried_out()
            self.wait(pause)
            self.step_of_plans()
            self.recover()
            for _sim in range(3):
                self.carry_out(DONE, is_heard=True)
            self.poll()
            self.settle()
            if not self.commands().filter(state__in=[*MOVING, State.PLANNED]).exists():
                break
        left = self.commands().filter(state__in=[*MOVING, State.PLANNED])
        waits = self.commands().filter(state=State.NEEDS_HUMAN).values("giccid")
        assert not left.exclude(giccid__in=waits).exists(), list(left.values_list("kind", "state"))
        assert not BatchJob.objects.filter(enterprise=self.enterprise, state__in=BatchJob.OPEN).exists()

    def commands(self) -> Any:
        return Command.objects.filter(enterprise=self.enterprise)

    def at(self) -> Any:
        """The clock stands still: an example that is played again must go the same way."""
        self.now += timedelta(milliseconds=20)
        return time_machine.travel(self.now, tick=False)

    # --- workers

    @rule()
    def step_of_plans(self) -> None:
        with self.at():
            Plan.objects.filter(enterprise=self.enterprise).update(run_at=self.now - timedelta(seconds=1))
            for plan in self.plans:
                running.advance(plan.pk, timezone.now())
        self.note("plan")

    @rule()
    def claim(self) -> None:
        with self.at():
            dispatcher = Dispatcher(self.enterprise)
            rows = claims.claim_queued(self.enterprise.pk, timezone.now(), dispatcher._most)
            if rows:
                self.held.append((dispatcher, dispatcher._order_of(rows), None))
        self.note("claim")

    @rule(answer=st.sampled_from(ANSWERS), is_heard=st.booleans())
    def carry_out(self, answer: Answer, is_heard: bool) -> None:
        """All that a worker does in one go, or all but the last step."""
        self.claim()
        for entry in self.unsent()[-1:]:
            self.transmit(entry, answer)
        for entry in self.heard()[-1:] if is_heard else []:
            self.take_in(entry)

    @rule(slow_first=st.booleans())
    def two_holders(self, slow_first: bool) -> None:
        """One is only slow, and still believes in its lease."""
        before = len(self.held)
        self.claim()
        self.a_lease_runs_out()
        self.claim()
        for entry in self.held[before:][:: 1 if slow_first else -1]:
            self.transmit(entry, DONE)

    @precondition(lambda self: self.unsent())
    @rule(data=st.data(), answer=st.sampled_from(ANSWERS))
    def send(self, data: st.DataObject, answer: Answer) -> None:
        self.transmit(data.draw(st.sampled_from(self.unsent())), answer)

    def unsent(self) -> list[Any]:
        return [entry for entry in self.held if entry[2] is None]

    def transmit(self, entry: Any, answer: Answer) -> None:
        dispatcher, order, _ = entry
        self.held.remove(entry)
        self.platform.answers.append(answer)
        with self.at():
            dispatcher.order = order
            with suppress(LeaseLost):
                try:
                    dispatcher._prepare(order)
                    heard: Any = dispatcher._send(order)
                except SmartHubError as error:
                    heard = error
                self.held.append((dispatcher, order, heard))
        self.platform.answers.clear()
        self.note("send")

    @precondition(lambda self: self.heard())
    @rule(data=st.data())
    def hear(self, data: st.DataObject) -> None:
        self.take_in(data.draw(st.sampled_from(self.heard())))

    def heard(self) -> list[Any]:
        return [entry for entry in self.held if entry[2] is not None]

    def take_in(self, entry: Any) -> None:
        _dispatcher, order, heard = entry
        self.held.remove(entry)
        with self.at():
            if isinstance(heard, SmartHubError):
                outcomes.refused_or_unknown(order, heard)
            else:
                outcomes.accepted(order, heard)
        self.note("hear")

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        """At any point: before it sent, or with an answer nobody will ever write down."""
        self.held.remove(data.draw(st.sampled_from(self.held)))

    @rule()
    def recover(self) -> None:
        with self.at():
            claims.recover(timezone.now())
        self.note("recover")

    @rule()
    def a_lease_runs_out(self) -> None:
        self.wait(31)
        self.recover()

    @rule(seconds=st.sampled_from([3, 65]))
    def settle_later(self, seconds: int) -> None:
        self.wait(seconds)
        self.settle()

    @rule()
    def settle(self) -> None:
        with self.at():
            settle.settle(self.enterprise.pk)
        self.note("settle")

    @rule()
    def poll(self) -> None:
        with self.at():
            job_polls.poll(self.enterprise.pk)
        self.note("poll")

    @rule(seconds=st.sampled_from([1, 3, 20, 31, 65, 310, 700, 90_000]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: any(job["status"] == "PROCESSING" for job in self.platform.jobs.values()))
    @rule()
    def a_job_is_carried_out(self) -> None:
        for name, job in self.platform.jobs.items():
            if job["status"] == "PROCESSING":
                self.platform.finish(name)

    @rule(data=st.data(), deed=st.sampled_from(["pause", "resume", "resume", "cancel"]))
    def person(self, data: st.DataObject, deed: str) -> None:
        plan = data.draw(st.sampled_from(self.plans))
        with self.at(), suppress(Refused):
            getattr(plans, deed)(self.actor, plan)
        self.note(deed)

    def resume(self, plan: Plan) -> None:
        with self.at(), suppress(Refused):
            plans.resume(self.actor, plan)
        self.note("resume")

    # --- what must hold

    def note(self, who: str) -> None:
        """After every step: no transition the grammar does not know, and no verdict the platform contradicts."""
        rows = {row.pk: row for row in self.commands()}
        for pk, row in rows.items():
            before = self.seen.get(pk, row.state)
            assert row.state == before or row.state in NEXT[State(before)], (who, before, row.state)
            assert (before, row.state) != (State.SENT, State.QUEUED) or who == "hear", who
            assert before not in TERMINAL or row.state == before
            if row.state != before:
                self.check_verdict(row)
            if (before, row.state) == (State.UNKNOWN, State.QUEUED):
                self.check_reissue(row)
        self.seen = {pk: row.state for pk, row in rows.items()}

    def check_verdict(self, row: Command) -> None:
        count = self.effects_of(row)
        if row.state == State.APPLIED:
            assert count >= 1, "applied, but the platform never did it"
        if row.state in (State.NOT_APPLIED, State.REJECTED, State.CANCELLED):
            assert count == 0, f"{row.state}, but the platform did it"

    def check_reissue(self, row: Command) -> None:
        """Two looks since it was sent, far enough apart, and the platform's log asked."""
        since = [entry for entry in row.evidence if entry["at"] >= row.sent_at.isoformat()]
        looks = [datetime.fromisoformat(entry["at"]) for entry in since if entry["by"] == "read"]
        assert len(looks) >= 2
        assert max(looks) - min(looks) >= timedelta(seconds=PATIENCE)
        assert [entry["by"] for entry in since][-2:] == ["change_logs", "reissue"]
        assert row.issue < settle.MOST_ISSUES

    def effects_of(self, row: Command) -> int:
        change = {"suspend": "deactivate", "basic_plan": "basicServicePackage"}.get(
            row.kind, "supplementaryServicePackages"
        )
        return sum(1 for e in self.platform.effects if (e.giccid, e.change) == (row.giccid, change))

    @invariant()
    def one_in_flight_for_each_sim(self) -> None:
        if not hasattr(self, "enterprise"):
            return
        rows = self.commands().filter(state__in=IN_FLIGHT).values("giccid").annotate(n=Count("pk"))
        assert [row for row in rows if row["n"] > 1] == []

    @invariant()
    def nothing_happens_twice_without_evidence_that_it_had_not(self) -> None:
        if not hasattr(self, "enterprise"):
            return
        seen = Counter((effect.request_id, effect.giccid) for effect in self.platform.effects)
        assert set(seen.values()) <= {1}, "one request, two effects"
        for row in self.commands():
            again = sum(1 for entry in row.evidence if entry["by"] == "reissue")
            assert row.kind != "supplementary_plan" or again == 0
            assert self.effects_of(row) <= 1 + again
