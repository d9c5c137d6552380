"""Freezing: which group each SIM falls into, for every kind; and when a plan is not true any more."""

import uuid
from typing import Any

import pytest

from commands import plans
from commands.models import Command, Plan, State
from commands.plans import Source
from commands.refusals import Refused
from enterprise.models import Account, Enterprise
from sims.models import SavedView, SelectionItem, Sim
from sims.planning import stale
from staff.models import User
from tests.command_factories import ProtectionFactory
from tests.desk_factories import SelectionFactory
from tests.factories import EnterpriseFactory, ServicePackageFactory, SimFactory

STATUSES = ["TEST_READY", "ACTIVATE_READY", "INVENTORY", "ACTIVATED", "DEACTIVATED", "RETIRED"]
LIFECYCLE = {
    # SIMs in the order of STATUSES: c change, a already there, n not allowed
    "activate": "cccacn",
    "suspend": "nnncan",
    "retire": "nnnnca",
}
WORDS = {"c": ("change", ""), "a": ("already", ""), "n": ("not_allowed", "status")}


@pytest.fixture
def home(enterprise: Enterprise) -> Enterprise:
    """Every change is allowed here."""
    enterprise.is_sandbox = True
    enterprise.save()
    return enterprise


def made(actor: User, home: Enterprise, kind: str, *giccids: str, **more: Any) -> Plan:
    params = more.pop("params", {})
    source = more.pop("source", Source(giccids=giccids))
    return plans.make(
        actor, home, kind_name=kind, params=params, source=source, form_uid=uuid.uuid4(), **more
    )


def fates(plan: Plan) -> dict[str, tuple[str, str]]:
    return {
        giccid: (group, why) for giccid, group, why in plan.commands.values_list("giccid", "group", "why")
    }


@pytest.mark.parametrize("kind", LIFECYCLE)
def test_a_lifecycle_change_is_possible_from_these_states_only(
    kind: str, operator: User, home: Enterprise, account: Account
) -> None:
    sims = [SimFactory(account=account, status=status) for status in STATUSES]
    plan = made(operator, home, kind, *(sim.giccid for sim in sims))
    wanted = {sim.giccid: WORDS[letter] for sim, letter in zip(sims, LIFECYCLE[kind], strict=True)}
    assert fates(plan) == wanted
    assert plan.total == 6 and plan.state == Plan.State.DRAFT
    lines = Command.objects.filter(plan=plan)
    assert {(c.state, c.before, c.expects) for c in lines.filter(group="change")} == {
        (State.PLANNED, sim.status, sim.status)
        for sim, letter in zip(sims, LIFECYCLE[kind], strict=True)
        if letter == "c"
    }
    assert {c.state for c in lines.exclude(group="change")} == {State.SKIPPED}


def test_retiring_with_cooling_off_takes_active_sims_too_and_expects_them_suspended(
    operator: User, home: Enterprise, account: Account
) -> None:
    active, idle = (SimFactory(account=account, status=s) for s in ("ACTIVATED", "DEACTIVATED"))
    plan = made(operator, home, "retire", active.giccid, idle.giccid, cooling_hours=24)
    assert plan.groups == {"change": 2}
    rows = plan.commands.order_by("pk").values_list("before", "after", "expects")
    assert list(rows) == [
        ("ACTIVATED", "RETIRED", "DEACTIVATED"),
        ("DEACTIVATED", "RETIRED", "DEACTIVATED"),
    ]


def test_a_rate_plan_goes_to_sims_whose_account_has_it(
    operator: User, home: Enterprise, account: Account, other_account: Account
) -> None:
    ServicePackageFactory(account=account, name="Big")
    ServicePackageFactory(account=other_account, name="Small")
    new = SimFactory(account=account, package_name="Small")
    there = SimFactory(account=account, package_name="Big")
    elsewhere = SimFactory(account=other_account)
    gone = SimFactory(account=account, status="RETIRED")
    plan = made(
        operator,
        home,
        "basic_plan",
        *(s.giccid for s in (new, there, elsewhere, gone)),
        params={"package": "Big"},
    )
    assert fates(plan) == {
        new.giccid: ("change", ""),
        there.giccid: ("already", ""),
        elsewhere.giccid: ("not_allowed", "no_package"),
        gone.giccid: ("not_allowed", "status"),
    }
    line = plan.commands.get(group="change")
    assert (line.before, line.after) == ("Small", "Big")


def test_while_no_package_of_an_account_is_known_the_platform_decides(
    operator: User, home: Enterprise, account: Account
) -> None:
    sim = SimFactory(account=account)
    for kind in ("basic_plan", "supplementary_plan"):
        assert made(operator, home, kind, sim.giccid, params={"package": "Big"}).changing == 1


def test_an_apn_must_exist_on_the_sim(operator: User, home: Enterprise, account: Account) -> None:
    (opened, closed, without, odd) = SimFactory.create_batch(4, account=account)
    for sim, apns in (
        (closed, [{"apnName": "iot.example", "apnStatus": "CLOSED"}]),
        (without, []),
        (odd, "?"),
    ):
        Sim.objects.filter(pk=sim.pk).update(raw={**sim.raw, "apnList": apns})
    plan = made(
        operator,
        home,
        "apn_status",
        *(s.giccid for s in (opened, closed, without, odd)),
        params={"apn": "iot.example", "status": "CLOSED"},
    )
    assert fates(plan) == {
        opened.giccid: ("change", ""),
        closed.giccid: ("already", ""),
        without.giccid: ("not_allowed", "no_apn"),
        odd.giccid: ("not_allowed", "no_apn"),
    }


