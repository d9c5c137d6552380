import pytest

from tests.sandbox.caller import Caller, refusal, wait_until


def _send(api: Caller, giccid: str, text: str) -> str:
    answer = api.post("/mt-sms", {"toGiccid": giccid, "messageText": text})
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["smsMsgId", "status"] and answer.json()["status"] == "PENDING"
    return str(answer.json()["smsMsgId"])


def test_a_message_is_pending_and_then_delivered(api: Caller) -> None:
    api.sandbox.settings(sms_delay_s=0.4)
    giccid = api.one("ACTIVATED")
    message = _send(api, giccid, "重启 now")
    sms = api.get(f"/mt-sms/{message}").json()
    assert list(sms) == ["smsMsgId", "toGiccid", "messageText", "status", "createdTime", "deliveredTime"]
    assert (sms["status"], sms["deliveredTime"], sms["messageText"]) == ("PENDING", None, "重启 now")
    wait_until(lambda: api.get(f"/mt-sms/{message}").json()["status"] == "DELIVERED")
    assert api.get(f"/mt-sms/{message}").json()["deliveredTime"] is not None


def test_a_fixed_few_in_a_hundred_fail(api: Caller) -> None:
    giccid = api.one("ACTIVATED")

    def outcomes() -> list[str]:
        ids = [_send(api, giccid, f"message {number}") for number in range(150)]
        return [api.get(f"/mt-sms/{message}").json()["status"] for message in ids]

    first = outcomes()
    assert 1 <= first.count("FAILED") <= 12 and set(first) == {"DELIVERED", "FAILED"}
    assert outcomes() == first


def test_sending_twice_is_two_messages(api: Caller) -> None:
    giccid = api.one("ACTIVATED")
    ids = [_send(api, giccid, "same") for _ in range(2)]
    assert [row["detail"]["smsMsgId"] for row in api.sandbox.ledger()] == ids
    assert ids[0] != ids[1]
    assert api.sandbox.ledger()[0]["operation"] == "send_sms"


@pytest.mark.parametrize("status", ["INVENTORY", "DEACTIVATED", "RETIRED"])
def test_a_sim_that_is_not_activated_gets_none(api: Caller, status: str) -> None:
    answer = api.post("/mt-sms", {"toGiccid": api.one(status), "messageText": "x"})
    assert refusal(answer) == (422, "status", "illegal_status")
    assert api.sandbox.ledger() == []


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("€" * 80, True),
        ("€" * 81, False),
        ("表" * 70, True),
        ("表" * 71, False),
        ("😀" * 35, True),
        ("😀" * 36, False),
        ("a" * 70 + "表", False),
        ("表" * 2000, False),
    ],
)
def test_one_message_holds_160_gsm7_or_70_ucs2_characters(api: Caller, text: str, fits: bool) -> None:
    answer = api.post("/mt-sms", {"toGiccid": api.one("ACTIVATED"), "messageText": text})
    if fits:
        assert answer.status_code == 200
    else:
        assert refusal(answer) == (422, "messageText", "invalid")
        assert api.sandbox.ledger() == []


@pytest.mark.parametrize("field", ["toGiccid", "messageText"])
def test_an_absent_field_is_missing_field(api: Caller, field: str) -> None:
    body = {"toGiccid": "1", "messageText": "x"}
    body.pop(field)
    assert refusal(api.post("/mt-sms", body)) == (422, field, "missing_field")


def test_unknown_sims_and_messages_are_missing(api: Caller) -> None:
    assert refusal(api.post("/mt-sms", {"toGiccid": "1", "messageText": "x"})) == (422, "toGiccid", "missing")
    assert refusal(api.get("/mt-sms/nope")) == (422, "smsMsgId", "missing")
