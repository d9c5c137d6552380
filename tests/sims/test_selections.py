"""Selections: frozen once, their owner's alone, showing only what their owner may see now."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from enterprise.models import Account, AccountGrant, Enterprise
from mirror import leases
from sims import problems, resolving, selections, tasks
from sims.iccids import Reason, read_text
from sims.models import Selection, SelectionItem, Sim
from sims.selections import Kind, State
from staff.models import User
from tests import factories

pytestmark = pytest.mark.django_db
FORM = uuid.UUID("11111111-1111-4111-8111-111111111111")


def giccids(selection: Selection) -> set[str]:
    items = SelectionItem.objects.filter(selection=selection).values("sim_id")
    return set(Sim.objects.filter(pk__in=items).values_list("giccid", flat=True))


def frozen(user: User, enterprise: Enterprise, query: str = "") -> Selection:
    return selections.freeze_query(user, enterprise, form_uid=uuid.uuid4(), query=query)


def left_to_a_worker(user: User, enterprise: Enterprise, query: str, monkeypatch) -> Selection:
    """A selection no request could resolve: what a worker meets."""
    with monkeypatch.context() as patch:
        patch.setattr(selections, "freeze", lambda _selection: _sleep())
        selection = frozen(user, enterprise, query)
    assert (selection.state, selection.lease_until) == (State.RESOLVING, None)
    return selection


def _sleep() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")


def test_all_that_match_are_frozen_at_once(operator: User, account: Account) -> None:
    wanted = factories.SimFactory.create_batch(3, account=account, status="RETIRED")
    factories.SimFactory(account=account)
    selection = frozen(operator, account.enterprise, "status=RETIRED&sort=-data&page=3&page_size=25")
    selection.refresh_from_db()
    assert (selection.state, selection.total, selection.kind) == (State.READY, 3, Kind.QUERY)
    assert selection.query == "status=RETIRED&sort=-data"
    assert giccids(selection) == {sim.giccid for sim in wanted}
    assert selection.lease_until is None and selection.ready_at is not None
    assert selection.expires_at > timezone.now() + timedelta(days=6, hours=23)


def test_a_frozen_set_does_not_change_when_the_fleet_does(operator: User, account: Account) -> None:
    stays, changes = factories.SimFactory.create_batch(2, account=account, status="RETIRED")
    selection = frozen(operator, account.enterprise, "status=RETIRED")
    Sim.objects.filter(pk=changes.pk).update(status="ACTIVATED")
    factories.SimFactory(account=account, status="RETIRED")
    assert giccids(selection) == {stays.giccid, changes.giccid}
    seen = selections.sims_of(operator, selection)
    assert set(seen) == {stays, changes}


def test_a_limited_person_freezes_only_what_they_see(
    outsider: User, account: Account, other_account: Account
) -> None:
    factories.SimFactory(account=account)
    own = factories.SimFactory(account=other_account)
    selection = frozen(outsider, account.enterprise)
    assert giccids(selection) == {own.giccid}


def test_sims_that_left_a_persons_sight_are_not_shown(
    outsider: User, account: Account, other_account: Account
) -> None:
    stays, moves = factories.SimFactory.create_batch(2, account=other_account)
    selection = frozen(outsider, account.enterprise)
    Sim.objects.filter(pk=moves.pk).update(account=account)
    assert set(selections.sims_of(outsider, selection)) == {stays}
    AccountGrant.objects.filter(user=outsider).delete()
    assert list(selections.sims_of(outsider, selection)) == []
    assert selections.visible_selection(outsider, selection.pk) is None


def test_a_selection_is_its_owners_alone_until_it_expires(
    operator: User, admin: User, sim: Sim, enterprise: Enterprise
) -> None:
    selection = frozen(operator, enterprise)
    assert selections.visible_selection(operator, str(selection.pk)) == selection
    assert selections.visible_selection(admin, selection.pk) is None
    Selection.objects.update(expires_at=timezone.now())
    assert selections.visible_selection(operator, selection.pk) is None


@pytest.mark.parametrize("word", ["", "x", None, "1", "{", "9" * 400, "\0", str(FORM)])
def test_what_is_no_selection_is_none(word: object, operator: User) -> None:
    assert selections.visible_selection(operator, word) is None


def test_a_double_click_makes_one_selection(operator: User, sim: Sim, enterprise: Enterprise) -> None:
    first, second = (
        selections.freeze_query(operator, enterprise, form_uid=FORM, query="status=ACTIVATED") for _ in "ab"
    )
    assert first == second
    assert Selection.objects.count() == 1
    ticked = [
        selections.freeze_ticked(operator, enterprise, form_uid=FORM, giccids=[sim.giccid]) for _ in "ab"
    ]
    assert ticked[0] == ticked[1] != first
    assert SelectionItem.objects.count() == 2


def test_the_same_form_sent_again_with_other_content_makes_another(
    operator: User, admin: User, account: Account
) -> None:
    """A page the browser went back to sends its number once more."""
    sims = factories.SimFactory.create_batch(3, account=account)
    made = [
        selections.freeze_ticked(
            person, account.enterprise, form_uid=FORM, giccids=[s.giccid for s in chosen]
        )
        for person, chosen in ((operator, sims[:1]), (operator, sims), (admin, sims))
    ]
    assert [giccids(selection) for selection in made] == [
        {sims[0].giccid},
        {sim.giccid for sim in sims},
        {sim.giccid for sim in sims},
    ]
    assert len({selection.pk for selection in made}) == 3


def test_ticked_rows_a_person_does_not_see_are_left_out(
    outsider: User, sim: Sim, foreign_sim: Sim, other_account: Account
) -> None:
    own = factories.SimFactory(account=other_account)
    ticked = [own.giccid, sim.giccid, foreign_sim.giccid, "404"]
    selection = selections.freeze_ticked(outsider, sim.enterprise, form_uid=FORM, giccids=ticked)
    assert (giccids(selection), selection.total) == ({own.giccid}, 1)


def test_nothing_ticked_is_an_empty_selection(operator: User, enterprise: Enterprise) -> None:
    selection = selections.freeze_ticked(operator, enterprise, form_uid=FORM, giccids=[])
    assert (selection.state, selection.total) == (State.READY, 0)


def test_a_list_keeps_its_problems_with_foreign_sims_unknown(
    outsider: User, sim: Sim, other_account: Account
) -> None:
    own = factories.SimFactory(account=other_account)
    listed = read_text(f"{own.giccid}\nnonsense\n{sim.giccid}\n{own.giccid}")
    selection = selections.freeze_listed(outsider, sim.enterprise, form_uid=FORM, listed=listed)
    selection.refresh_from_db()
    assert (giccids(selection), selection.total) == ({own.giccid}, 1)
    assert selection.problems == [
        {"line": 2, "text": "nonsense", "reason": Reason.NOT_DIGITS},
        {"line": 3, "text": sim.giccid, "reason": Reason.UNKNOWN},
        {"line": 4, "text": own.giccid, "reason": Reason.TWICE},
    ]
    assert selection.problem_count == 3


def test_of_many_problems_all_are_kept_and_a_page_reads_only_the_first(
    operator: User, enterprise: Enterprise
) -> None:
    listed = read_text("\n".join(f"bad{number}" for number in range(1500)))
    made = selections.freeze_listed(operator, enterprise, form_uid=FORM, listed=listed)
    selection = Selection.objects.get(pk=made.pk)
    assert "problems" in selection.get_deferred_fields()
    assert [row["text"] for row in problems.first(selection, 2)] == ["bad0", "bad1"]
    assert "problems" in selection.get_deferred_fields()
    assert (len(problems.every(selection)), selection.problem_count) == (1500, 1500)
    assert problems.every(selection)[-1]["text"] == "bad1499"


def test_too_many_filters_are_refused(operator: User, enterprise: Enterprise) -> None:
    with pytest.raises(selections.TooLong):
        frozen(operator, enterprise, "q=" + "x" * 2000)
    with pytest.raises(selections.TooLong):
        frozen(operator, enterprise, "q=" + "卡" * 700)
    assert not Selection.objects.exists()


# --- the worker's part


def test_a_large_set_is_left_to_a_worker_who_finds_it_by_the_tick(
    operator: User, sim: Sim, monkeypatch
) -> None:
    selection = left_to_a_worker(operator, sim.enterprise, "", monkeypatch)
    woken: list[str] = []
    monkeypatch.setattr(tasks.resolve_selection, "apply_async", lambda args, expires: woken.extend(args))
    tasks.tick()
    assert woken == [str(selection.pk)]
    tasks.resolve_selection(woken[0])
    selection.refresh_from_db()
    assert (selection.state, selection.total, giccids(selection)) == (State.READY, 1, {sim.giccid})
    tasks.tick()
    assert len(woken) == 1


def test_a_killed_workers_selection_is_taken_up_when_its_lease_runs_out(
    operator: User, sim: Sim, monkeypatch
) -> None:
    selection = left_to_a_worker(operator, sim.enterprise, "", monkeypatch)
    now = timezone.now()
    held = leases.claim(resolving.open_selections().filter(pk=selection.pk), now)
    assert held is not None  # and its holder was killed here
    resolving.resolve(selection.pk, now)
    selection.refresh_from_db()
    assert (selection.state, selection.fence) == (State.RESOLVING, held.fence)
    resolving.resolve(selection.pk, now + leases.LEASE + timedelta(seconds=1))
    selection.refresh_from_db()
    assert (selection.state, selection.total, selection.fence) == (State.READY, 1, held.fence + 1)


def test_a_holder_who_lost_the_lease_writes_nothing(operator: User, sim: Sim, monkeypatch) -> None:
    selection = left_to_a_worker(operator, sim.enterprise, "", monkeypatch)
    slow = leases.claim(resolving.open_selections().filter(pk=selection.pk), timezone.now())
    assert slow is not None
    resolving.resolve(selection.pk, timezone.now() + leases.LEASE + timedelta(seconds=1))
    with pytest.raises(leases.LeaseLost), transaction.atomic():
        selections.freeze(slow)
    assert SelectionItem.objects.count() == 1


def test_a_fault_ends_the_selection_visibly(operator: User, sim: Sim, monkeypatch) -> None:
    selection = left_to_a_worker(operator, sim.enterprise, "", monkeypatch)
    monkeypatch.setattr(selections, "freeze", lambda _selection: 1 / 0)
    resolving.resolve(selection.pk, timezone.now())
    selection.refresh_from_db()
    assert (selection.state, selection.lease_until) == (State.FAILED, None)
    assert not resolving.open_selections().exists()


def test_a_set_that_kills_its_workers_is_given_up(operator: User, sim: Sim, monkeypatch) -> None:
    selection = left_to_a_worker(operator, sim.enterprise, "", monkeypatch)
    Selection.objects.update(fence=resolving.MAX_CLAIMS)
    resolving.resolve(selection.pk, timezone.now())
    selection.refresh_from_db()
    assert selection.state == State.FAILED


def test_what_has_expired_is_removed_with_its_items(operator: User, sim: Sim, enterprise: Enterprise) -> None:
    old, young = frozen(operator, enterprise), frozen(operator, enterprise)
    Selection.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert selections.remove_expired(timezone.now()) == 1
    tasks.clean()
    assert list(Selection.objects.all()) == [young]
    assert SelectionItem.objects.get().selection_id == young.pk
    assert Sim.objects.filter(pk=sim.pk).exists()
