"""Custom fields as they were read last. SmartHub tells them one SIM a call, so they are read when somebody asks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enterprise.models import Enterprise
from mirror.models import LeasedRow
from sims.card_models import Sim


class CustomFields(LeasedRow):
    """`values`: {custom1: text, …} of those that are not empty; `read_at`: when that was; None: never.

    `is_wanted`: to be read at `run_at`. A SIM without a row was never read nor asked for.
    """

    sim = models.OneToOneField(Sim, on_delete=models.CASCADE, primary_key=True, related_name="custom_fields")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="+", db_index=False)
    values = models.JSONField(default=dict, db_default={})
    read_at = models.DateTimeField(null=True, help_text=_("When the request was sent."))
    is_wanted = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["enterprise", "run_at"], condition=Q(is_wanted=True), name="custom_wanted")
        ]

    def __str__(self) -> str:
        return f"{self.sim_id}: {self.read_at}"
