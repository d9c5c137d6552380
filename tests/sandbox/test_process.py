import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.caller import Caller, wait_until
from tests.support.sandbox import DEFAULT_SETTINGS, ROOT, SandboxProcess, die_with_parent, free_port
from tests.support.timing import quickest


def _environment(data: Path, **more: str) -> dict[str, str]:
    base = {"SANDBOX_PORT": str(free_port()), "SANDBOX_DATA": str(data), "SANDBOX_SIMS": "10"}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    return {**clean, **base, "SANDBOX_API_KEY": "k", "SANDBOX_CONTROL_TOKEN": "t", **more}


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("name", ["SANDBOX_API_KEY", "SANDBOX_CONTROL_TOKEN"])
def test_a_missing_secret_is_named(tmp_path: Path, name: str) -> None:
    done = _run(_environment(tmp_path, **{name: ""}))
    assert done.returncode == 2 and name in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("SANDBOX_PORT", "http"), ("SANDBOX_PORT", "70000"), ("SANDBOX_SIMS", "-1")]
)
def test_an_unusable_number_is_named(tmp_path: Path, name: str, value: str) -> None:
    done = _run(_environment(tmp_path, **{name: value}))
    assert done.returncode == 2 and name in done.stderr and "Traceback" not in done.stderr


def test_a_taken_port_is_an_error_that_names_the_variable(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = _run(_environment(tmp_path, SANDBOX_PORT=str(taken.getsockname()[1])))
    assert done.returncode == 2 and "SANDBOX_PORT" in done.stderr and "Traceback" not in done.stderr


def test_build_needs_no_secrets_and_serve_takes_what_was_built(tmp_path: Path) -> None:
    environment = _environment(tmp_path, SANDBOX_API_KEY="", SANDBOX_CONTROL_TOKEN="")
    done = _run(environment, "build", "--sims", "50", "--seed", "7")
    assert done.returncode == 0 and "50 SIMs" in done.stdout
    with SandboxProcess(sims=10, data=tmp_path) as sandbox:
        assert len(sandbox.fleet()) == 50


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_even_with_an_open_connection(tmp_path: Path, number: signal.Signals) -> None:
    sandbox = SandboxProcess(sims=10, data=tmp_path).start()
    Caller(sandbox).get("/enterprise")
    process = sandbox.process
    assert process is not None
    process.send_signal(number)
    assert process.wait(timeout=20) == 0


def test_2000_sims_are_served_within_two_seconds(tmp_path: Path) -> None:
    started = (SandboxProcess(sims=2000, data=tmp_path / str(number)) for number in range(8))

    def start_another() -> None:
        with next(started):
            pass

    assert quickest(start_another, tries=8, enough=2) < 2
    with SandboxProcess(sims=2000, data=tmp_path / "0") as sandbox:
        assert sandbox.settings() == DEFAULT_SETTINGS
        assert sandbox.faults() == sandbox.ledger() == []


def test_a_file_of_another_version_is_built_anew(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "sandbox.sqlite3") as old:
        old.executescript("CREATE TABLE sim (id); PRAGMA user_version = 7")
    old.close()
    with SandboxProcess(sims=20, data=tmp_path) as sandbox:
        assert len(sandbox.fleet()) == 20


def test_kill_9_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    sandbox = SandboxProcess(sims=100, data=tmp_path).start()
    try:
        api = Caller(sandbox)
        sandbox.settings(activation_delay_s=1, job_delay_s=1, sms_delay_s=0, page_base=1)
        stored, first, second = api.one("INVENTORY"), *api.pick("ACTIVATED", 2)
        sandbox.faults([{"operation": "enterprise", "kind": "status", "status": 503, "count": 5}])
        api.get("/enterprise")
        api.post(f"/global-sims/{stored}/activate")
        job = api.post("/batchJobs/global-sims/deactivate", {"giccids": [first]}).json()["jobId"]
        sms = api.post("/mt-sms", {"toGiccid": second, "messageText": "x"}).json()["smsMsgId"]
        ledger, faults, settings = sandbox.ledger(), sandbox.faults(), sandbox.settings()
        sandbox.kill()
        sandbox.start()
        api = Caller(sandbox)
        assert sandbox.ledger()[: len(ledger)] == ledger
        assert (sandbox.faults(), sandbox.settings()) == (faults, settings)
        wait_until(lambda: api.status(stored) == "ACTIVATED")
        wait_until(lambda: api.get(f"/batchJobs/{job}").json()["status"] == "COMPLETED")
        assert api.get(f"/mt-sms/{sms}").json()["toGiccid"] == second
        assert [row["operation"] for row in sandbox.ledger()] == ["activate", "send_sms", "batch_suspend"]
    finally:
        sandbox.stop()


def test_a_killed_test_run_leaves_no_orphan(tmp_path: Path) -> None:
    script = (
        "import pathlib, time; from tests.support.sandbox import SandboxProcess as S;"
        f"s = S(sims=1, data=pathlib.Path({str(tmp_path)!r})).start();"
        "print(s.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not _is_running(child))


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_request_log_is_off_by_default_and_json_when_on(tmp_path: Path) -> None:
    for flag, expected in (("", False), ("1", True)):
        output = _output_of_calls(_environment(tmp_path, SANDBOX_LOG=flag))
        assert (b'"path": "/v1/enterprise"' in output) is expected


def _output_of_calls(environment: dict[str, str]) -> bytes:
    command = [sys.executable, "-m", "sandbox"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, preexec_fn=die_with_parent
    )
    sandbox = SandboxProcess()
    sandbox.port, sandbox.api_key = int(environment["SANDBOX_PORT"]), "k"
    wait_until(lambda: _answers(sandbox))
    process.terminate()
    return process.communicate(timeout=5)[0]


def _answers(sandbox: SandboxProcess) -> bool:
    try:
        return Caller(sandbox).get("/enterprise").status_code == 200
    except OSError:
        return False
