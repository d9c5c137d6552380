"""What the bulk bar and the pages of selections and exports are sent. Names are interfaces of templates and scripts."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.uploads import MAX_BYTES
from sims import iccids, sheets
from sims.iccids import Listed, Unreadable

MAX_TICKED = 500  # the largest page


class ChoiceForm(forms.Form):
    """Which SIMs the bulk bar means: the ticked ones, or all that match the list's query string."""

    uid = forms.UUIDField()
    enterprise = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    query = forms.CharField(required=False, max_length=4000, strip=False)

    @property
    def ticked(self) -> list[str]:
        """ICCIDs of the ticked rows; anything else sent under that name is no row."""
        sent = self.data.getlist("sim") if isinstance(self.data, QueryDict) else []
        digits = [value for value in sent if value.isascii() and value.isdigit() and len(value) <= 32]
        return digits[:MAX_TICKED]


class ListForm(forms.Form):
    """A pasted or uploaded list. `listed` holds what it says once the form is valid."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        required=False,
        strip=False,
        max_length=MAX_BYTES,
        label=gettext_lazy("ICCIDs"),
        help_text=gettext_lazy(
            "One a line, or a table with a column ICCID. Quotes, spaces and dashes do no harm."
        ),
        widget=forms.Textarea(
            attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off", "class": "mono"}
        ),
    )
    file = forms.FileField(
        required=False,
        label=gettext_lazy("or a file"),
        help_text=gettext_lazy("CSV, TXT or XLSX with at most 50,000 rows and 5 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    listed: Listed

    @classmethod
    def blank(cls) -> "ListForm":
        """A new form: its number makes a double click one selection."""
        return cls(initial={"uid": uuid.uuid4()})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            self.listed = self._read(cleaned)
        except Unreadable as error:
            raise ValidationError(str(error)) from None
        return cleaned

    def _read(self, cleaned: dict[str, Any]) -> Listed:
        upload, text = cleaned.get("file"), cleaned.get("text") or ""
        if upload is None:
            if not text.strip():
                raise Unreadable(_("Paste ICCIDs or choose a file."))
            return iccids.read_text(text)
        if upload.size > MAX_BYTES:
            raise Unreadable(_("The file is larger than 5 MB. Split it."))
        data = upload.read()
        if sheets.is_workbook(data):
            return iccids.read_rows(sheets.rows_of(data))
        return iccids.read_text(iccids.decoded(data))
