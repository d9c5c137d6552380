"""A small world of two enterprises whose every text is a canary, and the people looking at it."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import responses
from django.db import connection, transaction
from django.http import HttpResponseBase

from enterprise.models import Account, Enterprise
from messaging.models import Template
from notifications import addresses
from notifications.models import Alert, AlertStep
from sims.models import SavedView, Sim
from staff.models import User
from tests import factories, history_factories, push_factories
from tests.alert_factories import alert_about, rule_for
from tests.channel_factories import channel_of, told
from tests.command_factories import (
    ApprovalFactory,
    AttemptFactory,
    BatchJobFactory,
    CommandFactory,
    IntentFactory,
    PlanFactory,
    ProtectionFactory,
)
from tests.desk_factories import ExportFactory, SelectionFactory
from tests.message_factories import MessageFactory, heard

# Role and, for the limited ones, whose accounts: of the same enterprise ("other") or of another one ("foreign").
PEOPLE: dict[str, tuple[str | None, str | None]] = {
    "anonymous": (None, None),
    "nobody": (None, None),
    "viewer": ("viewer", None),
    "operator": ("operator", None),
    "approver": ("approver", None),
    "admin": ("admin", None),
    "outsider": ("operator", "other"),
    "stranger": ("viewer", "foreign"),
    "foreign_operator": ("operator", "foreign"),
    "foreign_admin": ("admin", "foreign"),
}
ALLOWED = {
    "portal.view": {"viewer", "operator", "approver", "admin"},
    "sims.refresh": {"operator", "approver", "admin"},
    "sims.note": {"operator", "approver", "admin"},
    "mirror.start": {"operator", "approver", "admin"},
    "commands.run": {"operator", "approver", "admin"},
    "commands.approve": {"approver", "admin"},
    "commands.decide": {"approver", "admin"},
    "commands.rules": {"admin"},
    "sims.protect": {"approver", "admin"},
    "staff.audit": {"approver", "admin"},
    "enterprise.manage": {"admin"},
    "alerts.handle": {"operator", "approver", "admin"},
    "alerts.read_rules": {"viewer", "operator", "approver", "admin"},
    "alerts.rules": {"approver", "admin"},
}
# What concerns every account of an enterprise is for people who see all of them.
FOR_THOSE_WHO_SEE_ALL = {"alerts.read_rules", "alerts.rules"}


def may(person: str, permission: str) -> bool:
    role, scope = PEOPLE[person]
    return role in ALLOWED[permission] and not (scope and permission in FOR_THOSE_WHO_SEE_ALL)


def may_see(person: str, about: str) -> bool:
    """Whether the person sees the home SIM or the home enterprise; what is somebody's own is theirs alone."""
    if about == "somebody's own":
        return False
    scope = PEOPLE[person][1]
    return scope is None or (scope == "other" and about != "sim")


@dataclass
class World:
    home: Enterprise
    sim: Sim
    ids: dict[str, str]
    accounts: dict[str, Account]
    home_words: list[str] = field(default_factory=list)
    account_words: list[str] = field(default_factory=list)

    def person(self, name: str) -> User | None:
        """None for the anonymous one."""
        role, scope = PEOPLE[name]
        if name == "anonymous":
            return None
        limits = {} if scope is None else {"accounts": [self.accounts[scope]]}
        return factories.UserFactory(username=f"the-{name}", role=role, **limits)

    def hidden_from(self, name: str) -> list[str]:
        """Words that must not stand on any page of this person."""
        scope = PEOPLE[name][1]
        if scope == "other":
            return self.account_words
        return self.home_words + self.account_words if scope == "foreign" or name == "nobody" else []


