"""Messages to and from SIMs, the conversation of each SIM, and what an enterprise wants of SMS."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5, Now, Upper
from django.utils.translation import gettext_lazy as _

from commands.models import Command
from commands.pace import MOST_AN_HOUR, Pace
from commands.quiet import QuietHours
from enterprise.models import Enterprise
from messaging.querysets import MessageQuerySet, ThreadQuerySet
from messaging.states import ASKABLE, NEVER, MessageState
from mirror.models import LeasedRow

DEFAULT_DAYS = 396
"""Thirteen months."""


def home_zone() -> str:
    """The portal's own: whose clocks count where nothing else is known."""
    return str(settings.TIME_ZONE)


class Message(LeasedRow):
    """One SMS. `direction`: mt to the SIM, mo from it (the field's terms: mobile terminated, mobile originated).

    An MT row is written by a trigger when its order is queued, and follows it (`messaging/migrations`); the order is
    what is sent. `run_at`: when `Query SMS` asks next. `at`: its place in the conversation, by our clock.
    `claimed`: what a push said, which proves nothing; `remote_status`: what was read. MO messages can't be read back.
    """

    class Direction(models.TextChoices):
        MT = "mt", _("To the SIM")
        MO = "mo", _("From the SIM")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    giccid = models.CharField("ICCID", max_length=32)
    account_id = models.BigIntegerField(null=True)
    direction = models.CharField(max_length=2, choices=Direction)
    state = models.CharField(max_length=10, choices=MessageState)
    text = models.TextField()
    remote_id = models.CharField("smsMsgId", max_length=200, blank=True, db_default="")
    at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    # --- to the SIM. The order may be tidied away before the message is: neither constraint nor cascade.
    command = models.OneToOneField(
        Command, null=True, on_delete=models.DO_NOTHING, related_name="message", db_constraint=False
    )
    plan_id = models.UUIDField(null=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    sent_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    claimed = models.CharField(max_length=60, blank=True, db_default="")
    remote_status = models.CharField(max_length=60, blank=True, db_default="")
    reported_at = models.DateTimeField(null=True, help_text=_("When SmartHub's word was read last."))
    delivered_at = models.DateTimeField(null=True, help_text=_("By SmartHub's clock."))
    polls = models.PositiveSmallIntegerField(db_default=0)
    # --- from the SIM
    push_id = models.BigIntegerField(null=True, unique=True, help_text=_("The push that brought it."))
    from_msisdn = models.CharField(max_length=40, blank=True, db_default="")
    to_msisdn = models.CharField(max_length=40, blank=True, db_default="")
    created_time = models.DateTimeField(null=True, help_text=_("By SmartHub's clock, as the push says."))
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            # What a SIM sent is one message however often SmartHub tells of it. With the text, so that nobody can keep
            # a message out by telling its number before it comes.
            models.UniqueConstraint(
                F("enterprise"),
                F("giccid"),
                F("remote_id"),
                MD5("text"),
                condition=Q(direction="mo") & ~Q(remote_id=""),
                name="message_told_once",
            )
        ]
        indexes = [
            models.Index(fields=["enterprise", "giccid", "-at", "-id"], name="message_of_sim"),
            models.Index(fields=["enterprise", "-at", "-id"], name="message_newest"),
            models.Index(fields=["enterprise", "account_id", "-at", "-id"], name="message_of_account"),
            models.Index(fields=["enterprise", "-changed_at"], name="message_changed"),
            models.Index(fields=["enterprise", "state", "-at", "-id"], name="message_state"),
            models.Index(fields=["plan_id", "state"], condition=~Q(plan_id=None), name="message_of_plan"),
            models.Index(
                fields=["enterprise", "remote_id"],
                condition=Q(direction="mt") & ~Q(remote_id=""),
                name="message_remote",
            ),
            models.Index(
                fields=["enterprise", "claimed", "run_at"],
                condition=Q(state__in=[str(state) for state in ASKABLE]) & ~Q(run_at=NEVER),
                name="message_to_ask",
            ),
            models.Index(
                fields=["enterprise", "-reported_at"], condition=Q(polls__gt=0), name="message_asked"
            ),
            models.Index(
                fields=["enterprise", "giccid"],
                condition=Q(direction="mo", read_at=None),
                name="message_unread",
            ),
            GinIndex(OpClass(Upper("text"), name="gin_trgm_ops"), name="message_text"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.giccid}: {self.state}"

    @property
    def is_mo(self) -> bool:
        return self.direction == self.Direction.MO


class Thread(models.Model):
    """The conversation with one SIM, for lists: its newest message and how many of the SIM's nobody has read.

    Written by triggers as messages come and are read.
    """

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="threads", db_index=False
    )
    giccid = models.CharField("ICCID", max_length=32)
    account_id = models.BigIntegerField(null=True)
    # The message may be gone before the trigger that follows it has run.
    last = models.ForeignKey(
        Message, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    last_at = models.DateTimeField()
    unread = models.PositiveIntegerField(db_default=0)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "giccid"], name="thread_of_sim")]
        indexes = [
            models.Index(fields=["enterprise", "-last_at", "-id"], name="thread_newest"),
            models.Index(fields=["enterprise", "account_id", "-last_at", "-id"], name="thread_of_account"),
            models.Index(
                fields=["enterprise", "-last_at", "-id"], condition=Q(unread__gt=0), name="thread_unread"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giccid} ({self.unread})"


class Policy(models.Model):
    """What an enterprise wants of SMS. Absent: the defaults."""

    enterprise = models.OneToOneField(
        Enterprise, on_delete=models.CASCADE, related_name="sms_policy", primary_key=True
    )
    keep_days = models.PositiveSmallIntegerField(
        _("keep messages (days)"),
        default=DEFAULT_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Older ones are removed, together with their texts in plans and orders. 396: 13 months."),
    )
    max_parts = models.PositiveSmallIntegerField(
        _("longest text (parts)"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(3)],
        help_text=_("SmartHub takes one part (documented for 160 GSM-7 or 70 Unicode characters)."),
    )
    report_hours = models.PositiveSmallIntegerField(
        _("wait for a report (hours)"),
        default=72,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 14)],
        help_text=_("Then a message without one says “No report”. A later report still counts."),
    )

    # How fast new plans are suggested to go; each may choose otherwise.
    an_hour = models.PositiveIntegerField(
        _("SIMs an hour at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_AN_HOUR)],
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_to = models.TimeField(_("quiet until"), null=True, blank=True)
    quiet_zone = models.CharField(_("by the clocks of"), max_length=64, blank=True, default="")
    fallback_zone = models.CharField(_("SIMs of no country"), max_length=64, default=home_zone)

    def __str__(self) -> str:
        return f"SMS of {self.enterprise_id}"

    @property
    def pace(self) -> Pace:
        if self.quiet_from is None or self.quiet_to is None:
            return Pace(self.an_hour)
        return Pace(
            self.an_hour, QuietHours(self.quiet_from, self.quiet_to), self.quiet_zone, self.fallback_zone
        )


class Template(models.Model):
    """A text kept for sending again, with gaps such as {label}. `changed_at`: also when it was written first."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="sms_templates", db_index=False
    )
    name = models.CharField(_("name"), max_length=80)
    text = models.TextField(_("text"), max_length=1000)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "name"], name="template_name")]

    def __str__(self) -> str:
        return self.name
