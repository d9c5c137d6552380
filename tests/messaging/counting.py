"""A second count, made by really building what would go over the air (3GPP TS 23.038, 6.1.2.1; TS 23.040, 9.2.3.24.1).

It shares nothing with messaging/texts.py: no table, no number of characters. A part is user data of at most 140 octets;
septets are packed into them bit by bit, joined parts begin with a header, and what was built is read back.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

OCTETS = 140
HEADER = bytes(
    [5, 0, 3, 0, 0, 0]
)  # its length; concatenation with an 8-bit reference: reference, parts, number
ESCAPE = 0x1B
# The code points of 3GPP TS 23.038, 6.2.1, in rows of sixteen; 1B is the escape.
BASIC = """
0040 00A3 0024 00A5 00E8 00E9 00F9 00EC 00F2 00C7 000A 00D8 00F8 000D 00C5 00E5
0394 005F 03A6 0393 039B 03A9 03A0 03A8 03A3 0398 039E ---- 00C6 00E6 00DF 00C9
0020 0021 0022 0023 00A4 0025 0026 0027 0028 0029 002A 002B 002C 002D 002E 002F
0030 0031 0032 0033 0034 0035 0036 0037 0038 0039 003A 003B 003C 003D 003E 003F
00A1 0041 0042 0043 0044 0045 0046 0047 0048 0049 004A 004B 004C 004D 004E 004F
0050 0051 0052 0053 0054 0055 0056 0057 0058 0059 005A 00C4 00D6 00D1 00DC 00A7
00BF 0061 0062 0063 0064 0065 0066 0067 0068 0069 006A 006B 006C 006D 006E 006F
0070 0071 0072 0073 0074 0075 0076 0077 0078 0079 007A 00E4 00F6 00F1 00FC 00E0
"""
# 6.2.1.1: code after the escape, code point.
EXTENSION = "0A:000C 14:005E 28:007B 29:007D 2F:005C 3C:005B 3D:007E 3E:005D 40:007C 65:20AC"


def _codes() -> dict[str, tuple[int, ...]]:
    basic = {chr(int(point, 16)): (code,) for code, point in enumerate(BASIC.split()) if point != "----"}
    pairs = (pair.split(":") for pair in EXTENSION.split())
    return basic | {chr(int(point, 16)): (ESCAPE, int(code, 16)) for code, point in pairs}


CODES = _codes()
LETTERS = {codes: letter for letter, codes in CODES.items()}


class Part(NamedTuple):
    text: str
    is_gsm: bool
    data: bytes  # user data, at most 140 octets


def parts_of(text: str) -> list[Part]:
    is_gsm = all(letter in CODES for letter in text)
    alone = _user_data(text, is_gsm, b"")
    if len(alone) <= OCTETS:
        return [Part(text, is_gsm, alone)] if text else []
    return list(_joined(text, is_gsm))


def _joined(text: str, is_gsm: bool) -> Iterator[Part]:
    """As many letters in each as the octets hold."""
    while text:
        ends = range(1, len(text) + 1)
        most = bisect_right(ends, OCTETS, key=lambda end: len(_user_data(text[:end], is_gsm, HEADER)))
        yield Part(text[:most], is_gsm, _user_data(text[:most], is_gsm, HEADER))
        text = text[most:]


def _user_data(text: str, is_gsm: bool, header: bytes) -> bytes:
    return _pack(text, header) if is_gsm else header + text.encode("utf-16-be")


def _pack(text: str, header: bytes) -> bytes:
    """Septets as one long number, the first one lowest; after a header they begin at a multiple of seven bits."""
    shift = -(-len(header) * 8 // 7) * 7
    number = int.from_bytes(header, "little")
    for code in (code for letter in text for code in CODES[letter]):
        number |= code << shift
        shift += 7
    return number.to_bytes(-(-shift // 8), "little")


def read(part: Part, header: bytes) -> str:
    """What a phone would read. The number of septets, which the message tells beside its data, is taken as known."""
    if not part.is_gsm:
        return part.data[len(header) :].decode("utf-16-be")
    number = int.from_bytes(part.data, "little") >> (-(-len(header) * 8 // 7) * 7)
    codes: list[int] = []
    for _ in range(sum(len(CODES[letter]) for letter in part.text)):
        codes.append(number & 0x7F)
        number >>= 7
    assert number == 0
    stream = iter(codes)
    return "".join(LETTERS[(code, next(stream)) if code == ESCAPE else (code,)] for code in stream)
