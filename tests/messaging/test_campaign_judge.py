"""Tests of a test: whatever is spoiled in a campaign of messages, its judge must name.

Seen red: the judge without its count of effects, and without its comparison with the platform's word.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.sms_campaign_check import Verdict, judge
from tests.support.sms_campaign_shown import Shown

Row = dict[str, Any]
PLAN = "00000000-0000-4000-8000-000000000000"


def _message(number: int, state: str, **more: Any) -> Row:
    order = {"delivered": "applied", "unknown": "needs_human", "refused": "rejected"}[state]
    row = {
        "id": number, "giccid": f"89{number}", "state": state, "text": "Status?", "remote_id": "", "command": number,
        "plan": PLAN, "issue": 1, "order_state": order, "evidence": [], "sent_at": None, "harmless": 0,
        "is_silent": False,
    }  # fmt: skip
    return row | more


def _effect(number: int, own: str) -> Row:
    detail = {"smsMsgId": own, "messageText": "Status?"}
    return {
        "operation": "send_sms",
        "giccid": f"89{number}",
        "requestId": f"{PLAN}.{number}.1",
        "detail": detail,
    }


def _steps(number: int, *states: str) -> list[Row]:
    pairs = zip([None, *states], states, strict=False)
    return [{"message": number, "was": was, "became": became, "at": 100.0} for was, became in pairs]


def _world() -> dict[str, Any]:
    """One delivered, one unknown without an effect, one refused, one that a report proved; one from a SIM."""
    proof = [{"by": "report", "smsMsgId": "m4"}]
    return {
        "messages": [
            _message(1, "delivered", remote_id="m1"),
            _message(2, "unknown"),
            _message(3, "refused"),
            _message(4, "delivered", remote_id="m4", evidence=proof),
        ],
        "left_out": [{"n": 0}],
        "steps": [
            *_steps(1, "queued", "sending", "accepted", "delivered"),
            *_steps(2, "queued", "sending", "unknown"),
            *_steps(3, "queued", "sending", "refused"),
            *_steps(4, "queued", "sending", "unknown", "accepted", "delivered"),
        ],
        "from_sims": [{"remote_id": "mo1", "giccid": "891", "text": "SOS"}],
        "ledger": [_effect(1, "m1"), _effect(4, "m4")],
        "truth": {"m1": "DELIVERED", "m4": "DELIVERED"},
        "shown": [
            '["poll", 99.9, 99.9]',
            *(f'[{n}, "sending", 100.4]' for n in (1, 2, 3, 4)),
            *(f'["poll", {99.9 + n / 2}, {99.9 + n / 2}]' for n in range(1, 30)),
            *(
                f'[{n}, "{state}", 103.4]'
                for n, state in ((1, "accepted"), (2, "unknown"), (3, "refused"), (4, "unknown"))
            ),
        ],
        "written": {"mo1": {"giccid": "891", "messageText": "SOS"}},
    }


def _verdict(world: dict[str, Any]) -> Verdict:
    shown = Shown(world["shown"])
    return judge(world, world["ledger"], world["truth"], shown, {"m4": True}, world["written"])


def test_what_is_as_it_should_be_is_not_complained_of() -> None:
    verdict = _verdict(_world())
    assert verdict.violations == []
    assert (verdict.proven, verdict.left, verdict.left_with_effect, verdict.from_sims) == (1, 1, 0, 1)
    assert verdict.unclear == [pytest.approx(3.4), pytest.approx(3.4)]


SPOILT: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "a second effect": ("double", lambda w: w["ledger"].append(_effect(1, "m5"))),
    "an effect nobody asked for": ("foreign", lambda w: w["ledger"].append(_effect(9, "m5"))),
    "an effect with another text": ("foreign", lambda w: w["messages"][0].update(text="No")),
    "a refused one with an effect": ("wrong", lambda w: w["ledger"].append(_effect(3, "m5"))),
    "a delivered one without": ("wrong", lambda w: w["ledger"].pop(0)),
    "the id of another": ("wrong", lambda w: w["messages"][0].update(remote_id="m4")),
    "an id that two have": ("twice", lambda w: w["messages"][0].update(remote_id="m4")),
    "another end than the platform's": ("untrue", lambda w: w["truth"].update(m1="FAILED")),
    "a proof by the report of another": (
        "wrong proof",
        lambda w: w["messages"][3].update(evidence=[{"by": "report", "smsMsgId": "m1"}]),
    ),
    "one that still waits": ("not ended", lambda w: w["messages"][2].update(state="sending")),
    "an order that is no message": ("missing", lambda w: w["left_out"][0].update(n=1)),
    "a step back": ("backward", lambda w: w["steps"].extend(_steps(1, "delivered", "accepted")[1:])),
    "a step nobody saw": ("backward", lambda w: w["steps"].pop(2)),
    "sent again": ("backward", lambda w: w["steps"].extend(_steps(2, "unknown", "queued", "sending")[1:])),
    "waits again without a reason": (
        "backward",
        lambda w: w["steps"].extend(_steps(5, "queued", "sending", "queued", "cancelled")),
    ),
    "shown too late": ("late", lambda w: w["shown"].__setitem__(-3, '[2, "unknown", 105.5]')),
    "never shown": ("late", lambda w: w["shown"].pop(-3)),
    "a SIM's message that stands twice": ("from a SIM", lambda w: w["from_sims"].append(w["from_sims"][0])),
    "a SIM's message that is lost": ("from a SIM", lambda w: w["from_sims"].clear()),
    "a SIM's message nobody wrote": ("from a SIM", lambda w: w["written"].clear()),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_spoiled_is_named(what: str) -> None:
    named, spoil = SPOILT[what]
    world = _world()
    spoil(world)
    assert any(text.startswith(named) for text in _verdict(world).violations)


def test_time_in_which_nobody_could_look_does_not_count() -> None:
    world = _world()
    world["shown"] = [line for line in world["shown"] if not line.startswith('["poll", 10')]
    world["shown"] += [
        f'["poll", {99.9 + n / 2}, {99.9 + n / 2}]' for n in (1, 2, *range(20, 40))
    ]  # away from 100.9 to 109.9
    world["shown"] = [line.replace("103.4", "110.4") for line in world["shown"]]
    assert _verdict(world).violations == []
