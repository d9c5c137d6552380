"""What the platform does on its bad days during the campaign: a quarter of all changes meet a fault, before or after
their effect. Answers that say "refused" (429) come without an effect, as on the real platform."""

from typing import Any

CHANGES = (
    "activate", "suspend", "retire", "basic_plan", "supplementary_plan", "apn_status", "custom_fields_edit",
    "batch_activate", "batch_suspend", "batch_retire", "batch_basic_plan",
)  # fmt: skip
READS = ("sim_list", "sim_detail", "custom_fields_read", "batch_job", "change_logs")

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
_OF_READS: tuple[tuple[dict[str, Any], float], ...] = (
    ({"kind": "drop_before"}, 0.02),
    ({"kind": "truncate"}, 0.02),
    ({"kind": "status", "status": 500}, 0.03),
    ({"kind": "html"}, 0.01),
    ({"kind": "stale"}, 0.03),
)


def storm(late: float) -> list[dict[str, Any]]:
    """The faults of the campaign. `late`: seconds that are longer than a request may take."""
    found = []
    for operation in CHANGES:
        found.append({"operation": operation, "kind": "delay", "seconds": late, "probability": 0.004})
        found.append({"operation": operation, "kind": "delay", "seconds": 0.4, "probability": 0.05})
        found += [{"operation": operation, "probability": share, **fault} for fault, share in _OF_CHANGES]
    for operation in READS:
        found += [{"operation": operation, "probability": share, **fault} for fault, share in _OF_READS]
    return found


def outage() -> list[dict[str, Any]]:
    """Nothing answers at all."""
    return [{"operation": "*", "kind": "drop_before"}]


def fired(faults: list[dict[str, Any]]) -> dict[str, int]:
    """How often each sort of fault was met."""
    found: dict[str, int] = {}
    for fault in faults:
        side = "reads" if fault["operation"] in READS else "changes"
        name = f"{side}: {fault['kind']}{' ' + str(fault['status']) if fault['status'] else ''}"
        name += " after the effect" if fault["effect"] else ""
        found[name] = found.get(name, 0) + fault["fired"]
    return {name: count for name, count in sorted(found.items()) if count}
