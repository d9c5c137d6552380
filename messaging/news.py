"""Whether there is news of messages: walks of indexes, asked by every page that stays open every other second.

A request without an answer for three seconds makes news by itself: nothing is written then, and yet it is unknown.
"""

from hashlib import sha256

from django.db import connection

from enterprise.models import Enterprise
from messaging.access import Conversation
from messaging.states import SILENCE

_SILENT = f"state = 'sending' AND sent_at < now() - interval '{SILENCE.total_seconds()} seconds'"
_OF_SIM = """ARRAY(SELECT (id, state, claimed, reported_at, read_at, {silent})::text FROM messaging_message
        WHERE enterprise_id = {enterprise} AND giccid = {giccid} ORDER BY at DESC, id DESC LIMIT 60),
 ARRAY(SELECT (id, state)::text FROM commands_command
        WHERE enterprise_id = {enterprise} AND giccid = {giccid} AND kind = 'sms' ORDER BY id DESC LIMIT 20)"""
OF_SIM = _OF_SIM.format(silent=_SILENT, enterprise="s.enterprise_id", giccid="s.giccid")
"""For the page of a SIM `s`, see `sims.hooks.news_of_sim`."""
_OF_TALK = f"SELECT {_OF_SIM.format(silent=_SILENT, enterprise='%s', giccid='%s')}"
_OF_ALL = """
SELECT ARRAY(SELECT (id, state, changed_at)::text FROM messaging_message WHERE enterprise_id = %s
              ORDER BY changed_at DESC LIMIT 20),
 ARRAY(SELECT (id, unread, last_id)::text FROM messaging_thread WHERE enterprise_id = %s
        ORDER BY last_at DESC, id DESC LIMIT 50),
 ARRAY(SELECT (id, unread)::text FROM messaging_thread WHERE enterprise_id = %s AND unread > 0
        ORDER BY last_at DESC, id DESC LIMIT 50),
 ARRAY(SELECT id FROM messaging_message WHERE enterprise_id = %s AND {silent} ORDER BY at DESC, id DESC LIMIT 20)
""".replace("{silent}", _SILENT)


def of_all(enterprise: Enterprise) -> str:
    """A word that differs when a message came or moved, or was read. Of the whole enterprise, whoever asks."""
    return _word(_OF_ALL, [enterprise.pk] * 4)


def of_talk(talk: Conversation) -> str:
    """The same for one conversation, and for the list beside it."""
    return _word(_OF_TALK, [talk.enterprise.pk, talk.giccid] * 2) + of_all(talk.enterprise)


def _word(sql: str, values: list[int | str]) -> str:
    with connection.cursor() as database:
        database.execute(sql, values)
        return sha256(repr(database.fetchone()).encode()).hexdigest()[:16]
