"""What a crowd did to the platform, as the platform said it: status and headers of every answer, ours and others'."""

from dataclasses import dataclass
from typing import Any

SAME_WINDOW = 3.0  # whole seconds in headers blur a window's end by up to two


@dataclass(frozen=True)
class Window:
    """One window of the platform: requests it allowed, of how many, by whom."""

    used: int
    limit: int
    ours: int

    @property
    def share(self) -> float:
        return self.used / self.limit


@dataclass
class Report:
    """`windows`: those that ended before the run did, in order. Waits: milliseconds at the gate, sorted."""

    windows: list[Window]
    own_429: int
    outsider_429: int
    waits: list[float]
    slow: list[float]
    refused: list[str]
    requests: int

    def percentile(self, share: float) -> float:
        """Of the waits of people, in milliseconds."""
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * share))]

    def __str__(self) -> str:
        shares = " ".join(f"{100 * window.share:.1f}%" for window in self.windows)
        slow = [round(wait) for wait in self.slow]
        waits = f"p50 {self.percentile(0.5):.1f} p99 {self.percentile(0.99):.1f} max {self.waits[-1]:.1f} ms"
        return (
            f"own 429: {self.own_429}, outsider's: {self.outsider_429}; windows used: {shares}; "
            f"people waited ({len(self.waits)}): {waits}, slow ones {slow}, "
            f"refused {len(self.refused)}; requests {self.requests}"
        )


def report_of(logs: list[dict[str, Any]]) -> Report:
    ours = [answer for log in logs if log["kind"] != "outsider" for answer in log["answers"]]
    theirs = [answer for log in logs if log["kind"] == "outsider" for answer in log["answers"]]
    decisions = [decision for log in logs for decision in log["decisions"]]
    waits = sorted(1000 * waited for waited, _ in decisions)
    return Report(
        windows=_windows(ours, theirs, max(log["until"] for log in logs)),
        own_429=sum(answer["status"] == 429 for answer in ours),
        outsider_429=sum(answer["status"] == 429 for answer in theirs),
        waits=waits or [0.0],
        slow=[wait for wait in waits if wait > 20],
        refused=[reason for _, reason in decisions if reason],
        requests=len(ours),
    )


def _windows(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], until: float) -> list[Window]:
    """Answers that name the same end belong to the same window; the lowest "remaining" tells how full it got."""
    marked = sorted(
        (
            (answer["at"] + answer["reset"], is_ours, answer)
            for answers, is_ours in ((ours, 1), (theirs, 0))
            for answer in answers
        ),
        key=lambda entry: entry[0],
    )
    groups: list[list[tuple[float, int, dict[str, Any]]]] = []
    for entry in marked:
        if not groups or entry[0] > groups[-1][0][0] + SAME_WINDOW:
            groups.append([])
        groups[-1].append(entry)
    return [
        Window(
            used=group[0][2]["limit"] - min(answer["left"] for _, _, answer in group),
            limit=group[0][2]["limit"],
            ours=sum(is_ours for _, is_ours, answer in group if answer["status"] != 429),
        )
        for group in groups
        if group[0][0] < until
    ]
