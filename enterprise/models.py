"""Connections to SmartHub, and what they tell about the enterprise: accounts and service packages."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from common.sealing import SealError, seal, unseal
from enterprise.querysets import AccountQuerySet, EnterpriseQuerySet, SharePoolQuerySet
from mirror.models import MirroredRow


class Enterprise(models.Model):
    """One SmartHub enterprise: one API key (doc: a key stands for an enterprise). Keys are sealed at rest."""

    SECRETS: ClassVar = ("api_key", "push_key")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True, help_text=_("How staff call it."))
    base_url = models.CharField(
        _("base URL"),
        max_length=300,
        help_text=_("With the version segment, for example https://trial.api.smh.smarthing.com/v1"),
    )
    api_key_sealed = models.TextField(editable=False, blank=True)
    push_key_sealed = models.TextField(editable=False, blank=True)
    push_key_previous_sealed = models.TextField(editable=False, blank=True, default="")
    is_sandbox = models.BooleanField(
        _("is a sandbox"),
        default=False,
        help_text=_(
            "Only for the SmartHub imitation on this machine: undocumented changes are allowed there."
        ),
    )
    is_enabled = models.BooleanField(_("enabled"), default=True, help_text=_("Off: nothing is read from it."))
    sweep_minutes = models.PositiveIntegerField(
        _("full sweep every (minutes)"),
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)],
        help_text=_("A sweep costs one request for every 100 SIMs of the 5,000 an hour."),
    )
    delta_minutes = models.PositiveIntegerField(
        _("change logs every (minutes)"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Between two sweeps the change logs tell what is new, for one request when nothing is."),
    )
    budget_cap = models.PositiveIntegerField(
        _("own limit (requests an hour)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(10), MaxValueValidator(1_000_000)],
        help_text=_(
            "Empty: as many as SmartHub allows. Set one if other programs use the same key, so that they get theirs."
        ),
    )
    people_share = models.PositiveSmallIntegerField(
        _("kept for people (percent)"),
        default=25,
        validators=[MinValueValidator(5), MaxValueValidator(90)],
        help_text=_(
            "This share of an hour's requests is withheld from sweeps for what people ask for; what they leave"
            " is released towards the end of the hour. Other work in the background keeps proportionally less."
        ),
    )
    history_days = models.PositiveIntegerField(
        _("keep history (days)"),
        default=400,
        validators=[MinValueValidator(31), MaxValueValidator(3650)],
        help_text=_("So long timelines, former versions and usage are kept. SmartHub itself keeps 30 days."),
    )
    remote_name = models.CharField(max_length=400, blank=True, editable=False)
    swept_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("Start of the last complete sweep: the fleet is at least this fresh."),
    )
    changes_until = models.DateTimeField(
        null=True, editable=False, help_text=_("Change logs were read completely up to this moment.")
    )
    rate_limit = models.PositiveIntegerField(null=True, editable=False)
    rate_remaining = models.PositiveIntegerField(null=True, editable=False)
    rate_reset_at = models.DateTimeField(null=True, editable=False)
    tested_at = models.DateTimeField(null=True, editable=False)
    test_error = models.TextField(blank=True, editable=False)
    confirmed_operations = models.JSONField(
        default=list,
        editable=False,
        help_text=_("Names of undocumented changes an administrator vouches for on this connection."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("enterprise")
        verbose_name_plural = _("enterprises")

    def __str__(self) -> str:
        return self.name

    def set_secret(self, name: str, plain: str) -> None:
        """Seals `api_key` or `push_key`; the caller saves. The push key before stays good for pushes on their way."""
        if name == "push_key":
            self._keep_previous_push_key(plain)
        setattr(self, f"{name}_sealed", seal(plain, self._bound_to(name)) if plain else "")

    def reveal(self, name: str) -> str:
        """The plain secret, empty when there is none. Raises `common.sealing.SealError`."""
        sealed = getattr(self, f"{name}_sealed")
        return unseal(sealed, self._bound_to(name)) if sealed else ""

    def _keep_previous_push_key(self, plain: str) -> None:
        try:
            current = self.reveal("push_key")
        except SealError:
            current = ""  # sealed with a key that is gone: nobody can check a push with it any more
        if current and current != plain:
            name = "push_key_previous"
            self.push_key_previous_sealed = seal(current, self._bound_to(name))

    def _bound_to(self, name: str) -> str:
        return f"enterprise_enterprise.{name}.{self.uid}"


class Account(MirroredRow):
    """A SmartHub account of an enterprise (doc: listed by GET /enterprise; its detail body is assumed)."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="accounts")
    name = models.CharField(max_length=400)
    charge_type = models.CharField(max_length=60, blank=True, null=True)
    status = models.CharField(max_length=60, blank=True, null=True)
    detail = models.JSONField(null=True, help_text=_("Answer of GET /account/{name}."))
    detail_observed_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True, help_text=_("Start of the last complete sweep of its SIMs."))
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="AccountGrant", related_name="granted_accounts"
    )

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "name"], name="account_name")]

    def __str__(self) -> str:
        return self.name


