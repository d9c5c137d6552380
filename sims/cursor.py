"""Where a sweep stands: small enough to be saved with every page."""

from dataclasses import dataclass, field
from typing import Any

from smarthub_client.paging import Page

REST: list[Any] = [None, None]


@dataclass
class Cursor:
    """`scopes`: [account id, account name] in reading order; [None, None] reads what no account listed.

    `announced`: SIMs of the whole enterprise, as told last. `seen`: distinct SIMs met in the present account, in all
    its passes; `seen_before`: before the present pass.
    `counted`: SIMs announced by the accounts left behind. `complete`: ids of accounts read completely.
    """

    scopes: list[list[Any]] = field(default_factory=list)
    announced: int = 0
    index: int = 0
    page: int | None = None
    base: int | None = None
    passes: int = 0
    first_total: int | None = None
    last_total: int | None = None
    seen: int = 0
    seen_before: int = 0
    complete: list[int | None] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    counted: int = 0
    failures: int = 0

    @property
    def is_at_end(self) -> bool:
        return self.index >= len(self.scopes)

    @property
    def account_id(self) -> int | None:
        account_id: int | None = self.scopes[self.index][0]
        return account_id

    @property
    def account_name(self) -> str | None:
        name: str | None = self.scopes[self.index][1]
        return name

    @property
    def scope_name(self) -> str:
        """The account's id as text; empty for SIMs of no account."""
        return "" if self.account_id is None else str(self.account_id)

    def met(self, page: Page) -> None:
        """A page was read: go on behind it, and remember what total it announced."""
        self.base, self.page = page.base, page.next_page
        self.first_total = page.total if self.first_total is None else self.first_total
        self.last_total = page.total
        self.failures = 0

    @property
    def is_account_complete(self) -> bool:
        """Whether the present account was read completely: it ended with as many SIMs as it began with, all met."""
        if self.account_id is None:  # its pages repeat SIMs of the accounts, so only the sum can be compared
            return self.first_total == self.last_total == self.counted + self.seen
        return self.first_total == self.last_total == self.seen

    @property
    def has_only_gaps(self) -> bool:
        """Whether the account stood still and pages left SIMs out: another pass may meet the others."""
        return self.first_total == self.last_total is not None and self.seen < self.last_total

    @property
    def is_worth_another_pass(self) -> bool:
        """The first pass always; later ones only while they still meet SIMs no earlier one met."""
        return self.passes == 0 or (self.has_only_gaps and self.seen > self.seen_before)

    def fill_gaps(self) -> None:
        """Once more from the first page; what was met stays met, and the total told first must still be true."""
        self.passes += 1
        self.page, self.seen_before = None, self.seen

    def restart(self) -> None:
        self.passes += 1
        self._forget()

    def leave(self, *, is_complete: bool) -> None:
        """Goes on to the next account."""
        if is_complete:
            self.complete.append(self.account_id)
        else:
            self.incomplete.append(self.account_name or "")
        self.counted += self.first_total or 0
        self.index += 1
        self.passes = 0
        self._forget()

    def _forget(self) -> None:
        self.page = self.first_total = self.last_total = None
        self.seen = self.seen_before = 0

    @property
    def may_miss_some(self) -> bool:
        """Whether SIMs seem to exist that no account lists, and nobody has looked for them yet."""
        return self.is_at_end and REST not in self.scopes and self.counted < self.announced
