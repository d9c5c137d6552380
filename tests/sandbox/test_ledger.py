from concurrent.futures import ThreadPoolExecutor

from tests.sandbox.caller import Caller


def test_reads_and_refusals_leave_no_row(api: Caller) -> None:
    giccid = api.one("RETIRED")
    for path in ("", "/global-sims", f"/global-sims/{giccid}", "/global-sims/changeLogs", "/enterprise"):
        assert api.get(path).status_code == 200
    assert api.post(f"/global-sims/{giccid}/activate").status_code == 422
    assert api.sandbox.control("GET", "ledger") == {"data": [], "total": 0}


def test_a_row_says_what_happened_to_whom_and_by_which_request(api: Caller) -> None:
    giccid = api.one("INVENTORY")
    api.call("POST", f"/global-sims/{giccid}/activate", headers={"X-Request-ID": "abc-1"})
    (row,) = api.sandbox.ledger()
    assert list(row) == ["seq", "time", "operation", "giccid", "requestId", "detail"]
    assert (row["operation"], row["giccid"], row["requestId"]) == ("activate", giccid, "abc-1")
    assert row["detail"] == {"status": "ACTIVATED"} and row["time"].endswith("+0000")


def test_a_request_without_an_id_is_given_one(api: Caller) -> None:
    for giccid in api.pick("INVENTORY", 2):
        api.post(f"/global-sims/{giccid}/activate")
    ids = [row["requestId"] for row in api.sandbox.ledger()]
    assert len(set(ids)) == 2 and all(ids)


def test_the_ledger_is_read_in_pieces_by_seq(api: Caller) -> None:
    for giccid in api.pick("INVENTORY", 5):
        api.post(f"/global-sims/{giccid}/activate")
    rows = api.sandbox.ledger()
    piece = api.sandbox.control("GET", f"ledger?after={rows[1]['seq']}&limit=2")
    assert piece == {"data": rows[2:4], "total": 5}


def test_seq_never_starts_again(api: Caller) -> None:
    api.post(f"/global-sims/{api.one('INVENTORY')}/activate")
    last = api.sandbox.ledger()[-1]["seq"]
    api.sandbox.reset()
    assert api.sandbox.ledger() == []
    api.post(f"/global-sims/{api.one('INVENTORY')}/activate")
    assert api.sandbox.ledger()[0]["seq"] == last + 1


def test_as_many_effects_as_accepted_requests_even_at_once(api: Caller) -> None:
    giccids = api.pick("ACTIVATED", 40)

    def send(giccid: str) -> str:
        caller = Caller(api.sandbox)
        return str(caller.post("/mt-sms", {"toGiccid": giccid, "messageText": "x"}).json()["smsMsgId"])

    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(send, giccids * 2))
    assert sorted(row["detail"]["smsMsgId"] for row in api.sandbox.ledger()) == sorted(sent)
    assert len(set(sent)) == 80
