"""What the templates of a SIM's timeline, usage and raw tabs are given."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import slugify
from django.utils.translation import gettext as _

from common import formats
from common.statuses import sim_look, state_look
from sims import orders
from sims.card_presentation import frame, source_name
from sims.changes import Kind
from sims.models import Sim, SimVersion
from sims.order_presentation import coming
from sims.payload_diff import ABSENT, differences
from sims.timeline import THE_END, Entry, Told, timeline
from sims.usage_charts import usage_charts
from sims.usage_days import SPANS, usage_of
from staff.models import User

Query = Mapping[str, Any]
VERSIONS_OFFERED = 100
MOST_PAGES_AGAIN = 20
COUNTERS = ("currentCycleUsages", "currentCycleAPNUsagesList")
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


# --- timeline


def timeline_tab(sim: Sim, user: User, query: Query) -> dict[str, Any]:
    kind = _kind(query)
    before = _moment(query.get("before"))
    page = timeline(sim, before=before, kind=kind)
    address = reverse("sims:timeline", args=[sim.giccid])
    return frame(sim, user, "timeline") | {
        "days": list(_days(page.entries)),
        "continued": timezone.localtime(before).date() if before else None,
        "kind": kind,
        "kinds": [
            {"label": label, "url": _with(address, kind=value), "active": value == kind}
            for value, label in [("", _("All")), *Kind.choices]
        ],
        "older_url": _with(address, before=page.older.isoformat(), kind=kind) if page.older else "",
        "newest_url": _with(address, kind=kind) if before else "",
        "is_end": page.older is None,
        "poll_query": {"kind": kind, "since": page.entries[-1].at.isoformat() if page.entries else ""},
        "to_come": _to_come(sim, user, kind) if before is None else [],
    }


def timeline_head(sim: Sim, user: User, query: Query) -> dict[str, Any]:
    """The newest part of the stream again, down to the moment `since` an open page began with."""
    kind, since = _kind(query), _moment(query.get("since"))
    entries: list[Entry] = []
    older: datetime | None = None
    for _page in range(MOST_PAGES_AGAIN):
        page = timeline(sim, before=older, kind=kind)
        entries, older = entries + page.entries, page.older
        if older is None or since is None or older <= since:
            break
    shown = [entry for entry in entries if since is None or entry.at >= since]
    return frame(sim, user, "timeline") | {"days": list(_days(shown)), "kind": kind}


def _kind(query: Query) -> str:
    kind: str = query.get("kind", "")
    return kind if kind in Kind.values else ""


def _to_come(sim: Sim, user: User, kind: str) -> list[dict[str, Any]]:
    """What plans will do to the SIM stands above what has happened."""
    return [coming(order) for order in orders.to_come(user, sim)] if kind in ("", Kind.COMMAND) else []


def _days(entries: list[Entry]) -> Iterator[dict[str, Any]]:
    """Entries under their day in the reader's zone."""
    for day, group in groupby(entries, key=lambda entry: timezone.localtime(entry.at).date()):
        yield {"day": day, "entries": [_line(entry) for entry in group]}


def _line(entry: Entry) -> dict[str, Any]:
    is_status = (entry.is_status or entry.kind == Kind.STATUS) and entry.is_change
    after = str(sim_look(entry.after).label) if is_status else entry.after
    state = str(state_look(entry.state).label) if entry.state else ""
    return {
        "entry": entry,
        "is_status": is_status,
        "key": entry.key or f"{entry.at:%Y%m%d%H%M%S%f}-{slugify(str(entry.title))}",
        "spoken": " ".join(filter(None, (after, state))),
        # The head of the page says these already.
        "is_silent": is_status or entry.kind in (Kind.PUSH, Kind.COMMAND),
        "hover": f"{formats.local_text(entry.at)} · {formats.utc_text(entry.at)} · {formats.age(entry.at)}",
        "told": " + ".join(_told(source) for source in entry.sources),
    }


