"""Refresh now: one SIM, one request, at once."""

from typing import Any

import pytest
from django.test import Client

from enterprise.models import Account, Enterprise
from mirror.models import RejectedPayload
from sims.models import Sim
from staff.models import User
from tests.conftest import SignIn
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import sweep

pytestmark = [pytest.mark.servers, pytest.mark.django_db]
HTMX = {"HX-Request": "true"}
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "status", "status": 500}, "reports a failure of its own"),
    ({"kind": "status", "status": 401}, "does not accept the API key"),
    ({"kind": "status", "status": 403}, "does not allow this"),
    ({"kind": "html"}, "unreadable"),
    ({"kind": "truncate"}, "unreadable"),
    ({"kind": "drop_before"}, "broke the connection off"),
]


@pytest.fixture
def sim(connected: Enterprise) -> Sim:
    sweep(connected)
    found = Sim.objects.filter(status="ACTIVATED").order_by("giccid").first()
    assert found is not None
    return found


@pytest.fixture
def desk(operator: User, sign_in: SignIn) -> Client:
    return sign_in(operator)


def refresh(desk: Client, sim: Sim, **options: Any) -> Any:
    return desk.post(f"/sims/{sim.giccid}/refresh/", **options)


def said(response: Any) -> str:
    """The words of the messages, wherever they ended up."""
    return response.content.decode()


def test_a_change_at_the_platform_is_shown_at_once(desk: Client, sandbox: SandboxProcess, sim: Sim) -> None:
    sandbox.set_sim(sim.giccid, status="DEACTIVATED")
    response = refresh(desk, sim, headers=HTMX)
    assert (response.status_code, response.templates[0].name) == (200, "sims/_sim.html")
    assert "Read from SmartHub just now" in said(response)
    assert "Suspended" in said(response)
    sim.refresh_from_db()
    assert (sim.status, sim.observed_by) == ("DEACTIVATED", "detail")


def test_without_scripts_it_leads_back_to_the_page(desk: Client, sandbox: SandboxProcess, sim: Sim) -> None:
    sandbox.set_sim(sim.giccid, status="DEACTIVATED")
    response = refresh(desk, sim, follow=True)
    assert response.redirect_chain == [(f"/sims/{sim.giccid}/", 302)]
    assert "Read from SmartHub just now" in said(response)
    assert response.context["sim"].status == "DEACTIVATED"


def test_nothing_new_only_moves_the_freshness(desk: Client, sim: Sim) -> None:
    before = Sim.objects.values().get(pk=sim.pk)
    refresh(desk, sim)
    after = Sim.objects.values().get(pk=sim.pk)
    assert after["observed_at"] > before["observed_at"]
    assert {name for name in before if before[name] != after[name]} <= {
        "observed_at",
        "observed_by",
        "supplementary",
    }
    assert after["row_hash"] == before["row_hash"]


def test_supplementary_packages_are_told_and_forgotten(
    desk: Client, sandbox: SandboxProcess, sim: Sim
) -> None:
    with_some = next(item for item in sandbox.fleet() if _supplementary(sandbox, item["giccid"]))
    found = Sim.objects.get(giccid=with_some["giccid"])
    assert found.supplementary is None
    response = refresh(desk, found, headers=HTMX)
    found.refresh_from_db()
    assert found.supplementary == _supplementary(sandbox, found.giccid)
    assert response.context["supplementary"][0]["name"]
    without = next(item for item in sandbox.fleet() if not _supplementary(sandbox, item["giccid"]))
    refresh(desk, Sim.objects.get(giccid=without["giccid"]))
    assert Sim.objects.get(giccid=without["giccid"]).supplementary == []


def _supplementary(sandbox: SandboxProcess, giccid: str) -> list[dict[str, Any]]:
    """What the platform tells, asked without the portal."""
    shown = sandbox.set_sim(giccid, po="same")
    return list(shown.get("currentSupplementaryServicePackages", []))


