"""The lines of one plan: filtered, paged and counted without counting, and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property

from commands.models import Command, Group, Plan, State
from staff.models import User

PAGE_SIZE = 50
_SHOWN = (
    "plan_id", "giccid", "group", "why", "state", "before", "after", "error", "account_id", "settled_at", "queued_at",
)  # fmt: skip


class LineFilter(forms.Form):
    """What the address asks for. A strange value asks for nothing."""

    group = forms.ChoiceField(required=False, choices=Group.choices)
    state = forms.ChoiceField(required=False, choices=State.choices)
    why = forms.CharField(required=False, max_length=40)

    def chosen(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")

    @property
    def pair(self) -> tuple[str, str]:
        """(group, state): one of them at most, because no figure is kept for both."""
        state = self.chosen("state")
        return ("", state) if state else (self.chosen("group"), "")


@dataclass(frozen=True)
class Lines:
    """A page of lines, and what they are filtered by."""

    page: "Page[Any]"
    group: str
    state: str
    why: str = ""


class _Counted(Paginator):  # type: ignore[type-arg]
    """Pages of a query whose size is known already: 100,000 rows are not counted for each visit."""

    def __init__(self, rows: "QuerySet[Command]", size: int, known: int, *, is_exact: bool) -> None:
        super().__init__(rows, size)
        self._known, self._is_exact = known, is_exact

    @cached_property
    def count(self) -> int:
        return self._known

    def page(self, number: Any) -> "Page[Any]":
        """In the second half counted from the end: skipping 99,950 lines would take a tenth of a second."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        past = min(first + self.per_page, self.count)
        if not self._is_exact or first < self.count // 2:
            return super().page(number)
        backwards = self.object_list.reverse()[self.count - past : self.count - first]  # type: ignore[attr-defined]
        return Page(list(backwards)[::-1], number, self)


def lines_of(user: User, plan: Plan, query: QueryDict) -> Lines:
    """The page of lines an address asks for."""
    asked = LineFilter(query)
    group, state = asked.pair
    # Only what the plan itself counted when it was frozen.
    why = asked.chosen("why") if plan.whys and not group and not state else ""
    rows = filtered(user, plan, group, state, why).only(*_SHOWN).order_by("giccid")
    # States move while the plan runs, and who sees a part of it only sees fewer than were counted.
    is_exact = user.sees_all_accounts and not (state and plan.is_open)
    paginator = _Counted(rows, PAGE_SIZE, known_count(plan, group, state, why), is_exact=is_exact)
    return Lines(paginator.get_page(query.get("page") or 1), group, state, why)


def filtered(user: User, plan: Plan, group: str = "", state: str = "", why: str = "") -> "QuerySet[Command]":
    """Lines this person may see: of a plan of their own, also those that are no SIMs."""
    rows = Command.objects.filter(plan=plan)
    if not user.sees_all_accounts:
        granted = user.account_grants.values("account_id")
        rows = rows.filter(Q(account_id__in=granted) | Q(account_id=None, group=Group.UNKNOWN))
    if state:
        return rows.filter(state=state)
    if why:
        return rows.filter(state=State.SKIPPED, why=why)
    if group and group != Group.CHANGE:
        return rows.filter(state=State.SKIPPED, group=group)  # the index knows states only
    return rows.filter(group=group) if group else rows


def known_count(plan: Plan, group: str, state: str, why: str = "") -> int:
    """As the plan itself knows it: groups are frozen with it, states are counted by the worker."""
    if why:
        return sum(int(count) for code, _note, count in plan.whys if code == why)
    if state:
        return int(tally_of(plan).get(state, 0))
    return int(plan.groups.get(group, 0) if group else plan.total)


def tally_of(plan: Plan) -> dict[str, int]:
    """Lines by state. What was never released is not counted yet: its groups say the same."""
    if plan.tally:
        return {str(state): int(n) for state, n in plan.tally.items()}
    skipped = plan.total - plan.changing
    return {name: n for name, n in (("planned", plan.changing), ("skipped", skipped)) if n}


def all_lines(user: User, plan: Plan) -> Iterator[Command]:
    """Every line in the order of its ICCID, some thousands at a time."""
    return filtered(user, plan).only(*_SHOWN).order_by("giccid").iterator(chunk_size=2000)
