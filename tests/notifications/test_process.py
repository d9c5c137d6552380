"""What becomes of a stored push: one event, a hint for SIMs we know, and no harm from poison.

Aims at: hints for unknown SIMs, attempts counted after the work instead of at the claim, a failing push that takes its
batch with it, a replay that makes a second event.
"""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from notifications import claims, process
from notifications.kinds import KINDS
from notifications.models import Event, Push
from sims.models import Hint
from tests.notifications.sender import CREATED, path_of, post, push, signed

pytestmark = pytest.mark.django_db
TELLING = [kind for kind, about in KINDS.items() if about.tells_state]
State, Verdict = Push.State, Event.Verdict


def stored(enterprise, kind="sim-status", **fields):
    assert push(enterprise, kind, **fields).status_code == 200
    return Push.objects.latest("pk")


def spoil(monkeypatch, is_bad):
    """Processing fails for these."""
    told = process._told

    def worse(push):
        if is_bad(push):
            raise RuntimeError("spoilt")
        return told(push)

    monkeypatch.setattr(process, "_told", worse)


@pytest.mark.parametrize("kind", TELLING)
def test_a_claim_about_a_sim_has_it_read_back(kind, sim):
    stored(sim.enterprise, kind, giccid=sim.giccid, target="RETIRED", ünknown=1)
    assert process.work() == 1
    event = Event.objects.get()
    assert (event.giccid, event.verdict, event.push.state) == (sim.giccid, Verdict.PENDING, State.DONE)
    hint = Hint.objects.get()
    assert (hint.enterprise, hint.giccid, hint.reason) == (sim.enterprise, sim.giccid, "push")
    assert event.hinted_at == hint.hinted_at == hint.run_at


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(TELLING)))
def test_a_push_that_tells_of_no_state_is_noted_and_triggers_nothing(kind, sim):
    stored(sim.enterprise, kind, giccid=sim.giccid, status="DELIVERED", messageText="STOP")
    process.work()
    assert Event.objects.get().verdict == Verdict.UNVERIFIED
    assert not Hint.objects.exists()


@pytest.mark.parametrize("giccid", ["8986000000000000999", "", "nonsense", None, 12, {"a": 1}, "1" * 33])
def test_a_claim_about_a_sim_nobody_knows_costs_nothing(giccid, sim):
    stored(sim.enterprise, giccid=giccid, target="RETIRED")
    process.work()
    assert Event.objects.get().verdict == Verdict.UNVERIFIED
    assert not Hint.objects.exists()


def test_a_sim_of_another_enterprise_is_not_hinted_at(sim, foreign_enterprise):
    stored(foreign_enterprise, giccid=sim.giccid, target="RETIRED")
    process.work()
    assert not Hint.objects.exists()


def test_fields_are_read_with_fallbacks_and_kept_when_unknown(sim):
    stored(
        sim.enterprise,
        iccid=sim.giccid,
        newStatus="RETIRED",
        colour="red",
        deep={"a": 1},
        createdTime=CREATED,
    )
    process.work()
    event = Event.objects.get()
    assert (event.giccid, event.target, event.happened_at.isoformat()) == (
        sim.giccid,
        "RETIRED",
        "2026-11-01T10:00:00+00:00",
    )
    wanted = {"iccid": sim.giccid, "newStatus": "RETIRED", "colour": "red", "createdTime": CREATED}
    assert event.claim == wanted
    assert json.loads(bytes(event.push.body))["deep"] == {"a": 1}


# --- poison

_TAIL = json.dumps(signed({"createdTime": CREATED}))[1:].encode()
POISON = {
    "NUL": b'{"giccid": "8\\u0000", "target": "\\u0000", "\\u0000": 1, ' + _TAIL,
    "half a character": b'{"giccid": "\\ud800", "target": "\\udfff", "\\ud800": "\\ud800", ' + _TAIL,
    "5,000 digits": b'{"giccid": ' + b"9" * 5000 + b', "target": ' + b"9" * 5000 + b", " + _TAIL,
    "duplicate keys": b'{"giccid": "1", "giccid": {"a": 1}, "target": "A", "target": null, ' + _TAIL,
    "infinite": b'{"giccid": 1e999, "target": -1e999, "x": 1e400, ' + _TAIL,
    "deep": b'{"giccid": ' + b"[" * 90 + b"]" * 90 + b", " + _TAIL,
    "long": b'{"giccid": "' + b"1" * 90_000 + b'", "' + b"k" * 90_000 + b'": "v", ' + _TAIL,
    "many keys": b"{" + b", ".join(b'"k%d": %d' % (n, n) for n in range(9000)) + b", " + _TAIL,
    "odd times": b'{"giccid": "1", "updatedTime": "9999-12-31T23:59:59-2359", ' + _TAIL,
}


@pytest.mark.parametrize("kind", KINDS)
def test_poison_is_taken_and_harms_nobody(kind, sim):
    for body in POISON.values():
        body = body.replace(_TAIL, json.dumps(signed({"createdTime": CREATED}))[1:].encode())
        assert post(path_of(sim.enterprise, kind), body).status_code == 200
    for number in range(20):
        stored(sim.enterprise, kind, giccid=sim.giccid, n=number)
    process.work()
    assert set(Push.objects.values_list("state", "attempts")) == {(State.DONE, 1)}
    assert Event.objects.count() == len(POISON) + 20
    assert Event.objects.filter(giccid=sim.giccid).count() == 20


