"""Lists of ICCIDs as people have them: pasted, CSV in the encodings Excel writes, XLSX. A bad line gets a reason."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MAX_ROWS = 50_000
MAX_DIGITS = 32
# An ICCID has 18 to 22 digits; in a table without a heading this tells its column from IMSI and MSISDN.
LOOKS_LIKE_ICCID = 18
# Excel keeps fifteen digits of a number and makes zeros of the rest.
EXCEL_DIGITS = 15
_HEADINGS = {"iccid", "giccid", "simiccid", "iccids", "giccids", "iccid号", "iccid号码"}
_NOISE = re.compile(r"[\s\-\u2010-\u2015\u200b-\u200f\u2060\ufeff'\"`‘’“”]+")
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+?\d+", re.I)
_SHOWN_CHARACTERS = 60
Cell = object
Row = tuple[int, list[Cell]]


class Reason(TextChoices):
    """Why a line of a list is no SIM."""

    NOT_DIGITS = "not_digits", _("Not an ICCID: only digits are expected")
    TOO_LONG = "too_long", _("Longer than 32 digits")
    ROUNDED = "rounded", _("Rounded by Excel: format the column as text and copy the ICCIDs again")
    TWICE = "twice", _("Given twice; the first line counts")
    UNKNOWN = "unknown", _("No SIM with this ICCID")


class Unreadable(Exception):
    """The list as a whole can't be taken. The message is for people."""


@dataclass(frozen=True)
class Problem:
    line: int
    text: str
    reason: Reason


@dataclass
class Listed:
    """`giccids`: each once, with the line it stands on, in the list's order."""

    giccids: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_text(text: str) -> Listed:
    """A pasted list or a CSV file: one ICCID a line, or a table. Raises `Unreadable`."""
    return _read(_table(text))


def read_rows(rows: Iterable[Row]) -> Listed:
    """A sheet's rows with their numbers. Raises `Unreadable`."""
    return _read(iter(rows))


def decoded(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or GB18030, which Excel writes in China. Raises `Unreadable`."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable(gettext("The file's encoding is not known. Save it as CSV UTF-8."))


def _table(text: str) -> Iterator[Row]:
    lines = text.splitlines()
    separator = next((mark for mark in "\t;,|" if any(mark in line for line in lines[:100])), ",")
    for number, line in enumerate(lines, 1):
        if separator not in line:
            yield number, [line]
            continue
        try:
            yield number, list(next(csv.reader([line], delimiter=separator), []))
        except csv.Error:
            yield number, [line]


def _read(rows: Iterator[Row]) -> Listed:
    listed, column, is_first, count = Listed(), None, True, 0
    for number, cells in rows:
        texts = [_text(cell) for cell in cells]
        if not any(texts):
            continue
        if is_first:
            is_first, column = False, _heading(texts)
            if column is not None:
                continue
        for text in _chosen(texts, column):
            count += 1
            if count > MAX_ROWS:
                raise Unreadable(gettext("The list has more than 50,000 rows. Split it."))
            _take(listed, number, text)
    if not count:
        raise Unreadable(gettext("The list is empty."))
    return listed


def _text(cell: Cell) -> str:
    """A sheet's number is text only while Excel has kept all of its digits."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if abs(cell) >= 10**EXCEL_DIGITS:
            return f"{float(cell):.14E}"
        return str(int(cell)) if cell == int(cell) else str(cell)
    return "" if cell is None else str(cell).strip()


def _heading(texts: list[str]) -> int | None:
    """The column whose heading names the ICCID."""
    for number, text in enumerate(texts):
        if re.sub(r"[\W_]+", "", text.casefold()) in _HEADINGS:
            return number
    return None


def _chosen(texts: list[str], column: int | None) -> list[str]:
    """The cells of a row that are meant: those below the heading, or all that look like ICCIDs, or the first."""
    if column is not None:
        return [texts[column]] if column < len(texts) and texts[column] else []
    given = [text for text in texts if text]
    if len(given) == 1:
        return given
    return [text for text in given if _is_iccid_like(text)] or given[:1]


def _is_iccid_like(text: str) -> bool:
    plain = _plain(text)
    return _is_digits(plain) and len(plain) >= LOOKS_LIKE_ICCID


def _plain(text: str) -> str:
    """Without quotes, spaces and dashes; full-width digits as digits."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text))


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _take(listed: Listed, line: int, text: str) -> None:
    plain = _plain(text)
    reason = _fault(text, plain)
    if reason is None and plain in listed.giccids:
        reason = Reason.TWICE
    if reason is None:
        listed.giccids[plain] = line
    else:
        listed.problems.append(Problem(line, text.replace("\0", "")[:_SHOWN_CHARACTERS], reason))


def _fault(text: str, plain: str) -> Reason | None:
    if _ROUNDED.fullmatch(text.strip("'\" ")):
        return Reason.ROUNDED
    if not _is_digits(plain):
        return Reason.NOT_DIGITS
    return Reason.TOO_LONG if len(plain) > MAX_DIGITS else None
