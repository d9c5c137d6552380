"""Uploaded workbooks: read whatever their size says, refused when they are traps."""

import io
import tracemalloc
import zipfile

import openpyxl
import pytest
import xlsxwriter

from sims.iccids import Reason, Unreadable, read_rows
from sims.sheets import MAX_UNPACKED, is_workbook, rows_of

ONE, TWO = "8986044012345678901", "89860440123456789012"


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def changed(data: bytes, part: str, edit: bytes | tuple[bytes, bytes]) -> bytes:
    """The same archive with one part replaced, or with something in it replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            if name == part:
                body = edit if isinstance(edit, bytes) else body.replace(*edit)
            new.writestr(name, body)
    return out.getvalue()


def test_the_column_with_the_heading_is_read_with_the_sheets_line_numbers() -> None:
    data = workbook([["name", "ICCID"], ["x", ONE], [], ["y", 8986044012345678901], ["z", TWO]])
    assert is_workbook(data)
    listed = read_rows(rows_of(data))
    assert listed.giccids == {ONE: 2, TWO: 5}
    assert [(p.line, p.reason) for p in listed.problems] == [(4, Reason.ROUNDED)]


def test_a_sheet_whose_last_cell_is_far_away_costs_no_memory() -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, ONE)
    sheet.write_string(99_999, 16_383, "far")  # 1.6 billion cells, were they made
    book.close()
    tracemalloc.start()
    listed = read_rows(rows_of(data.getvalue()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert list(listed.giccids) == [ONE]
    assert peak < 10_000_000


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = changed(workbook([[ONE]]), "xl/worksheets/sheet1.xml", b" " * (MAX_UNPACKED + 1))
    assert len(bomb) < 100_000
    with pytest.raises(Unreadable, match="too large"):
        read_rows(rows_of(bomb))


def test_a_workbook_that_declares_entities_is_refused() -> None:
    data = workbook([[ONE]])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    trap = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;">]>' + sheet
    with pytest.raises(Unreadable, match="no readable XLSX"):
        read_rows(rows_of(changed(data, "xl/worksheets/sheet1.xml", trap)))


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04",
        b"PK\x03\x04" + b"\0" * 200,
        workbook([[ONE]])[:-200],
        changed(workbook([[ONE]]), "xl/workbook.xml", b"<nothing/>"),
        changed(workbook([[ONE]]), "xl/worksheets/sheet1.xml", b"<worksheet"),
        changed(workbook([[ONE]]), "[Content_Types].xml", b""),
    ],
)
def test_a_broken_workbook_is_refused_politely(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_rows(rows_of(data))


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(Unreadable, match="empty"):
        read_rows(rows_of(workbook([])))
