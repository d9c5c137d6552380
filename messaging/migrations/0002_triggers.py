"""Messages follow their orders, conversations follow their messages: kept by the database itself, in the transaction that
moves the order, whichever code does.

A message of an order is written when the order is queued. It goes where the order goes until SmartHub accepted it; from
there on reports move it. A report usually comes as a push, so `Query SMS` waits: 20 seconds for what a person sent alone,
10 minutes for many. `now()` is the moment the transaction began.
"""

from django.db import migrations

_FOLLOW = """
CREATE FUNCTION messaging_follow() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF NEW.state = 'queued' THEN
    INSERT INTO messaging_message AS m (enterprise_id, giccid, account_id, direction, state, text, command_id, plan_id,
                                        author_id, run_at, fence)
    SELECT NEW.enterprise_id, NEW.giccid, NEW.account_id, 'mt', 'queued', NEW.after, NEW.id, NEW.plan_id,
           p.created_by_id, now(), 0 FROM commands_plan p WHERE p.uid = NEW.plan_id
    ON CONFLICT (command_id) DO UPDATE SET state = 'queued', changed_at = now()
     WHERE m.state IN ('sending', 'unknown');
    RETURN NULL;
  END IF;
  UPDATE messaging_message SET
         state = CASE NEW.state WHEN 'sent' THEN 'sending' WHEN 'rejected' THEN 'refused'
                                WHEN 'not_applied' THEN 'not_sent' WHEN 'cancelled' THEN 'cancelled'
                                WHEN 'applied' THEN CASE NEW.remote_id WHEN '' THEN 'no_report' ELSE 'accepted' END
                                ELSE 'unknown' END,
         sent_at = coalesce(NEW.sent_at, sent_at),
         remote_id = NEW.remote_id,
         accepted_at = CASE NEW.state WHEN 'applied' THEN coalesce(NEW.settled_at, now()) END,
         run_at = CASE WHEN NEW.state <> 'applied' THEN run_at WHEN NEW.remote_id = '' THEN '9999-01-01+00'
                  WHEN NEW.rank = 0 THEN now() + interval '20 seconds' ELSE now() + interval '10 minutes' END,
         changed_at = now()
   WHERE command_id = NEW.id AND state IN ('queued', 'sending', 'unknown');
  RETURN NULL;
END $body$;
CREATE TRIGGER messaging_follow AFTER UPDATE OF state ON commands_command FOR EACH ROW
   WHEN (NEW.kind = 'sms' AND OLD.state <> NEW.state
         AND NEW.state IN ('queued', 'sent', 'unknown', 'needs_human', 'applied', 'rejected', 'not_applied', 'cancelled'))
   EXECUTE FUNCTION messaging_follow();
"""
_THREAD = """
CREATE FUNCTION messaging_thread_came() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO messaging_thread AS t (enterprise_id, giccid, account_id, last_id, last_at, unread)
  VALUES (NEW.enterprise_id, NEW.giccid, NEW.account_id, NEW.id, NEW.at,
          (NEW.direction = 'mo' AND NEW.read_at IS NULL)::int)
  ON CONFLICT (enterprise_id, giccid) DO UPDATE SET
     last_id = CASE WHEN EXCLUDED.last_at >= t.last_at THEN EXCLUDED.last_id ELSE t.last_id END,
     last_at = greatest(t.last_at, EXCLUDED.last_at),
     account_id = EXCLUDED.account_id,
     unread = t.unread + EXCLUDED.unread;
  RETURN NULL;
END $body$;
CREATE TRIGGER messaging_thread_came AFTER INSERT ON messaging_message FOR EACH ROW
   EXECUTE FUNCTION messaging_thread_came();

CREATE FUNCTION messaging_thread_read() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  UPDATE messaging_thread SET unread = greatest(0, unread + CASE WHEN NEW.read_at IS NULL THEN 1 ELSE -1 END)
   WHERE enterprise_id = NEW.enterprise_id AND giccid = NEW.giccid;
  RETURN NULL;
END $body$;
CREATE TRIGGER messaging_thread_read AFTER UPDATE OF read_at ON messaging_message FOR EACH ROW
   WHEN (NEW.direction = 'mo' AND (OLD.read_at IS NULL) <> (NEW.read_at IS NULL))
   EXECUTE FUNCTION messaging_thread_read();

CREATE FUNCTION messaging_thread_gone() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF OLD.direction = 'mo' AND OLD.read_at IS NULL THEN
    UPDATE messaging_thread SET unread = greatest(0, unread - 1)
     WHERE enterprise_id = OLD.enterprise_id AND giccid = OLD.giccid;
  END IF;
  DELETE FROM messaging_thread
   WHERE enterprise_id = OLD.enterprise_id AND giccid = OLD.giccid AND last_id = OLD.id;
  RETURN NULL;
END $body$;
CREATE TRIGGER messaging_thread_gone AFTER DELETE ON messaging_message FOR EACH ROW
   EXECUTE FUNCTION messaging_thread_gone();
"""
_DOWN = """
DROP TRIGGER messaging_follow ON commands_command; DROP FUNCTION messaging_follow();
DROP TRIGGER messaging_thread_came ON messaging_message; DROP FUNCTION messaging_thread_came();
DROP TRIGGER messaging_thread_read ON messaging_message; DROP FUNCTION messaging_thread_read();
DROP TRIGGER messaging_thread_gone ON messaging_message; DROP FUNCTION messaging_thread_gone();
"""


class Migration(migrations.Migration):

    dependencies = [("messaging", "0001_initial"), ("commands", "0004_messages")]

    operations = [migrations.RunSQL(_FOLLOW + _THREAD, _DOWN)]
