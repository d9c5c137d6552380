"""A worker without a broker, in a process of its own that dies with the test: `with running("module", url):`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.sandbox import ROOT, die_with_parent


@contextmanager
def running(module: str, database_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m MODULE` on that database, killed in the end."""
    environment = {**os.environ, "DATABASE_URL": database_url}
    process = subprocess.Popen(
        [sys.executable, "-m", module], cwd=ROOT, env=environment, preexec_fn=die_with_parent
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
