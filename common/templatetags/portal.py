"""Template tags of the look: {% load portal %}. Pure helpers; no model is imported here.

Rows of long lists use the tags {% status_pill %}, {% state_tag %} and {% usage_bar %} directly; everything
else includes the files of templates/components/, each of which names its inputs in its first comment.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import lucide
from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from common.statuses import Look, sim_look, state_look
from common.usage import usage_bar

register = template.Library()

register.filter("count", formats.count)
register.filter("amount", formats.amount)
register.filter("bytes", formats.size)
register.filter("bytes_exact", formats.size_exact)
register.filter("megabytes", formats.megabytes)
register.filter("megabytes_exact", formats.megabytes_exact)
register.filter("percent_text", formats.percent_text)
register.filter("sim_look", sim_look)
register.filter("state_look", state_look)


@register.filter
def count_or_text(value: Any) -> str:
    """A number with separators, words as they are."""
    return value if isinstance(value, str) else formats.count(value)


@register.filter
def unlocalized(value: Any) -> str:
    """For machine-read attributes such as <progress value>: no separators, a point for decimals."""
    number = formats.to_decimal(value)
    return "0" if number is None else f"{number:f}"


# --- icons and files


@register.simple_tag
def icon(name: str, size: int = 18, css: str = "") -> SafeString:
    """Inline lucide icon, hidden from screen readers: the word beside it says the same."""
    return _icon(name + "", size, css + "")


@lru_cache(maxsize=512)
def _icon(name: str, size: int, css: str) -> SafeString:
    # lucide copies and serialises a tree each time (70 µs); 500 rows would pay for that 1,500 times.
    classes = f"icon {css}".strip()
    svg = lucide._render_icon(name, size, aria_hidden="true", focusable="false", **{"class": classes})
    return mark_safe(str(svg))  # noqa: S308 - from the package's own file and our own constants


@register.simple_tag
def asset(path: str) -> str:
    """Like {% static %}, but an error page must not fail because a file is missing from the manifest."""
    try:
        return staticfiles_storage.url(path)
    except ValueError:
        return f"{settings.STATIC_URL}{path}"


# --- statuses


@register.simple_tag
def status_pill(value: str | None) -> SafeString:
    """Lifecycle pill of a SIM: colour, icon, word."""
    return _pure("components/_pill.html", sim_look(value))


@register.simple_tag
def state_tag(value: str | None) -> SafeString:
    """What became of a command, job or run: squared and outlined, never mistaken for a lifecycle pill."""
    return _pure("components/_state.html", state_look(value))


def _pure(name: str, look: Look) -> SafeString:
    return _pure_cached(name, look, get_language() or "")


@lru_cache(maxsize=256)
def _pure_cached(name: str, look: Look, language: str) -> SafeString:
    """The same look renders the same in one language, whatever the page: render it once."""
    return render_to_string(name, {"look": look})


# --- figures


register.simple_tag(usage_bar)


@register.simple_tag
def donut_slices(segments: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add `share`, `length`, `offset` (hundredths of the ring) to {label, value, url, tone} segments."""
    rows = [dict(segment) for segment in segments]
    total = sum(row["value"] or 0 for row in rows)
    turned = 0.0
    for row in rows:
        length = 100 * (row["value"] or 0) / total if total else 0
        # A slice too thin to see would look like "none": give it a hair's breadth.
        row["length"] = f"{max(length - 0.5, 0.4) if row['value'] else 0:.3f}"
        row["offset"] = f"{-turned:.3f}"
        row["share"] = formats.percent(row["value"], total)
        turned += length
    return rows


# --- times


