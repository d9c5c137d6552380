"""What people want to be told of, and what a rule did so far."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprise.models import Enterprise
from mirror.models import LeasedRow
from sims.models import SavedView, Tag


class Severity(models.TextChoices):
    INFO = "info", _("Information")
    WARNING = "warning", _("Warning")
    CRITICAL = "critical", _("Critical")


class Rule(LeasedRow):
    """When something is so (`trigger`, `params`) for one of these SIMs (`scope`), an alert opens and people are told.

    `params` are those of the trigger, cleaned by `notifications.triggers`. Removed rules stay, for their alerts.
    `run_at`: when a rule about how things stand is looked at next; rules about events are asked as events come.
    """

    class Scope(models.TextChoices):
        ALL = "all", _("All SIMs")
        VIEW = "view", _("SIMs of a shared view")
        TAG = "tag", _("SIMs with a tag")

    class Suspend(models.TextChoices):
        OFF = "off", _("Suspend nothing")
        SHADOW = "shadow", _("Only record what would be suspended")
        LIVE = "live", _("Suspend")

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="alert_rules")
    name = models.CharField(max_length=120, blank=True, help_text=_("Empty: what its template is called."))
    template = models.CharField(max_length=40, blank=True, help_text=_("Key of the template it came from."))
    trigger = models.CharField(max_length=20)
    params = models.JSONField(default=dict)
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.WARNING)
    scope = models.CharField(max_length=6, choices=Scope, default=Scope.ALL)
    view = models.ForeignKey(
        SavedView, null=True, blank=True, on_delete=models.PROTECT, related_name="alert_rules"
    )
    tag = models.ForeignKey(Tag, null=True, blank=True, on_delete=models.PROTECT, related_name="alert_rules")
    channels = models.ManyToManyField("notifications.Channel", blank=True, related_name="alert_rules")
    is_enabled = models.BooleanField(default=True)
    suspend = models.CharField(max_length=6, choices=Suspend, default=Suspend.OFF)
    suspend_cap = models.PositiveIntegerField(default=10, help_text=_("SIMs in 24 hours at most."))
    suspend_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Who made it live: plans are made in this person's name."),
    )
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    looked_at = models.DateTimeField(null=True, blank=True)
    matched_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text=_("Why it could not be looked at."))
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "template"], condition=~Q(template=""), name="rule_of_template"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "name"], condition=~Q(name="") & Q(removed_at=None), name="rule_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.template


class Execution(models.Model):
    """What a rule did at one moment: found something, told, tagged, suspended or would have, or failed."""

    class Deed(models.TextChoices):
        MATCHED = "matched", _("Matched")
        CLEARED = "cleared", _("Cleared")
        TOLD = "told", _("Told")
        SHADOW = "shadow", _("Would have suspended")
        SUSPENDED = "suspended", _("Suspended")
        TAGGED = "tagged", _("Tagged")
        CAPPED = "capped", _("Stopped by the limit")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="executions", db_index=False)
    alert = models.ForeignKey(
        "notifications.Alert", null=True, on_delete=models.CASCADE, related_name="executions"
    )
    at = models.DateTimeField(default=timezone.now)
    deed = models.CharField(max_length=10, choices=Deed)
    matched = models.PositiveIntegerField(default=0, help_text=_("Facts the rule met."))
    sims = models.PositiveIntegerField(default=0, help_text=_("Of them new to the alert; or suspended SIMs."))
    giccids = models.JSONField(
        default=list, help_text=_("Of what was tagged, suspended, or would have been.")
    )
    plan = models.ForeignKey(
        "commands.Plan", null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )
    text = models.CharField(max_length=300, blank=True)
    is_pending = models.BooleanField(
        default=False, help_text=_("A suspension whose plan is still to be made.")
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["rule", "-id"], name="execution_newest"),
            models.Index(fields=["id"], condition=Q(is_pending=True), name="execution_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.deed} {self.at}"
