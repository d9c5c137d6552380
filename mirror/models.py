"""What every mirrored row carries, sync runs as rows, and payloads that could not become rows."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mirror.querysets import SyncRunQuerySet


class MirroredRow(models.Model):
    """A remote object kept locally. Written by `mirror.apply` alone.

    `observed_at` is the moment our request was *sent* whose answer last changed the row; an unchanged answer writes
    nothing, so a row is at least as fresh as the last complete sweep of its scope.
    """

    raw = models.JSONField(help_text=_("The payload as SmartHub sent it."))
    row_hash = models.UUIDField(editable=False)
    first_seen_at = models.DateTimeField(editable=False)
    observed_at = models.DateTimeField(editable=False)
    observed_by = models.CharField(
        max_length=16, editable=False, help_text=_("Source: sweep, detail, delta …")
    )
    missing_since = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


class LeasedRow(models.Model):
    """Work a worker holds for a while: whoever's lease ran out may be followed by another, once (`fence`)."""

    run_at = models.DateTimeField(default=timezone.now, help_text=_("Not before this moment."))
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(
        default=0, help_text=_("Grows with every claim; an older holder may not write.")
    )

    class Meta:
        abstract = True


class SyncRun(LeasedRow):
    """One run of a sync job. A lease and a fencing token make a killed worker's run resume elsewhere, once."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        WAITING = "waiting", _("Waiting")
        SUCCEEDED = "succeeded", _("Complete")
        INCOMPLETE = "incomplete", _("Incomplete")
        FAILED = "failed", _("Failed")

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("Schedule")
        PERSON = "person", _("Person")
        COMMAND = "command", _("Command line")

    class ErrorKind(models.TextChoices):
        THROTTLED = "throttled", _("Hourly requests used up")
        UNAUTHORIZED = "unauthorized", _("API key refused")
        DOWN = "down", _("SmartHub does not answer")
        OTHER = "other", _("Other")

    enterprise = models.ForeignKey(
        "enterprise.Enterprise", on_delete=models.CASCADE, related_name="sync_runs"
    )
    job = models.CharField(max_length=40)
    slot = models.CharField(max_length=60)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.SCHEDULE)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    expected = models.PositiveIntegerField(null=True, blank=True, help_text=_("Rows the platform announced."))
    requests = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0, help_text=_("Distinct rows read."))
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    error_kind = models.CharField(max_length=12, choices=ErrorKind, blank=True)

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Two beats, or none, do no harm: the row decides which slot has been started.
            models.UniqueConstraint(fields=["enterprise", "job", "slot"], name="one_run_per_slot"),
            # A person's click and the schedule at the same moment: one run, not two that read everything twice.
            models.UniqueConstraint(
                fields=["enterprise", "job"], condition=models.Q(finished_at=None), name="one_open_run"
            ),
        ]
        indexes = [
            models.Index(fields=["run_at"], condition=models.Q(finished_at=None), name="open_runs"),
            models.Index(fields=["enterprise", "job", "-started_at"], name="runs_of_job"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.slot}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None

    @property
    def took(self) -> str:
        """Time from start to end, rounded to seconds, as `1:02:03`; empty while it runs."""
        if not self.started_at or not self.finished_at:
            return ""
        return str(timedelta(seconds=round((self.finished_at - self.started_at).total_seconds())))

    @property
    def percent(self) -> int | None:
        """Share of the announced rows already read, 0-100; None before the platform told a total."""
        if not self.expected:
            return None
        return min(100, self.seen * 100 // self.expected)


class SeenKey(models.Model):
    """A key met by a sweep that is still running: it survives a killed worker, and goes when the run ends."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="seen_keys")
    scope = models.CharField(max_length=200)
    key = models.CharField(max_length=64)

    class Meta:
        # In this order, because a sweep asks which of a page's keys any of its scopes has met.
        constraints = [models.UniqueConstraint(fields=["run", "key", "scope"], name="seen_once_per_run")]

    def __str__(self) -> str:
        return self.key


class RejectedPayload(models.Model):
    """A payload that could not become a row: kept word for word and shown, never dropped."""

    enterprise = models.ForeignKey(
        "enterprise.Enterprise", on_delete=models.CASCADE, related_name="rejected_payloads"
    )
    run = models.ForeignKey(SyncRun, null=True, on_delete=models.SET_NULL, related_name="rejected_payloads")
    source = models.CharField(max_length=16)
    target = models.CharField(max_length=60, help_text=_("The table it was meant for."))
    key = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300)
    payload = models.TextField(help_text=_("JSON, ASCII only: a NUL stays an escape."))
    digest = models.UUIDField(help_text=_("The same payload with the same reason is kept once and counted."))
    times = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_seen_at"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "digest"], name="rejected_once")]

    def __str__(self) -> str:
        return f"{self.target} {self.key or '?'}: {self.reason}"
