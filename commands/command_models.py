"""Orders to the platform, one for each SIM, every try of them, and the platform's batch jobs."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from commands.plan_models import Plan
from commands.querysets import CommandQuerySet, JobQuerySet
from commands.states import IN_FLIGHT, MESSAGE, ON_ITS_WAY, ORDERED, State
from enterprise.models import Enterprise
from mirror.models import LeasedRow


class Group(models.TextChoices):
    """What a plan says about a SIM."""

    CHANGE = "change", _("Will change")
    ALREADY = "already", _("Already there")
    NOT_ALLOWED = "not_allowed", _("Not allowed")
    PROTECTED = "protected", _("Protected")
    UNKNOWN = "unknown", _("Unknown")


class BatchJob(LeasedRow):
    """A batch job of the platform: up to 100 SIMs in one request. No call lists jobs (doc), so its id is kept here.

    Written together with its commands' step to `sent`, before the first byte; `remote_id` is empty until the platform
    answered, for ever if the answer got lost.
    """

    class State(models.TextChoices):
        SENT = "sent", _("Sent")
        PROCESSING = "processing", _("Processing")
        COMPLETED = "completed", _("Completed")
        REJECTED = "rejected", _("Rejected")
        LOST = "lost", _("Answer lost")
        OVERDUE = "overdue", _("Overdue")

    OPEN = (State.SENT, State.PROCESSING)

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="batch_jobs")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="jobs")
    operation = models.CharField(max_length=40)
    remote_id = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.SENT)
    total = models.PositiveIntegerField(default=0)
    succeeded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    remote_status = models.CharField(max_length=60, blank=True, help_text=_("As the platform told it last."))
    sent_at = models.DateTimeField()
    polled_at = models.DateTimeField(null=True)
    polls = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["enterprise", "-id"], name="job_newest"),
            models.Index(fields=["run_at"], name="job_due", condition=Q(state__in=["sent", "processing"])),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.remote_id or '?'}"

    @property
    def percent(self) -> int:
        return min(100, (self.succeeded + self.failed) * 100 // self.total) if self.total else 0


class Command(LeasedRow):
    """One SIM's line of a plan and, once released, the order to the platform: a row before anything is sent.

    `before`, `after` and `expects` (what the SIM must look like when it is sent) are values of the kind's own field.
    `issue` counts how often it was sent; a request id is `plan.pk[.n]`, so that both sides' records match. `misses`:
    how often the SIM was read since without the change, between `missed_at` and the last attempt. Of a message `after`
    is its text and `remote_id` the platform's id of it (`smsMsgId`).
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="commands", db_index=False)
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="commands", db_index=False, db_constraint=False
    )  # no check: 100,000 of them would be half of the time it takes to freeze
    kind = models.CharField(max_length=24)
    giccid = models.CharField("ICCID", max_length=32)
    account_id = models.BigIntegerField(null=True)
    group = models.CharField(max_length=12, choices=Group)
    why = models.CharField(max_length=40, blank=True, db_default="", help_text=_("Code; see `kinds.WHY`."))
    state = models.CharField(max_length=12, choices=State)
    before = models.CharField(max_length=400, blank=True, db_default="")
    after = models.CharField(max_length=500, blank=True, db_default="")
    expects = models.CharField(max_length=400, blank=True, db_default="")
    mcc = models.CharField(
        max_length=3,
        blank=True,
        db_default="",
        help_text=_("Mobile country code, where the plan's quiet hours go by it."),
    )
    rank = models.PositiveSmallIntegerField(
        db_default=0, help_text=_("0 before 1: a person's single change first.")
    )
    issue = models.PositiveSmallIntegerField(db_default=0)
    tries = models.PositiveSmallIntegerField(
        db_default=0, help_text=_("Postponed so often without being sent.")
    )
    misses = models.PositiveSmallIntegerField(db_default=0)
    is_doubtful = models.BooleanField(
        db_default=False, help_text=_("An earlier issue ended unknown: a refusal may be its echo.")
    )
    missed_at = models.DateTimeField(
        null=True, help_text=_("First read since it was sent that did not show it.")
    )
    queued_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_default=Now())
    job = models.ForeignKey(
        BatchJob, null=True, on_delete=models.SET_NULL, related_name="commands", db_index=False
    )
    error = models.CharField(max_length=500, blank=True, db_default="")
    remote_id = models.CharField(max_length=200, blank=True, db_default="")
    evidence = models.JSONField(default=list, db_default=[], help_text=_("[{at, by, …}], oldest first."))
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    settle_note = models.CharField(max_length=500, blank=True, db_default="")

    objects = CommandQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "giccid"], name="command_of_plan"),
            models.UniqueConstraint(
                fields=["enterprise", "giccid"],
                condition=Q(state__in=[str(state) for state in IN_FLIGHT]) & ~Q(kind=MESSAGE),
                name="one_in_flight",
            ),
            models.UniqueConstraint(
                fields=["enterprise", "giccid"],
                condition=Q(state__in=[str(state) for state in ON_ITS_WAY], kind=MESSAGE),
                name="one_message_on_its_way",
            ),
        ]
        indexes = [
            models.Index(fields=["plan", "state"], name="command_state"),
            models.Index(
                fields=["plan", "sent_at"], condition=Q(kind=MESSAGE) & ~Q(sent_at=None), name="message_sent"
            ),
            models.Index(
                fields=["enterprise", "rank", "run_at", "id"],
                condition=Q(state="queued"),
                name="command_queue",
            ),
            models.Index(
                fields=["lease_until"], condition=Q(state__in=["leased", "sent"]), name="command_held"
            ),
            models.Index(
                fields=["enterprise", "run_at"],
                condition=Q(state__in=["acked", "unknown"]),
                name="command_settling",
            ),
            models.Index(
                fields=["enterprise", "-id"], condition=Q(state="needs_human"), name="command_needs_human"
            ),
            # What went wrong is rare among all orders: without it, a list of just these would read them all.
            models.Index(
                fields=["enterprise", "state", "-changed_at", "-id"],
                condition=Q(state__in=["rejected", "not_applied", "cancelled"]),
                name="command_failed",
            ),
            models.Index(fields=["job"], condition=~Q(job=None), name="command_job"),
            models.Index(
                fields=["enterprise", "giccid", "-id"],
                condition=Q(state__in=[str(state) for state in ORDERED]),
                name="command_of_sim",
            ),
            # What still stands in plans of messages, for the conversation of its SIM.
            models.Index(
                fields=["enterprise", "giccid", "-id"],
                condition=Q(kind=MESSAGE, state="planned"),
                name="message_to_come",
            ),
            models.Index(
                fields=["enterprise", "-changed_at", "-id"],
                condition=Q(state__in=[str(state) for state in ORDERED]),
                name="command_newest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.giccid}: {self.state}"

    @property
    def request_id(self) -> str:
        """X-Request-ID of its current issue, when it is sent alone."""
        return f"{self.plan_id}.{self.pk}.{self.issue}"


class Attempt(models.Model):
    """One request to the platform for a command, or for a job's 100: what was sent and what came back."""

    command = models.ForeignKey(Command, null=True, on_delete=models.CASCADE, related_name="attempts")
    job = models.ForeignKey(BatchJob, null=True, on_delete=models.CASCADE, related_name="attempts")
    issue = models.PositiveSmallIntegerField(default=1)
    operation = models.CharField(max_length=40)
    request_id = models.CharField(max_length=128)
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True, help_text=_("HTTP status of the answer."))
    outcome = models.CharField(
        max_length=12,
        blank=True,
        help_text=_("accepted, refused, unknown, not_sent; empty: no answer was seen."),
    )
    error_class = models.CharField(max_length=60, blank=True)
    error = models.CharField(max_length=500, blank=True)
    evidence = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(command=None) ^ Q(job=None), name="attempt_of_one"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.request_id}: {self.outcome or '?'}"
