"""Lists of ICCIDs as people have them, and what becomes of each bad line."""

import contextlib

import pytest

from sims.iccids import MAX_ROWS, Listed, Reason, Unreadable, decoded, read_rows, read_text

ONE, TWO = "8986044012345678901", "89860440123456789012"


def problems(listed: Listed) -> list[tuple[int, str, Reason]]:
    return [(problem.line, problem.text, problem.reason) for problem in listed.problems]


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}\n{TWO}",
        f"{ONE}\r\n\r\n  {TWO}  \r\n",
        f'"{ONE}"\n"{TWO}"',
        f"'{ONE}\n'{TWO}",
        f"{ONE},{TWO}",
        f"{ONE};{TWO};",
        f"{ONE}\t{TWO}",
        f"{ONE[:4]} {ONE[4:8]} {ONE[8:]}\n{TWO[:6]}-{TWO[6:]}",
        f"ICCID\n{ONE}\n{TWO}",
        f"name,status,ICCID\nx,y,{ONE}\nz,,{TWO}",
        f"IMSI;gICCID\n460040000000001;{ONE}\n460040000000002;{TWO}",
        f'name,"iccid"\n"Smith, John",{ONE}\n"a ""b""",{TWO}',
        f"卡名\tICCID号\n甲\t{ONE}\n乙\t{TWO}",
        f"460040000000001,{ONE},8614700000001\n460040000000002,{TWO},8614700000002",
        f"\ufeff{ONE}\n\u200b{TWO}\u00a0",
        "".join(chr(ord(digit) + 0xFEE0) for digit in ONE) + f"\n{TWO}",
    ],
)
def test_lists_are_read_however_they_are_written(text: str) -> None:
    listed = read_text(text)
    assert list(listed.giccids) == [ONE, TWO]
    assert problems(listed) == []


def test_each_bad_line_gets_its_number_and_reason() -> None:
    text = f"ICCID\n{ONE}\nhello\n{'9' * 33}\n8.98604E+18\n\n{ONE}\n{TWO}\n8986F440\n٣٣٣"
    listed = read_text(text)
    assert listed.giccids == {ONE: 2, TWO: 8}
    assert problems(listed) == [
        (3, "hello", Reason.NOT_DIGITS),
        (4, "9" * 33, Reason.TOO_LONG),
        (5, "8.98604E+18", Reason.ROUNDED),
        (7, ONE, Reason.TWICE),
        (9, "8986F440", Reason.NOT_DIGITS),
        (10, "٣٣٣", Reason.NOT_DIGITS),
    ]


def test_numbers_of_a_sheet_count_only_while_excel_kept_all_digits() -> None:
    rows = [
        (1, ["ICCID"]),
        (2, [898604401234567]),
        (3, [8986044012345678901]),
        (4, [8.98604401234567e18]),
        (5, [ONE]),
    ]
    listed = read_rows(rows)
    assert listed.giccids == {"898604401234567": 2, ONE: 5}
    assert problems(listed) == [
        (3, "8.98604401234568E+18", Reason.ROUNDED),
        (4, "8.98604401234567E+18", Reason.ROUNDED),
    ]


def test_a_list_of_the_largest_size_is_read_and_one_more_is_refused() -> None:
    lines = [f"8986{number:015d}" for number in range(MAX_ROWS)]
    assert len(read_text("ICCID\n" + "\n".join(lines)).giccids) == MAX_ROWS
    with pytest.raises(Unreadable, match="more than 50,000"):
        read_text("\n".join([*lines, "1"]))


@pytest.mark.parametrize("text", ["", " \n\t\n", "ICCID\n", "name,ICCID\nx,\n"])
def test_an_empty_list_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="empty"):
        read_text(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_encodings_excel_writes_are_read(encoding: str) -> None:
    listed = read_text(decoded(f"卡名,ICCID\n测试卡,{ONE}\n".encode(encoding)))
    assert listed.giccids == {ONE: 2}


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"8986\xff\xff\xff", b"\x00\x01\x02", b"8\x009\x008\x006\x00"]
)
def test_an_unknown_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="encoding"):
        decoded(data)


def test_a_line_of_any_kind_never_breaks_the_reader() -> None:
    for text in ('"', '"open\nnext', 'a,b\n"x', "\0", "=1+1", "a" * 200_000, ",,,,", "1e", "{", "E+5"):
        with contextlib.suppress(Unreadable):
            read_text(text)
