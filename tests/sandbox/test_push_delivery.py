"""Until it is delivered: retries, copies, forgeries, the rate, and a killed process."""

import hashlib
import itertools
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.caller import Caller, wait_until
from tests.sandbox.receiver import Received, Receiver
from tests.support.sandbox import SandboxProcess, free_port
from tests.support.timing import quickest


def _counts(sandbox: SandboxProcess) -> dict[str, int]:
    return dict(sandbox.control("GET", "pushes?limit=1")["counts"])


def _settled(sandbox: SandboxProcess, seconds: float = 5.0) -> list[dict[str, Any]]:
    """All deliveries, once none is pending."""
    wait_until(lambda: _counts(sandbox)["pending"] == 0, seconds)
    return sandbox.pushes()


def _is_genuine(received: Received, key: str = "test-push-key") -> bool:
    expected = hashlib.sha256(f"{key}{received.body['datePush']}".encode()).hexdigest()
    return bool(received.body["signature"] == expected)


@pytest.mark.parametrize("refusal", [503, 404, 302, 199 + 101, None])
def test_whatever_is_not_2xx_is_sent_again_with_a_fresh_date(
    pushing: Caller, receiver: Receiver, refusal: int | None
) -> None:
    pushing.sandbox.settings(push_retry_s=[0.2, 1.1])
    receiver.answer = lambda received: 204 if len(receiver.received) == 3 else refusal
    pushing.sandbox.push("mo-sms", delay=0)
    first, second, third = receiver.wait_for(3)
    assert second.at - first.at >= 0.2 and third.at - second.at >= 1.1
    assert first.claim == second.claim == third.claim
    assert third.body["datePush"] > first.body["datePush"]
    assert all(_is_genuine(one) for one in (first, second, third))
    (push,) = _settled(pushing.sandbox)
    assert (push["status"], push["attempts"], push["last_status"]) == ("delivered", 3, 204)
    assert len(receiver.received) == 3


