"""Reading uploaded XLSX workbooks, which anybody may have made: bounded in size, and nothing in them is executed."""

import io
import zipfile
import zlib
from collections.abc import Iterator

import openpyxl
from django.utils.translation import gettext as _

from sims.iccids import Row, Unreadable

MAX_UNPACKED = 40 * 1024 * 1024
_MAX_PARTS = 1000
_MAX_COLUMNS = 64
_PIECE = 1 << 16
# A workbook has no document type. Whoever declares one wants entities expanded.
_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))


def is_workbook(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def rows_of(data: bytes) -> Iterator[Row]:
    """Rows of the first sheet, numbered as Excel does. Raises `Unreadable`."""
    _check(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        if not book.worksheets:
            raise Unreadable(_("The workbook has no sheet."))
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says about its size may be wrong
        for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=_MAX_COLUMNS), 1):
            if cells.count(None) < len(cells):  # one cell in the last corner makes a million empty rows
                yield number, list(cells)
    except Unreadable:
        raise
    except Exception as error:
        # Whatever a broken file makes the parser raise (dozens of kinds), it is the file that is broken.
        raise _broken() from error


def _check(data: bytes) -> None:
    """Unpacks everything once, in pieces, and counts: sizes written in a file may lie."""
    total = 0
    try:
        for piece in _pieces(data):
            total += len(piece)
            if total > MAX_UNPACKED:
                raise Unreadable(_("The workbook is too large. Copy the ICCIDs into a sheet of their own."))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error):
        raise _broken() from None


def _pieces(data: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if len(archive.infolist()) > _MAX_PARTS:
            raise _broken()
        for info in archive.infolist():
            tail = b""
            with archive.open(info) as part:
                while piece := part.read(_PIECE):
                    if any(mark in tail + piece for mark in _DOCTYPES):
                        raise _broken()
                    tail = piece[-32:]
                    yield piece


def _broken() -> Unreadable:
    return Unreadable(_("This file is no readable XLSX workbook. Save it again, or as CSV."))
