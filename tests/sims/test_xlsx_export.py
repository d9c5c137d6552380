"""Spreadsheets by a worker: typed cells, progress, kills, full disks; their owner's alone."""

import errno
import stat
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone

from enterprise.models import Account, Enterprise
from mirror import leases
from sims import export_files, exports, tasks, xlsx_export
from sims.exports import Fault, State
from sims.models import Export, ListLayout, Sim
from staff.models import User
from tests import factories
from tests.desk_factories import ExportFactory
from tests.sims.test_csv_export import PAYLOADS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "exports"


def wanted(user: User, enterprise: Enterprise, query: str = "") -> Export:
    return exports.want_export(user, enterprise, form_uid=uuid.uuid4(), query=query)


def made(user: User, enterprise: Enterprise, query: str = "") -> Export:
    """An export carried out."""
    export = wanted(user, enterprise, query)
    xlsx_export.run(export.pk, timezone.now())
    export.refresh_from_db()
    return export


def sheet_of(export: Export) -> "openpyxl.worksheet.worksheet.Worksheet":
    path = export_files.file_of(export)
    assert path is not None, export.error
    return openpyxl.load_workbook(path).worksheets[0]


def test_the_sheet_has_the_columns_filters_and_order_of_the_list_with_typed_cells(
    viewer: User, account: Account
) -> None:
    sims = [factories.SimFactory(account=account, data_used_mb=n, status="RETIRED") for n in (3.5, 10.0)]
    factories.SimFactory(account=account)
    ListLayout.objects.create(user=viewer, columns=["giccid", "imsi", "data", "activated"])
    with timezone.override("Asia/Shanghai"):
        export = made(viewer, account.enterprise, "status=RETIRED&sort=-data")
    assert (export.state, export.total, export.done, export.error) == (State.COMPLETED, 2, 2, "")
    head, first, second = sheet_of(export).iter_rows()
    assert [cell.value for cell in head] == ["ICCID", "IMSI", "Data this cycle (MB)", "Activated on"]
    assert [cell.value for cell in second][:3] == [sims[0].giccid, sims[0].imsi, 3.5]
    assert [cell.data_type for cell in first] == ["s", "s", "n", "d"]
    assert first[3].value == datetime(2026, 1, 3, 8)  # noqa: DTZ001 - a sheet knows no zones
    assert first[3].number_format == "yyyy-mm-dd hh:mm:ss"


def test_headings_speak_the_persons_language(viewer: User, sim: Sim) -> None:
    export = wanted(viewer, sim.enterprise)
    Export.objects.update(language="zh-hans", columns=["giccid", "status"])
    xlsx_export.run(export.pk, timezone.now())
    export.refresh_from_db()
    assert [cell.value for cell in sheet_of(export)[1]] == ["ICCID", "状态"]


def test_forty_payloads_are_typed_as_text(viewer: User, account: Account) -> None:
    for text in PAYLOADS:
        factories.SimFactory(account=account, package_name=text)
    ListLayout.objects.create(user=viewer, columns=["giccid", "package"])
    _head, *rows = sheet_of(made(viewer, account.enterprise)).iter_rows()
    found = [row[1] for row in rows]
    assert [str(cell.value).replace("_x000D_", "\r") for cell in found] == PAYLOADS
    assert {cell.data_type for cell in found} == {"s"}
    assert {row[0].data_type for row in rows} == {"s"}


def test_the_file_is_private_and_named_after_row_and_fence(viewer: User, sim: Sim, folder: Path) -> None:
    export = made(viewer, sim.enterprise)
    assert [path.name for path in folder.iterdir()] == [f"{export.pk}-1.xlsx"]
    path = export_files.file_of(export)
    assert path is not None and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert export.size_bytes == path.stat().st_size > 0


def test_a_double_click_makes_one_export(viewer: User, sim: Sim) -> None:
    form = uuid.uuid4()
    first, second = (
        exports.want_export(viewer, sim.enterprise, form_uid=form, query="status=ACTIVATED") for _ in "ab"
    )
    other = exports.want_export(viewer, sim.enterprise, form_uid=form, query="")
    assert first == second != other
    assert Export.objects.count() == 2


def test_the_sheet_holds_only_what_its_owner_sees(outsider: User, sim: Sim, other_account: Account) -> None:
    own = factories.SimFactory(account=other_account)
    _head, *rows = sheet_of(made(outsider, sim.enterprise)).iter_rows(values_only=True)
    assert [row[0] for row in rows] == [own.giccid]


def test_nothing_that_matches_is_an_empty_sheet(viewer: User, enterprise: Enterprise) -> None:
    export = made(viewer, enterprise, f"selection={uuid.uuid4()}")
    assert (export.state, export.done, sheet_of(export).max_row) == (State.COMPLETED, 0, 1)


def test_progress_is_kept_while_it_is_written(viewer: User, account: Account, monkeypatch) -> None:
    factories.SimFactory.create_batch(25, account=account)
    monkeypatch.setattr(xlsx_export, "PIECE", 10)
    told: list[object] = []
    keep = leases.keep
    monkeypatch.setattr(
        leases, "keep", lambda row, **what: (told.append(what.get("done")), keep(row, **what))
    )
    made(viewer, account.enterprise)
    assert told == [None, 10, 20, 25, 25]


