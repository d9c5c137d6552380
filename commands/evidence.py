"""What led to a verdict, kept on the command: entries are added, none is ever taken away."""

from typing import Any

from django.db.models import F, Func, JSONField, Value


def with_evidence(*entries: dict[str, Any]) -> dict[str, Any]:
    """For an update: `evidence` with more at its end, whatever it holds by then."""
    added = Value(list(entries), output_field=JSONField())
    return {"evidence": Func(F("evidence"), added, template="(%(expressions)s)", arg_joiner=" || ")}
