"""A text that was filled and is sent says exactly what it shows, whatever values look like."""

from hypothesis import given
from hypothesis import strategies as st

from messaging.variables import fill, literal, names_in


@given(
    st.lists(st.sampled_from(["{", "}", "{{", "}}", "label", "tag.x", " ", "A", "\n"]), max_size=12).map(
        "".join
    )
)
def test_written_literally_a_text_holds_no_gap_and_says_itself(text: str) -> None:
    assert names_in(literal(text)) == []
    assert fill(literal(text), {}) == text
