"""XLSX by a worker: row by row in constant memory, every cell typed, so that no text becomes a formula or a number."""

import errno
import logging
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import xlsxwriter
from django.core.exceptions import EmptyResultSet
from django.db import InterfaceError, OperationalError
from django.http import QueryDict
from django.utils import timezone, translation
from xlsxwriter.exceptions import FileCreateError

from mirror import leases
from sims import columns, export_files, exports, queries
from sims.exports import Fault, Kind, State
from sims.filters import SimFilter
from sims.models import Export

logger = logging.getLogger(__name__)
MAX_CLAIMS = 5
PIECE = 5000
CELL_LENGTH = 32_767
# The last step, packing the file, tells no progress; it takes half a minute for a million SIMs.
_PACKING = timedelta(minutes=5)
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


class _Failed(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def run(uid: UUID, now: datetime) -> None:
    """Makes one file, if nobody else makes one: a worker must stay free for the sync."""
    if Export.objects.filter(lease_until__gt=now).exclude(pk=uid).exists():
        return
    export = leases.claim(exports.open_exports().filter(pk=uid), now, state=State.RUNNING, done=0, run_at=now)
    if export is not None:
        with suppress(leases.LeaseLost):
            _guarded(export)


def _guarded(export: Export) -> None:
    """Every failure is told on the row; only an absent database leaves it to the next holder."""
    try:
        if export.fence % exports.TRY > MAX_CLAIMS:
            raise _Failed(Fault.PORTAL)
        with export_files.workplace(export) as folder:
            _make(export, folder)
    except (leases.LeaseLost, OperationalError, InterfaceError):
        raise
    except _Failed as error:
        _fail(export, error.fault)
    except (OSError, FileCreateError) as error:
        logger.exception("export %s failed", export.pk)
        _fail(export, Fault.DISK if _is_disk_full(error) else Fault.PORTAL)
    except Exception:
        logger.exception("export %s failed", export.pk)
        _fail(export, Fault.PORTAL)


def _is_disk_full(error: Exception) -> bool:
    inner = error.args[0] if isinstance(error, FileCreateError) and error.args else error
    return isinstance(inner, OSError) and inner.errno in _NO_SPACE


def _fail(export: Export, fault: Fault) -> None:
    leases.keep(export, state=State.FAILED, error=fault.value, lease_until=None, finished_at=timezone.now())


def _make(export: Export, folder: Path) -> None:
    chosen = SimFilter(QueryDict(export.query))
    total = queries.matching(export.owner, export.enterprise, chosen).count()
    leases.keep(export, total=total)
    if total > exports.MAX_ROWS:
        raise _Failed(Fault.TOO_MANY)
    path = folder / "sims.xlsx"
    with translation.override(export.language), timezone.override(export.time_zone):
        done = _write(export, chosen, path)
    _publish(export, path, done)


def _publish(export: Export, path: Path, done: int) -> None:
    """The finished file gets its name; whoever lost the lease meanwhile takes it away again."""
    path.chmod(0o600)
    target = export_files.folder() / export_files.name_of(export)
    size = path.stat().st_size
    path.rename(target)
    try:
        leases.keep(
            export,
            state=State.COMPLETED,
            done=done,
            total=done,
            file_name=target.name,
            size_bytes=size,
            finished_at=timezone.now(),
            lease_until=None,
        )
    except leases.LeaseLost:
        target.unlink(missing_ok=True)
        raise


def _write(export: Export, chosen: SimFilter, path: Path) -> int:
    """Returns the number of SIMs written."""
    shown = columns.chosen(export.columns)
    options = {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("SIMs")
        bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for number, column in enumerate(shown):
            sheet.write_string(0, number, exports.heading(column), bold)
            sheet.set_column(number, number, 24 if exports.kind_of(column) != Kind.NUMBER else 14)
        sheet.freeze_panes(1, 1)
        writers = [_writer(sheet, exports.kind_of(column), moment) for column in shown]
        done = 0
        for done, row in enumerate(_rows(export, chosen), 1):
            for number, value in enumerate(row):
                if value is not None and value != "":
                    writers[number](done, number, value)
            if done % PIECE == 0:
                leases.keep(export, done=done)
        leases.keep(export, done=done, lease_until=timezone.now() + _PACKING)
    return done


def _rows(export: Export, chosen: SimFilter) -> Iterator[tuple[Any, ...]]:
    """Through a cursor on the server: one snapshot of the fleet, a few thousand rows at a time."""
    cells = [column.sql for column in columns.chosen(export.columns)]
    rows = exports.values(export.owner, export.enterprise, chosen, cells)
    with suppress(EmptyResultSet):
        for number, row in enumerate(rows.iterator(chunk_size=PIECE)):
            if number >= exports.MAX_ROWS:
                raise _Failed(Fault.TOO_MANY)
            yield row


def _writer(sheet: Any, kind: Kind, moment: Any) -> Callable[[int, int, Any], object]:
    """Writes a value of a column with its type, whatever the value looks like."""

    def text(row: int, column: int, value: Any) -> None:
        sheet.write_string(row, column, str(value)[:CELL_LENGTH])

    def number(row: int, column: int, value: Any) -> None:
        if math.isfinite(value):
            sheet.write_number(row, column, value)
        else:
            text(row, column, value)

    def time(row: int, column: int, value: datetime) -> None:
        local = timezone.localtime(value).replace(tzinfo=None, microsecond=0)
        if local.year >= 1900:  # a sheet's days begin there
            sheet.write_datetime(row, column, local, moment)
        else:
            text(row, column, local.isoformat(" "))

    return {Kind.TEXT: text, Kind.NUMBER: number, Kind.TIME: time}[kind]
