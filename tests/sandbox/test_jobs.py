import pytest

from tests.sandbox.caller import Caller, refusal, wait_until

KINDS = {"activate": "ACTIVATE", "deactivate": "DEACTIVATE", "retire": "RETIRE"}
FROM = {"activate": "INVENTORY", "deactivate": "ACTIVATED", "retire": "DEACTIVATED"}
TO = {"activate": "ACTIVATED", "deactivate": "DEACTIVATED", "retire": "RETIRED"}


def _start(api: Caller, action: str, giccids: list[str]) -> str:
    answer = api.post(f"/batchJobs/global-sims/{action}", {"giccids": giccids})
    assert answer.status_code == 200 and list(answer.json()) == ["jobId"]
    return str(answer.json()["jobId"])


@pytest.mark.parametrize("action", KINDS)
def test_a_job_changes_its_sims_and_fails_the_bad_ones(api: Caller, action: str) -> None:
    good, bad = api.pick(FROM[action], 2), api.one("RETIRED")
    job = api.get(f"/batchJobs/{_start(api, action, [*good, bad, 'nobody'])}").json()
    assert list(job) == ["jobId", "type", "status", "createdTime", "tasks", "page", "size", "total"]
    assert (job["type"], job["status"], job["total"]) == (KINDS[action], "COMPLETED", 4)
    assert list(job["tasks"][0]) == ["giccid", "basicServicePackageName", "status", "errorMessage"]
    assert [task["status"] for task in job["tasks"]] == ["SUCCESS", "SUCCESS", "FAILED", "FAILED"]
    assert [bool(task["errorMessage"]) for task in job["tasks"]] == [False, False, True, True]
    assert [api.status(giccid) for giccid in good] == [TO[action]] * 2
    assert api.status(bad) == "RETIRED"


def test_a_job_records_one_effect_for_each_sim_that_changed(api: Caller) -> None:
    good = api.pick("ACTIVATED", 3)
    job = _start(api, "deactivate", [*good, "nobody"])
    rows = api.sandbox.ledger()
    assert [(row["operation"], row["giccid"]) for row in rows] == [
        ("batch_suspend", giccid) for giccid in good
    ]
    assert {row["detail"]["jobId"] for row in rows} == {job}
    assert len({row["requestId"] for row in rows}) == 1


def test_tasks_go_from_pending_over_processing_to_their_end_one_by_one(api: Caller) -> None:
    api.sandbox.settings(job_delay_s=2)
    giccids = api.pick("ACTIVATED", 4)
    job_id = _start(api, "deactivate", giccids)
    seen: list[tuple[str, tuple[str, ...]]] = []

    def is_finished() -> bool:
        job = api.get(f"/batchJobs/{job_id}").json()
        state = (job["status"], tuple(task["status"] for task in job["tasks"]))
        if not seen or seen[-1] != state:
            seen.append(state)
        return bool(job["status"] == "COMPLETED")

    wait_until(is_finished)
    done, doing, todo = ("SUCCESS",), ("PROCESSING",), ("PENDING",)
    between = [("PROCESSING", done * n + doing + todo * (3 - n)) for n in range(4)]
    whole = [("PENDING", todo * 4), *between, ("COMPLETED", done * 4)]
    assert seen == [state for state in whole if state in seen]  # a busy machine may look away for one step
    assert len(seen) >= 4
    assert seen[-1] == whole[-1]


def test_a_job_without_one_success_has_failed(api: Caller) -> None:
    assert api.get(f"/batchJobs/{_start(api, 'retire', ['1', '2'])}").json()["status"] == "FAILED"


def test_a_job_pages_its_tasks(api: Caller) -> None:
    giccids = api.pick("ACTIVATED", 100)
    job_id = _start(api, "deactivate", giccids)
    answer = api.get(f"/batchJobs/{job_id}", page=3, size=30)
    assert [task["giccid"] for task in answer.json()["tasks"]] == giccids[90:]
    assert answer.json()["total"] == 100 and answer.headers["X-Total-Count"] == "100"
    assert "prev" in answer.links and "next" not in answer.links


def test_a_sim_named_twice_is_two_tasks(api: Caller) -> None:
    giccid = api.one("ACTIVATED")
    job = api.get(f"/batchJobs/{_start(api, 'deactivate', [giccid, giccid])}").json()
    assert [task["status"] for task in job["tasks"]] == ["SUCCESS", "FAILED"]


def test_a_job_changes_basic_packages_where_the_account_has_it(api: Caller) -> None:
    query = {"status": "ACTIVATED", "size": 1}
    ours = api.get("/global-sims", accountName="北方冷链物流", **query).json()["data"][0]["giccid"]
    other = api.get("/global-sims", accountName="华东智能电表", **query).json()["data"][0]["giccid"]
    body = {"giccids": [ours, other], "basicServicePackageName": "Prepaid-Basic-1G"}
    job_id = api.post("/batchJobs/global-sims/basicServicePackage", body).json()["jobId"]
    job = api.get(f"/batchJobs/{job_id}").json()
    assert job["type"] == "MODIFY_QUOTA_PLAN"
    assert [task["status"] for task in job["tasks"]] == ["SUCCESS", "FAILED"]
    assert job["tasks"][0]["basicServicePackageName"] == "Prepaid-Basic-1G"
    assert api.sim(ours)["currentBasicServicePackage"]["name"] == "Prepaid-Basic-1G"
    assert [row["operation"] for row in api.sandbox.ledger()] == ["batch_basic_plan"]


@pytest.mark.parametrize("action", [*KINDS, "basicServicePackage"])
def test_a_body_that_makes_no_job_is_refused(api: Caller, action: str) -> None:
    path, extra = f"/batchJobs/global-sims/{action}", {"basicServicePackageName": "Prepaid-Basic-1G"}
    assert refusal(api.post(path, {**extra, "giccids": ["1"] * 101})) == (422, "giccids", "invalid")
    for empty in ({}, {"giccids": None}, {"giccids": []}):
        assert refusal(api.post(path, {**extra, **empty})) == (422, "giccids", "missing_field")
    for wrong in ("1,2", {"a": 1}, [1], [None]):
        assert api.post(path, {**extra, "giccids": wrong}).status_code == 400
    assert api.sandbox.ledger() == []


def test_a_package_nobody_has_is_missing(api: Caller) -> None:
    body = {"giccids": ["1"], "basicServicePackageName": "Gold"}
    answer = api.post("/batchJobs/global-sims/basicServicePackage", body)
    assert refusal(answer) == (422, "basicServicePackageName", "missing")


def test_an_unknown_job_is_missing(api: Caller) -> None:
    assert refusal(api.get("/batchJobs/nope")) == (422, "jobId", "missing")
