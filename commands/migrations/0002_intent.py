"""What people want each SIM to be, kept by the database itself, and whether it drifted.

Four triggers: an applied command writes the intent; a written intent is judged by what the SIM shows; and whenever SIMs
change, their intents are judged again. So the overview counts a few rows of a partial index, whatever the fleet's size.
What no write tells, a SIM that a sweep found unchanged, `sims.drift_marks` looks at when the sweep ends.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What a SIM shows of an aspect; NULL when the payload does not tell.
_SEEN = """
CREATE FUNCTION commands_seen(aspect text, status text, package text, raw jsonb) RETURNS text LANGUAGE sql IMMUTABLE
AS $body$
SELECT CASE
  WHEN aspect = 'status' THEN status
  WHEN status = 'RETIRED' THEN NULL
  WHEN aspect = 'package' THEN CASE WHEN raw ? 'currentBasicServicePackage' THEN coalesce(package, '') END
  WHEN jsonb_typeof(raw -> 'apnList') = 'array' THEN coalesce(
    (SELECT a ->> 'apnStatus' FROM jsonb_array_elements(raw -> 'apnList') a
      WHERE a ->> 'apnName' = substr(aspect, 5) LIMIT 1), '')
END $body$;
"""
_DRIFTED = "{s}.removed_at IS NULL AND commands_seen({i}.aspect, {s}.status, {s}.package_name, {s}.raw) <> {i}.value"

_ASPECT = """CASE WHEN {c}.kind IN ('activate', 'suspend', 'retire') THEN 'status'
       WHEN {c}.kind = 'basic_plan' THEN 'package'
       WHEN {c}.kind = 'apn_status' THEN 'apn:' || (SELECT params ->> 'apn' FROM commands_plan p WHERE p.uid = {c}.plan_id)
  END"""
# An order was carried out: that is what people want now. Nothing more is wanted of a retired SIM.
_INTEND = f"""
CREATE FUNCTION commands_intend() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE which text := {_ASPECT.format(c="NEW")};
BEGIN
  IF which IS NULL THEN RETURN NULL; END IF;
  INSERT INTO commands_intent AS i (enterprise_id, giccid, aspect, value, command_id, since)
  VALUES (NEW.enterprise_id, NEW.giccid, which, NEW.after, NEW.id, coalesce(NEW.settled_at, now()))
  ON CONFLICT (enterprise_id, giccid, aspect) DO UPDATE
  SET value = EXCLUDED.value, command_id = EXCLUDED.command_id, since = EXCLUDED.since, accepted_by_id = NULL, note = ''
  WHERE i.since <= EXCLUDED.since;
  IF which = 'status' AND NEW.after = 'RETIRED' THEN
    DELETE FROM commands_intent WHERE enterprise_id = NEW.enterprise_id AND giccid = NEW.giccid AND aspect <> 'status';
  END IF;
  RETURN NULL;
END $body$;
CREATE TRIGGER commands_intend_new AFTER INSERT ON commands_command FOR EACH ROW
   WHEN (NEW.state = 'applied') EXECUTE FUNCTION commands_intend();
CREATE TRIGGER commands_intend AFTER UPDATE OF state ON commands_command FOR EACH ROW
   WHEN (NEW.state = 'applied' AND OLD.state <> 'applied') EXECUTE FUNCTION commands_intend();
"""
# The intent changed: does a read since show something else?
_JUDGE = f"""
CREATE FUNCTION commands_intent_judge() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.drifted_at := (SELECT s.observed_at FROM sims_sim s
    WHERE s.enterprise_id = NEW.enterprise_id AND s.giccid = NEW.giccid AND s.observed_at >= NEW.since
      AND {_DRIFTED.format(s="s", i="NEW")});
  RETURN NEW;
END $body$;
CREATE TRIGGER commands_intent_judge BEFORE INSERT OR UPDATE OF value, since ON commands_intent FOR EACH ROW
   EXECUTE FUNCTION commands_intent_judge();
"""
# SIMs changed: the same question for their intents, one by index for each SIM, whatever the planner believes of the
# tables' sizes. Who is just writing an intent judges it himself, so a locked row is left to him: nobody blocks.
_WATCH = f"""
CREATE FUNCTION commands_intent_watch() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $body$
BEGIN
  WITH judged AS MATERIALIZED (
    SELECT i.id, i.was, i.now FROM new_rows n CROSS JOIN LATERAL (
      SELECT c.id, c.drifted_at AS was,
             CASE WHEN n.observed_at >= c.since AND {_DRIFTED.format(s="n", i="c")}
                  THEN coalesce(c.drifted_at, n.observed_at) END AS now
        FROM commands_intent c WHERE c.enterprise_id = n.enterprise_id AND c.giccid = n.giccid OFFSET 0) i
     WHERE i.was IS DISTINCT FROM i.now
  ), free AS MATERIALIZED (
    SELECT c.id, j.now FROM judged j JOIN commands_intent c ON c.id = j.id FOR UPDATE OF c SKIP LOCKED
  )
  UPDATE commands_intent c SET drifted_at = f.now FROM free f WHERE c.id = f.id;
  RETURN NULL;
END $body$;
CREATE TRIGGER commands_intent_watch AFTER UPDATE ON sims_sim REFERENCING NEW TABLE AS new_rows
   FOR EACH STATEMENT EXECUTE FUNCTION commands_intent_watch();
"""
# Orders that were applied before this migration. Their SIMs have been read since, so each is judged as it is written.
_BACKFILL = f"""
INSERT INTO commands_intent (enterprise_id, giccid, aspect, value, command_id, since)
SELECT DISTINCT ON (enterprise_id, giccid, aspect) * FROM (
  SELECT c.enterprise_id, c.giccid, {_ASPECT.format(c="c")} AS aspect, c.after, c.id, coalesce(c.settled_at, c.changed_at) AS since
    FROM commands_command c WHERE c.state = 'applied') d
 WHERE aspect IS NOT NULL ORDER BY enterprise_id, giccid, aspect, since DESC;
"""
_DOWN = """
DROP TRIGGER commands_intent_watch ON sims_sim; DROP FUNCTION commands_intent_watch();
DROP TRIGGER commands_intent_judge ON commands_intent; DROP FUNCTION commands_intent_judge();
DROP TRIGGER commands_intend_new ON commands_command; DROP TRIGGER commands_intend ON commands_command;
DROP FUNCTION commands_intend(); DROP FUNCTION commands_seen(text, text, text, jsonb);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('commands', '0001_initial'),
        ('sims', '0006_protection'),
        ('enterprise', '0004_enterprise_confirmed_operations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Intent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('giccid', models.CharField(max_length=32, verbose_name='ICCID')),
                ('aspect', models.CharField(max_length=140)),
                ('value', models.CharField(max_length=400)),
                ('since', models.DateTimeField()),
                ('note', models.CharField(blank=True, db_default='', max_length=500)),
                ('drifted_at', models.DateTimeField(help_text='First read that showed something else; empty: as intended, or not read since.', null=True)),
                ('accepted_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('command', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='commands.command')),
                ('enterprise', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='intents', to='enterprise.enterprise')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('drifted_at', None), _negated=True), fields=['enterprise', '-drifted_at', '-id'], name='intent_drifted')],
                'constraints': [models.UniqueConstraint(fields=('enterprise', 'giccid', 'aspect'), name='intent_of_aspect')],
            },
        ),
        migrations.RunSQL(_SEEN + _INTEND + _JUDGE + _BACKFILL + _WATCH, _DOWN),
    ]
