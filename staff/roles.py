"""The four roles, as Django groups, and what each may do, as `rules` permissions.

A role includes those before it in `ROLES`.
"""

import rules
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from staff.models import User

VIEWER, OPERATOR, APPROVER, ADMIN = ROLES = ("viewer", "operator", "approver", "admin")
LABELS = {
    VIEWER: _("Viewer"),
    OPERATOR: _("Operator"),
    APPROVER: _("Approver"),
    ADMIN: _("Administrator"),
}


def role_of(user: User | AnonymousUser) -> str | None:
    """The highest role; None for nobody's account. One query per user object, remembered on it."""
    if not user.is_authenticated or not user.is_active:
        return None
    if not hasattr(user, "_role"):
        names = set(user.groups.values_list("name", flat=True))
        held = [role for role in ROLES if role in names]
        user._role = ADMIN if user.is_superuser else (held[-1] if held else None)  # type: ignore[attr-defined]
    role: str | None = user._role  # type: ignore[attr-defined]
    return role


def _at_least(minimum: str) -> rules.predicates.Predicate:
    def predicate(user: User | AnonymousUser) -> bool:
        role = role_of(user)
        return role is not None and ROLES.index(role) >= ROLES.index(minimum)

    return rules.predicates.Predicate(predicate, name=f"is_{minimum}")


is_viewer, is_operator, is_approver, is_admin = (_at_least(role) for role in ROLES)

sees_all = rules.predicates.Predicate(
    lambda user: bool(getattr(user, "sees_all_accounts", False)), name="sees_all_accounts"
)

rules.add_perm("portal.view", is_viewer)
rules.add_perm("sims.refresh", is_operator)
rules.add_perm("sims.note", is_operator)
rules.add_perm("mirror.start", is_operator)
rules.add_perm("commands.run", is_operator)
rules.add_perm("alerts.handle", is_operator)
# A rule is about every account of the enterprise, and so is who reads or makes it.
rules.add_perm("alerts.read_rules", is_viewer & sees_all)
rules.add_perm("alerts.rules", is_approver & sees_all)
rules.add_perm("commands.approve", is_approver)
rules.add_perm("commands.decide", is_approver)
rules.add_perm("commands.rules", is_admin)
rules.add_perm("sims.protect", is_approver)
rules.add_perm("staff.audit", is_approver)
rules.add_perm("enterprise.manage", is_admin)
