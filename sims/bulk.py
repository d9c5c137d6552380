"""What the bar above the list acts on: the ticked rows, or all that match what is on screen."""

import uuid
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from enterprise.models import Enterprise
from sims import queries, selections
from sims.filters import SimFilter
from sims.models import Selection, Sim
from sims.querysets import SimQuerySet
from staff.models import User


class Refused(Exception):
    """Nothing was done. The message is for people."""


@dataclass(frozen=True)
class Choice:
    """`query`: the list's address. `ticked`: ICCIDs; they win over the query."""

    user: User
    enterprise: Enterprise
    form_uid: uuid.UUID
    query: str
    ticked: tuple[str, ...] = ()

    def frozen(self, *, is_all: bool = False) -> Selection:
        """A selection of the ticked rows, or of all that match when none is ticked or `is_all`. Raises `Refused`."""
        if self.ticked and not is_all:
            return selections.freeze_ticked(
                self.user, self.enterprise, form_uid=self.form_uid, giccids=self.ticked
            )
        try:
            return selections.freeze_query(
                self.user, self.enterprise, form_uid=self.form_uid, query=self.query
            )
        except selections.TooLong:
            raise Refused(_("This list has too many filters to be kept. Remove some.")) from None

    def chosen(self) -> Selection:
        """What a change is for: the ticked rows, the selection on screen itself (its unknown ICCIDs get a line in the
        plan), or all that match. Raises `Refused`.
        """
        shown = SimFilter(QueryDict(self.query))
        if not self.ticked and shown.is_valid() and set(shown.active) == {"selection"}:
            own = selections.visible_selection(self.user, shown.selection_uid)
            if own is not None and own.enterprise_id == self.enterprise.pk:
                return own
        return self.frozen()

    def sims(self) -> SimQuerySet:
        """SIMs to change: ticked ones, or those of the selection on screen. Never "all that match" unfrozen: the
        fleet changes between looking and clicking. Raises `Refused`.
        """
        if self.ticked:
            sims = Sim.objects.visible_to(self.user).present()
            return sims.filter(enterprise=self.enterprise, giccid__in=self.ticked)
        chosen = SimFilter(QueryDict(self.query))
        if not chosen.is_valid() or chosen.selection_uid is None:
            raise Refused(_("Tick SIMs first, or select all that match."))
        return queries.matching(self.user, self.enterprise, chosen)

    def list_query(self) -> str:
        """The query string of a list, an export or a download of exactly these SIMs. Raises `Refused`."""
        try:
            if not self.ticked:
                return selections.without_page(self.query)
            kept = QueryDict(mutable=True)
            kept["selection"] = str(self.frozen().pk)
            for name in ("sort", "columns"):
                if value := QueryDict(self.query).get(name):
                    kept[name] = value
            return selections.without_page(kept.urlencode())
        except selections.TooLong:
            raise Refused(_("This list has too many filters to be kept. Remove some.")) from None
