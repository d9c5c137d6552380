"""Plans and what people decide about them."""

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from commands.querysets import PlanQuerySet
from commands.states import UNDER_WAY
from enterprise.models import Enterprise
from mirror.models import LeasedRow


def _person(**more: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", **more
    )


class Plan(LeasedRow):
    """A frozen change of one SIM or many: which SIMs, what for each, at what price. Its rows are `Command`s.

    `uid` is made by the browser's form, so that a double click is one plan. `digest` is a SHA-256 over its rows; who
    executes or approves names it, so that nobody releases what they have not seen. `run_at` of `LeasedRow` is when a
    worker should look at it next; `start_at` is the moment people chose.
    """

    class State(models.TextChoices):
        FREEZING = "freezing", _("Being worked out")
        DRAFT = "draft", _("Draft")
        AWAITING = "awaiting", _("Awaits approval")
        SCHEDULED = "scheduled", _("Scheduled")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("Expired")
        DRIFTED = "drifted", _("Out of date")
        FAILED = "failed", _("Failed")

    class Mode(models.TextChoices):
        NOW = "now", _("Now, all at once")
        CANARY = "canary", _("In steps: 10, then 100, then the rest")

    OPEN = (State.FREEZING, State.DRAFT, State.AWAITING, State.SCHEDULED, State.RUNNING, State.PAUSED)

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="plans")
    kind = models.CharField(max_length=24, help_text=_("A name of `commands.kinds`."))
    params = models.JSONField(default=dict)
    created_by = _person()
    created_at = models.DateTimeField(auto_now_add=True)
    source = models.JSONField(
        default=dict,
        help_text=_("Where the SIMs come from: {selection: uid}, {giccids: […]} or {plan: uid}."),
    )
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.FREEZING)
    note = models.CharField(
        max_length=500, blank=True, help_text=_("Why it stopped, failed or was declined.")
    )
    total = models.PositiveIntegerField(default=0)
    groups = models.JSONField(default=dict, help_text=_("{group: SIMs}; groups of `commands.kinds.Group`."))
    calls = models.PositiveIntegerField(default=0, help_text=_("Requests it costs at least."))
    digest = models.CharField(max_length=64, blank=True)
    account_ids = models.JSONField(default=list, help_text=_("Accounts of its SIMs; 0 for none."))
    whys = models.JSONField(
        default=list, db_default=[], help_text=_("[[why, note, SIMs]] of those it leaves alone.")
    )
    frozen_at = models.DateTimeField(null=True)
    # --- how it is to be executed
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.NOW)
    stop_percent = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    start_at = models.DateTimeField(null=True, help_text=_("Empty: at once."))
    pace = models.JSONField(default=dict, db_default={}, help_text=_("See `commands.pace`; {}: at once."))
    homes = models.JSONField(
        default=dict,
        db_default={},
        help_text=_("{mobile country code: SIMs not queued yet} of a paced plan."),
    )
    hold_at = models.DateTimeField(null=True, help_text=_("While it runs, nothing is picked up after it."))
    cooling_hours = models.PositiveSmallIntegerField(
        default=0, help_text=_("Retire: suspend first, retire after so many hours.")
    )
    submitted_by = _person()
    submitted_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stage = models.PositiveSmallIntegerField(default=0)
    stopped_by_itself = models.BooleanField(default=False)
    tally = models.JSONField(default=dict, help_text=_("{state: SIMs} as of `tallied_at`."))
    tallied_at = models.DateTimeField(null=True)
    # A plan it belongs to: the suspension before a retirement, or another try of what failed.
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["enterprise", "-created_at"], name="plan_newest"),
            models.Index(
                fields=["run_at"],
                name="plan_due",
                condition=models.Q(state__in=["freezing", "awaiting", "scheduled", "running"]),
            ),
            models.Index(
                fields=["run_at"],
                name="plan_resting",
                condition=models.Q(
                    state__in=["paused", "cancelled", "completed"],
                    tally__has_any_keys=[str(state) for state in UNDER_WAY],
                ),
            ),
            models.Index(fields=["enterprise"], name="plan_awaiting", condition=models.Q(state="awaiting")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def changing(self) -> int:
        """SIMs it will change."""
        return int(self.groups.get("change", 0))


class Approval(models.Model):
    """One question to a second person about a plan, and the answer. Kept for ever."""

    class Decision(models.TextChoices):
        OPEN = "open", _("Open")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("Expired")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        BYPASSED = "bypassed", _("Emergency bypass")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="approvals")
    digest = models.CharField(max_length=64, help_text=_("Of the plan as it was asked about."))
    why = models.JSONField(default=list, help_text=_("Codes: retire, size."))
    requested_by = _person()
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.OPEN)
    decided_by = _person()
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=models.Q(decision="open"), name="one_open_approval"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.decision}"


class Rules(models.Model):
    """How careful an enterprise wants to be with changes. Absent: the defaults."""

    enterprise = models.OneToOneField(
        Enterprise, on_delete=models.CASCADE, related_name="change_rules", primary_key=True
    )
    approval_over = models.PositiveIntegerField(
        _("second person above (SIMs)"),
        default=100,
        validators=[MaxValueValidator(1_000_000)],
        help_text=_("Plans that change more SIMs than this need a second person; retiring always does."),
    )
    approval_hours = models.PositiveSmallIntegerField(
        _("approval expires after (hours)"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 14)],
    )
    cooling_hours = models.PositiveSmallIntegerField(
        _("cooling-off before retiring (hours)"),
        default=24,
        validators=[MaxValueValidator(24 * 30)],
        help_text=_(
            "Suggested for each plan: suspended now, retired so many hours later, cancellable until then."
        ),
    )
    stop_percent = models.PositiveSmallIntegerField(
        _("steps stop above (percent failed)"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )

    def __str__(self) -> str:
        return f"rules of {self.enterprise_id}"