@register.simple_tag
def ago(moment: datetime | None, source: str = "") -> SafeString:
    """<time> that reads "4 min ago" and tells the exact moment (and the figure's source) on hover."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', _("never"))
    parts = [formats.local_text(moment), formats.utc_text(moment), source]
    return format_html(
        '<time class="ago" datetime="{}" title="{}" data-ago>{}</time>',
        formats.machine_text(moment),
        " · ".join(str(part) for part in parts if part),
        formats.age(moment),
    )


@register.simple_tag
def moment(value: datetime | None) -> SafeString:
    """<time> in the reader's zone, UTC and distance on hover."""
    if value is None:
        return format_html('<span class="muted">{}</span>', formats.UNKNOWN)
    title = f"{formats.utc_text(value)} · {formats.age(value)}"
    text = formats.local_text(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', formats.machine_text(value), title, text)


@register.simple_tag
def second(value: datetime | None) -> SafeString:
    """Like `moment`, to the second: for what follows one another quickly."""
    if value is None:
        return format_html('<span class="muted">{}</span>', formats.UNKNOWN)
    text = f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    title = f"{formats.utc_text(value)} · {formats.age(value)}"
    return format_html('<time datetime="{}" title="{}">{}</time>', formats.machine_text(value), title, text)


# --- addresses


def _query(context: template.Context) -> QueryDict:
    request: HttpRequest | None = getattr(context, "request", None) or context.get("request")
    return request.GET.copy() if request else QueryDict(mutable=True)


@register.simple_tag(takes_context=True)
def query_set(context: template.Context, name: str, value: Any) -> str:
    """This page's query string with one value replaced; anything but a page change leads to page one."""
    query = _query(context)
    if name != "page":
        query.pop("page", None)
    query[name] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def query_drop(context: template.Context, name: str, value: Any = None) -> str:
    """This page's query string without a filter, or without one of its several values.

    A variable the template was not given arrives as an empty string: that means all values, like None.
    """
    query = _query(context)
    query.pop("page", None)
    kept = [item for item in query.pop(name, []) if value not in (None, "") and item != str(value)]
    if kept:
        query.setlist(name, kept)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def query_fields(context: template.Context, *without: str) -> list[tuple[str, str]]:
    """(name, value) pairs for the hidden fields of a GET form that keeps every other filter."""
    return [
        (name, value) for name, values in _query(context).lists() if name not in without for value in values
    ]


@register.simple_tag
def page_window(number: int, last: int) -> list[int | None]:
    """Page numbers worth a link: first, last, two around the current; None marks a gap."""
    near = {page for page in (1, number - 1, number, number + 1, last) if 1 <= page <= last}
    window: list[int | None] = []
    for page in sorted(near):
        if window and (previous := window[-1]) and page - previous > 1:
            # A gap of a single page is that page.
            window.append(page - 1 if page - previous == 2 else None)
        window.append(page)
    return window


@register.simple_tag
def next_sort(key: str, current: str | None) -> str:
    """What a click on a column heading asks for: upwards first, then downwards."""
    return f"-{key}" if current == key else key


# --- forms


@register.simple_tag
def options(items: Iterable[Mapping[str, Any]], chosen: Any = None) -> SafeString:
    """<option>s of {value, label, count}, long labels cut: an enterprise may have hundreds of accounts."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}{}</option>',
        (
            (
                item["value"],
                mark_safe(" selected") if item["value"] == chosen else "",
                Truncator(item["label"]).chars(60) if len(item["label"]) > 60 else item["label"],
                f" ({formats.count(item['count'])})" if item.get("count") is not None else "",
            )
            for item in items
        ),
    )


@register.simple_tag
def new_uid() -> str:
    """A number for a form: sent twice by a double click, it makes one thing."""
    return str(uuid.uuid4())


@register.filter
def field_kind(field: BoundField) -> str:
    """check | choices | select | file | text: decides the layout of components/field.html."""
    widget = field.field.widget
    if isinstance(widget, (CheckboxSelectMultiple, RadioSelect)):
        return "choices"
    if isinstance(widget, CheckboxInput):
        return "check"
    if isinstance(widget, Select):
        return "select"
    return "file" if getattr(widget, "needs_multipart_form", False) else "text"


FIELD_CLASSES = {"check": "form-check-input", "choices": "form-check-input", "select": "form-select"}


@register.filter
def styled(field: BoundField) -> SafeString:
    """The field's input with our classes; Django itself adds aria-describedby and aria-invalid."""
    classes = FIELD_CLASSES.get(field_kind(field), "form-control")
    if field.errors:
        classes += " is-invalid"
    own = field.field.widget.attrs
    attrs: dict[str, Any] = {"class": f"{own.get('class', '')} {classes}".strip()}
    if own.get("placeholder") == field.label:
        attrs["placeholder"] = False  # it only repeats the label (django-allauth)
    return field.as_widget(attrs=attrs)
