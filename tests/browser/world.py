"""One portal in every state a person may meet it in, each state an enterprise of its own.

Built once: tests look, and those that change something change what no other test counts on.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from commands.states import IN_FLIGHT, ORDERED
from enterprise import accounts, packages, pools
from enterprise.access import SESSION_KEY
from enterprise.models import Enterprise
from enterprise.start import start_sweep
from mirror import runs
from mirror.models import SyncRun
from notifications import addresses, refusals
from notifications.kinds import KINDS
from notifications.models import Event, Execution, Refusal
from sims import sweep
from sims.models import Sim
from staff.models import User
from tests import factories
from tests.alert_factories import alert_about, rule_for
from tests.browser import channels
from tests.browser.history import eventful, fleet_of_a_year
from tests.browser.starts import first_sweeps
from tests.command_factories import CommandFactory, PlanFactory, ProtectionFactory
from tests.push_factories import push_about
from tests.support.sandbox import SandboxProcess, free_port

LONG_NAME = "上海寰宇物联网科技股份有限公司第三事业部车联网与智能表计联合运营中心" * 11
SANDBOX_SIMS = 160


@dataclass
class World:
    """`enterprises` and `people` by a short name; `sims` of the hard cases by what is hard about them."""

    sandbox: SandboxProcess
    database: str
    address: str
    enterprises: dict[str, Enterprise]
    people: dict[str, User]
    sims: dict[str, Sim]
    failed_run: SyncRun

    def main_sim(self, **wanted: Any) -> Sim:
        """The first SIM of the sandbox's own fleet that is like this."""
        found = self.enterprises["main"].sims.filter(**wanted).order_by("giccid").first()
        assert found is not None, f"the sandbox has no SIM with {wanted}"
        return found

    def cookies_of(self, person: str, enterprise: str) -> list[dict[str, Any]]:
        """A signed-in session, without the cost of a password check."""
        client = Client()
        client.force_login(self.people[person], backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        session[SESSION_KEY] = self.enterprises[enterprise].pk
        session.save()
        return [{"name": "portal_session", "value": session.session_key, "url": self.address}]


def build(sandbox: SandboxProcess) -> dict[str, Any]:
    """Fills the present database. What it returns are the parts of a `World`."""
    people = {
        role: factories.UserFactory(username=role, role=role) for role in ("viewer", "operator", "approver")
    }
    people["admin"] = factories.UserFactory(username="admin", role="admin", is_staff=True, is_superuser=True)
    people["newcomer"] = factories.UserFactory(username="newcomer", role="viewer", accounts=[])
    main = factories.EnterpriseFactory(
        name="SmartHub sandbox",
        base_url=sandbox.base_url,
        api_key=sandbox.api_key,
        is_sandbox=True,
        swept_at=None,
    )
    _read_packages(main)
    call_command("sync_sims", enterprise=main.name, verbosity=0)
    main.refresh_from_db()
    hard, sims, failed_run = _hard_cases()
    _pushes(main)
    channels.build(main)
    _alert_rules(main)
    return {
        "people": people,
        "enterprises": {"main": main, "hard": hard, **_states(sandbox), **first_sweeps()},
        "sims": sims,
        "failed_run": failed_run,
    }


def _alert_rules(main: Enterprise) -> None:
    """One with everything it may have done, and one that is off."""
    sim = main.sims.earliest("pk")
    alert = alert_about(sim, rule=rule_for(main, name="Status of the lifts", suspend="shadow"))
    deeds = {
        "shadow": "",
        "capped": "",
        "refused": "Whoever made this rule live does not see these SIMs.",
        "failed": "x" * 200,
    }
    for deed, text in deeds.items():
        Execution.objects.create(
            rule=alert.rule, alert=alert, deed=deed, text=text, sims=1, giccids=[sim.giccid]
        )
    rule_for(main, "usage", name="超长的规则名称" * 12, is_enabled=False, problem="OperationalError: timeout")


def _pushes(main: Enterprise) -> None:
    """One of each kind and outcome, and addresses of which one is being replaced."""
    made = addresses.ensure(main)
    addresses.rotate(made["sim-status"], factories.UserFactory(username="rotator", role="admin"))
    refusals.count(main.pk, "sim-status", Refusal.Reason.BAD_SIGNATURE, timezone.now())
    sim = main.sims.earliest("pk")
    for kind, verdict in zip(KINDS, [*Event.Verdict, *Event.Verdict, Event.Verdict.UNVERIFIED], strict=True):
        told = {"original": "ACTIVATED", "target": "DEACTIVATED", "observed": "DEACTIVATED"}
        push_about(sim, kind, verdict=verdict, settled_at=timezone.now(), **told)
    push_about(sim, state="dead", attempts=8, error="RuntimeError: " + "x" * 300, target="x" * 400)
    push_about(sim, state="new", attempts=0, times=1234)


def _read_packages(main: Enterprise) -> None:
    """What the small jobs read: accounts with their balance, packages with their allowance, share pools."""
    for module in (accounts, packages, pools):
        run = SyncRun.objects.create(enterprise=main, job=module.JOB_NAME, slot="once", run_at=timezone.now())
        held = runs.claim(run.pk, timezone.now())
        assert held is not None
        module.advance(held)


def _states(sandbox: SandboxProcess) -> dict[str, Enterprise]:
    """Nothing read yet, no key, out of reach, refused, out of budget, and long not read."""
    silent = f"http://127.0.0.1:{free_port()}/v1"
    make = factories.EnterpriseFactory
    states = {
        "empty": make(name="Just connected", swept_at=None),
        "keyless": make(name="Without a key", api_key="", swept_at=None),
        "down": make(name="Out of reach", base_url=silent, is_sandbox=True),
        "refused": make(name="Wrong key", base_url=sandbox.base_url, api_key="no", is_sandbox=True),
        "throttled": make(name="Out of budget", rate_limit=5000, rate_remaining=0),
        "stale": make(name="Long not read", swept_at=timezone.now() - timedelta(days=3)),
    }
    for name in ("down", "refused"):
        run, _is_new = start_sweep(states[name], None)
        held = runs.claim(run.pk, timezone.now())
        assert held is not None
        sweep.advance(held)
    later = timezone.now() + timedelta(minutes=40)
    factories.SyncRunFactory(
        enterprise=states["throttled"],
        state=SyncRun.State.WAITING,
        error="5,000 requests are used up.",
        error_kind=SyncRun.ErrorKind.THROTTLED,
        run_at=later,
        finished_at=None,
    )
    factories.SyncRunFactory(enterprise=states["stale"])
    Enterprise.objects.filter(pk=states["throttled"].pk).update(rate_reset_at=later)
    for name in ("down", "refused", "throttled", "stale"):
        factories.SimFactory(account=factories.AccountFactory(enterprise=states[name]))
    return states


def _hard_cases() -> tuple[Enterprise, dict[str, Sim], SyncRun]:
    """What real platforms send, and screens are seldom drawn for."""
    hard = factories.EnterpriseFactory(name="Hard cases", remote_name=LONG_NAME)
    account = factories.AccountFactory(enterprise=hard, name=LONG_NAME[:400])
    plan = factories.ServicePackageFactory(account=account, name="超长套餐名称" * 60)
    devices = [
        {"imei": f"35{n}" * 5, "imsi": f"46004{n}00000000{n}", "msisdn": f"861470000000{n}"} for n in range(3)
    ]
    make = {"account": account, "package_name": plan.name}
    sims = {
        "plain": factories.SimFactory(**make),
        "over": factories.SimFactory(**make, data_used_mb=1234.5),
        "near": factories.SimFactory(**make, data_used_mb=85.0),
        "strange": factories.SimFactory(**make, status="FROZEN_BY_REGULATOR"),
        "retired": factories.SimFactory(**make, status="RETIRED"),
        "bare": _sim_with(account, deviceInfo=[], currentBasicServicePackage=None, apnList=[]),
        "many": _sim_with(account, deviceInfo=devices),
        "missing": factories.SimFactory(**make, missing_since=timezone.now() - timedelta(hours=5)),
        "removed": factories.SimFactory(**make, removed_at=timezone.now() - timedelta(days=2)),
        "eventful": eventful(factories.SimFactory(**make, data_used_mb=63.5)),
    }
    sims["ordered"] = _ordered(factories.SimFactory(**make, status="ACTIVATED"))
    fleet_of_a_year(hard, account)
    failed = factories.SyncRunFactory(
        enterprise=hard,
        state=SyncRun.State.FAILED,
        expected=500,
        seen=300,
        rejected=2,
        error="SmartHub answered GET /global-sims with 400 Bad Request: " + "x" * 300,
        error_kind=SyncRun.ErrorKind.OTHER,
    )
    factories.RejectedPayloadFactory.create_batch(2, enterprise=hard, run=failed)
    factories.RejectedPayloadFactory(
        enterprise=hard,
        run=failed,
        key="",
        payload="x" * 3000,
        reason="name has 2000 characters, more than 400",
    )
    return hard, sims, failed


def _ordered(sim: Sim) -> Sim:
    """Protected, and with a command in every state a page can show."""
    ProtectionFactory(sim=sim, reason="救援车辆专用" * 20)
    for state in (state for state in ORDERED if state not in IN_FLIGHT):
        plan = PlanFactory(enterprise=sim.enterprise, state="completed", reason="设备迁移" * 30)
        CommandFactory(sim=sim, plan=plan, state=state, error="SmartHub " + "x" * 400)
    CommandFactory(sim=sim, state="needs_human")
    later = PlanFactory(
        enterprise=sim.enterprise,
        kind="retire",
        state="scheduled",
        start_at=timezone.now() + timedelta(days=1),
    )
    CommandFactory(sim=sim, plan=later)
    return sim


def _sim_with(account: Any, **values: Any) -> Sim:
    giccid = f"8999{Sim.objects.count():015d}"
    return factories.SimFactory(
        account=account, giccid=giccid, raw=factories.sim_payload(giccid, data_used_mb=5.0) | values
    )
