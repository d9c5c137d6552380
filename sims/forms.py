"""Forms around the list of SIMs."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.pages import PAGE_SIZES
from sims import columns
from sims.filters import SimFilter
from sims.models import ListLayout
from sims.saved_views import query_of


class LayoutForm(forms.Form):
    """Columns, density, rows a page."""

    column = forms.MultipleChoiceField(required=False, choices=[(name, name) for name in columns.COLUMNS])
    density = forms.ChoiceField(required=False, choices=ListLayout.Density.choices)
    page_size = forms.TypedChoiceField(
        required=False, coerce=int, choices=[(size, size) for size in PAGE_SIZES], empty_value=None
    )

    def layout(self) -> dict[str, Any]:
        """For `save_layout`."""
        return {
            "names": self.cleaned_data.get("column", []),
            "density": self.cleaned_data.get("density", ""),
            "page_size": self.cleaned_data.get("page_size") or 0,
        }


class PoForm(forms.Form):
    """The name of a purchase order, as SmartHub knows it."""

    po = forms.CharField(max_length=200)


class ViewForm(forms.Form):
    """A name for what the list shows. `query`: the query string of the list."""

    name = forms.CharField(
        max_length=80,
        label=_("Name"),
        error_messages={
            "required": _("Give the view a name."),
            "max_length": _("The name of a view has at most 80 characters."),
        },
    )
    query = forms.CharField(required=False, max_length=4000, strip=False)
    columns = forms.CharField(required=False, max_length=300)
    is_shared = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = [column.name for column in columns.chosen(cleaned.get("columns", "").split(","))]
        cleaned["query"] = query_of(SimFilter(QueryDict(cleaned.get("query", ""))), names)
        if len(cleaned["query"]) > 2000:
            raise forms.ValidationError(_("These filters are too long to be kept as a view."))
        return cleaned

    def view(self) -> dict[str, Any]:
        """For `save_view`."""
        return {name: self.cleaned_data[name] for name in ("name", "query", "is_shared")}
