"""People."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from staff.querysets import AuditQuerySet


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
    """A deed of a person (or of the portal itself: no actor). Rows are only ever added; the database refuses the rest.

    `previous` and `hash` chain them; the trigger of `staff/migrations/0004_audit_chain.py` sets both. The person may be
    deleted later, so show `actor_name`, never `actor`.
    """

    at = models.DateTimeField(auto_now_add=True)
    # No constraint and nothing done on deletion: a row is never updated, not even to forget its actor.
    actor = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    actor_name = models.CharField(max_length=150, blank=True)
    deed = models.CharField(max_length=60)
    about = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    is_alarm = models.BooleanField(default=False)
    previous = models.CharField(max_length=64, editable=False, db_default="")
    hash = models.CharField(max_length=64, editable=False, db_default="")

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["previous"], name="audit_one_chain")]
        indexes = [
            models.Index(fields=["deed", "-id"], name="audit_deed"),
            models.Index(fields=["actor_name", "-id"], name="audit_who"),
            models.Index(fields=["at"], name="audit_when"),
            models.Index(fields=["-at"], condition=models.Q(is_alarm=True), name="audit_alarm"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name or 'portal'} {self.deed} {self.about}"
