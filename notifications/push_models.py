"""Pushes as they came, what they told, and how many were refused."""

from hashlib import sha256

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.sealing import unseal
from enterprise.models import Enterprise
from mirror.models import LeasedRow
from notifications.kinds import CHOICES, KINDS, Kind
from notifications.querysets import EventQuerySet, PushQuerySet


class PushAddress(models.Model):
    """A secret address for one kind of push of one enterprise: looked up by hash, kept sealed so that it can be copied.

    Two may be valid at once, so that SmartHub's settings can be changed without losing a push in between.
    """

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="push_addresses")
    kind = models.CharField(max_length=20, choices=CHOICES)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    token_sealed = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, editable=False)
    last_received_at = models.DateTimeField(
        null=True, editable=False, help_text=_("To the minute: written once a minute at most.")
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["enterprise", "kind"], name="push_address_kind")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.enterprise})"

    @staticmethod
    def hash_of(token: str) -> str:
        return sha256(token.encode("utf-8", "replace")).hexdigest()

    @property
    def bound_to(self) -> str:
        return f"notifications_pushaddress.token.{self.token_hash}"

    def reveal(self) -> str:
        """The token. Raises `common.sealing.SealError`."""
        return unseal(self.token_sealed, self.bound_to)


class Push(LeasedRow):
    """A push as it came, byte for byte: kept for ever. The same body again is the same row, counted."""

    class State(models.TextChoices):
        NEW = "new", _("Waiting")
        DONE = "done", _("Processed")
        DEAD = "dead", _("Given up")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="pushes", db_index=False
    )
    kind = models.CharField(max_length=20, choices=CHOICES)
    digest = models.UUIDField(help_text=_("Of kind and body without signature and datePush."))
    body = models.BinaryField()
    date_push = models.DateTimeField(help_text=_("When SmartHub says it sent it first."))
    received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=6, choices=State, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("Counted when it is taken up."))
    error = models.TextField(blank=True)
    result = models.CharField(max_length=20, blank=True)

    objects = PushQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "pushes"
        constraints = [models.UniqueConstraint(fields=["enterprise", "kind", "digest"], name="push_once")]
        indexes = [
            models.Index(fields=["run_at", "id"], condition=models.Q(state="new"), name="push_waiting"),
            models.Index(fields=["enterprise", "-id"], name="push_newest"),
            models.Index(fields=["enterprise", "kind", "received_at"], name="push_of_kind"),
            models.Index(fields=["enterprise", "-id"], condition=models.Q(state="dead"), name="push_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def about(self) -> Kind:
        return KINDS[self.kind]

    @property
    def told(self) -> "Event | None":
        """Its event, if it has been processed."""
        return getattr(self, "event", None)

    @property
    def outcome(self) -> str:
        """How far it is and what came of it, in one word of `common.statuses`."""
        if self.state != self.State.DONE or self.told is None:
            return self.state
        return "reading" if self.told.verdict == Event.Verdict.PENDING else self.told.verdict


class Event(models.Model):
    """What a push told, and what became of the claim. A push is a hint: only a reading confirms."""

    class Verdict(models.TextChoices):
        PENDING = "pending", _("Being read back")
        CONFIRMED = "confirmed", _("Confirmed by read")
        CONTRADICTED = "contradicted", _("Contradicted by read")
        UNVERIFIED = "unverified", _("Unverified")

    push = models.OneToOneField(Push, on_delete=models.CASCADE, related_name="event")
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    kind = models.CharField(max_length=20, choices=CHOICES)
    giccid = models.CharField("ICCID", max_length=32, blank=True)
    happened_at = models.DateTimeField()
    verdict = models.CharField(max_length=12, choices=Verdict)
    original = models.CharField(max_length=400, null=True)
    target = models.CharField(max_length=400, null=True)
    claim = models.JSONField(default=dict, help_text=_("The fields of the push, without nested ones."))
    observed = models.JSONField(null=True, help_text=_("What the reading said about the same thing."))
    hinted_at = models.DateTimeField(null=True, help_text=_("A read sent from then on judges the claim."))
    is_news = models.BooleanField(default=False, help_text=_("It contradicts what we knew when it came."))
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    weighed_at = models.DateTimeField(
        null=True, help_text=_("When the rules for alerts were asked about it.")
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["enterprise", "giccid"], condition=models.Q(verdict="pending"), name="event_pending"
            ),
            models.Index(fields=["enterprise", "giccid", "-happened_at"], name="event_of_sim"),
            models.Index(
                fields=["id"],
                condition=models.Q(weighed_at=None) & ~models.Q(verdict="pending"),
                name="event_unweighed",
            ),
            models.Index(fields=["enterprise", "kind", "-happened_at"], name="event_of_kind"),
            models.Index(
                fields=["enterprise", "-settled_at"],
                condition=models.Q(kind="mt-sms-status", observed__isnull=False),
                name="event_asked_back",
            ),
            models.Index(
                fields=["enterprise", "id"],
                condition=models.Q(kind="mt-sms-status", verdict="pending"),
                name="event_to_ask_back",
            ),
            models.Index(fields=["enterprise", "verdict", "-id"], name="event_by_verdict"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.giccid}"


class Refusal(models.Model):
    """Pushes that were not taken, counted by the hour. Bodies are not kept: anybody could fill a disk with them."""

    class Reason(models.TextChoices):
        UNKNOWN = "unknown", _("Unknown address")
        SENDER = "sender", _("Sender not on the list")
        TOO_LARGE = "too_large", _("Larger than 256 KiB")
        NOT_JSON = "not_json", _("Not a JSON object")
        NO_KEY = "no_key", _("No push key is stored here")
        BAD_DATE = "bad_date", _("Unreadable datePush")
        BAD_SIGNATURE = "bad_signature", _("Wrong signature")
        STALE = "stale", _("Too old")
        EARLY = "early", _("Dated in the future")

    enterprise = models.ForeignKey(
        Enterprise, null=True, on_delete=models.CASCADE, related_name="refusals", db_index=False
    )
    kind = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=14, choices=Reason)
    hour = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-hour"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "kind", "reason", "hour"], nulls_distinct=False, name="refusal_counter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.hour}: {self.times}"


class ReadPace(models.Model):
    """When an enterprise's next reads on behalf of pushes may go, so that a storm of them costs few calls."""

    enterprise = models.OneToOneField(
        Enterprise, on_delete=models.CASCADE, primary_key=True, related_name="read_pace"
    )
    next_at = models.DateTimeField(null=True)
    gap_seconds = models.PositiveSmallIntegerField(default=1)
    known_next_at = models.DateTimeField(null=True, help_text=_("For claims that tell nothing new."))
    known_gap_seconds = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.enterprise_id}: {self.next_at}"
