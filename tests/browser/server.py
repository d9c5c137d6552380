"""The portal's real web server on a free port: the same program, settings and headers as in production."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.sandbox import die_with_parent, free_port

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0


@contextmanager
def portal(database_url: str) -> Iterator[str]:
    """Its address, without a slash at the end."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-access-log"]
    command += ["--log-level", "warning", "smarthub_portal.wsgi:application"]
    environment = {**os.environ, "DATABASE_URL": database_url}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, preexec_fn=die_with_parent
        )
        try:
            address = f"http://127.0.0.1:{port}"
            if not _is_ready(address, process):
                log.seek(0)
                raise RuntimeError(f"the portal did not start:\n{log.read().decode(errors='replace')}")
            yield address
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_ready(address: str, process: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):
                return True
        except OSError:
            time.sleep(0.05)
    return False
