"""Whether the inbox of pushes shows anything new, asked by every page of it that stays open every other second."""

from hashlib import sha256

from django.db import connection

from enterprise.models import Enterprise

# Of the whole enterprise, whatever a person sees of it: a walk of an index that takes the same for everybody.
_NEWEST = """
SELECT p.id, p.state, p.times, e.verdict FROM (
  SELECT id, state, times FROM notifications_push WHERE enterprise_id = %s ORDER BY id DESC LIMIT 100) p
  LEFT JOIN notifications_event e ON e.push_id = p.id ORDER BY p.id DESC
"""


def cursor(enterprise: Enterprise) -> str:
    """A word that differs when a push came, or came again, or something became of one of the newest."""
    with connection.cursor() as database:
        database.execute(_NEWEST, [enterprise.pk])
        return sha256(repr(database.fetchall()).encode()).hexdigest()[:20]
