"""What happened to a SIM, from every source, in one stream with the newest on top.

A source tells what it knows of before a moment. Apps above join in by `hooks.timeline_sources`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sims import hooks
from sims.changes import Change, Kind, changes
from sims.command_timeline import commands
from sims.models import ChangeLog, Sim, SimVersion
from sims.timeline_entries import Batch, Entry, Stream, Told

__all__ = ["Batch", "Entry", "Stream", "Told", "timeline"]

PAGE_SIZE = 30
ROUNDS = 4
LOGS_A_ROUND, VERSIONS_A_ROUND = 200, 60
# How far the platform's clock may be from ours: a change log may be dated after we saw the change.
CLOCKS_DIFFER = timedelta(minutes=2)
TICK = timedelta(microseconds=1)
THE_END = datetime(9999, 12, 1, tzinfo=UTC)


ICONS = {
    Kind.STATUS: "activity",
    Kind.PACKAGE: "package",
    Kind.APN: "radio-tower",
    Kind.IDENTITY: "smartphone",
    Kind.PRESENCE: "eye",
    Kind.OTHER: "pencil-line",
}
# Type of a change log (doc) -> what it is about.
LOG_KINDS = {"LOCAL_STATUS": Kind.STATUS, "SERVICE_PACKAGE": Kind.PACKAGE, "IMEI_CHANGE": Kind.IDENTITY}
LOG_TITLES: dict[str, str | Promise] = {
    "LOCAL_STATUS": _("Status"),
    "SERVICE_PACKAGE": _("Package"),
    "IMEI_CHANGE": "IMEI",
}


def timeline(sim: Sim, *, before: datetime | None = None, kind: str = "") -> Stream:
    """A page of what happened before a moment, of one kind or of all."""
    cursor = before or THE_END
    found: list[Entry] = []
    reaches: datetime | None = None
    for _round in range(ROUNDS):
        batches = [source(sim, cursor) for source in (*SOURCES, *hooks.timeline_sources)]
        reaches = max((batch.reaches for batch in batches if batch.reaches), default=None)
        found += [
            entry
            for batch in batches
            for entry in batch.entries
            if entry.at < cursor and (reaches is None or entry.at > reaches) and kind in ("", entry.kind)
        ]
        if reaches is None or len(found) > PAGE_SIZE:
            break
        cursor = min(reaches + TICK, cursor - TICK)
    return _page(sorted(found, key=lambda entry: entry.at, reverse=True), None if reaches is None else cursor)


def _page(entries: list[Entry], rest: datetime | None) -> Stream:
    """Entries of the same moment stay on one page, because the next one is asked for by time."""
    if len(entries) <= PAGE_SIZE:
        return Stream(entries, rest)
    last = entries[PAGE_SIZE - 1].at
    shown = [entry for entry in entries if entry.at >= last]
    return Stream(shown, last if rest is not None or len(shown) < len(entries) else None)


# --- what the platform reports, and what we saw ourselves


@dataclass(frozen=True)
class _Sight:
    """A difference between two payloads: it happened somewhere between `since` and `at`."""

    change: Change
    since: datetime
    at: datetime
    by: str

    def spans(self, moment: datetime) -> bool:
        return self.since - CLOCKS_DIFFER <= moment <= self.at + CLOCKS_DIFFER


def platform_changes(sim: Sim, before: datetime) -> Batch:
    """Change logs and differences between payloads. A change told by both is one entry with two sources."""
    logs = list(
        ChangeLog.objects.filter(
            enterprise_id=sim.enterprise_id, giccid=sim.giccid, happened_at__lt=before + CLOCKS_DIFFER
        ).defer("raw")[:LOGS_A_ROUND]
    )
    seen = sim.versions.filter(observed_at__lt=before + CLOCKS_DIFFER)
    versions = list(seen[:VERSIONS_A_ROUND])
    ends = [
        items[-1].happened_at if isinstance(items[-1], ChangeLog) else items[-1].replaced_at
        for items, limit in ((logs, LOGS_A_ROUND), (versions, VERSIONS_A_ROUND))
        if len(items) == limit
    ]
    return Batch(_merged(logs, _sights(sim, versions, before)), max(ends, default=None))


def _sights(sim: Sim, versions: list[SimVersion], before: datetime) -> list[_Sight]:
    """What each version was followed by, newest first."""
    newer = sim.raw
    if versions and before != THE_END:
        later = sim.versions.filter(replaced_at__gt=versions[0].replaced_at)
        following = later.order_by("replaced_at", "id").first()
        newer = following.raw if following else sim.raw
    found: list[_Sight] = []
    for version in versions:
        for change in changes(version.raw, newer):
            found.append(_Sight(change, version.observed_at, version.replaced_at, version.replaced_by))
        newer = version.raw
    return found


def _merged(logs: list[ChangeLog], sights: list[_Sight]) -> list[Entry]:
    entries = {log.pk: entry_of_log(log) for log in logs}
    alone: list[Entry] = []
    for sight in sights:
        log = _same(sight, logs)
        if log is None:
            alone.append(_entry_of_sight(sight))
        else:
            told = entries[log.pk]
            entries[log.pk] = replace(told, sources=(*told.sources, Told(sight.by, sight.at)))
    return [*entries.values(), *alone]


def _same(sight: _Sight, logs: list[ChangeLog]) -> ChangeLog | None:
    """The log that led to what was seen; several steps between two readings count as the way there."""
    change = sight.change
    steps = [
        log
        for log in logs
        if LOG_KINDS.get(log.type) == change.kind and sight.spans(log.happened_at) and not _has_failed(log)
    ]
    if not any(log.original == change.before for log in steps):
        return None
    return next((log for log in steps if log.target == change.after), None)


def _has_failed(log: ChangeLog) -> bool:
    """Only SUCCESS is documented; a word nobody has told us about is shown, and never taken for one."""
    return log.status not in (None, "", "SUCCESS")


def entry_of_log(log: ChangeLog) -> Entry:
    kind = LOG_KINDS.get(log.type, Kind.OTHER)
    return Entry(
        at=log.happened_at,
        kind=kind,
        icon=ICONS[kind],
        title=LOG_TITLES.get(log.type, log.type),
        before=log.original,
        after=log.target,
        problem=(log.status or "") if _has_failed(log) else "",
        sources=(Told("changelog", log.fetched_at),),
        key=f"log-{log.pk}",
    )


def _entry_of_sight(sight: _Sight) -> Entry:
    change = sight.change
    return Entry(
        at=sight.at,
        kind=change.kind,
        icon=ICONS[change.kind],
        title=change.title,
        before=change.before,
        after=change.after,
        sources=(Told(sight.by),),
    )


# --- when it came and went


def presence(sim: Sim, _before: datetime) -> Batch:
    """First seen, not listed any more, removed."""
    moments = (
        (sim.first_seen_at, "sparkles", _("First seen here"), _("Everything older only SmartHub knows.")),
        (
            sim.missing_since,
            "eye-off",
            _("Not listed any more"),
            _("A complete sweep did not meet this SIM."),
        ),
        (
            sim.removed_at,
            "archive-x",
            _("Removed from the lists"),
            _("Two complete sweeps and a direct read did not find it. Its history is kept."),
        ),
    )
    return Batch(
        [
            Entry(at=at, kind=Kind.PRESENCE, icon=icon, title=title, detail=detail, sources=(Told("portal"),))
            for at, icon, title, detail in moments
            if at is not None
        ]
    )


Source = Callable[[Sim, datetime], Batch]
SOURCES: list[Source] = [platform_changes, presence, commands]