def build() -> World:
    """Home enterprise with two accounts, runs and rejected payloads; a foreign one with one SIM."""
    home = factories.EnterpriseFactory(name="Canary Home", remote_name="Canary Remote GmbH")
    accounts = {
        "home": factories.AccountFactory(enterprise=home, name="Canary Account"),
        "other": factories.AccountFactory(enterprise=home, name="Neighbour"),
    }
    accounts["foreign"] = factories.AccountFactory(enterprise=factories.EnterpriseFactory(name="Elsewhere"))
    plan = factories.ServicePackageFactory(account=accounts["home"], name="Canary Plan")
    sim = factories.SimFactory(account=accounts["home"], package_name=plan.name)
    history_factories.write_on(sim, label="Canary Label", tags=("Canary Tag",))
    history_factories.ChangeLogFactory(sim=sim, type="SERVICE_PACKAGE", original="Canary Before")
    history_factories.SimVersionFactory(sim=sim, raw=sim.raw | {"deviceInfo": [{"imei": "Canary Device"}]})
    for name in ("other", "foreign"):
        factories.SimFactory(account=accounts[name])
    run = factories.SyncRunFactory(
        enterprise=home, error=f"Changed while it was read: {accounts['home'].name}"
    )
    opened = factories.SyncRunFactory(
        enterprise=home,
        error=run.error,
        is_open=True,
        job="enterprise.accounts",
        cursor={"a": "Canary Cursor"},
    )
    waiting = factories.SyncRunFactory(enterprise=home, error=run.error, is_open=True, state="waiting")
    rejected = factories.RejectedPayloadFactory(
        enterprise=home, run=run, reason="Canary Reason", key="898699999"
    )
    view = SavedView.objects.create(
        enterprise=home,
        owner=factories.UserFactory(username="owner-of-views", role="viewer"),
        name="Canary View",
        query=f"account={accounts['home'].name}",
        is_shared=True,
    )
    change = CommandFactory(sim=sim, error="Canary Error").plan
    type(change).objects.update(reason="Canary Because", source={"giccids": [sim.giccid]})
    ApprovalFactory(plan=change, reason="Canary Answer")
    push = push_factories.push_about(sim, original="Canary Original", target="Canary Target")
    intent = IntentFactory(sim=sim, value="DEACTIVATED")
    phone = factories.SimFactory(account=accounts["home"], status="ACTIVATED")
    history_factories.write_on(phone, label="Canary Phone")
    MessageFactory(sim=phone, text="Canary Said", state="unknown")
    heard(phone, "Canary Heard")
    delivery = told(channel_of(home, name="Canary Channel"), title="Canary Message")
    ids = {
        "channel": str(delivery.channel_id),
        "delivery": str(delivery.pk),
        "plan": str(change.pk),
        "protection": str(ProtectionFactory(sim=sim, reason="Canary Shield").pk),
        "intent": str(intent.pk),
        "push": str(push.pk),
        "alert": str(_alert(sim).pk),
        "rule": str(rule_for(home, "usage", name="Canary Home rule").pk),
        "address": str(addresses.ensure(home)["sim-status"].pk),
        "selection": str(SelectionFactory(owner=view.owner, enterprise=home).pk),
        "template": str(Template.objects.create(enterprise=home, name="Greeting", text="Canary Text").pk),
        "export": str(ExportFactory(owner=view.owner, enterprise=home).pk),
        **_changes(sim),
        "view": str(view.pk),
        "home": str(home.pk),
        "sim": sim.giccid,
        "phone": phone.giccid,
        "run": str(run.pk),
        "open": f"{opened.pk}-{waiting.pk}",
    }
    words = ["Canary Shield", "Canary Label", "Canary Tag", "Canary Before", "Canary Device"]
    words += ["Canary Because", "Canary Answer", "Canary Error"]
    words += ["Canary Reason of a plan", "Canary Note", "canary-job"]
    words += ["Canary Original", "Canary Target", "Canary Step"]
    words += ["Canary Channel", "Canary Message"]
    words += ["Canary Phone", "Canary Said", "Canary Heard", phone.giccid, phone.msisdn]
    hidden = [
        view.name,
        *words,
        accounts["home"].name,
        plan.name,
        sim.giccid,
        sim.imsi,
        sim.msisdn,
        sim.imei,
        rejected.reason,
    ]
    return World(
        home,
        sim,
        ids,
        accounts,
        [home.name, home.remote_name, "Canary Text"],
        [*hidden, rejected.key, "Canary Cursor"],
    )


def _alert(sim: Sim) -> Alert:
    alert = alert_about(sim, rule=rule_for(sim.enterprise, name="Rule of an alert"))
    AlertStep.objects.create(alert=alert, deed=AlertStep.Deed.NOTED, note="Canary Step")
    return alert


def _changes(sim: Sim) -> dict[str, str]:
    """A plan, an order that needs a person, its job and their tries, all about the home SIM."""
    plan = PlanFactory(enterprise=sim.enterprise, state="completed", reason="Canary Reason of a plan")
    job = BatchJobFactory(plan=plan, remote_id="canary-job", error="Canary Error")
    order = CommandFactory(
        sim=sim,
        plan=plan,
        job=job,
        state="needs_human",
        error="Canary Error",
        evidence=[{"at": "2026-11-01T10:00:00+00:00", "by": "person", "note": "Canary Note"}],
    )
    AttemptFactory(command=order, error="Canary Error")
    AttemptFactory(job=job, error="Canary Error")
    return {"order": str(order.pk), "job": str(job.pk)}


# --- nothing happened


# Written by looking at any page; the cache counts attempts to sign in, and refused pushes are counted.
_UNWATCHED = {
    "notifications_refusal",
    "django_session",
    "usersessions_usersession",
    "django_migrations",
    "portal_cache",
}


def written() -> dict[str, list[int]]:
    """Rows inserted, updated and deleted in each table since the transaction began, even if that was taken back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables")
        return {name: counts for name, *counts in cursor.fetchall() if name not in _UNWATCHED}


@contextmanager
def nothing_happens(smarthub: responses.RequestsMock) -> Iterator[None]:
    """No row was written and no request was sent."""
    before, sent = written(), len(smarthub.calls)
    yield
    assert len(smarthub.calls) == sent, "an HTTP request left the portal"
    after = written()
    changed = [table for table in after if after[table] != before[table]]
    assert not changed, f"rows were written in {changed}"


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside never happened: the next person meets the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answer_everything(smarthub: responses.RequestsMock, world: World) -> None:
    """SmartHub answers whatever the portal may ask it interactively."""
    smarthub.get(f"{factories.BASE_URL}/global-sims/{world.sim.giccid}", json=world.sim.raw)
    smarthub.get(f"{factories.BASE_URL}/enterprise", json={"name": "Canary Remote GmbH", "accounts": []})


def text_of(response: HttpResponseBase) -> str:
    """Body, address of a redirect and cookies, as one text to search."""
    body = b"".join(response) if response.streaming else response.content
    return "\n".join(
        [body.decode("utf-8", "replace"), json.dumps(dict(response.items())), str(response.cookies)]
    )


def found_in(text: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word in text]
