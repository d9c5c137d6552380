"""How an ICCID stands in an address."""

from django.urls import register_converter


class GiccidConverter:
    """Digits, as text: an ICCID is never a number."""

    regex = "[0-9]{1,32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(GiccidConverter, "giccid")
GICCID = "<giccid:giccid>/"
"""Begins every address of one SIM."""
