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
