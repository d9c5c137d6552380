"""The full sweep against the sandbox."""

import pytest

from enterprise.models import Account, Enterprise
from mirror.models import RejectedPayload, SeenKey, SyncRun
from sims.models import Sim
from tests.sims.conftest import SIMS
from tests.support.compare import assert_mirror_equals
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import drive, new_run, piece, sweep

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.mark.parametrize("page_base", [0, 1])
def test_ends_equal_to_the_platform_whatever_its_first_page_is_called(
    sandbox: SandboxProcess, connected: Enterprise, page_base: int
) -> None:
    sandbox.settings(page_base=page_base)
    run = sweep(connected)
    assert (run.state, run.error, run.error_kind) == (SyncRun.State.SUCCEEDED, "", "")
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=SIMS)


def test_counts_what_it_did(connected: Enterprise) -> None:
    run = sweep(connected)
    pages = sum(-(-account.sims.count() // 100) for account in connected.accounts.all())
    assert (run.expected, run.seen, run.created, run.changed, run.unchanged) == (SIMS, SIMS, SIMS, 0, 0)
    assert (run.pages, run.requests, run.rejected) == (pages, pages + 2, 0)


def test_puts_every_sim_into_the_account_that_lists_it(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    sweep(connected)
    assert not Sim.objects.filter(account=None).exists()
    assert connected.accounts.count() == 7
    first = Sim.objects.order_by("giccid").first()
    assert first is not None
    sandbox.set_sim(first.giccid, accountName="Pacific Vending")
    sweep(connected)
    assert Sim.objects.get(pk=first.pk).account == Account.objects.get(name="Pacific Vending")


def test_a_second_sweep_of_an_unchanged_platform_writes_no_row(connected: Enterprise) -> None:
    sweep(connected)
    before = dict(Sim.objects.extra(select={"xmin": "xmin::text"}).values_list("giccid", "xmin"))
    observed = dict(Sim.objects.values_list("giccid", "observed_at"))
    run = sweep(connected)
    assert (run.created, run.changed, run.unchanged) == (0, 0, SIMS)
    assert dict(Sim.objects.extra(select={"xmin": "xmin::text"}).values_list("giccid", "xmin")) == before
    assert dict(Sim.objects.values_list("giccid", "observed_at")) == observed


def test_finds_changed_new_and_unknown_things(sandbox: SandboxProcess, connected: Enterprise) -> None:
    sweep(connected)
    changed = Sim.objects.order_by("giccid").values_list("giccid", flat=True)[:3]
    sandbox.set_sim(changed[0], status="QUARANTINED")
    sandbox.set_sim(changed[1], usage=123.5)
    sandbox.set_sim(changed[2], imei="35000000000000000")
    sandbox.add_sims(2)
    run = sweep(connected)
    assert (run.created, run.changed) == (2, 3)
    assert Sim.objects.get(giccid=changed[0]).status == "QUARANTINED"
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=SIMS + 2)


def test_notes_since_when_fleet_and_accounts_are_fresh(connected: Enterprise) -> None:
    run = sweep(connected)
    connected.refresh_from_db()
    assert connected.swept_at == run.started_at
    assert set(connected.accounts.values_list("swept_at", flat=True)) == {run.started_at}


def test_remembers_the_keys_it_met_only_while_it_runs(connected: Enterprise) -> None:
    run = new_run(connected)
    piece(run, seconds=0)
    assert SeenKey.objects.filter(run=run).count() == run.seen > 0
    drive(run)
    assert not SeenKey.objects.exists()


def test_stopped_after_every_page_it_goes_on_from_its_cursor(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    run, pieces = new_run(connected), 0
    while piece(run, seconds=0).is_open:
        pieces += 1
        assert (run.state, run.lease_until, run.pages) == (SyncRun.State.RUNNING, None, pieces)
    assert (run.state, run.seen, run.created) == (SyncRun.State.SUCCEEDED, SIMS, SIMS)
    assert run.requests == run.pages + 2  # no page was read twice
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=SIMS)


def test_a_removed_sim_is_marked_by_a_complete_sweep_and_comes_back(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    sweep(connected)
    gone = Sim.objects.order_by("?").first()
    assert gone is not None
    sandbox.delete_sim(gone.giccid)
    run = sweep(connected)
    gone.refresh_from_db()
    assert run.state == SyncRun.State.SUCCEEDED
    assert gone.missing_since is not None
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=SIMS - 1)
    sandbox.reset()
    sandbox.settings(usage_step_s=0)
    sweep(connected)
    gone.refresh_from_db()
    assert gone.missing_since is None
    assert not RejectedPayload.objects.exists()


def test_an_empty_platform_leaves_all_rows_marked_and_none_deleted(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    sweep(connected)
    sandbox.reset(sims=0)
    run = sweep(connected)
    assert (run.state, run.expected, run.seen) == (SyncRun.State.SUCCEEDED, 0, 0)
    assert Sim.objects.count() == SIMS
    assert not Sim.objects.filter(missing_since=None).exists()
