"""SIM cards, mirrored from SmartHub. Columns exist for what lists filter, sort, join or show; the rest is `raw`.

What is kept about them over time stands in `history_models`, what staff add and choose in `desk_models`.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Concat, NullIf, Upper
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


def _walk(column: str, name: str, within: str = "") -> models.Index:
    """An index a sorted list walks: what lists filter by most is in it, so that a walk needs no table rows.

    `within`: a status whose SIMs all sort to the end (inventory by usage) would make the walk pass everybody else, so
    the columns lists are sorted by most have one that begins with the status.
    """
    fields = ["enterprise", *([within] if within else []), *dict.fromkeys((column, "giccid"))]
    include = [name for name in ("id", "status", "account", "apn_state") if name not in (column, within)]
    return models.Index(fields=fields, include=include, condition=Q(removed_at=None), name=name)


class Sim(MirroredRow):
    """One SIM card. `giccid` is an opaque string of digits; identities are those of the first device.

    A SIM not met by a complete sweep is `missing_since`; it stays in lists until two complete sweeps and a direct
    read did not find it: then it is `removed_at` (a tombstone; the row is kept).
    """

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="sims", db_index=False
    )  # every index begins with it
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="sims")
    account_name = models.CharField(max_length=400, null=True, editable=False)
    giccid = models.CharField("ICCID", max_length=32)
    status = models.CharField(max_length=40)
    package_name = models.CharField(max_length=400, null=True)
    package_ends_at = models.DateTimeField(null=True)
    imsi = models.CharField("IMSI", max_length=40, null=True)
    msisdn = models.CharField("MSISDN", max_length=40, null=True)
    imei = models.CharField("IMEI", max_length=40, null=True)
    apn_state = models.CharField(max_length=10, choices=ApnState, default=ApnState.NONE)
    data_used_mb = models.FloatField(default=0)
    allowance_mb = models.FloatField(null=True, editable=False, help_text=_("Data quota of the package."))
    usage_share = models.GeneratedField(
        expression=F("data_used_mb") / NullIf(F("allowance_mb"), 0.0),
        output_field=models.FloatField(null=True),
        db_persist=True,
    )
    sms_used = models.FloatField(default=0)
    voice_used_min = models.FloatField(default=0)
    sold_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    identities = models.TextField(editable=False, default="", help_text=_("Every identity of every device."))
    label = models.CharField(max_length=120, blank=True, default="", db_default="")
    po = models.CharField("PO", max_length=200, null=True, editable=False)
    search_text = models.GeneratedField(
        expression=Concat(
            F("giccid"),
            models.Value(" "),
            F("identities"),
            models.Value(" "),
            Upper(Coalesce(F("label"), models.Value(""))),
            output_field=models.TextField(),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    supplementary = models.JSONField(
        null=True, help_text=_("Supplementary packages; only a detail tells them.")
    )
    missed_sweeps = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = SimQuerySet.as_manager()

    class Meta:
        ordering = ["giccid"]
        verbose_name = "SIM"
        verbose_name_plural = "SIMs"
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "giccid"],
                include=["id", "status", "account", "apn_state", "removed_at"],
                name="sim_giccid",
            )
        ]
        indexes = [
            GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="sim_search"),
            _walk("status", "sim_by_status"),
            _walk("account", "sim_by_account"),
            _walk("account_name", "sim_by_account_name"),
            _walk("package_name", "sim_by_package"),
            _walk("apn_state", "sim_by_apn_state"),
            _walk("imsi", "sim_by_imsi"),
            _walk("msisdn", "sim_by_msisdn"),
            _walk("imei", "sim_by_imei"),
            _walk("data_used_mb", "sim_by_data"),
            _walk("usage_share", "sim_by_share"),
            _walk("sms_used", "sim_by_sms"),
            _walk("voice_used_min", "sim_by_voice"),
            _walk("sold_at", "sim_by_sold"),
            _walk("activated_at", "sim_by_activated"),
            _walk("package_ends_at", "sim_by_package_end"),
            _walk("observed_at", "sim_by_observed"),
            _walk("data_used_mb", "sim_by_status_data", within="status"),
            _walk("activated_at", "sim_by_status_activated", within="status"),
            _walk("package_ends_at", "sim_by_status_end", within="status"),
            models.Index(
                fields=["enterprise", "label", "giccid"],
                condition=Q(removed_at=None) & ~Q(label=""),
                name="sim_by_label",
            ),
            models.Index(fields=["enterprise", "po", "giccid"], condition=~Q(po=None), name="sim_by_po"),
            models.Index(
                fields=["enterprise", "missing_since"], condition=~Q(missing_since=None), name="sim_missing"
            ),
        ]

    def __str__(self) -> str:
        return self.giccid
