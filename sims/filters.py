"""What a list of SIMs can be asked for; everything lives in the query string."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.pages import DEFAULT_PAGE_SIZE, PAGE_SIZES
from sims.columns import SORTABLE
from sims.models import ApnState

SHORTEST_SEARCH = 3
USAGE_CHOICES = [
    ("", _("Any usage")),
    ("near", _("Near or over allowance")),
    ("over", _("Over allowance")),
    ("none", _("Nothing used")),
]
FRESH_CHOICES = [
    ("", _("Any age")),
    ("1h", _("Older than an hour")),
    ("1d", _("Older than a day")),
    ("7d", _("Older than a week")),
    ("missing", _("Not listed any more")),
]
FILTERS = (
    "q",
    "status",
    "account",
    "package",
    "apn_state",
    "usage",
    "usage_min",
    "usage_max",
    "expires",
    "tag",
    "po",
    "fresh",
    "selection",
)
_MOST_MB = 1e12


def _text(label: Any, limit: int) -> forms.CharField:
    return forms.CharField(required=False, max_length=limit, strip=False, label=label)


def _choice(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, choices=choices, label=label)


def _megabytes(label: Any) -> forms.FloatField:
    return forms.FloatField(required=False, min_value=0, max_value=_MOST_MB, label=label)


class SimFilter(forms.Form):
    """Names are interfaces: bookmarks and scripts hold them."""

    q = forms.CharField(required=False, max_length=200, label=_("Search"))
    status = _text(_("Status"), 40)
    account = _text(_("Account"), 400)
    package = _text(_("Package"), 400)
    apn_state = _choice(_("APN"), [("", _("Any")), *ApnState.choices])
    usage = _choice(_("Usage"), USAGE_CHOICES)
    usage_min = _megabytes(_("Data from (MB)"))
    usage_max = _megabytes(_("Data to (MB)"))
    expires = forms.IntegerField(required=False, min_value=1, max_value=3650, label=_("Ends within (days)"))
    tag = _text(_("Tag"), 60)
    po = forms.CharField(required=False, max_length=200, label="PO")
    fresh = _choice(_("Age of figures"), FRESH_CHOICES)
    selection = forms.UUIDField(required=False, label=_("Selection"))
    columns = forms.CharField(required=False, max_length=300)
    sort = forms.ChoiceField(
        required=False,
        choices=[(sign + name, name) for name in SORTABLE for sign in ("", "-")],
        label=_("Sort"),
    )
    page_size = forms.TypedChoiceField(
        required=False,
        coerce=int,
        choices=[(size, size) for size in PAGE_SIZES],
        empty_value=None,
    )

    def clean_q(self) -> str:
        """One or two digits are in nearly every ICCID: such a search would find everything, slowly."""
        text: str = self.cleaned_data["q"]
        words = text.split()
        if words and all(len(word) < SHORTEST_SEARCH and word.isascii() for word in words):
            raise forms.ValidationError(_("Type at least three characters of the number or label."))
        return text

    def value(self, name: str) -> Any:
        """The cleaned value; None for an empty or invalid one (the form shows why)."""
        self.is_valid()
        found = self.cleaned_data.get(name)
        return None if found is None or found == "" else found

    def size(self, usual: int = DEFAULT_PAGE_SIZE) -> int:
        """Rows a page: as the address says, else `usual`."""
        return self.value("page_size") or usual

    @property
    def order(self) -> str:
        return self.value("sort") or "giccid"

    @property
    def column_names(self) -> list[str]:
        """Columns the address asks for; empty: it does not say."""
        return str(self.value("columns") or "").split(",") if self.value("columns") else []

    @property
    def active(self) -> dict[str, Any]:
        """Filters in use, for chips."""
        return {name: self.value(name) for name in FILTERS if self.value(name) is not None}

    @property
    def selection_uid(self) -> uuid.UUID | None:
        uid: uuid.UUID | None = self.value("selection")
        return uid
