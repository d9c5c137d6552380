"""Orders and jobs as hard cases for the pages about them."""

from collections.abc import Callable

from tests.browser.world import World
from tests.command_factories import AttemptFactory, BatchJobFactory, CommandFactory, PlanFactory
from tests.factories import AccountFactory, SimFactory

_AT = "2026-11-01T10:00:00+00:00"
_EVIDENCE = [
    {"at": _AT, "by": "baseline", "held": 0},
    {"at": _AT, "by": "read", "saw": "x" * 400},
    {"at": _AT, "by": "unreadable", "error": "x" * 300},
    {"at": _AT, "by": "change_logs", "entries": [{"type": "LOCAL_STATUS", "target": "RETIRED"}]},
    {"by": "task", "error": ""},
    {"at": _AT, "by": "person", "who": "x" * 100, "choice": "look_again", "note": "x" * 400},
    {"by": "something new"},
]


def order_with_evidence(state: str) -> Callable[[World], dict[str, object]]:
    """An order of its own SIM in the enterprise of hard cases, with every kind of evidence."""

    def made(world: World) -> dict[str, object]:
        sim = SimFactory(account=AccountFactory(enterprise=world.enterprises["hard"]), status="ACTIVATED")
        plan = PlanFactory(
            enterprise=sim.enterprise,
            kind="supplementary_plan" if state == "needs_human" else "suspend",
            params={"package": "x" * 300},
            reason="x" * 400,
            submitted_by=world.people["operator"],
            state="completed",
        )
        order = CommandFactory(sim=sim, plan=plan, state=state, error="x" * 400, evidence=_EVIDENCE)
        AttemptFactory(command=order, error="x" * 400, outcome="unknown", error_class="ReadTimeout")
        return {"pk": order.pk}

    return made


def job_of_two(**values: object) -> Callable[[World], dict[str, object]]:
    """One with two SIMs, one refused."""

    def made(world: World) -> dict[str, object]:
        plan = PlanFactory(enterprise=world.enterprises["hard"], state="running")
        job = BatchJobFactory(plan=plan, total=2, succeeded=1, failed=1, **values)
        account = AccountFactory(enterprise=plan.enterprise)
        for state in ("applied", "rejected"):
            sim = SimFactory(account=account, status="ACTIVATED")
            CommandFactory(sim=sim, plan=plan, job=job, state=state, error="x" * 400)
        AttemptFactory(job=job)
        return {"pk": job.pk}

    return made