@pytest.mark.parametrize(("fault", "words"), FAULTS, ids=[str(fault[0]) for fault in FAULTS])
@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_a_failure_of_the_platform_leaves_the_row_as_it_was_and_is_explained(
    desk: Client,
    sandbox: SandboxProcess,
    sim: Sim,
    fault: dict[str, Any],
    words: str,
    headers: dict[str, str],
) -> None:
    before = Sim.objects.values().get(pk=sim.pk)
    sandbox.set_sim(sim.giccid, status="DEACTIVATED")
    sandbox.faults([{"operation": "sim_detail", **fault}])
    response = refresh(desk, sim, headers=headers, follow=True)
    assert response.status_code == 200
    assert words in said(response)
    assert Sim.objects.values().get(pk=sim.pk) == before


def test_a_used_up_budget_is_explained(desk: Client, sandbox: SandboxProcess, sim: Sim) -> None:
    sandbox.settings(rate_limit=0, window_s=600)
    assert "request limit is used up" in said(refresh(desk, sim, headers=HTMX))
    sim.enterprise.refresh_from_db()
    assert sim.enterprise.rate_remaining == 0


def test_a_sim_the_platform_does_not_know_stays_until_a_sweep_says_so(
    desk: Client, sandbox: SandboxProcess, sim: Sim
) -> None:
    before = Sim.objects.values().get(pk=sim.pk)
    sandbox.delete_sim(sim.giccid)
    assert "does not know this SIM" in said(refresh(desk, sim, headers=HTMX))
    assert Sim.objects.values().get(pk=sim.pk) == before


def test_a_missing_sim_that_answers_is_no_longer_missing(desk: Client, sim: Sim) -> None:
    Sim.objects.filter(pk=sim.pk).update(missing_since=sim.observed_at)
    refresh(desk, sim)
    sim.refresh_from_db()
    assert sim.missing_since is None


def test_an_answer_that_can_not_be_stored_is_kept_among_the_rejected(
    desk: Client, sandbox: SandboxProcess, sim: Sim
) -> None:
    sandbox.set_sim(sim.giccid, status="X" * 41)
    before = Sim.objects.values().get(pk=sim.pk)
    assert "unreadable" in said(refresh(desk, sim, headers=HTMX))
    assert Sim.objects.values().get(pk=sim.pk) == before
    assert (RejectedPayload.objects.get().key, RejectedPayload.objects.get().source) == (sim.giccid, "detail")


def test_a_sim_that_moved_while_it_was_read_stays_where_the_sweep_put_it(
    desk: Client, sim: Sim, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Account.objects.exclude(pk=sim.account_id).first()
    assert other is not None
    from sims import refresh as module  # noqa: PLC0415

    def note_rate(*_args: Any) -> None:  # called between the answer and its transaction
        Sim.objects.filter(pk=sim.pk).update(account=other)

    monkeypatch.setattr(module, "note_rate", note_rate)
    refresh(desk, sim)
    sim.refresh_from_db()
    assert sim.account == other


def test_viewers_and_strangers_may_not_and_nothing_is_asked(
    viewer: User, stranger: User, sign_in: SignIn, sandbox: SandboxProcess, sim: Sim
) -> None:
    sandbox.faults([{"operation": "sim_detail", "kind": "delay", "seconds": 0}])
    assert refresh(sign_in(viewer), sim).status_code == 403
    assert refresh(sign_in(stranger), sim).status_code == 403
    assert refresh(sign_in(None), sim).status_code == 302
    assert sign_in(viewer).get(f"/sims/{sim.giccid}/refresh/").status_code in (403, 405)
    assert sandbox.faults()[0]["fired"] == 0


def test_an_enterprise_switched_off_is_not_asked(desk: Client, sandbox: SandboxProcess, sim: Sim) -> None:
    sandbox.faults([{"operation": "sim_detail", "kind": "delay", "seconds": 0}])
    Enterprise.objects.update(is_enabled=False)
    assert "switched off" in said(refresh(desk, sim, headers=HTMX))
    assert sandbox.faults()[0]["fired"] == 0
