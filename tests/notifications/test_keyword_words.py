"""When a text holds a word: case, width and punctuation do not count, in any script.

Seen red: cutting at spaces only, lower case instead of folding.
"""

import pytest

from notifications.keywords import ANYWHERE, FIRST, WHOLE, holds, pieces


def heard(text: str, word: str) -> set[str]:
    return {how for how in (FIRST, ANYWHERE, WHOLE) if holds(pieces(text), pieces(word), how)}


ALL = {FIRST, ANYWHERE, WHOLE}


@pytest.mark.parametrize(
    ("text", "word", "how"),
    [
        ("SOS", "sos", ALL),
        ("  sos!! ", "SOS", ALL),
        ("sos, flat battery", "SOS", {FIRST, ANYWHERE}),
        ("help: SOS.", "sos", {ANYWHERE}),
        ("sosta", "sos", set()),
        ("insos", "sos", set()),
        ("sos2", "sos", set()),
        ("sos_2", "sos", {FIRST, ANYWHERE}),
        ("", "sos", set()),
        ("...", "sos", set()),
        ("sos", "...", set()),
        ("STRASSE", "straße", ALL),
        ("ΣΟΣ", "σος", ALL),
        ("ＳＯＳ", "sos", ALL),
        ("cafe\u0301", "CAFÉ", ALL),
        ("cafe\u0301s", "CAFÉ", set()),
        ("cafe", "café", set()),
        ("ПОМОГИТЕ мне", "помогите", {FIRST, ANYWHERE}),
        ("我要求救", "求救", {ANYWHERE}),
        ("求救！", "求救", ALL),
        ("求，救", "求救", ALL),
        ("请SOS快来", "sos", {ANYWHERE}),
        ("救", "求救", set()),
        ("🆘🆘 now", "🆘", {FIRST, ANYWHERE}),
        ("❤\ufe0f", "❤", ALL),
        ("मदा", "मद", set()),
        ("call  me - now", "Call me", {FIRST, ANYWHERE}),
        ("recall me", "call me", set()),
        ("call you me", "call me", set()),
    ],
)
def test_it_is_heard_as_people_mean_it(text: str, word: str, how: set[str]) -> None:
    assert heard(text, word) == how


def test_a_text_of_the_greatest_length_is_cut_quickly() -> None:
    assert len(pieces("a\u0301 " * 2000)) == 2000
