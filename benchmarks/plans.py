"""Plans of 100,000 SIMs: frozen, looked at, released; and a plan under way while people ask for single SIMs.

    python benchmarks/plans.py [--size 1000000] [--sims 100000] [--execute 20000]

The ratio compares freezing with copying as many rows of the same width in the same database at the same time, so that a
busy machine shows in both. "Wait of people" is what a person's request waits at the budget's gate, with the real script
in Valkey: first alone, then while two workers carry out a plan against a sandbox.
"""

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import stage

WORKERS, PAUSE = 2, 0.25
COPY = """
CREATE TEMPORARY TABLE copied ON COMMIT DROP AS SELECT * FROM commands_command WITH NO DATA;
"""
FILL = """
INSERT INTO copied (giccid, account_id, kind, state, before, after, expects, enterprise_id, run_at)
SELECT giccid, account_id, 'suspend', 'planned', status, 'DEACTIVATED', status, enterprise_id, now()
  FROM sims_sim ORDER BY id LIMIT %s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--sims", type=int, default=100_000)
    parser.add_argument("--execute", type=int, default=20_000, help="SIMs of the plan that is carried out")
    parser.add_argument("--worker", help="carry out this enterprise's plans (used by the command itself)")
    parser.add_argument(
        "--person", nargs=2, metavar=("ENTERPRISE", "SECONDS"), help="the same: ask now and then"
    )
    given = parser.parse_args()
    if given.worker or given.person:
        _as_child(given)
        return
    with stage.servers():
        enterprise = stage.fleet(given.size)
        print(f"| a plan of {given.sims:,} SIMs | ms | against the copy | goal |\n|---|--:|--:|---|")
        base = _large(enterprise, given.sims)
        _messages(enterprise, given.sims, base)
        if given.execute:
            _under_way(given.execute)


def _took(deed: Callable[[], Any]) -> float:
    started = time.perf_counter()
    deed()
    return (time.perf_counter() - started) * 1000


def _line(name: str, took: float, base: float, goal: str = "") -> None:
    print(f"| {name} | {took:,.0f} | {took / base:.1f} × | {goal} |", flush=True)


# --- one large plan


def _large(enterprise: Any, count: int) -> float:
    from django.db import connection, transaction  # noqa: PLC0415 - only after the stage is set

    from benchmarks import visitor  # noqa: PLC0415
    from sims import planning  # noqa: PLC0415

    def copy() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(COPY)
            cursor.execute(FILL, [count])

    plan = _new_plan(enterprise, count)
    base = statistics.median(_took(copy) for _round in range(3))
    _line("baseline: copy as many rows without any index", base, base)

    def freeze() -> None:
        with transaction.atomic():
            planning.freeze(plan)
            plan.state = plan.State.DRAFT
            plan.save()

    _line("freeze", _took(freeze), base, "5,000 ms")
    browser = visitor.browser()
    for name, address in _pages(plan):
        browser.get(address)
        times = [_took(lambda address=address: browser.get(address)) for _round in range(20)]
        _line(name, statistics.median(times), base, "100 ms")
    _running(plan, base)
    plan.delete()
    return base


def _messages(enterprise: Any, count: int, base: float) -> None:
    """The same SIMs, all of them awake: each gets a text of its own, and quiet hours by its country."""
    from django.db import connection, transaction  # noqa: PLC0415

    from commands import pacing, queueing  # noqa: PLC0415
    from messaging import plan_part  # noqa: PLC0415
    from sims import planning  # noqa: PLC0415

    plan = _new_plan(enterprise, count)
    plan.kind, plan.params = "sms", {"text": "SIM {iccid} of {account}: restart tonight", "max_parts": 1}
    plan.pace = {"an_hour": 1000, "from": "21:00", "to": "08:00", "zone": "", "fallback": "UTC"}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE sims_sim SET status = 'ACTIVATED' WHERE enterprise_id = %s", [enterprise.pk]
            )
        _line(
            "freeze a message to each, with values and pace",
            _took(lambda: planning.freeze(plan)),
            base,
            "5,000 ms",
        )
        plan.state = plan.State.RUNNING
        plan.save()
        _line("queue what the pace allows", _took(lambda: queueing.queue_next(plan)), base)
        _line("count what is left by country", _took(lambda: pacing.count_left(plan)), base)
        queueing.Command.objects.filter(plan=plan, state="planned").update(state="queued")
        _line("the funnel's figures", _took(lambda: plan_part.counts_of(plan.created_by, plan)), base)
        transaction.set_rollback(True)  # the fleet is other benchmarks', too


def _running(plan: Any, base: float) -> None:
    from django.db import transaction  # noqa: PLC0415

    from commands import queueing  # noqa: PLC0415
    from sims import planning  # noqa: PLC0415

    _line("is it still true? (submit, approve)", _took(lambda: planning.stale(plan)), base)
    plan.state = plan.State.RUNNING
    with transaction.atomic():
        _line("queue the next 2,000", _took(lambda: queueing.queue_next(plan)), base)
        _line("count by state (each second while it runs)", _took(lambda: queueing.tally(plan)), base)


def _pages(plan: Any) -> list[tuple[str, str]]:
    from django.urls import reverse  # noqa: PLC0415

    names = {"its page": "commands:plan", "its rows": "commands:plan-rows"}
    return [(title, reverse(name, args=[plan.pk])) for title, name in names.items()]


def _new_plan(enterprise: Any, count: int) -> Any:
    """Of a selection of the first SIMs, as the list makes one."""
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from benchmarks import visitor  # noqa: PLC0415
    from commands.models import Plan  # noqa: PLC0415
    from sims.models import Selection, Sim  # noqa: PLC0415
    from staff.models import User  # noqa: PLC0415

    visitor.prepare(enterprise, Sim.objects.count())
    owner = User.objects.get(username="bench")
    expires_at = timezone.now() + stage.DAY
    chosen = Selection.objects.create(
        enterprise=enterprise, owner=owner, kind="query", state="ready", total=count, expires_at=expires_at
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sims_selectionitem (selection_id, sim_id) SELECT %s, id FROM sims_sim"
            " WHERE enterprise_id = %s ORDER BY id LIMIT %s",
            [chosen.pk, enterprise.pk, count],
        )
    return Plan.objects.create(
        enterprise=enterprise,
        kind="suspend",
        created_by=owner,
        submitted_by=owner,
        source={"selection": str(chosen.pk)},
    )


# --- a plan under way


def _under_way(count: int) -> None:
    from django.db import transaction  # noqa: PLC0415

    from benchmarks.plan_stage import enterprise_of, plan_for  # noqa: PLC0415
    from tests.support.sandbox import SandboxProcess  # noqa: PLC0415

    with SandboxProcess(sims=count) as sandbox:
        sandbox.settings(usage_step_s=0, job_delay_s=1, activation_delay_s=0)
        enterprise = enterprise_of(sandbox)
        try:
            alone = _person(enterprise, 20)
            with transaction.atomic():
                plan = plan_for(enterprise)
            before = len(sandbox.ledger())
            workers = [_child("--worker", str(enterprise.pk)) for _number in range(WORKERS)]
            started = time.monotonic()
            busy = _person(enterprise, 40)
            seconds = time.monotonic() - started
            for worker in workers:
                worker.terminate()
                worker.wait()
            done = len(sandbox.ledger()) - before
            print(f"\n{plan.changing:,} SIMs to change, {done:,} of them changed in {seconds:.0f} s.")
            print(
                f"Wait of people at the gate: alone {alone}; with the plan under way {busy} (goal: p99 20 ms)"
            )
        finally:
            enterprise.delete()


def _child(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True)


def _person(enterprise: Any, seconds: int) -> str:
    child = _child("--person", str(enterprise.pk), str(seconds))
    out, _ = child.communicate()
    waits = sorted(json.loads(out.splitlines()[-1]))
    p50, p99 = (waits[min(len(waits) - 1, int(len(waits) * share))] for share in (0.5, 0.99))
    return f"p50 {p50:.1f} / p99 {p99:.1f} / longest {waits[-1]:.1f} ms of {len(waits)}"


def _as_child(given: argparse.Namespace) -> None:
    import django  # noqa: PLC0415

    django.setup()
    from enterprise.models import Enterprise  # noqa: PLC0415

    if given.person:
        pk, seconds = given.person
        print(json.dumps(_ask(Enterprise.objects.get(pk=pk), float(seconds))))
    else:
        _work(int(given.worker))


def _ask(enterprise: Any, seconds: float) -> list[float]:
    """A person's single reads; how long each waited at the gate, in milliseconds."""
    from enterprise.connections import client_for  # noqa: PLC0415
    from sims.models import Sim  # noqa: PLC0415
    from smarthub_client.budget import Purpose  # noqa: PLC0415

    waits: list[float] = []
    client = client_for(enterprise, purpose=Purpose.INTERACTIVE)
    gate = client._caller.hooks.gate
    assert gate is not None

    def timed(operation: str) -> None:
        waits.append(_took(lambda: gate(operation)))

    client = client.using(gate=timed)
    giccids = list(Sim.objects.filter(enterprise=enterprise).values_list("giccid", flat=True)[:50])
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        client.sim_detail(giccids[len(waits) % len(giccids)])
        time.sleep(PAUSE)
    return waits


def _work(pk: int) -> None:
    """What the workers' tasks do, without a broker."""
    from django.utils import timezone  # noqa: PLC0415

    from commands import execute, job_polls, running, settle, wanted  # noqa: PLC0415

    deeds = {"dispatch": execute.dispatch, "settle": settle.settle, "poll": job_polls.poll}
    threading.current_thread().name = f"worker-{uuid.uuid4().hex[:4]}"
    while True:
        for uid in wanted.due_plans(timezone.now()):
            running.advance(uid, timezone.now())
        for name, enterprise_id in wanted.due_work(timezone.now()):
            if enterprise_id == pk:
                deeds[name](pk, seconds=2.0)
        time.sleep(0.2)


if __name__ == "__main__":
    main()
