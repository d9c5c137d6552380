"""What the frame of every page says about the chosen enterprise: budget, freshness, choice."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from enterprise.interval import last_interval
from enterprise.models import Enterprise
from enterprise.start import SWEEP
from mirror.models import SyncRun

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
    sweeps = SyncRun.objects.filter(enterprise=enterprise, job=SWEEP)
    running = sweeps.open().order_by("-id").first()
    chip = {
        "url": reverse("enterprise:runs"),
        "poll_url": reverse("enterprise:sync-chip"),
        "title": _("Every SIM was read from SmartHub after this moment."),
    }
    if running and running.state == SyncRun.State.WAITING:
        return chip | {"label": _("sync waits"), "level": "failed", "title": running.get_error_kind_display()}
    if running and not enterprise.swept_at:
        percent = running.percent
        label = (
            _("first sync: %(percent)s %%") % {"percent": percent}
            if percent is not None
            else _("first sync starts")
        )
        return chip | {"label": label, "level": "syncing"}
    return chip | _age(enterprise, running)


def _age(enterprise: Enterprise, running: SyncRun | None) -> dict[str, Any]:
    if not enterprise.swept_at:
        return {
            "label": _("never synced"),
            "level": "never",
            "title": _("Nothing has been read from SmartHub yet."),
        }
    age = timezone.now() - enterprise.swept_at
    label = _("fleet as of just now")
    if age >= timedelta(minutes=1):
        label = _("fleet as of %(age)s ago") % {"age": timesince(enterprise.swept_at, depth=1)}
    level = "syncing" if running else ("stale" if is_stale(enterprise) else "fresh")
    return {"label": label, "level": level}


def condition(enterprise: Enterprise) -> dict[str, Any] | None:
    """What stands between the reader and fresh figures, for the banner; None when all is well."""
    if not enterprise.swept_at:
        return None
    last = _last_telling_run(enterprise)
    kind = last.error_kind if last else ""
    shown = {"as_of": enterprise.swept_at, "action_url": reverse("enterprise:runs"), "until": None}
    if kind == SyncRun.ErrorKind.UNAUTHORIZED:
        return shown | {
            "kind": "unauthorized",
            "action_url": reverse("enterprise:detail", args=[enterprise.pk]),
        }
    if last and kind == SyncRun.ErrorKind.THROTTLED and last.is_open:
        return shown | {"kind": "throttled", "until": last.run_at}
    if last and kind == SyncRun.ErrorKind.DOWN and last.is_open:
        return shown | {"kind": "down"}
    return shown | {"kind": "stale"} if is_stale(enterprise) else None


def _last_telling_run(enterprise: Enterprise) -> SyncRun | None:
    """The newest run that has spoken with the platform: one just queued does not say that a trouble is over."""
    newest = SyncRun.objects.filter(enterprise=enterprise).order_by("-id")[:10]
    return next((run for run in newest if run.error_kind or run.requests), None)


def is_stale(enterprise: Enterprise) -> bool:
    """Whether two sweeps in a row are overdue."""
    if not enterprise.swept_at:
        return False
    age, grace = timezone.now() - enterprise.swept_at, timedelta(minutes=5)
    if age <= 2 * timedelta(minutes=enterprise.sweep_minutes) + grace:
        return False
    return age > 2 * last_interval(enterprise) + grace