def test_custom_fields_are_never_already_there_because_no_list_tells_them(
    operator: User, home: Enterprise, account: Account
) -> None:
    sim = SimFactory(account=account)
    assert made(operator, home, "custom_fields", sim.giccid, params={"custom1": "x"}).groups == {"change": 1}


def test_protected_sims_are_left_alone_one_by_one_and_by_a_view(
    operator: User, home: Enterprise, account: Account
) -> None:
    single, viewed, free = SimFactory.create_batch(3, account=account)
    Sim.objects.filter(pk=viewed.pk).update(package_name="Alarm")
    ProtectionFactory(sim=single)
    view = SavedView.objects.create(enterprise=home, owner=operator, name="Alarms", query="package=Alarm")
    ProtectionFactory(sim=None, view=view, enterprise=home)
    plan = made(operator, home, "suspend", single.giccid, viewed.giccid, free.giccid)
    assert [fates(plan)[s.giccid][0] for s in (single, viewed, free)] == ["protected", "protected", "change"]


def test_what_this_person_may_not_see_is_unknown_to_them(
    outsider: User, home: Enterprise, account: Account, other_account: Account, foreign_sim: Sim
) -> None:
    hidden, own = SimFactory(account=account), SimFactory(account=other_account)
    plan = made(outsider, home, "suspend", hidden.giccid, own.giccid, foreign_sim.giccid, "123")
    assert {giccid: group for giccid, (group, _) in fates(plan).items()} == {
        hidden.giccid: "unknown",
        own.giccid: "change",
        foreign_sim.giccid: "unknown",
        "123": "unknown",
    }
    assert plan.commands.get(giccid=hidden.giccid).before == "", "not even its state leaks"


def test_an_uploaded_list_keeps_a_line_for_each_unknown_number(
    operator: User, home: Enterprise, account: Account
) -> None:
    sim = SimFactory(account=account)
    problems = [
        {"line": 2, "text": "8986123", "reason": "unknown"},
        {"line": 3, "text": "8986123", "reason": "unknown"},
        {"line": 4, "text": "abc", "reason": "not_an_iccid"},
    ]
    selection = SelectionFactory(owner=operator, enterprise=home, kind="listed", total=1, problems=problems)
    SelectionItem.objects.create(selection=selection, sim=sim)
    plan = made(operator, home, "suspend", source=Source(selection=selection.pk))
    assert fates(plan) == {sim.giccid: ("change", ""), "8986123": ("unknown", "not_here")}
    assert plan.total == 2


def test_the_price_counts_batches_and_what_is_read_before(
    operator: User, home: Enterprise, account: Account
) -> None:
    sims = SimFactory.create_batch(101, account=account)
    giccids = [sim.giccid for sim in sims]
    assert made(operator, home, "suspend", *giccids).calls == 4
    assert made(operator, home, "custom_fields", *giccids, params={"custom1": "x"}).calls == 303
    assert made(operator, home, "suspend", giccids[0]).calls == 2


def test_the_digest_is_about_what_would_happen(operator: User, home: Enterprise, account: Account) -> None:
    first, second = SimFactory.create_batch(2, account=account)
    digests = [
        made(operator, home, "suspend", first.giccid, second.giccid).digest,
        made(operator, home, "suspend", second.giccid, first.giccid).digest,
        made(operator, home, "suspend", first.giccid).digest,
        made(operator, home, "activate", first.giccid, second.giccid).digest,
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
    Sim.objects.filter(pk=first.pk).update(status="DEACTIVATED")
    assert made(operator, home, "suspend", first.giccid, second.giccid).digest not in digests


def test_accounts_are_those_of_its_sims(operator: User, home: Enterprise, account: Account) -> None:
    sim = SimFactory(account=account)
    loose = SimFactory(account=None, enterprise=home)
    assert sorted(made(operator, home, "suspend", sim.giccid, loose.giccid).account_ids) == [0, account.pk]


@pytest.mark.parametrize("change", ["status", "removed", "protected"])
def test_a_sim_that_changed_since_is_stale(
    change: str, operator: User, home: Enterprise, account: Account
) -> None:
    sim, other = SimFactory.create_batch(2, account=account)
    plan = made(operator, home, "suspend", sim.giccid, other.giccid)
    assert stale(plan) == set()
    if change == "status":
        Sim.objects.filter(pk=sim.pk).update(status="RETIRED")
    elif change == "removed":
        Sim.objects.filter(pk=sim.pk).update(removed_at=plan.created_at)
    else:
        ProtectionFactory(sim=sim)
    assert stale(plan) == {plan.commands.get(giccid=sim.giccid).pk}


def test_what_nobody_vouches_for_and_what_makes_no_sense_is_refused(operator: User, account: Account) -> None:
    real = EnterpriseFactory(is_sandbox=False)
    for kind, params in (("apn_status", {"apn": "a", "status": "OPEN"}), ("basic_plan", {"package": "B"})):
        with pytest.raises(Refused):
            made(operator, real, kind, "1", params=params)
    home = EnterpriseFactory(is_sandbox=True)
    for kind, params in (
        ("apn_status", {"apn": "a", "status": "AJAR"}),
        ("basic_plan", {"package": " "}),
        ("basic_plan", {"package": "x" * 401}),
        ("basic_plan", {"package": "a\0b"}),
        ("custom_fields", {}),
        ("custom_fields", {"custom1": "x" * 251}),
        ("custom_fields", {"custom9": "x"}),
    ):
        with pytest.raises(Refused):
            made(operator, home, kind, "1", params=params)
    assert not Plan.objects.exists()
