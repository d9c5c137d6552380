"""What the platform does on its bad days during the campaign: a quarter of all changes meet a fault, before or after
their effect. Answers that say "refused" (429) come without an effect, as on the real platform."""

from typing import Any

from tests.support.campaign_faults import READS, of_reads

CHANGES = (
    "activate", "suspend", "retire", "basic_plan", "supplementary_plan", "apn_status", "custom_fields_edit",
    "batch_activate", "batch_suspend", "batch_retire", "batch_basic_plan",
)  # fmt: skip
# (fault, share). Together 25 % of the requests; `delay` alone goes on to the effect afterwards.
_OF_CHANGES: tuple[tuple[dict[str, Any], float], ...] = (
    ({"kind": "drop_before"}, 0.045),
    ({"kind": "drop_after"}, 0.055),
    ({"kind": "truncate"}, 0.03),
    ({"kind": "status", "status": 500}, 0.02),
    ({"kind": "status", "status": 500, "effect": True}, 0.025),
    ({"kind": "status", "status": 503}, 0.02),
    ({"kind": "status", "status": 503, "effect": True}, 0.01),
    ({"kind": "status", "status": 408}, 0.01),
    ({"kind": "status", "status": 408, "effect": True}, 0.015),
    ({"kind": "status", "status": 429}, 0.004),
    ({"kind": "html"}, 0.01),
    ({"kind": "html", "effect": True}, 0.01),
)


def of_change(operation: str, late: float) -> list[dict[str, Any]]:
    """A quarter of this change's requests. `late`: seconds that are longer than a request may take."""
    slow = [
        {"operation": operation, "kind": "delay", "seconds": late, "probability": 0.004},
        {"operation": operation, "kind": "delay", "seconds": 0.4, "probability": 0.05},
    ]
    return slow + [{"operation": operation, "probability": share, **fault} for fault, share in _OF_CHANGES]


def storm(late: float) -> list[dict[str, Any]]:
    """The faults of the campaign. `late`: seconds that are longer than a request may take."""
    found = [fault for operation in CHANGES for fault in of_change(operation, late)]
    stale = {"kind": "stale", "probability": 0.03}
    return found + of_reads() + [{"operation": operation, **stale} for operation in READS]
