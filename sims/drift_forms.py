"""What is ticked on the list of drift."""

import uuid

from django import forms
from django.http import QueryDict

from sims.drift import PAGE

_MOST_DIGITS = 18


class DriftForm(forms.Form):
    """`every`: all that drift, not only the ticked ones. `uid`: made by the page: a double click is one plan."""

    uid = forms.UUIDField(required=False)
    every = forms.BooleanField(required=False)
    note = forms.CharField(required=False, max_length=500)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        ticked = data.getlist("intent")[: 2 * PAGE]
        self.ids = [
            int(text) for text in ticked if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        ]

    @property
    def form_uid(self) -> uuid.UUID:
        return self.cleaned_data.get("uid") or uuid.uuid4()

    @property
    def problem(self) -> str:
        """All that is wrong."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)
