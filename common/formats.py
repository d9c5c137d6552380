"""Numbers and times for people. SmartHub counts data in MB; we take 1 GB = 1024 MB (assumed)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Number = int | float | Decimal | str
UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
STEP = 1024
MB = STEP * STEP
NEAR_LIMIT_PERCENT = 80
UNKNOWN = "–"


def to_decimal(value: Number | None) -> Decimal | None:
    """None for anything that is no finite number: a page never fails over a strange figure."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def count(value: Number | None) -> str:
    """12345 -> "12,345"; absent -> a dash."""
    number = to_decimal(value)
    return UNKNOWN if number is None else f"{number:,f}"


def amount(value: Number | None) -> str:
    """Money without its currency: 182400.5 -> "182,400.50"; absent -> a dash."""
    number = to_decimal(value)
    return UNKNOWN if number is None else f"{number:,.2f}"


def size(amount_bytes: Number | None) -> str:
    """Bytes as three telling digits: 1331430031 -> "1.24 GB"."""
    number = to_decimal(amount_bytes)
    if number is None:
        return UNKNOWN
    unit = 0
    while abs(number) >= STEP and unit < len(UNITS) - 1:
        number /= STEP
        unit += 1
    return f"{_telling(number)} {UNITS[unit]}"


def size_exact(amount_bytes: Number | None) -> str:
    """Every digit, for the hover: "1,331,430,031 bytes"."""
    number = to_decimal(amount_bytes)
    if number is None:
        return _("not reported")
    return _("%(count)s bytes") % {"count": f"{number:,.0f}"}


def megabytes(amount_mb: Number | None) -> str:
    """Megabytes, as SmartHub reports them, as three telling digits."""
    number = to_decimal(amount_mb)
    return UNKNOWN if number is None else size(number * MB)


def megabytes_exact(amount_mb: Number | None) -> str:
    """Megabytes with every digit that was reported."""
    number = to_decimal(amount_mb)
    return _("not reported") if number is None else f"{number:,f} MB"


def _telling(number: Decimal) -> str:
    digits = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2
    text = f"{number:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(part: Number | None, whole: Number | None) -> Decimal | None:
    """Share in percent; None when either is absent or the whole is nothing."""
    first, second = to_decimal(part), to_decimal(whole)
    if first is None or not second or second < 0:
        return None
    return first * 100 / second


def percent_text(share: Decimal | None) -> str:
    """Whole percents, but never "0 %" for something nor "100 %" for not quite all."""
    if share is None:
        return UNKNOWN
    if 0 < share < 1:
        return "<1%"
    if 99 < share < 100:
        return ">99%"
    return f"{share:,.0f}%"


def age(moment: datetime, now: datetime | None = None) -> str:
    """Distance to now in one unit: "4 min ago", "in 2 h", "just now"."""
    difference = (now or timezone.now()) - moment
    text = _span(abs(difference))
    if not text:
        return _("just now")
    template = _("%(span)s ago") if difference > timedelta() else _("in %(span)s")
    return template % {"span": text}


def _span(distance: timedelta) -> str:
    minutes = int(distance.total_seconds() // 60)
    if minutes < 1:
        return ""
    if minutes < 60:
        return ngettext("%(n)s min", "%(n)s min", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)s h", "%(n)s h", minutes // 60) % {"n": minutes // 60}
    days = minutes // (24 * 60)
    if days < 60:
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    months = days // 30
    if months < 24:
        return ngettext("%(n)s month", "%(n)s months", months) % {"n": months}
    return ngettext("%(n)s year", "%(n)s years", days // 365) % {"n": days // 365}


def local_text(moment: datetime) -> str:
    """In the reader's zone, to the minute: sorts and compares at a glance in every language."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def utc_text(moment: datetime) -> str:
    """The same moment for everyone, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def machine_text(moment: datetime) -> str:
    """For the datetime attribute of <time>."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