class AccountGrant(models.Model):
    """Lets a person who does not see all accounts see this one."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account_grants"
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "account"], name="one_grant")]

    def __str__(self) -> str:
        return f"{self.user} → {self.account}"


class ServicePackage(MirroredRow):
    """A rate plan of an account (path doc, body assumed). Quotas: MB, messages, minutes."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="service_packages")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="service_packages")
    # Names are unique in an account only, so the key within an enterprise holds both.
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=400)
    type = models.CharField(max_length=60, blank=True, null=True)
    charge_type = models.CharField(max_length=60, blank=True, null=True)
    data_quota_mb = models.FloatField(null=True)
    sms_quota = models.FloatField(null=True)
    voice_quota_min = models.FloatField(null=True)
    cycle = models.CharField(max_length=60, blank=True, null=True)
    price = models.FloatField(null=True)
    currency = models.CharField(max_length=60, blank=True, null=True)

    class Meta:
        ordering = ["account__name", "type", "name"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "key"], name="package_key")]

    def __str__(self) -> str:
        return self.name


class SharePool(MirroredRow):
    """Data that SIMs of an account share (assumed). `account` is None while its name fits none of ours."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="share_pools")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="share_pools")
    # A name returns with every cycle, so the key holds account, name and start.
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=400)
    account_name = models.CharField(max_length=400, null=True)
    status = models.CharField(max_length=60, null=True)
    total_mb = models.FloatField(null=True)
    used_mb = models.FloatField(null=True)
    remaining_mb = models.FloatField(null=True)
    sim_count = models.BigIntegerField(null=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    # Bounded on both sides: PostgreSQL refuses a quotient that is too large or too small for its type.
    used_share = models.GeneratedField(
        expression=Case(
            When(
                total_mb__gte=0.001, used_mb__gte=0.001, then=Least(F("used_mb"), Value(1e15)) / F("total_mb")
            ),
            When(total_mb__gte=0.001, used_mb__isnull=False, then=Value(0.0)),
        ),
        output_field=models.FloatField(null=True),
        db_persist=True,
    )

    objects = SharePoolQuerySet.as_manager()

    class Meta:
        ordering = ["account_name", "name", "-starts_at"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "key"], name="share_pool_key")]
        indexes = [models.Index(fields=["enterprise", "-used_share"], name="worst_pools")]

    def __str__(self) -> str:
        return self.name


class BudgetUse(models.Model):
    """Requests of one class in one hour (UTC). `mark`: what Redis counted when it was looked at last."""

    class Purpose(models.TextChoices):
        INTERACTIVE = "interactive", _("People")
        COMMANDS = "commands", _("Commands")
        READ_BACK = "read-back", _("Read-back")
        POLL = "poll", _("Change logs and lists")
        SWEEP = "sweep", _("Sweeps")

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="budget_use")
    hour = models.DateTimeField(help_text=_("Its beginning."))
    purpose = models.CharField(max_length=20, choices=Purpose)
    granted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(
        default=0, help_text=_("Told to come back later, by our own budget.")
    )
    limited = models.PositiveIntegerField(default=0, help_text=_("Answered with 429 by SmartHub."))
    mark = models.JSONField(default=dict)

    class Meta:
        ordering = ["-hour", "purpose"]
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "hour", "purpose"], name="budget_use_once")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.hour:%Y-%m-%dT%H}"
