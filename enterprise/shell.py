"""What the frame of every page says about the chosen enterprise: budget, freshness, choice."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from common.formats import local_text
from enterprise.interval import last_interval
from enterprise.models import Enterprise
from enterprise.pacing import USED_UP, is_budget_reason
from enterprise.start import SWEEP
from mirror.models import SyncRun

Kind = SyncRun.ErrorKind
LOW_BUDGET_SHARE = 0.1


def budget_chip(enterprise: Enterprise) -> dict[str, Any]:
    """Requests left in this hour, as the platform's headers said last."""
    limit, left, reset = enterprise.rate_limit, enterprise.rate_remaining, enterprise.rate_reset_at
    url = reverse("enterprise:budget", args=[enterprise.pk])
    if limit is None or left is None or reset is None:
        return {
            "label": _("budget unknown"),
            "title": _("No request has been made yet."),
            "url": url,
            "level": "unknown",
        }
    if reset <= timezone.now():
        left = limit
    level = "low" if left <= limit * LOW_BUDGET_SHARE else "ok"
    at = date_format(timezone.localtime(reset), "H:i")
    label = _("%(left)s of %(limit)s left") % {"left": f"{left:,}", "limit": f"{limit:,}"}
    title = _("SmartHub allows %(limit)s requests an hour; the count starts anew at %(time)s.")
    return {"label": label, "title": title % {"limit": f"{limit:,}", "time": at}, "url": url, "level": level}


def sync_chip(enterprise: Enterprise) -> dict[str, Any]:
    """How fresh the fleet is, and whether a sweep is running."""
    running = SyncRun.objects.open().filter(enterprise=enterprise, job=SWEEP).order_by("-id").first()
    chip = {
        "url": reverse("enterprise:runs"),
        "poll_url": reverse("enterprise:sync-chip"),
        "title": _freshness(enterprise),
    }
    if running and running.state == SyncRun.State.WAITING and not _is_paced(running):
        title = _(running.error) if is_budget_reason(running.error) else running.get_error_kind_display()
        return chip | {"label": _("sync waits"), "level": "failed", "title": title}
    if running and not enterprise.swept_at:
        percent = running.percent
        label = (
            _("first sync: %(percent)s %%") % {"percent": percent}
            if percent is not None
            else _("first sync starts")
        )
        return chip | {"label": label, "level": "syncing"}
    return chip | _age(enterprise, running)


def _is_paced(run: SyncRun) -> bool:
    """A sweep that leaves the rest of the hour to more urgent work goes on within it: no trouble."""
    return is_budget_reason(run.error) and run.error not in USED_UP


def as_of(enterprise: Enterprise) -> datetime | None:
    """What changed in the fleet is known up to this moment: a complete sweep, carried on by the change logs."""
    if not enterprise.swept_at:
        return None
    return max(enterprise.swept_at, enterprise.changes_until or enterprise.swept_at)


def _freshness(enterprise: Enterprise) -> str:
    """Both moments, because usage is told by sweeps alone."""
    if not enterprise.swept_at:
        return _("Nothing has been read from SmartHub yet.")
    swept = _("Every SIM was read after %(time)s.") % {"time": local_text(enterprise.swept_at)}
    if not enterprise.changes_until:
        return swept
    return f"{swept} {_('Change logs were read until %(time)s.') % {'time': local_text(enterprise.changes_until)}}"


def _age(enterprise: Enterprise, running: SyncRun | None) -> dict[str, Any]:
    moment = as_of(enterprise)
    if not moment:
        return {"label": _("never synced"), "level": "never"}
    label = _("fleet as of just now")
    if timezone.now() - moment >= timedelta(minutes=1):
        label = _("fleet as of %(age)s ago") % {"age": timesince(moment, depth=1)}
    level = "syncing" if running else ("stale" if is_stale(enterprise) else "fresh")
    return {"label": label, "level": level}


def condition(enterprise: Enterprise) -> dict[str, Any] | None:
    """What stands between the reader and fresh figures, for the banner; None when all is well.

    `as_of` None: nothing has been read completely yet. `is_own`: our own count says that the hour is used up.
    """
    last = _last_telling_run(enterprise)
    kind = last.error_kind if last else ""
    shown = {"as_of": as_of(enterprise), "action_url": reverse("enterprise:runs"), "until": None}
    if kind == Kind.UNAUTHORIZED:
        url = reverse("enterprise:detail", args=[enterprise.pk])
        return shown | {"kind": "unauthorized", "action_url": url}
    if last and kind == Kind.THROTTLED and last.is_open and not _is_paced(last):
        url, is_own = reverse("enterprise:budget", args=[enterprise.pk]), is_budget_reason(last.error)
        return shown | {"kind": "throttled", "until": last.run_at, "action_url": url, "is_own": is_own}
    if last and kind == Kind.DOWN and last.is_open:
        return shown | {"kind": "down"}
    if last and not enterprise.swept_at and last.state == SyncRun.State.FAILED:
        return shown | {"kind": "failed", "action_url": reverse("enterprise:run", args=[last.pk])}
    return shown | {"kind": "stale"} if is_stale(enterprise) else None


def _last_telling_run(enterprise: Enterprise) -> SyncRun | None:
    """The newest run that has spoken with the platform: one just queued does not say that a trouble is over."""
    newest = SyncRun.objects.filter(enterprise=enterprise).order_by("-id")[:10]
    return next((run for run in newest if run.error_kind or run.requests), None)


def is_stale(enterprise: Enterprise) -> bool:
    """Whether two sweeps in a row are overdue, at the pace the budget allows."""
    if not enterprise.swept_at:
        return False
    age, grace = timezone.now() - enterprise.swept_at, timedelta(minutes=5)
    if age <= 2 * timedelta(minutes=enterprise.sweep_minutes) + grace:
        return False
    return age > 2 * last_interval(enterprise) + grace