def _told(source: Told) -> str:
    name = source_name(source.by)
    return f"{name} ({formats.local_text(source.at)})" if source.at else name


def _moment(text: Any) -> datetime | None:
    """A moment out of the address; None for anything that is none."""
    try:
        moment = parse_datetime(str(text))
    except ValueError:
        return None
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware, EARLIEST), THE_END)


def _with(address: str, **query: str) -> str:
    text = urlencode({name: value for name, value in query.items() if value})
    return f"{address}?{text}" if text else address


# --- usage


def usage_tab(sim: Sim, user: User, query: Query) -> dict[str, Any]:
    days = next((span for span in SPANS if str(span) == query.get("days")), SPANS[0])
    series = usage_of(sim, days, timezone.now())
    address = reverse("sims:usage", args=[sim.giccid])
    return frame(sim, user, "usage") | {
        "series": series,
        "rows": series.rows[::-1],
        "charts": usage_charts(series),
        "span": days,
        "spans": [
            {
                "label": _("%(n)s days") % {"n": span},
                "url": _with(address, days=str(span)),
                "active": span == days,
            }
            for span in SPANS
        ],
    }


# --- raw


def payload_of(sim: Sim) -> dict[str, Any]:
    """The present payload as a direct read would tell it: with the supplementary packages."""
    payload = dict(sim.raw)
    if sim.supplementary is not None:
        payload["currentSupplementaryServicePackages"] = sim.supplementary
    return payload


def as_json(payload: Any) -> str:
    return json.dumps(payload, indent=2, ensure_ascii=False)


def raw_tab(sim: Sim, user: User, query: Query) -> dict[str, Any]:
    versions = list(sim.versions.defer("raw")[:VERSIONS_OFFERED])
    older = _chosen(versions, query.get("from")) or (versions[0] if versions else None)
    newer = _chosen(versions, query.get("to"))
    if older and newer and older.pk > newer.pk:
        older, newer = newer, older
    return frame(sim, user, "raw") | {
        "payload": as_json(payload_of(sim)),
        "versions": [_version(sim, version) for version in versions],
        "older": older,
        "newer": newer,
        "differences": _differences(older.raw, newer.raw if newer else sim.raw) if older else [],
        "is_cut": len(versions) == VERSIONS_OFFERED,
    }


def _chosen(versions: list[SimVersion], key: Any) -> SimVersion | None:
    return next((version for version in versions if str(version.pk) == key), None)


def _version(sim: Sim, version: SimVersion) -> dict[str, Any]:
    return {
        "version": version,
        "by": source_name(version.observed_by),
        "replaced_by": source_name(version.replaced_by),
        "name": _("until %(moment)s") % {"moment": formats.local_text(version.replaced_at)},
        "json_url": _with(reverse("sims:raw-json", args=[sim.giccid]), version=str(version.pk)),
        "compare_url": _with(reverse("sims:raw", args=[sim.giccid]), **{"from": str(version.pk)}),
    }


def _differences(old: Any, new: Any) -> list[dict[str, Any]]:
    """Counters of the cycle come last: they differ all the time and say little."""
    rows = [
        {
            "path": found.path,
            "before": _leaf(found.before),
            "after": _leaf(found.after),
            "is_counter": found.path.startswith(COUNTERS),
        }
        for found in differences(old, new)
    ]
    return sorted(rows, key=lambda row: row["is_counter"])


def _leaf(value: Any) -> str | None:
    """None where there was nothing; text in quotes, so that "1" is not taken for 1."""
    return None if value is ABSENT else json.dumps(value, ensure_ascii=False)


def version_json(sim: Sim, key: str | None) -> str | None:
    """A version's payload as text, the present one without a key; None where there is no such version."""
    if not key:
        return as_json(payload_of(sim))
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    version = sim.versions.filter(pk=int(key)).first()
    return as_json(version.raw) if version else None


def file_name(sim: Sim, today: date) -> str:
    return f"{sim.giccid}-{today.isoformat()}.json"