def test_a_push_that_fails_takes_no_other_with_it_and_is_given_up_after_eight_attempts(sim, monkeypatch):
    bad = stored(sim.enterprise, n="bad")
    good = [stored(sim.enterprise, n=number) for number in range(5)]
    spoil(monkeypatch, lambda push: push.pk == bad.pk)
    process.work()
    assert set(Push.objects.filter(pk__in=[one.pk for one in good]).values_list("state")) == {(State.DONE,)}
    for attempt in range(1, 9):
        bad.refresh_from_db()
        assert (bad.attempts, bad.state) == (attempt, State.DEAD if attempt == 8 else State.NEW)
        Push.objects.filter(pk=bad.pk).update(run_at=timezone.now())
        process.work()
    assert bad.error == "RuntimeError: spoilt"
    assert bytes(bad.body)
    assert process.work() == 0


def test_what_a_killed_worker_left_does_not_wait_until_nothing_new_comes(sim, monkeypatch):
    """Seen red: fresh ones first, as long as there are any."""
    left = stored(sim.enterprise, n="left")
    Push.objects.update(attempts=1)
    for number in range(4):
        stored(sim.enterprise, n=number)
    handled = []
    monkeypatch.setattr(claims, "BATCH", 1)
    monkeypatch.setattr(process, "handle", lambda batch: handled.extend(push.pk for push in batch))
    process.work()
    assert handled.index(left.pk) == 1
    assert len(handled) == 5


@pytest.mark.parametrize("unloved", ["enable_hashjoin", "enable_nestloop"])
def test_no_more_are_taken_than_asked_for_whatever_the_plan(sim, monkeypatch, unloved):
    """Seen red: IN (SELECT ... LIMIT) took all of them where PostgreSQL chose a nested loop."""
    for number in range(5):
        stored(sim.enterprise, n=number)
    monkeypatch.setattr(claims, "BATCH", 1)
    with connection.cursor() as cursor:
        for name in (unloved, "enable_mergejoin", "enable_material", "enable_hashagg", "enable_sort"):
            cursor.execute(f"SET LOCAL {name} = off")
    assert [len(claims.claim(timezone.now(), fresh=True)) for _turn in range(6)] == [1, 1, 1, 1, 1, 0]


def test_a_failed_push_waits_longer_each_time(sim, monkeypatch):
    bad = stored(sim.enterprise)
    spoil(monkeypatch, lambda _push: True)
    process.work()
    bad.refresh_from_db()
    assert timedelta(seconds=1) < bad.run_at - timezone.now() <= timedelta(seconds=2)
    assert process.work() == 0


def test_a_push_that_kills_its_worker_is_taken_alone_and_given_up(sim):
    """Nobody reports back: only attempts counted at the claim can end this."""
    bad = stored(sim.enterprise, n="bad")
    for _death in range(claims.MOST_ATTEMPTS):
        assert [one.pk for one in claims.claim(timezone.now(), fresh=not _death)] == [bad.pk]
        Push.objects.filter(pk=bad.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        stored(sim.enterprise, n=_death)
        assert len(claims.claim(timezone.now(), fresh=True)) == 1
    assert claims.claim(timezone.now(), fresh=False) == []
    bad.refresh_from_db()
    assert (bad.state, bad.lease_until) == (State.DEAD, None)


def test_nobody_else_touches_what_is_held_and_a_late_holder_writes_nothing(sim):
    stored(sim.enterprise, giccid=sim.giccid)
    now = timezone.now()
    (held,) = claims.claim(now, fresh=True)
    assert claims.claim(now + timedelta(seconds=29), fresh=False) == []
    (again,) = claims.claim(now + timedelta(seconds=31), fresh=False)
    process.handle([held])
    assert not Event.objects.exists() and not Hint.objects.exists()
    process.handle([again])
    assert Event.objects.count() == 1


# --- once more


def test_a_replay_tells_again_through_the_same_row(sim):
    one = stored(sim.enterprise, giccid=sim.giccid, target="RETIRED")
    process.work()
    Event.objects.update(verdict=Verdict.CONFIRMED, observed="RETIRED")
    Hint.objects.all().delete()
    assert claims.replay(Push.objects.filter(pk=one.pk), timezone.now()) == 1
    process.work()
    event = Event.objects.get()
    assert (event.verdict, event.observed, Hint.objects.count()) == (Verdict.PENDING, None, 1)


def test_the_command_replays_the_dead_and_ranges(sim):
    pushes = [stored(sim.enterprise, n=number) for number in range(4)]
    Push.objects.update(state=State.DONE)
    Push.objects.filter(pk=pushes[0].pk).update(state=State.DEAD, attempts=8, error="x")
    for words, wanted in (
        (["--dead"], {0}),
        ([str(pushes[1].pk), str(pushes[2].pk)], {1, 2}),
        (["--first", str(pushes[2].pk), "--last", str(pushes[3].pk)], {2, 3}),
        (["--since", (timezone.now() - timedelta(hours=1)).isoformat(), "--kind", "mo-sms"], set()),
        (["--until", "2020-01-01T00:00:00Z"], set()),
    ):
        output = StringIO()
        call_command("replay_pushes", *words, stdout=output)
        again = set(Push.objects.filter(state=State.NEW, attempts=0).values_list("pk", flat=True))
        assert again == {pushes[number].pk for number in wanted}
        assert output.getvalue() == f"{len(wanted)} pushes are processed anew.\n"
        Push.objects.update(state=State.DONE)


@pytest.mark.parametrize("words", [[], ["--since", "yesterday"], ["--since", "2026-01-01T00:00:00"]])
def test_the_command_wants_to_know_which(words, db):
    with pytest.raises(CommandError):
        call_command("replay_pushes", *words)
