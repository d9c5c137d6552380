"""SIMs that changes must leave alone, one by one or by a saved view."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprise.models import Enterprise
from sims.card_models import Sim
from sims.desk_models import SavedView


class Protection(models.Model):
    """One SIM, or whatever matches a shared view when a plan is made or carried out, is not changed from here."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="protections")
    sim = models.OneToOneField(Sim, null=True, on_delete=models.CASCADE, related_name="protection")
    view = models.OneToOneField(SavedView, null=True, on_delete=models.PROTECT, related_name="protection")
    reason = models.CharField(
        max_length=300, help_text=_("Shown wherever it keeps a SIM from being changed.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sim=None) ^ models.Q(view=None), name="protection_of_one"
            )
        ]

    def __str__(self) -> str:
        return f"protection {self.pk}"
