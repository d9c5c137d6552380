"""Usage as people read it: a thin bar with percent and absolute figures."""

from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import formats


def usage_bar(used: Any, allowance: Any = None, label: str = "") -> SafeString:
    """Thin bar with percent and absolute figures. Both in MB; no allowance = the figure alone."""
    share = formats.percent(used, allowance)
    level = "none" if share is None else "ok"
    if share is not None and share >= formats.NEAR_LIMIT_PERCENT:
        level = "over" if share >= 100 else "near"
    # Not a template: a page shows up to 500 of them.
    return format_html(
        '<div class="usage usage-{}" title="{}"><div class="usage-figures"><span>{}{}{}</span>{}</div>{}</div>',
        level,
        _usage_exactly(used, allowance),
        format_html('<span class="visually-hidden">{}</span>', label) if label else "",
        formats.megabytes(used),
        ""
        if allowance is None
        else format_html(' <span class="muted">/ {}</span>', formats.megabytes(allowance)),
        _usage_share(share, level),
        "" if share is None else format_html(_TRACK, f"{min(max(share, 0), 100):.1f}"),
    )


_TRACK = (
    '<svg class="usage-track" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
    '<rect class="usage-fill" width="{}" height="4"/></svg>'
)


def _usage_exactly(used: Any, allowance: Any) -> str:
    if allowance is None:
        return formats.megabytes_exact(used)
    words = {"used": formats.megabytes_exact(used), "all": formats.megabytes_exact(allowance)}
    return _("%(used)s of %(all)s") % words


def _usage_share(share: Decimal | None, level: str) -> SafeString | str:
    if share is None:
        return ""
    words = {"near": _("near its limit"), "over": _("over its limit")}
    hidden = format_html('<span class="visually-hidden">, {}</span>', words[level]) if level in words else ""
    return format_html('<span class="usage-share">{}{}</span>', formats.percent_text(share), hidden)
