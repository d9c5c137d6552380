"""What people should know, one row for each cause, and what they did about it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprise.models import Enterprise
from notifications.push_models import Event
from notifications.querysets import AlertQuerySet, OccurrenceQuerySet
from notifications.rule_models import Rule, Severity


class Alert(models.Model):
    """One cause, however many SIMs it concerns. Of a rule's cause, one at most is not resolved.

    The counts are kept in step by `notifications.raising.recount`, so that no page counts occurrences:
    `total` SIMs (or pools, kinds of pushes …), `standing` of them not cleared, `verdicts` {verdict: n}.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        SNOOZED = "snoozed", _("Snoozed")
        RESOLVED = "resolved", _("Resolved")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="alerts", db_index=False
    )
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="alerts", db_index=False)
    cause = models.CharField(max_length=300, help_text=_("What its occurrences have in common."))
    facts = models.JSONField(default=dict, help_text=_("The cause, as its title tells it."))
    severity = models.CharField(max_length=10, choices=Severity)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(default=timezone.now)
    first_at = models.DateTimeField(help_text=_("When the first of it happened."))
    last_at = models.DateTimeField(help_text=_("When the last of it happened."))
    total = models.PositiveIntegerField(default=0)
    standing = models.PositiveIntegerField(default=0)
    verdicts = models.JSONField(default=dict)
    told_total = models.PositiveIntegerField(default=0, help_text=_("`total` when people were told last."))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now, help_text=_("Of anything in this row."))

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "cause"], condition=~Q(state="resolved"), name="one_alert_of_a_cause"
            )
        ]
        indexes = [
            models.Index(fields=["enterprise", "-last_at", "-id"], name="alert_newest"),
            models.Index(
                fields=["enterprise", "state", "-last_at", "-id"],
                condition=~Q(state="resolved"),
                name="alert_open",
            ),
            models.Index(fields=["rule", "-id"], name="alert_of_rule"),
            models.Index(fields=["snoozed_until"], condition=Q(state="snoozed"), name="alert_snoozed"),
        ]

    def __str__(self) -> str:
        return f"{self.cause}: {self.total}"

    @property
    def is_open(self) -> bool:
        return self.state != self.State.RESOLVED


class Occurrence(models.Model):
    """One SIM (or pool, order, kind of push) an alert is about. `subject` tells them apart within the alert."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="occurrences", db_index=False)
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    subject = models.CharField(max_length=120)
    giccid = models.CharField("ICCID", max_length=32, blank=True)
    event = models.ForeignKey(Event, null=True, on_delete=models.SET_NULL, related_name="occurrences")
    verdict = models.CharField(max_length=12, blank=True, help_text=_("Of the event, as it was weighed."))
    detail = models.JSONField(default=dict)
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    checked_at = models.DateTimeField(default=timezone.now, help_text=_("Whether it still holds."))
    cleared_at = models.DateTimeField(null=True)

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["alert", "subject"], name="occurrence_once")]
        indexes = [
            models.Index(fields=["alert", "-id"], name="occurrence_newest"),
            models.Index(fields=["alert", "giccid"], name="occurrence_of_sim"),
            models.Index(
                fields=["alert", "subject"], condition=Q(cleared_at=None), name="occurrence_standing"
            ),
            models.Index(fields=["checked_at"], condition=Q(cleared_at=None), name="occurrence_unchecked"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.subject}"


class AlertStep(models.Model):
    """What was done about an alert; by nobody: by the portal itself."""

    class Deed(models.TextChoices):
        OPENED = "opened", _("Opened")
        ASSIGNED = "assigned", _("Assigned")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        SNOOZED = "snoozed", _("Snoozed")
        WOKE = "woke", _("Snooze ended")
        NOTED = "noted", _("Noted")
        RESOLVED = "resolved", _("Resolved")
        CLEARED = "cleared", _("Resolved by itself")
        REOPENED = "reopened", _("Reopened")

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="steps", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    deed = models.CharField(max_length=14, choices=Deed)
    note = models.CharField(max_length=1000, blank=True)
    whom = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["alert", "-id"], name="alert_step_newest")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.deed}"
