from tests.sandbox.caller import Caller, refusal

NONE = dict.fromkeys([f"custom{number}" for number in range(1, 6)])


def test_fields_are_null_until_set_and_read_back(api: Caller) -> None:
    path = f"/global-sims/{api.one('RETIRED')}/custom-field"
    wanted = {**NONE, "custom1": "电表 42", "custom5": ""}
    assert api.put(path, wanted).json() == wanted
    assert api.get(path).json() == wanted


def test_a_put_replaces_so_an_omitted_field_is_emptied(api: Caller) -> None:
    path = f"/global-sims/{api.one('ACTIVATED')}/custom-field"
    api.put(path, {"custom1": "a", "custom2": "b"})
    api.put(path, {"custom2": "c"})
    assert api.get(path).json() == {**NONE, "custom2": "c"}


def test_two_equal_edits_are_two_effects(api: Caller) -> None:
    giccid = api.one("ACTIVATED")
    for _ in range(2):
        assert api.put(f"/global-sims/{giccid}/custom-field", {"custom1": "a"}).status_code == 200
    effects = [(row["operation"], row["giccid"], row["detail"]) for row in api.sandbox.ledger()]
    assert effects == [("custom_fields_edit", giccid, {"custom": ["a", None, None, None, None]})] * 2


def test_a_long_value_is_invalid_and_a_number_is_a_bad_body(api: Caller) -> None:
    path = f"/global-sims/{api.one('ACTIVATED')}/custom-field"
    assert api.put(path, {"custom3": "字" * 255}).status_code == 200
    assert refusal(api.put(path, {"custom3": "字" * 2000})) == (422, "custom3", "invalid")
    bad = api.put(path, {"custom3": 3})
    assert (bad.status_code, bad.json()["detail"]) == (400, "Body should be a JSON object")
    assert len(api.sandbox.ledger()) == 1


def test_an_unknown_sim_is_missing(api: Caller) -> None:
    assert refusal(api.get("/global-sims/1/custom-field")) == (422, "giccid", "missing")
    assert refusal(api.put("/global-sims/1/custom-field", {})) == (422, "giccid", "missing")
