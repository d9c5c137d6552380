"""A small world of two enterprises whose every text is a canary, and the people looking at it."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import responses
from django.apps import apps
from django.http import HttpResponseBase

from enterprise.models import Account, Enterprise
from sims.models import Sim
from staff.models import User
from tests import factories

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
    "mirror.start": {"operator", "approver", "admin"},
    "enterprise.manage": {"admin"},
}


def may(person: str, permission: str) -> bool:
    return PEOPLE[person][0] in ALLOWED[permission]


def may_see(person: str, about: str) -> bool:
    """Whether the person sees the home SIM or the home enterprise."""
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
    for name in ("other", "foreign"):
        factories.SimFactory(account=accounts[name])
    run = factories.SyncRunFactory(
        enterprise=home, error=f"Changed while it was read: {accounts['home'].name}"
    )
    opened = factories.SyncRunFactory(
        enterprise=home,
        error=run.error,
        is_open=True,
        job="enterprise.refresh",
        cursor={"a": "Canary Cursor"},
    )
    waiting = factories.SyncRunFactory(enterprise=home, error=run.error, is_open=True, state="waiting")
    rejected = factories.RejectedPayloadFactory(
        enterprise=home, run=run, reason="Canary Reason", key="898699999"
    )
    ids = {"home": str(home.pk), "sim": sim.giccid, "run": str(run.pk), "open": f"{opened.pk}-{waiting.pk}"}
    hidden = [accounts["home"].name, plan.name, sim.giccid, sim.imsi, sim.msisdn, sim.imei, rejected.reason]
    return World(
        home, sim, ids, accounts, [home.name, home.remote_name], [*hidden, rejected.key, "Canary Cursor"]
    )


# --- nothing happened


_UNWATCHED = {"Session", "UserSession", "ContentType", "Permission"}  # written by looking at a page at all


def rows_of_everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, the sessions' aside, and without the times of signing in."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model.__name__ not in _UNWATCHED:
            names = [f.attname for f in model._meta.concrete_fields if f.name != "last_login"]
            found[model._meta.label] = sorted(model._base_manager.values_list(*names), key=repr)
    return found


@contextmanager
def nothing_happens(smarthub: responses.RequestsMock) -> Iterator[None]:
    """No row was written and no request was sent."""
    before, sent = rows_of_everything(), len(smarthub.calls)
    yield
    assert len(smarthub.calls) == sent, "an HTTP request left the portal"
    after = rows_of_everything()
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


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
