"""People."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of staff. Roles are groups (`staff.roles`); what they see is `sees_all_accounts` or grants."""

    sees_all_accounts = models.BooleanField(
        default=False,
        help_text=_("Off: sees only the SmartHub accounts granted to this person."),
    )

    class Meta(AbstractUser.Meta):
        verbose_name = "person"
        verbose_name_plural = "people"

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class AuditEvent(models.Model):
    """A deed of a person (or of the portal itself: no actor). Rows are only ever added."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )
    actor_name = models.CharField(max_length=150, blank=True)
    deed = models.CharField(max_length=60)
    about = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    is_alarm = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["deed", "-id"], name="audit_deed")]

    def __str__(self) -> str:
        return f"{self.actor_name or 'portal'} {self.deed} {self.about}"
