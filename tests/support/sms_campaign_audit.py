"""What only a campaign's database has: every step of every message is written down, and pauses are short.

The portal knows nothing of it: a trigger beside its own, which code can neither see nor forget.
"""

from typing import Any

_NOTE = """
CREATE TABLE campaign_step (id bigserial PRIMARY KEY, message bigint NOT NULL, was text, became text NOT NULL,
                            at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE FUNCTION campaign_note() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO campaign_step (message, was, became) VALUES (NEW.id, NULL, NEW.state);
  ELSIF OLD.state <> NEW.state THEN
    INSERT INTO campaign_step (message, was, became) VALUES (NEW.id, OLD.state, NEW.state);
  END IF;
  RETURN NULL;
END $body$;
CREATE TRIGGER campaign_note AFTER INSERT OR UPDATE ON messaging_message FOR EACH ROW EXECUTE FUNCTION campaign_note();
"""
_REMOVE = """
DROP TRIGGER campaign_note ON messaging_message; DROP FUNCTION campaign_note(); DROP TABLE campaign_step;
"""
# How long a report is waited for before the platform is asked: as the trigger says, and here.
_PAUSES = {"20 seconds": "4 seconds", "10 minutes": "8 seconds"}


def watch(cursor: Any) -> None:
    cursor.execute(_NOTE)


def unwatch(cursor: Any) -> None:
    cursor.execute(_REMOVE)


def hasten(cursor: Any) -> None:
    cursor.execute("SELECT pg_get_functiondef('messaging_follow'::regproc)")
    body = str(cursor.fetchone()[0])
    for usual, short in _PAUSES.items():
        assert usual in body, f"the trigger knows no pause of {usual}"
        body = body.replace(usual, short)
    cursor.execute(body)