def test_after_the_last_wait_it_is_given_up(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.settings(push_retry_s=[0, 0, 0])
    receiver.answer = lambda received: 500
    pushing.sandbox.push("mo-sms", delay=0)
    (push,) = _settled(pushing.sandbox)
    assert (push["status"], push["attempts"], push["last_status"]) == ("failed", 4, 500)
    assert len(receiver.received) == 4


def test_a_receiver_that_is_not_there_yet_gets_it_later(pushing: Caller) -> None:
    pushing.sandbox.settings(push_retry_s=[0.1] * 20)
    pushing.sandbox.push_targets({"mo-sms": f"http://127.0.0.1:{free_port()}/"})
    pushing.sandbox.push("mo-sms", delay=0)
    wait_until(lambda: pushing.sandbox.pushes()[0]["attempts"] >= 2)
    push = pushing.sandbox.pushes()[0]
    assert (push["last_status"], push["last_error"]) == (None, "ConnectionRefusedError")
    with Receiver() as receiver:
        pushing.sandbox.push_targets(receiver.urls, key="rotated")
        assert _is_genuine(receiver.wait_for(1)[0], "rotated")
        assert _settled(pushing.sandbox)[0]["status"] == "delivered"


def test_a_silent_receiver_is_left_and_tried_again(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.settings(push_retry_s=[0], push_timeout_s=0.3)

    def sleepy(received: Received) -> int:
        time.sleep(30 if len(receiver.received) == 1 else 0)
        return 200

    receiver.answer = sleepy
    started = time.monotonic()
    pushing.sandbox.push("mo-sms", delay=0)
    (push,) = _settled(pushing.sandbox)
    assert (push["status"], push["attempts"]) == ("delivered", 2) and time.monotonic() - started < 25


def test_a_stuck_receiver_does_not_hold_up_the_api(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.settings(push_retry_s=[])
    receiver.answer = lambda received: time.sleep(1) or 200  # type: ignore[func-returns-value]
    pushing.sandbox.push("mo-sms", count=100, rate=10_000, delay=0)
    receiver.wait_for(10)
    assert pushing.get("/global-sims", size=100).status_code == 200
    assert quickest(lambda: pushing.get("/global-sims", size=100), enough=0.5) < 0.5


def test_copies_are_the_same_push_each_delivered_by_itself(pushing: Caller, receiver: Receiver) -> None:
    answer = pushing.sandbox.push("sim-status", count=20, duplicates=2, delay=0.3, seed=5)
    assert (answer["pushes"], answer["queued"], answer["seed"]) == (20, 60, 5)
    assert answer["last"] - answer["after"] == 60
    kept = _settled(pushing.sandbox)
    assert Counter(Counter(push["event"] for push in kept).values()) == {3: 20}
    bodies = Counter(str(one.claim) for one in receiver.received)
    assert Counter(bodies.values()) == {3: 20}, "twenty different pushes, three times each"


def test_the_number_of_copies_can_be_drawn(pushing: Caller, receiver: Receiver) -> None:
    answer = pushing.sandbox.push("mo-sms", count=60, rate=10_000, duplicates=[0, 4], seed=1)
    assert answer["queued"] == len(_settled(pushing.sandbox)) == len(receiver.received)
    copies = Counter(Counter(one.claim["smsMsgId"] for one in receiver.received).values())
    assert set(copies) == {1, 2, 3, 4, 5} and sum(copies.values()) == 60


def test_pushes_about_one_sim_are_told_apart_and_come_shuffled(pushing: Caller, receiver: Receiver) -> None:
    giccid = pushing.one("ACTIVATED")
    for reorder in (False, True):
        receiver.clear()
        pushing.sandbox.push("sim-status", giccid=giccid, count=30, rate=30, delay=0, reorder=reorder, seed=2)
        times = [one.claim["createdTime"] for one in receiver.wait_for(30)]
        assert len(set(times)) == 30
        assert {one.claim["giccid"] for one in receiver.received} == {giccid}
        rises = sum(a < b for a, b in itertools.pairwise(times))
        assert (rises < 22) is reorder, times


def test_the_same_seed_is_the_same_order(pushing: Caller, receiver: Receiver) -> None:
    told = []
    for seed in (7, 7, 8):
        answer = pushing.sandbox.push("mo-sms", count=10, seed=seed)
        told.append([p["body"]["smsMsgId"] for p in pushing.sandbox.pushes(after=answer["after"])])
    assert told[0] == told[1] != told[2]


def test_any_kind_is_a_mixture_of_those_with_a_target(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.push("*", count=200, rate=10_000)
    assert {one.kind for one in receiver.wait_for(200)} == set(receiver.urls)


@pytest.mark.parametrize("forged", [True, "signature"])
def test_a_forged_signature_is_wrong_and_its_forger_does_not_insist(
    pushing: Caller, receiver: Receiver, forged: Any
) -> None:
    pushing.sandbox.settings(push_retry_s=[0, 0])
    receiver.answer = lambda received: 401
    pushing.sandbox.push("sim-status", count=5, forged=forged, delay=0)
    kept = _settled(pushing.sandbox)
    assert {(p["forged"], p["status"], p["attempts"]) for p in kept} == {("signature", "failed", 1)}
    assert len(receiver.received) == 5 and not any(_is_genuine(one) for one in receiver.received)
    assert all(len(one.body["signature"]) == 64 for one in receiver.received)


def test_a_lie_is_signed_and_insisted_on(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.settings(push_retry_s=[0])
    receiver.answer = lambda received: 200 if len(receiver.received) > 1 else 503
    pushing.sandbox.push("sim-status", forged="body", delay=0)
    (push,) = _settled(pushing.sandbox)
    assert (push["forged"], push["status"], push["attempts"]) == ("body", "delivered", 2)
    assert all(_is_genuine(one) for one in receiver.received)


def test_deliveries_are_read_in_pieces(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.push("mo-sms", count=5, delay=0)
    kept = _settled(pushing.sandbox)
    names = ["id", "event", "kind", "giccid", "body", "forged", "due_at", "status", "attempts"]
    assert list(kept[0]) == [*names, "last_status", "last_error"]
    piece = pushing.sandbox.control("GET", f"pushes?after={kept[1]['id']}&limit=2")
    assert piece["data"] == kept[2:4] and piece["total"] == 5
    assert piece["counts"] == {"pending": 0, "delivered": 5, "failed": 0}


def test_the_rate_is_kept_and_200_a_second_are_reached(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.push("*", count=50, rate=50, delay=0)
    slow = [one.at for one in receiver.wait_for(50)]
    assert 0.9 < max(slow) - min(slow) < 2
    receiver.clear()
    pushing.sandbox.push("*", count=1000, rate=400, duplicates=1, delay=0)
    quick = [one.at for one in receiver.wait_for(2000, seconds=15)]
    assert 2000 / (max(quick) - min(quick)) > 200, "pushes with copies reach the receiver slower than asked"


def test_a_kept_connection_the_receiver_closed_costs_no_attempt(pushing: Caller, receiver: Receiver) -> None:
    receiver.is_rude = True
    pushing.sandbox.push("mo-sms", count=40, rate=16, delay=0)
    assert {push["attempts"] for push in _settled(pushing.sandbox)} == {1}


def test_kill_9_loses_no_push(tmp_path: Path, receiver: Receiver) -> None:
    acknowledged, is_killed = set[str](), threading.Event()

    def answer(received: Received) -> int | None:
        if len(receiver.received) > 10 and not is_killed.is_set():
            is_killed.wait(5)  # what is on its way when the sandbox dies is not taken in
            return None
        acknowledged.add(str(received.claim))
        return 200

    receiver.answer = answer
    sandbox = SandboxProcess(sims=100, data=tmp_path).start()
    try:
        api = Caller(sandbox)
        sandbox.settings(activation_delay_s=1)
        sandbox.push_targets(receiver.urls)
        giccid = api.one("ACTIVATED")
        sandbox.push("mo-sms", count=40, rate=40, delay=0)
        api.post(f"/global-sims/{giccid}/deactivate")
        receiver.wait_for(15)
        sandbox.kill()
        assert len(acknowledged) == 10
        is_killed.set()
        sandbox.start()
        deadline, kept = time.monotonic() + 40, _settled(sandbox, 20)
        while len(kept) < 41 and time.monotonic() < deadline:  # the suspension takes effect a second later
            time.sleep(0.05)
            kept = _settled(sandbox, 20)
        assert {push["status"] for push in kept} == {"delivered"} and len(kept) == 41
        assert acknowledged == {str(push["body"]) for push in kept}
        assert giccid in {push["giccid"] for push in kept if push["kind"] == "sim-status"}
    finally:
        sandbox.stop()


def test_it_ends_at_once_and_cleanly_while_a_receiver_is_stuck(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answer = lambda received: time.sleep(60) or 200  # type: ignore[func-returns-value]
    sandbox = SandboxProcess(sims=10, data=tmp_path).start()
    sandbox.push_targets(receiver.urls)
    sandbox.push("mo-sms", count=30, rate=10_000, delay=0)
    receiver.wait_for(10)
    process = sandbox.process
    assert process is not None
    process.terminate()
    assert process.wait(timeout=25) == 0