def test_more_sims_than_a_sheet_has_lines_are_refused(viewer: User, account: Account, monkeypatch) -> None:
    factories.SimFactory.create_batch(3, account=account)
    monkeypatch.setattr(exports, "MAX_ROWS", 2)
    export = made(viewer, account.enterprise)
    assert (export.state, export.error, export.total) == (State.FAILED, Fault.TOO_MANY, 3)


@pytest.mark.parametrize("moment", ["rows", "close", "rename"])
def test_a_full_disk_is_told_and_leaves_nothing(
    moment: str, viewer: User, sim: Sim, folder: Path, monkeypatch
) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    target = {
        "rows": "xlsxwriter.worksheet.Worksheet._write_single_row",
        "close": "xlsxwriter.workbook.ZipFile",
        "rename": "pathlib.Path.rename",
    }
    with monkeypatch.context() as patch:
        patch.setattr(target[moment], full)
        export = made(viewer, sim.enterprise)
    assert (export.state, export.error, export.lease_until) == (State.FAILED, Fault.DISK, None)
    assert list(folder.iterdir()) == []
    assert exports.retry(export) is True
    assert exports.retry(export) is False
    xlsx_export.run(export.pk, timezone.now())
    export.refresh_from_db()
    assert (export.state, export.done, export.error) == (State.COMPLETED, 1, "")


def test_a_fault_of_ours_is_told(viewer: User, sim: Sim, monkeypatch) -> None:
    monkeypatch.setattr(xlsx_export, "_rows", lambda *_args: 1 / 0)
    export = made(viewer, sim.enterprise)
    assert (export.state, export.error) == (State.FAILED, Fault.PORTAL)


def test_a_killed_workers_export_is_made_again_when_its_lease_runs_out(
    viewer: User, sim: Sim, folder: Path
) -> None:
    export, now = wanted(viewer, sim.enterprise), timezone.now()
    held = leases.claim(exports.open_exports(), now, state=State.RUNNING)
    assert held is not None
    (export_files.folder() / f"{export.pk}-1.part").mkdir()  # what the killed one had begun
    xlsx_export.run(export.pk, now)
    export.refresh_from_db()
    assert (export.state, export.fence) == (State.RUNNING, 1)
    later = now + leases.LEASE + timedelta(seconds=1)
    xlsx_export.run(export.pk, later)
    export.refresh_from_db()
    assert (export.state, export.fence, export.file_name) == (State.COMPLETED, 2, f"{export.pk}-2.xlsx")
    assert export_files.remove_orphans(timezone.now() + timedelta(hours=2)) == 1
    assert [path.name for path in folder.iterdir()] == [export.file_name]


def test_a_holder_who_lost_the_lease_publishes_nothing(
    viewer: User, sim: Sim, folder: Path, monkeypatch
) -> None:
    export = wanted(viewer, sim.enterprise)
    write = xlsx_export._write

    def slow(held: Export, *args: object) -> int:
        done = write(held, *args)
        monkeypatch.setattr(xlsx_export, "_write", write)
        Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        xlsx_export.run(held.pk, timezone.now())  # another worker, quicker
        return done

    monkeypatch.setattr(xlsx_export, "_write", slow)
    xlsx_export.run(export.pk, timezone.now())
    export.refresh_from_db()
    assert (export.state, export.fence) == (State.COMPLETED, 2)
    assert [path.name for path in folder.iterdir()] == [f"{export.pk}-2.xlsx"]


def test_an_export_that_kills_its_workers_is_given_up(viewer: User, sim: Sim) -> None:
    export = wanted(viewer, sim.enterprise)
    Export.objects.update(fence=xlsx_export.MAX_CLAIMS)
    xlsx_export.run(export.pk, timezone.now())
    export.refresh_from_db()
    assert (export.state, export.error) == (State.FAILED, Fault.PORTAL)
    assert exports.retry(export)
    xlsx_export.run(export.pk, timezone.now())
    export.refresh_from_db()
    assert export.state == State.COMPLETED


def test_the_tick_wakes_one_export_at_a_time(viewer: User, sim: Sim, monkeypatch) -> None:
    first, second = wanted(viewer, sim.enterprise), wanted(viewer, sim.enterprise)
    woken: list[str] = []
    monkeypatch.setattr(tasks.run_export, "apply_async", lambda args, expires: woken.extend(args))
    tasks.tick()
    assert woken == [str(first.pk)]
    held = leases.claim(exports.open_exports().filter(pk=first.pk), timezone.now())
    assert held is not None
    tasks.run_export(str(second.pk))
    second.refresh_from_db()
    assert second.state == State.QUEUED
    leases.keep(held, lease_until=None, state=State.FAILED)
    tasks.run_export(str(second.pk))
    second.refresh_from_db()
    assert second.state == State.COMPLETED


def test_expired_files_are_removed(viewer: User, sim: Sim, folder: Path) -> None:
    old, young = made(viewer, sim.enterprise), made(viewer, sim.enterprise)
    Export.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.clean()
    assert list(Export.objects.all()) == [young]
    assert [path.name for path in folder.iterdir()] == [young.file_name]


def test_a_file_somebody_removed_is_none(viewer: User, sim: Sim) -> None:
    export = made(viewer, sim.enterprise)
    path = export_files.file_of(export)
    assert path is not None
    path.unlink()
    assert export_files.file_of(export) is None
    assert export_files.file_of(ExportFactory(state="queued")) is None
