"""One cell of the list of SIMs, by column. Plain formatting instead of templates: a page may have 500 rows."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from common import formats
from common.templatetags.portal import ago, status_pill
from common.usage import usage_bar
from sims.columns import Column
from sims.models import ApnState, Sim
from sims.queries import fresh_since

_EMPTY = mark_safe("–")
_MONO = {"giccid", "imsi", "msisdn", "imei"}


def css_of(column: Column) -> str:
    """Class of the column's cells."""
    if column.name in _MONO:
        return "mono"
    if column.is_number and column.name != "data":
        return "number"
    return {"package": "package", "sold": "nowrap", "activated": "nowrap", "expires": "nowrap"}.get(
        column.name, ""
    )


def row_cells(sims: Iterable[Sim], shown: Iterable[Column]) -> Iterator[SafeString]:
    """All cells of each SIM but the ICCID's, which is the row's heading; labels for cards are translated once."""
    columns = [
        (css_of(column), str(column.label), _CELLS[column.name]) for column in shown if column.name in _CELLS
    ]
    for sim in sims:
        parts = ((css, label, draw(sim)) for css, label, draw in columns)
        yield format_html_join("", '<td class="{}" data-label="{}">{}</td>', parts)


def _plain(value: str | None) -> SafeString:
    return format_html("{}", value) if value else _EMPTY


def _clipped(value: str | None) -> SafeString:
    return format_html('<span class="clip" title="{}">{}</span>', value, value) if value else _EMPTY


def _day(moment: datetime | None) -> SafeString:
    if moment is None:
        return _EMPTY
    return format_html(
        '<span title="{}">{}</span>', formats.utc_text(moment), formats.local_text(moment)[:10]
    )


def _figure(value: float) -> SafeString:
    return _plain(formats.count(int(value) if value == int(value) else round(value, 1)))


def _share(sim: Sim) -> SafeString:
    return _plain(formats.percent_text(formats.percent(sim.data_used_mb, sim.allowance_mb)))


def _apn(sim: Sim) -> SafeString:
    return _plain(str(ApnState(sim.apn_state).label))


def _tags(sim: Sim) -> SafeString:
    names = sorted(tag.name for tag in sim.tags.all())
    return format_html_join(" ", '<span class="tag">{}</span>', ((name,) for name in names)) or _EMPTY


def _seen(sim: Sim) -> SafeString:
    return ago(fresh_since(sim))


_CELLS: dict[str, Callable[[Sim], SafeString]] = {
    "label": lambda sim: _clipped(sim.label),
    "status": lambda sim: status_pill(sim.status),
    "account": lambda sim: _clipped(sim.account_name),
    "package": lambda sim: _clipped(sim.package_name),
    "apn_state": _apn,
    "imsi": lambda sim: _plain(sim.imsi),
    "msisdn": lambda sim: _plain(sim.msisdn),
    "imei": lambda sim: _plain(sim.imei),
    "data": lambda sim: usage_bar(sim.data_used_mb, sim.allowance_mb),
    "share": _share,
    "sms": lambda sim: _figure(sim.sms_used),
    "voice": lambda sim: _figure(sim.voice_used_min),
    "sold": lambda sim: _day(sim.sold_at),
    "activated": lambda sim: _day(sim.activated_at),
    "expires": lambda sim: _day(sim.package_ends_at),
    "po": lambda sim: _clipped(sim.po),
    "tags": _tags,
    "seen": _seen,
}
