"""The campaign's SIMs in the mirror, and which of them a change makes sense for."""

from typing import Any

from django.db import connection

from enterprise.models import Enterprise
from tests.factories import UserFactory
from tests.support.campaign_stage import connected

_WHERE = {
    "activate": "s.status IN ('INVENTORY', 'ACTIVATE_READY', 'TEST_READY', 'DEACTIVATED')",
    "suspend": "s.status = 'ACTIVATED'",
    "retire": "s.status = 'DEACTIVATED'",
    "basic_plan": """s.status IN ('ACTIVATED', 'DEACTIVATED') AND s.package_name <> %(package)s AND EXISTS (
        SELECT 1 FROM enterprise_servicepackage k WHERE k.account_id = s.account_id AND k.name = %(package)s)""",
    "supplementary_plan": """s.status = 'ACTIVATED' AND EXISTS (
        SELECT 1 FROM enterprise_servicepackage k WHERE k.account_id = s.account_id AND k.name = %(package)s)""",
    "apn_status": """s.status <> 'RETIRED' AND EXISTS (
        SELECT 1 FROM jsonb_array_elements(s.raw -> 'apnList') a
         WHERE a ->> 'apnName' = %(apn)s AND a ->> 'apnStatus' <> %(status)s)""",
    "custom_fields": "TRUE",
}
_FREE = """
    AND NOT EXISTS (SELECT 1 FROM sims_hint h WHERE h.enterprise_id = s.enterprise_id AND h.giccid = s.giccid)
    AND NOT EXISTS (SELECT 1 FROM commands_command c WHERE c.enterprise_id = s.enterprise_id
        AND c.giccid = s.giccid AND c.state IN
        ('planned', 'queued', 'leased', 'sent', 'acked', 'unknown', 'needs_human'))"""


def eligible(
    enterprise: Enterprise, kind: str, params: dict[str, Any], count: int, *, is_careless: bool
) -> list[str]:
    """Up to `count` SIMs at random; the careless don't look whether others are at them."""
    sql = (
        "SELECT s.giccid FROM sims_sim s WHERE s.enterprise_id = %(enterprise)s AND s.removed_at IS NULL AND "
    )
    sql += _WHERE[kind] + ("" if is_careless else _FREE) + " ORDER BY random() LIMIT %(count)s"
    with connection.cursor() as cursor:
        cursor.execute(sql, {**params, "enterprise": enterprise.pk, "count": count})
        return [giccid for (giccid,) in cursor.fetchall()]


def settle_in(sandbox: Any) -> tuple[Enterprise, list[Any]]:
    """A migrated database with two people and an enterprise whose mirror is complete."""
    enterprise = connected(sandbox)
    people = [UserFactory(username="olga", role="operator"), UserFactory(username="arno", role="approver")]
    return enterprise, people
