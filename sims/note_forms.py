"""Forms of what staff write on a SIM."""

from django import forms
from django.utils.translation import gettext_lazy as _


class _OneLine(forms.CharField):
    def to_python(self, value: object) -> str:
        """Without line breaks and doubled spaces: pasted texts have both."""
        return " ".join(str(super().to_python(value) or "").split())


class LabelForm(forms.Form):
    label = _OneLine(required=False, max_length=120, label=_("Label"))


class TagForm(forms.Form):
    name = _OneLine(max_length=60, label=_("Tag"))
