"""A worker killed in the middle of a spreadsheet: a real process, a real SIGKILL."""

import os
import signal
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.db import connection
from django.utils import timezone

from enterprise.models import Enterprise
from sims import export_files, exports, xlsx_export
from sims.exports import State
from sims.models import Export
from tests import factories
from tests.support.sandbox import ROOT, die_with_parent

pytestmark = pytest.mark.servers
SIMS = 40
# A worker slow enough to be met in the middle.
WORKER = """
import sys, time, uuid
import django
django.setup()
from django.utils import timezone
from mirror import leases
from sims import xlsx_export
keep = leases.keep
def slowly(row, **changes):
    keep(row, **changes)
    time.sleep(0.2)
leases.keep, xlsx_export.PIECE = slowly, 5
xlsx_export.run(uuid.UUID(sys.argv[1]), timezone.now())
"""


def test_the_next_worker_makes_the_whole_file(committed: Enterprise, settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    factories.SimFactory.create_batch(SIMS, account=factories.AccountFactory(enterprise=committed))
    user = factories.UserFactory(username=f"exporter-{uuid.uuid4()}")
    try:
        export = exports.want_export(user, committed, form_uid=uuid.uuid4(), query="")
        _kill_in_the_middle(export, tmp_path)
        export.refresh_from_db()
        assert (export.state, export.fence, export.file_name) == (State.RUNNING, 1, "")
        assert [path.name for path in (tmp_path / "exports").iterdir()] == [f"{export.pk}-1.part"]
        Export.objects.filter(pk=export.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        xlsx_export.run(export.pk, timezone.now())
        export.refresh_from_db()
        assert (export.state, export.fence, export.done) == (State.COMPLETED, 2, SIMS)
        path = export_files.file_of(export)
        assert path is not None
        assert openpyxl.load_workbook(path).worksheets[0].max_row == SIMS + 1
    finally:
        user.delete()


def _kill_in_the_middle(export: Export, data: Path) -> None:
    settings = connection.settings_dict
    address = {"user": settings["USER"], "host": settings["HOST"], "port": settings["PORT"]}
    query = "&".join(f"{name}={value}" for name, value in address.items() if value)
    secret = f":{settings['PASSWORD']}@" if settings["PASSWORD"] else ""
    url = f"postgresql://{secret}/{settings['NAME']}?{query}"
    environment = {**os.environ, "DATABASE_URL": url, "PORTAL_DATA": str(data)}
    command = [sys.executable, "-c", WORKER, str(export.pk)]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=die_with_parent)
    deadline = time.monotonic() + 60
    while export.done == 0 and time.monotonic() < deadline:
        assert worker.poll() is None, "the worker ended by itself"
        time.sleep(0.02)
        export.refresh_from_db()
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)
    assert 0 < export.done < SIMS
