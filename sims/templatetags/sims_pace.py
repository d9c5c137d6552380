"""How often a connection's fleet is really swept."""

from typing import Any

from django import template

from enterprise.models import Enterprise
from sims.pace import pace, requests_of_a_sweep

register = template.Library()


@register.inclusion_tag("sims/_sweep_pace.html")
def sweep_pace(enterprise: Enterprise) -> dict[str, Any]:
    """What is set, and where the fleet is too large for that: how often it happens, and why."""
    requests = requests_of_a_sweep(enterprise)
    minutes = round(pace(enterprise, requests).total_seconds() / 60)
    return {
        "set_minutes": enterprise.sweep_minutes,
        "minutes": minutes,
        "is_slower": minutes > enterprise.sweep_minutes,
        "requests": requests,
    }
