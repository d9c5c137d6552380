"""Who hints at the same moment."""

import pytest

from enterprise.models import Enterprise
from sims.hints import hint
from tests.support.committed import at_once


@pytest.mark.servers
def test_many_who_hint_the_same_sims_at_once_do_not_block_each_other(committed: Enterprise) -> None:
    giccids = [str(number) for number in range(2000)]
    calls = [
        lambda: hint(committed.pk, giccids, "a"),
        lambda: hint(committed.pk, reversed(giccids), "b"),
        lambda: hint(committed.pk, giccids[1000:] + giccids[:1000], "c"),
    ]
    for _ in range(5):
        assert at_once(*calls) == [2000] * 3
    assert committed.hints.count() == 2000
