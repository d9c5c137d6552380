"""How long a message is: GSM 03.38 with its extension table, or UCS-2; characters, units and parts.

Sources: 3GPP TS 23.038 (6.2.1 and 6.2.1.1: the alphabet and its extension; national tables are not used) and TS 23.040
(9.2.3.24.1: joined parts begin with a header of 6 octets out of 140). The platform takes one part (contract).
`static/js/sms.js` counts alike.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

# By code, row by row; the escape (1B) is left out.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "\f^{}\\[~]|€"
GSM, UCS2 = "GSM-7", "UCS-2"
_SINGLE = {GSM: 160, UCS2: 70}
_JOINED = {GSM: 153, UCS2: 67}
_SEPTETS = {**dict.fromkeys(BASIC, 1), **dict.fromkeys(EXTENDED, 2)}
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # neither UTF-8 nor PostgreSQL can hold these
_TOO_LONG, _CODE = re.compile("([0-9]{1,9})/([0-9]{1,3})(?: (.+))?"), re.compile("U[+][0-9A-F]{4,6}")
_UNSEEN = {"Cc", "Cf", "Cs", "Co"}


class BadText(ValueError):
    """A text that can't be sent; the message is for people. `note` keeps it without a language, for `words_of`:

    "" (nothing written), "U+0000" (can't be sent), "172/160" (units of one message), "3/2" (parts), "71/70 ’" (and the
    character that makes it Unicode).
    """

    def __init__(self, note: str = "") -> None:
        super().__init__(words_of(note))
        self.note = note


class TooLong(BadText):
    """A text that needs more parts than may be sent; the message is for people."""


@dataclass(frozen=True)
class Length:
    """`characters`: as people count (code points); `units`: septets or UTF-16 code units; `left`: units that still fit
    into the last part. `foreign`: the first character that GSM-7 does not have; `wide`: the first that takes two units;
    "" for none.
    """

    encoding: str
    characters: int
    units: int
    parts: int
    left: int
    foreign: str = ""
    wide: str = ""

    @property
    def single(self) -> int:
        """Units that a message of one part holds."""
        return _SINGLE[self.encoding]

    @property
    def joined(self) -> int:
        """Units that each part of a longer message holds."""
        return _JOINED[self.encoding]

    @property
    def room(self) -> int:
        """Units that the parts it takes could hold."""
        return self.units + self.left

    @property
    def over(self) -> int:
        """Units too many for one part; 0 when it fits."""
        return max(0, self.units - self.single)

    @property
    def is_nearly_full(self) -> bool:
        """Whether less than a tenth of the last part is left."""
        return self.left * 10 < self.single

    @property
    def foreign_shown(self) -> str:
        return shown(self.foreign)

    @property
    def wide_shown(self) -> str:
        return shown(self.wide)


def shown(letter: str) -> str:
    """A character for people: itself, or its code where it would not be seen (spaces, marks, controls)."""
    if not letter:
        return ""
    category = unicodedata.category(letter)
    return f"U+{ord(letter):04X}" if category[0] in "ZM" or category in _UNSEEN else letter


def unified(text: str) -> str:
    """Line ends as they are sent and counted: LF. Forms bring CRLF, a browser's script sees LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def measure(text: str) -> Length:
    """What it takes to send this text, with unified line ends. An empty one has no part."""
    text = unified(text)
    foreign = next((letter for letter in text if letter not in _SEPTETS), "")
    encoding = UCS2 if foreign else GSM
    sizes = [_size(letter, encoding) for letter in text]
    wide = next((letter for letter, size in zip(text, sizes, strict=True) if size == 2), "")
    units, parts, left = sum(sizes), min(len(text), 1), 0
    if units <= _SINGLE[encoding]:
        left = _SINGLE[encoding] - units
    else:
        parts, left = _joined(sizes, _JOINED[encoding])
    return Length(encoding, len(text), units, parts, left, foreign, wide)


def checked(text: str, most: int) -> str:
    """The text as it is to be sent, in at most so many parts. Raises TooLong or BadText with a sentence for people."""
    text = unified(text)
    if not text.strip():
        raise BadText
    if bad := _UNSENDABLE.search(text):
        raise BadText(shown(bad[0]))
    length = measure(text)
    if length.parts > most:
        takes = f"{length.units}/{length.single}" if most == 1 else f"{length.parts}/{most}"
        raise TooLong(f"{takes} {length.foreign_shown}".strip())
    return text


def words_of(note: str) -> str:
    """What is wrong with a text, in the reader's language; what is no such note, as it is."""
    if not note:
        return _("Write a message first.")
    if found := _TOO_LONG.fullmatch(note):
        return _too_long(int(found[1]), int(found[2]), found[3] or "")
    if _CODE.fullmatch(note):
        return _("This character can't be sent: %(letter)s.") % {"letter": note}
    return note


def _too_long(takes: int, most: int, letter: str) -> str:
    room = _SINGLE[UCS2 if letter else GSM]
    if most == room:
        sentence = _("Too long by %(over)s: one message holds %(room)s characters.")
    else:
        sentence = _("Too long: it takes %(parts)s parts, and %(most)s may be sent.")
    values = {"over": takes - most, "parts": takes, "most": most, "room": room, "letter": letter}
    if not letter:
        return sentence % values
    return (
        f"{sentence % values} {_('“%(letter)s” makes this Unicode: %(room)s characters a message.') % values}"
    )


def _size(letter: str, encoding: str) -> int:
    if encoding == GSM:
        return _SEPTETS[letter]
    return 2 if ord(letter) > 0xFFFF else 1


def _joined(sizes: list[int], room: int) -> tuple[int, int]:
    """Parts, and units left in the last: an escape or a surrogate pair is never torn apart."""
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts, room - used
