"""Whether there is news of messages: walks of indexes, asked by every page that stays open every other second.

A request without an answer for three seconds makes news by itself: nothing is written then, and yet it is unknown.
"""

from collections.abc import Sequence
from hashlib import sha256

from django.db import connection

from enterprise.models import Enterprise
from messaging.access import Conversation
from messaging.querysets import granted
from messaging.states import SILENCE
from staff.models import User

_SILENT = f"state = 'sending' AND sent_at < now() - interval '{SILENCE.total_seconds()} seconds'"
_OF_SIM = """ARRAY(SELECT (id, state, claimed, reported_at, read_at, {silent})::text FROM messaging_message
        WHERE enterprise_id = {enterprise} AND giccid = {giccid} ORDER BY at DESC, id DESC LIMIT 60),
 ARRAY(SELECT id FROM commands_command
        WHERE enterprise_id = {enterprise} AND giccid = {giccid} AND kind = 'sms' AND state = 'planned'
        ORDER BY id DESC LIMIT 20)"""
OF_SIM = _OF_SIM.format(silent=_SILENT, enterprise="s.enterprise_id", giccid="s.giccid")
"""For the page of a SIM `s`, see `sims.hooks.news_of_sim`."""
_OF_TALK = f"SELECT {_OF_SIM.format(silent=_SILENT, enterprise='%s', giccid='%s')}"
_OF_ALL = """
SELECT ARRAY(SELECT (id, state, changed_at)::text FROM messaging_message WHERE enterprise_id = %(enterprise)s
              ORDER BY changed_at DESC LIMIT 20),
 ARRAY(SELECT (id, unread, last_id)::text FROM messaging_thread WHERE enterprise_id = %(enterprise)s
        ORDER BY last_at DESC, id DESC LIMIT 50),
 ARRAY(SELECT (id, unread)::text FROM messaging_thread WHERE enterprise_id = %(enterprise)s AND unread > 0
        ORDER BY last_at DESC, id DESC LIMIT 50),
 ARRAY(SELECT id FROM messaging_message WHERE enterprise_id = %(enterprise)s AND {silent}
        ORDER BY at DESC, id DESC LIMIT 20)
""".replace("{silent}", _SILENT)
# The newest of each account, whenever they changed: what changed last may be everybody else's, and a long way to go.
_OF_ACCOUNTS = """
SELECT ARRAY(SELECT (m.id, m.state, m.changed_at, {silent})::text FROM unnest(%(accounts)s::bigint[]) own,
     LATERAL (SELECT * FROM messaging_message WHERE enterprise_id = %(enterprise)s AND account_id = own
               ORDER BY at DESC, id DESC LIMIT 50) m),
 ARRAY(SELECT (t.id, t.unread, t.last_id, m.state, m.changed_at, {silent})::text
   FROM unnest(%(accounts)s::bigint[]) own,
     LATERAL (SELECT * FROM messaging_thread WHERE enterprise_id = %(enterprise)s AND account_id = own
               ORDER BY last_at DESC, id DESC LIMIT 50) t
   LEFT JOIN messaging_message m ON m.id = t.last_id),
 ARRAY(SELECT (id, unread)::text FROM (
         SELECT * FROM messaging_thread WHERE enterprise_id = %(enterprise)s AND unread > 0
          ORDER BY last_at DESC, id DESC LIMIT 1000) unread WHERE account_id = ANY(%(accounts)s::bigint[]))
""".replace("{silent}", _SILENT.replace("state =", "m.state =").replace("sent_at", "m.sent_at"))


def of_all(user: User, enterprise: Enterprise) -> str:
    """A word that differs when a message came or moved, or was read, of the accounts this person sees.

    Of a part of the accounts it looks at the newest 50 messages and conversations of each: the first page of a list.
    """
    if user.sees_all_accounts:
        return _word(_OF_ALL, {"enterprise": enterprise.pk})
    return _word(_OF_ACCOUNTS, {"enterprise": enterprise.pk, "accounts": granted(user)})


def of_talk(user: User, talk: Conversation) -> str:
    """The same for one conversation, and for the list beside it."""
    return _word(_OF_TALK, [talk.enterprise.pk, talk.giccid] * 2) + of_all(user, talk.enterprise)


def _word(sql: str, values: dict[str, int | list[int]] | Sequence[int | str]) -> str:
    with connection.cursor() as database:
        database.execute(sql, values)
        return sha256(repr(database.fetchone()).encode()).hexdigest()[:16]
