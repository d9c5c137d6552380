"""Batch operations: a job is only written down; its tasks run one by one until `job_delay_s` is over."""

import sqlite3
import uuid

from sandbox import db, effects, knobs, paging
from sandbox.answers import Json, bad_body, invalid
from sandbox.call import Call, dump
from sandbox.catalog import PACKAGES, package_name
from sandbox.changes import Change
from sandbox.times import to_text

MAX_SIMS = 100
_WAIT = 0.1  # the share of the delay during which a job is only PENDING (assumed)


def batch_activate(call: Call) -> Json:
    """POST /batchJobs/global-sims/activate (inferred)."""
    return _start(call, call.body(), "ACTIVATE", {"status": "ACTIVATED"})


def batch_suspend(call: Call) -> Json:
    """POST /batchJobs/global-sims/deactivate (doc)."""
    return _start(call, call.body(), "DEACTIVATE", {"status": "DEACTIVATED"})


def batch_retire(call: Call) -> Json:
    """POST /batchJobs/global-sims/retire (inferred)."""
    return _start(call, call.body(), "RETIRE", {"status": "RETIRED"})


def batch_basic_plan(call: Call) -> Json:
    """POST /batchJobs/global-sims/basicServicePackage (assumed). A name no account has is 422 `missing`."""
    body = call.body()
    name = call.text(body, "batchJob", "basicServicePackageName")
    if not any(p.name == name and p.type == "BASIC" for p in PACKAGES):
        raise invalid("servicePackage", "basicServicePackageName", "missing")
    return _start(call, body, "MODIFY_QUOTA_PLAN", {"package": name})


def _giccids(body: Json) -> list[str]:
    value = body.get("giccids")
    if value is None or value == []:
        raise invalid("batchJob", "giccids", "missing_field")
    if not isinstance(value, list) or not all(isinstance(giccid, str) for giccid in value):
        raise bad_body()
    if len(value) > MAX_SIMS:
        raise invalid("batchJob", "giccids", message=f"at most {MAX_SIMS} SIMs a job")
    return value


def _start(call: Call, body: Json, kind: str, change: Change) -> Json:
    giccids, job_id = _giccids(body), uuid.uuid4().hex
    delay = knobs.current.job_delay_s
    step = delay * (1 - _WAIT) / len(giccids)
    with db.transaction() as connection:
        row = (job_id, kind, call.now, len(giccids))
        connection.execute("INSERT INTO job (id, type, created_at, total) VALUES (?, ?, ?, ?)", row)
        for number, giccid in enumerate(giccids):
            start_at = call.now + delay * _WAIT + step * number
            _add_task(connection, call, (job_id, giccid, start_at), (start_at + step, dump(change)))
    return {"jobId": job_id}


def _add_task(
    connection: sqlite3.Connection, call: Call, task: tuple[str, str, float], due: tuple[float, str]
) -> None:
    package = "(SELECT package FROM sim WHERE giccid = ?)"
    sql = f"INSERT INTO task (job, giccid, start_at, package) VALUES (?, ?, ?, {package})"  # noqa: S608
    cursor = connection.execute(sql, (*task, task[1]))
    effects.enqueue(connection, (due[0], call.operation, task[1], due[1], call.request_id, cursor.lastrowid))


def batch_job(call: Call, jobId: str) -> paging.Answer:  # noqa: N803 - the contract's name
    """GET /batchJobs/{jobId} (doc); `page` and `size` page its tasks."""
    page = paging.read(call)
    job = db.row("SELECT * FROM job WHERE id = ?", jobId)
    if job is None:
        raise invalid("batchJob", "jobId", "missing")
    sql = "SELECT * FROM task WHERE job = ? ORDER BY id LIMIT ? OFFSET ?"
    tasks = db.rows(sql, jobId, page.size, min(page.start, job["total"]))
    extra = {
        "jobId": jobId,
        "type": job["type"],
        "status": _job_status(jobId, call.now),
        "createdTime": to_text(job["created_at"]),
    }
    return paging.answer(
        call, page, job["total"], [_task(t, call.now) for t in tasks], extra=extra, key="tasks"
    )


def _task(task: db.Row, now: float) -> Json:
    return {
        "giccid": task["giccid"],
        "basicServicePackageName": package_name(task["package"]),
        "status": task["status"] or ("PROCESSING" if task["start_at"] <= now else "PENDING"),
        "errorMessage": task["error"],
    }


def _job_status(job_id: str, now: float) -> str:
    """PENDING, PROCESSING, COMPLETED, or FAILED when not a single task succeeded (all but one assumed)."""
    states = {_task(t, now)["status"] for t in db.rows("SELECT * FROM task WHERE job = ?", job_id)}
    if states == {"PENDING"}:
        return "PENDING"
    if states & {"PENDING", "PROCESSING"}:
        return "PROCESSING"
    return "COMPLETED" if "SUCCESS" in states else "FAILED"
