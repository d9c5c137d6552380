"""SIM cards, mirrored from SmartHub. Columns exist for what lists filter, sort, join or show; the rest is `raw`."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprise.models import Account, Enterprise
from mirror.models import MirroredRow
from sims.querysets import SimQuerySet


class Status(models.TextChoices):
    """Lifecycle (doc). An open enum: any other value is stored and shown as it came."""

    TEST_READY = "TEST_READY", _("Test ready")
    ACTIVATE_READY = "ACTIVATE_READY", _("Ready to activate")
    INVENTORY = "INVENTORY", _("In inventory")
    ACTIVATED = "ACTIVATED", _("Activated")
    DEACTIVATED = "DEACTIVATED", _("Suspended")
    RETIRED = "RETIRED", _("Retired")


class ApnState(models.TextChoices):
    """Sum of a SIM's APN statuses (doc: OPEN, CLOSED)."""

    OPEN = "OPEN", _("All open")
    CLOSED = "CLOSED", _("All closed")
    MIXED = "MIXED", _("Some open")
    NONE = "NONE", _("No APN")


class Sim(MirroredRow):
    """One SIM card. `giccid` is an opaque string of digits; identities are those of the first device."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="sims")
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="sims")
    giccid = models.CharField("ICCID", max_length=32)
    status = models.CharField(max_length=40)
    package_name = models.CharField(max_length=400, null=True)
    package_ends_at = models.DateTimeField(null=True)
    imsi = models.CharField("IMSI", max_length=40, null=True)
    msisdn = models.CharField("MSISDN", max_length=40, null=True)
    imei = models.CharField("IMEI", max_length=40, null=True)
    apn_state = models.CharField(max_length=10, choices=ApnState, default=ApnState.NONE)
    data_used_mb = models.FloatField(default=0)
    sms_used = models.FloatField(default=0)
    voice_used_min = models.FloatField(default=0)
    sold_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    search_text = models.TextField(editable=False, help_text=_("ICCID and every identity of every device."))
    supplementary = models.JSONField(
        null=True, help_text=_("Supplementary packages; only a detail tells them.")
    )

    objects = SimQuerySet.as_manager()

    class Meta:
        ordering = ["giccid"]
        verbose_name = "SIM"
        verbose_name_plural = "SIMs"
        constraints = [models.UniqueConstraint(fields=["enterprise", "giccid"], name="sim_giccid")]
        indexes = [
            GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="sim_search"),
            models.Index(fields=["enterprise", "status", "giccid"], name="sim_status"),
            models.Index(fields=["enterprise", "account", "giccid"], name="sim_account"),
            models.Index(fields=["enterprise", "package_name", "giccid"], name="sim_package"),
            models.Index(fields=["enterprise", "data_used_mb", "giccid"], name="sim_data_used"),
            models.Index(fields=["enterprise", "activated_at", "giccid"], name="sim_activated"),
            models.Index(fields=["enterprise", "package_ends_at", "giccid"], name="sim_package_end"),
        ]

    def __str__(self) -> str:
        return self.giccid
