"""Where the portal tells of what happened, and what became of each message."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.sealing import seal, unseal
from enterprise.models import Enterprise
from mirror.models import LeasedRow
from notifications.channel_querysets import ChannelQuerySet, DeliveryQuerySet


class Channel(models.Model):
    """One way out for an enterprise's messages. URL and signing secret are sealed: whoever knows one can post there.

    The circuit: `failures` in a row, and until when the channel rests because of them (`open_until`).
    """

    SECRETS: ClassVar = ("url", "secret", "secret_previous")

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", _("Signed webhook")
        CHAT = "chat", _("Slack-compatible chat")
        TEAMS = "teams", _("Microsoft Teams")
        EMAIL = "email", _("E-mail")

    class Ended(models.TextChoices):
        GONE = "gone", _("The receiver said that it is gone for good (410).")

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="channels")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    name = models.CharField(_("name"), max_length=80, help_text=_("How staff call it."))
    url_sealed = models.TextField(blank=True, editable=False)
    host = models.CharField(max_length=300, blank=True, editable=False, help_text=_("Of the URL, to show."))
    secret_sealed = models.TextField(blank=True, editable=False)
    secret_previous_sealed = models.TextField(blank=True, editable=False)
    secret_previous_until = models.DateTimeField(null=True, editable=False)
    recipients = models.JSONField(default=list, blank=True, editable=False)
    is_enabled = models.BooleanField(_("enabled"), default=True, help_text=_("Off: nothing is sent there."))
    ended = models.CharField(max_length=8, choices=Ended, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False, help_text=_("In a row."))
    open_until = models.DateTimeField(null=True, editable=False)
    busy_until = models.DateTimeField(
        null=True, editable=False, help_text=_("A worker sends to it until then at the latest.")
    )
    last_delivered_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "name"], name="channel_name")]

    def __str__(self) -> str:
        return self.name

    def set_secret(self, name: str, plain: str) -> None:
        """Seals one of `SECRETS`; the caller saves."""
        setattr(self, f"{name}_sealed", seal(plain, self._bound_to(name)) if plain else "")

    def reveal(self, name: str) -> str:
        """The plain secret, empty when there is none. Raises `common.sealing.SealError`."""
        sealed = getattr(self, f"{name}_sealed")
        return unseal(sealed, self._bound_to(name)) if sealed else ""

    def is_resting(self, now: datetime) -> bool:
        """Whether the circuit is open: nothing is tried, and waiting messages use up no attempts."""
        return self.open_until is not None and self.open_until > now

    @property
    def state(self) -> str:
        """In one word of `common.statuses`."""
        if not self.is_enabled:
            return "disabled"
        return "resting" if self.is_resting(timezone.now()) else "enabled"

    @property
    def is_signed(self) -> bool:
        return self.kind == self.Kind.WEBHOOK

    def _bound_to(self, name: str) -> str:
        return f"notifications_channel.{name}.{self.uid}"


class Delivery(LeasedRow):
    """One message for one channel, written in the transaction of what it tells of, and sent afterwards."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    class Outcome(models.TextChoices):
        SENDING = "sending", _("on its way")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused by the receiver")
        BROKEN = "broken", _("the receiver is in trouble")
        LIMITED = "limited", _("the receiver asks for a pause")
        GONE = "gone", _("gone for good")
        REDIRECTED = "redirected", _("redirected; redirects are not followed")
        TIMED_OUT = "timed_out", _("no whole answer within ten seconds")
        UNREACHABLE = "unreachable", _("not reachable")
        TLS = "tls", _("no trusted TLS connection")
        ADDRESS = "address", _("the address is not allowed")
        UNREADABLE = "unreadable", _("no understandable answer")
        SETUP = "setup", _("the channel can't be used as it is set up")
        LOST = "lost", _("the worker did not come back; it may have arrived")
        EXPIRED = "expired", _("not delivered in time")
        SWITCHED_OFF = "off", _("the channel was switched off")

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    alert = models.ForeignKey(
        "notifications.Alert", null=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    message_id = models.UUIDField(
        default=uuid.uuid4,
        unique=True,
        help_text=_("The same however often it is sent: receivers tell repeats by it."),
    )
    kind = models.CharField(max_length=60, help_text=_("What happened, for example alert.opened."))
    title = models.CharField(max_length=200)
    payload = models.TextField(help_text=_("Exactly what is sent, as it was rendered when it happened."))
    created_at = models.DateTimeField()
    deadline_at = models.DateTimeField(help_text=_("Tried until then."))
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text=_("Counted when it is taken up, since somebody asked last.")
    )
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["channel", "run_at", "id"],
                condition=models.Q(state="waiting"),
                name="delivery_waiting",
            ),
            models.Index(
                fields=["deadline_at"], condition=models.Q(state="waiting"), name="delivery_deadline"
            ),
            models.Index(fields=["enterprise", "-id"], name="delivery_newest"),
            models.Index(fields=["channel", "-id"], name="delivery_of_channel"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    def is_held(self, now: datetime) -> bool:
        """Whether a worker is sending it."""
        return self.lease_until is not None and self.lease_until >= now


class DeliveryAttempt(models.Model):
    """One try: written before the first byte leaves, completed by what came back."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Delivery.Outcome, default=Delivery.Outcome.SENDING)
    status = models.PositiveSmallIntegerField(null=True)
    seconds = models.FloatField(null=True)
    excerpt = models.TextField(blank=True, help_text=_("The beginning of the answer."))

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.outcome} {self.at}"
