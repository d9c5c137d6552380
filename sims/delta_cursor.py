"""Where a delta stands: small enough to be saved with every page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smarthub_client.paging import Page

_SECOND = timedelta(seconds=1)


@dataclass
class DeltaCursor:
    """`since`, `began`: ISO times; the range asked for, and the moment the first request was about to leave.

    `is_thorough`: read the whole list even if the platform ignores `since`. `is_cut`: the gap is longer than what the
    platform keeps. `seen`: distinct entries met in all passes, `seen_before`: before the present one. `is_honoured`:
    nothing older than `since` came. `is_ordered`: everything came newest first. `is_behind`: a page was all older.
    """

    since: str
    began: str
    is_thorough: bool = False
    is_cut: bool = False
    page: int | None = None
    base: int | None = None
    passes: int = 0
    first_total: int | None = None
    last_total: int | None = None
    seen: int = 0
    seen_before: int = 0
    last_time: str | None = None
    is_honoured: bool = True
    is_ordered: bool = True
    is_behind: bool = False
    failures: int = 0

    def met(self, page: Page, times: list[datetime], new: int) -> None:
        """A page was read: go on behind it, and remember what it told about the list."""
        self.base, self.page = page.base, page.next_page
        self.first_total = page.total if self.first_total is None else self.first_total
        self.last_total = page.total
        self.seen += new
        self.failures = 0
        since = datetime.fromisoformat(self.since) - _SECOND
        for moment in times:
            if self.last_time and moment > datetime.fromisoformat(self.last_time):
                self.is_ordered = False
            self.last_time = moment.isoformat()
        self.is_honoured = self.is_honoured and all(moment >= since for moment in times)
        is_old = bool(times) and all(moment < since for moment in times)
        self.is_behind = is_old and self.is_ordered and not self.is_thorough

    @property
    def is_complete(self) -> bool:
        """Whether the range was read without gaps.

        Entries that came while we read lie before the first page when the newest come first; so as many as there were
        at the start must have been met. In any other order, as many as there are at the end. The oldest may have gone.
        """
        if self.is_behind:
            return True
        if self.first_total is None or self.last_total is None:
            return False
        needed = min(self.first_total, self.last_total) if self.is_ordered else self.last_total
        return self.seen >= needed

    @property
    def is_worth_another_pass(self) -> bool:
        """The first pass always; later ones only while they still find something new."""
        return self.passes == 0 or self.seen > self.seen_before

    def restart(self) -> None:
        """Once more from the first page; what was met stays met, because entries never change."""
        self.passes += 1
        self.seen_before = self.seen
        self.page = self.first_total = self.last_total = self.last_time = None
        self.is_ordered = True

    @property
    def what_is_missing(self) -> str:
        return (
            f"The change logs since {self.since[:19]} UTC had gaps: {self.seen} of {self.last_total or 'unknown'}"
            " entries could be read. The next run reads them again from there."
        )

    @property
    def what_is_lost(self) -> str:
        if not self.is_cut:
            return ""
        return (
            f"SmartHub tells changes of the last 30 days only: what happened before {self.since[:19]} UTC can't be had."
            " The next full sweep brings every SIM up to date."
        )
