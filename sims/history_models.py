"""What is kept about SIMs over time. All of it is written by the database's own triggers or by sync jobs.

`sims/migrations/0003_history_triggers.py` keeps `Rollup`, `AccountDay`, `SimDay` and `SimVersion` in step with every
write to `sims_sim`, in the same transaction: no figure on a page is counted on a visit.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprise.models import Enterprise
from sims.card_models import Sim


class Rollup(models.Model):
    """How many SIMs (not removed ones) have one value of one dimension, by account.

    `account_id` 0 stands for SIMs of no account. Values: status as it came; package name ("" for none); APN state;
    usage bucket (`none`, `some`, `near`, `over` its allowance); `ends`: day (UTC) a package ends, as YYYY-MM-DD;
    `presence`: `listed` or `missing`. `data_mb`: their data of this cycle (MB).
    """

    class Dimension(models.TextChoices):
        STATUS = "status", _("Status")
        PACKAGE = "package", _("Package")
        APN = "apn", _("APN")
        USAGE = "usage", _("Usage")
        ENDS = "ends", _("Package ends")
        PRESENCE = "presence", _("Presence")

    pk = models.CompositePrimaryKey("enterprise_id", "dimension", "value", "account_id")
    # No constraints: rows of a removed enterprise are removed with it, in whatever order.
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    account_id = models.BigIntegerField()
    dimension = models.CharField(max_length=12, choices=Dimension)
    value = models.CharField(max_length=400)
    sims = models.BigIntegerField()
    data_mb = models.FloatField()

    def __str__(self) -> str:
        return f"{self.dimension} {self.value}: {self.sims}"


class AccountDay(models.Model):
    """What an account's SIMs used on one day (UTC, by when we saw it): MB, messages, minutes.

    Sums of differences between two readings of a SIM. A reading below half of the one before is a new cycle and counts
    whole; a smaller fall is a correction and counts nothing. A SIM's first reading counts nothing.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "account_id", "day")
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    account_id = models.BigIntegerField()
    day = models.DateField()
    data_mb = models.FloatField()
    sms = models.FloatField()
    voice_min = models.FloatField()

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}: {self.data_mb} MB"


class SimDay(models.Model):
    """A SIM's cycle counters as last seen on one day (UTC): MB, messages, minutes. Only days with a change have one."""

    pk = models.CompositePrimaryKey("sim_id", "day")
    # No constraint: rows are written by the trigger of the SIM itself.
    sim = models.ForeignKey(
        Sim, on_delete=models.CASCADE, related_name="days", db_index=False, db_constraint=False
    )
    day = models.DateField()
    data_mb = models.FloatField()
    sms = models.FloatField()
    voice_min = models.FloatField()

    def __str__(self) -> str:
        return f"{self.sim_id} {self.day}: {self.data_mb} MB"


class SimVersion(models.Model):
    """A payload that another one has replaced, usage apart. It was true from `observed_at` until `replaced_at`."""

    sim = models.ForeignKey(Sim, on_delete=models.CASCADE, related_name="versions", db_index=False)
    raw = models.JSONField()
    observed_at = models.DateTimeField()
    observed_by = models.CharField(max_length=16)
    replaced_at = models.DateTimeField()
    replaced_by = models.CharField(max_length=16)

    class Meta:
        ordering = ["-replaced_at", "-id"]
        indexes = [models.Index(fields=["sim", "-replaced_at", "-id"], name="sim_version_newest")]

    def __str__(self) -> str:
        return f"{self.sim_id} until {self.replaced_at}"


class ChangeLog(models.Model):
    """A change the platform reports (doc), kept beyond its 30 days. It has no id, so its content tells it apart."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="change_logs", db_index=False
    )
    giccid = models.CharField("ICCID", max_length=32)
    type = models.CharField(max_length=60)
    original = models.CharField(max_length=400, null=True)
    target = models.CharField(max_length=400, null=True)
    status = models.CharField(max_length=60, null=True)
    happened_at = models.DateTimeField()
    raw = models.JSONField()
    digest = models.UUIDField()
    fetched_at = models.DateTimeField()

    class Meta:
        ordering = ["-happened_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "digest"], name="change_log_once")]
        indexes = [
            models.Index(fields=["enterprise", "giccid", "-happened_at"], name="change_log_sim"),
            models.Index(fields=["enterprise", "-happened_at"], name="change_log_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.giccid} {self.type} {self.happened_at}"


class Hint(models.Model):
    """A SIM to be read back: whoever hints twice before the read costs one read. Deleted when a later read answered."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="hints", db_index=False)
    giccid = models.CharField("ICCID", max_length=32)
    reason = models.CharField(max_length=20, help_text=_("delta, missing, person, push …"))
    hinted_at = models.DateTimeField()
    run_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enterprise", "giccid"], name="hint_once")]
        indexes = [models.Index(fields=["enterprise", "run_at"], name="hint_due")]

    def __str__(self) -> str:
        return f"{self.giccid} ({self.reason})"
