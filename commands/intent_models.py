"""What people want each SIM to be: the last order that was applied, or the drift that was accepted."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commands.command_models import Command
from enterprise.models import Enterprise


class Intent(models.Model):
    """One thing about one SIM as it was last ordered from here, and whether SmartHub shows something else since.

    Triggers (`commands/migrations/0002_intent.py`) write it when a command becomes applied, `drifted_at` also when the
    SIM changes. `aspect`: "status", "package" or "apn:<name>".
    """

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="intents", db_index=False, db_constraint=False
    )
    giccid = models.CharField("ICCID", max_length=32)
    aspect = models.CharField(max_length=140)
    value = models.CharField(max_length=400)
    # Neither constraint nor cascade: the command may go one day, what was wanted stays.
    command = models.ForeignKey(
        Command, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    since = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    note = models.CharField(max_length=500, blank=True, db_default="")
    drifted_at = models.DateTimeField(
        null=True,
        help_text=_("First read that showed something else; empty: as intended, or not read since."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "giccid", "aspect"], name="intent_of_aspect")
        ]
        indexes = [
            models.Index(
                fields=["enterprise", "-drifted_at", "-id"],
                condition=~models.Q(drifted_at=None),
                name="intent_drifted",
            )
        ]

    def __str__(self) -> str:
        return f"{self.giccid} {self.aspect}: {self.value}"
