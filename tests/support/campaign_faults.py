"""What the platform does on its bad days to whoever reads, and how it is gone for a while."""

from typing import Any

READS = ("sim_list", "sim_detail", "custom_fields_read", "batch_job", "change_logs")
_OF_READS: tuple[tuple[dict[str, Any], float], ...] = (
    ({"kind": "drop_before"}, 0.02),
    ({"kind": "truncate"}, 0.02),
    ({"kind": "status", "status": 500}, 0.03),
    ({"kind": "html"}, 0.01),
)


def of_reads(scale: float = 1) -> list[dict[str, Any]]:
    """One read in twelve meets a fault, `scale` times as many if asked."""
    return [
        {"operation": operation, "probability": share * scale, **fault}
        for operation in READS
        for fault, share in _OF_READS
    ]


def outage() -> list[dict[str, Any]]:
    """Nothing answers at all."""
    return [{"operation": "*", "kind": "drop_before"}]


def fired(faults: list[dict[str, Any]]) -> dict[str, int]:
    """How often each sort of fault was met."""
    found: dict[str, int] = {}
    for fault in faults:
        side = "reads" if fault["operation"] in (*READS, "query_sms") else "changes"
        name = f"{side}: {fault['kind']}{' ' + str(fault['status']) if fault['status'] else ''}"
        name += " after the effect" if fault["effect"] else ""
        found[name] = found.get(name, 0) + fault["fired"]
    return {name: count for name, count in sorted(found.items()) if count}
