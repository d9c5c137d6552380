"""Whether there is news of a SIM: walks of indexes, asked by every page that stays open every other second."""

from hashlib import sha256

from django.db import connection

from commands.states import ORDERED
from enterprise.models import Enterprise
from sims import hooks
from sims.models import Sim
from staff.models import User

# By hand, because putting it together would take ten times as long as answering it. The newest of each kind: what is
# older than those moves no page any more.
_TOLD = """
SELECT s.observed_at, s.row_hash, s.label, s.missing_since, s.removed_at, s.account_id, a.swept_at, e.swept_at,
 ARRAY(SELECT id FROM sims_changelog WHERE enterprise_id = s.enterprise_id AND giccid = s.giccid
        ORDER BY happened_at DESC LIMIT 20),
 ARRAY(SELECT id FROM sims_simversion WHERE sim_id = s.id ORDER BY replaced_at DESC, id DESC LIMIT 1),
 ARRAY(SELECT (id, state, changed_at)::text FROM commands_command
        WHERE enterprise_id = s.enterprise_id AND giccid = s.giccid AND state IN ({ordered})
        ORDER BY id DESC LIMIT 20),
 ARRAY(SELECT (id, value, drifted_at)::text FROM commands_intent
        WHERE enterprise_id = s.enterprise_id AND giccid = s.giccid ORDER BY aspect LIMIT 20)
 {more}
  FROM sims_sim s JOIN enterprise_enterprise e ON e.id = s.enterprise_id
  LEFT JOIN enterprise_account a ON a.id = s.account_id WHERE s.id = %s
"""


def cursor(user: User, giccid: str) -> str:
    """A word that differs when anything differs the page shows; empty: no such SIM, or not for this person."""
    # As in `access.get_sim_or_404`, without the payload.
    sims = Sim.objects.visible_to(user).filter(enterprise__in=Enterprise.objects.values("pk"), giccid=giccid)
    pk = sims.order_by("enterprise_id").values_list("pk", flat=True).first()
    if pk is None:
        return ""
    with connection.cursor() as database:
        database.execute(_sql(), [pk])
        return sha256(repr(database.fetchone()).encode()).hexdigest()[:20]


def _sql() -> str:
    """Made of constants alone."""
    ordered = ", ".join(f"'{state}'" for state in ORDERED)
    return _TOLD.format(ordered=ordered, more="".join(f", {part}" for part in hooks.news_of_sim))
