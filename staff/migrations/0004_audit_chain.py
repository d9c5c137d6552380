"""The audit trail becomes append-only, and each row vouches for the one before.

A trigger before INSERT, so that no way into the table avoids it: it waits for every other deed under way (an advisory
lock until the commit), takes the next number only then, so that numbers have no gaps, and sets `previous` and `hash`.
Another trigger refuses everything else. `staff/audit_check.py` computes the same hashes by itself.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

CONTENT = """jsonb_build_array({0}.id, to_char({0}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), {0}.actor_id,
    {0}.actor_name, {0}.deed, {0}.about, {0}.detail, {0}.is_alarm)::text"""
_HASH = f"encode(sha256(convert_to({{0}}.previous || E'\\n' || {CONTENT}, 'UTF8')), 'hex')"

_CHAIN_WHAT_IS_THERE = f"""
DO $body$
DECLARE e staff_auditevent; was bigint; n bigint := 0; before text := '';
BEGIN
  FOR e IN SELECT * FROM staff_auditevent ORDER BY id LOOP
    was := e.id;
    n := n + 1;
    e.id := n;
    e.previous := before;
    e.hash := {_HASH.format('e')};
    before := e.hash;
    UPDATE staff_auditevent SET id = n, previous = e.previous, hash = e.hash WHERE id = was;
  END LOOP;
END $body$;
"""
_UP = f"""
CREATE FUNCTION staff_audit_chain() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM pg_advisory_xact_lock(1096106057);
  SELECT id + 1, hash INTO NEW.id, NEW.previous FROM staff_auditevent ORDER BY id DESC LIMIT 1;
  NEW.id := coalesce(NEW.id, 1);
  NEW.previous := coalesce(NEW.previous, '');
  NEW.hash := {_HASH.format('NEW')};
  RETURN NEW;
END $body$;
CREATE FUNCTION staff_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'The audit trail is append-only: % refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END $body$;
CREATE TRIGGER staff_audit_chain BEFORE INSERT ON staff_auditevent FOR EACH ROW EXECUTE FUNCTION staff_audit_chain();
CREATE TRIGGER staff_audit_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_auditevent
   FOR EACH STATEMENT EXECUTE FUNCTION staff_audit_refuse();
"""
_DOWN = """
DROP TRIGGER staff_audit_refuse ON staff_auditevent; DROP FUNCTION staff_audit_refuse();
DROP TRIGGER staff_audit_chain ON staff_auditevent; DROP FUNCTION staff_audit_chain();
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0003_auditevent")]
    operations = [
        migrations.AlterField(
            model_name="auditevent",
            name="actor",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="previous",
            field=models.CharField(db_default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="hash",
            field=models.CharField(db_default="", editable=False, max_length=64),
        ),
        migrations.AddIndex(
            model_name="auditevent", index=models.Index(fields=["actor_name", "-id"], name="audit_who")
        ),
        migrations.AddIndex(model_name="auditevent", index=models.Index(fields=["at"], name="audit_when")),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(condition=models.Q(("is_alarm", True)), fields=["-at"], name="audit_alarm"),
        ),
        migrations.RunSQL(_CHAIN_WHAT_IS_THERE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.UniqueConstraint(fields=("previous",), name="audit_one_chain"),
        ),
        migrations.RunSQL(_UP, _DOWN),
    ]
