"""Rollups, usage by day and versions, kept by statement triggers: in step with every write, in its transaction."""

from django.db import migrations

# Values of one SIM in every dimension; n counts up for a row that came and down for one that went.
_COUNT = """
INSERT INTO sims_rollup AS r (enterprise_id, account_id, dimension, value, sims, data_mb)
SELECT d.enterprise_id, coalesce(d.account_id, 0), v.dimension, v.value, sum(d.n), sum(d.n * v.mb)
  FROM ({rows}) d
 CROSS JOIN LATERAL (VALUES
       ('status', d.status::text, d.data_used_mb),
       ('package', coalesce(d.package_name, ''), d.data_used_mb),
       ('apn', d.apn_state, d.data_used_mb),
       ('usage', CASE WHEN d.usage_share >= 1 THEN 'over' WHEN d.usage_share >= 0.8 THEN 'near'
                      WHEN d.data_used_mb > 0 THEN 'some' ELSE 'none' END, d.data_used_mb),
       ('ends', to_char(d.package_ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), d.data_used_mb),
       ('presence', CASE WHEN d.missing_since IS NULL THEN 'listed' ELSE 'missing' END, d.data_used_mb)
      ) v (dimension, value, mb)
 WHERE v.value IS NOT NULL
 GROUP BY 1, 2, 3, 4
HAVING sum(d.n) <> 0 OR sum(d.n * v.mb) <> 0
 ORDER BY 1, 2, 3, 4
ON CONFLICT (enterprise_id, dimension, value, account_id)
DO UPDATE SET sims = r.sims + EXCLUDED.sims, data_mb = r.data_mb + EXCLUDED.data_mb;
"""
_COLUMNS = (
    "enterprise_id, account_id, status, package_name, apn_state, usage_share, data_used_mb, package_ends_at,"
    " missing_since, removed_at"
)
_COUNTED = "removed_at IS NULL"
_PLUS = f"SELECT {_COLUMNS}, 1 AS n FROM new_rows WHERE {_COUNTED}"
_MINUS = f"SELECT {_COLUMNS}, -1 AS n FROM old_rows WHERE {_COUNTED}"
_DIFFERENT = f"""
SELECT {', '.join(f'n.{name.strip()}' for name in _COLUMNS.split(','))}, 1 AS n
  FROM new_rows n JOIN old_rows o USING (id)
 WHERE n.removed_at IS NULL AND ({', '.join(f'n.{name.strip()}' for name in _COLUMNS.split(','))})
       IS DISTINCT FROM ({', '.join(f'o.{name.strip()}' for name in _COLUMNS.split(','))})
UNION ALL
SELECT {', '.join(f'o.{name.strip()}' for name in _COLUMNS.split(','))}, -1 AS n
  FROM new_rows n JOIN old_rows o USING (id)
 WHERE o.removed_at IS NULL AND ({', '.join(f'n.{name.strip()}' for name in _COLUMNS.split(','))})
       IS DISTINCT FROM ({', '.join(f'o.{name.strip()}' for name in _COLUMNS.split(','))})
"""
# A reading below half of the one before is a new cycle and counts whole; a smaller fall is a correction.
_GREW = "CASE WHEN n.{0} >= o.{0} THEN n.{0} - o.{0} WHEN n.{0} < o.{0} / 2 THEN n.{0} ELSE 0 END"
_DAYS = """
INSERT INTO sims_simday (sim_id, day, data_mb, sms, voice_min)
SELECT n.id, (n.observed_at AT TIME ZONE 'UTC')::date, n.data_used_mb, n.sms_used, n.voice_used_min
  FROM new_rows n {joined}
ON CONFLICT (sim_id, day)
DO UPDATE SET data_mb = EXCLUDED.data_mb, sms = EXCLUDED.sms, voice_min = EXCLUDED.voice_min;
"""
_USED = f"""
INSERT INTO sims_accountday AS a (enterprise_id, account_id, day, data_mb, sms, voice_min)
SELECT n.enterprise_id, coalesce(n.account_id, 0), (n.observed_at AT TIME ZONE 'UTC')::date,
       sum({_GREW.format('data_used_mb')}), sum({_GREW.format('sms_used')}), sum({_GREW.format('voice_used_min')})
  FROM new_rows n JOIN old_rows o USING (id)
 WHERE (n.data_used_mb, n.sms_used, n.voice_used_min) IS DISTINCT FROM (o.data_used_mb, o.sms_used, o.voice_used_min)
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
ON CONFLICT (enterprise_id, account_id, day)
DO UPDATE SET data_mb = a.data_mb + EXCLUDED.data_mb, sms = a.sms + EXCLUDED.sms,
              voice_min = a.voice_min + EXCLUDED.voice_min;
"""
_MOVED = """JOIN old_rows o USING (id)
 WHERE (n.data_used_mb, n.sms_used, n.voice_used_min) IS DISTINCT FROM (o.data_used_mb, o.sms_used, o.voice_used_min)"""
_VERSIONS = """
INSERT INTO sims_simversion (sim_id, raw, observed_at, observed_by, replaced_at, replaced_by)
SELECT o.id, o.raw, o.observed_at, o.observed_by, n.observed_at, n.observed_by
  FROM new_rows n JOIN old_rows o USING (id)
 WHERE n.row_hash <> o.row_hash
   AND (n.raw - 'currentCycleUsages' - 'currentCycleAPNUsagesList')
       IS DISTINCT FROM (o.raw - 'currentCycleUsages' - 'currentCycleAPNUsagesList');
"""


def _trigger(name, event, tables, body):
    # plpgsql keeps the plan of a function's first call: made for one row, a nested loop over 20,000 takes minutes.
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $body$
BEGIN {body} RETURN NULL; END $body$;
CREATE TRIGGER {name} AFTER {event} ON sims_sim REFERENCING {tables}
   FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""


_UP = (
    # The backfill, for fleets mirrored by an earlier version: first the columns, then everything counted from them.
    """
UPDATE sims_sim s SET
  account_name = (SELECT a.name FROM enterprise_account a WHERE a.id = s.account_id),
  allowance_mb = (SELECT max(p.data_quota_mb) FROM enterprise_servicepackage p
                   WHERE p.account_id = s.account_id AND p.name = s.package_name AND p.data_quota_mb > 0
                     AND p.missing_since IS NULL);
"""
    + _COUNT.format(rows=_PLUS.replace("new_rows", "sims_sim"))
    + _DAYS.format(joined="WHERE n.data_used_mb > 0 OR n.sms_used > 0 OR n.voice_used_min > 0").replace(
        "new_rows", "sims_sim"
    )
    + _trigger(
        "sims_sim_came",
        "INSERT",
        "NEW TABLE AS new_rows",
        _COUNT.format(rows=_PLUS)
        + _DAYS.format(joined="WHERE n.data_used_mb > 0 OR n.sms_used > 0 OR n.voice_used_min > 0"),
    )
    + _trigger(
        "sims_sim_changed",
        "UPDATE",
        "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        _COUNT.format(rows=_DIFFERENT) + _USED + _DAYS.format(joined=_MOVED) + _VERSIONS,
    )
    + _trigger("sims_sim_went", "DELETE", "OLD TABLE AS old_rows", _COUNT.format(rows=_MINUS))
)
_DOWN = "".join(
    f"DROP TRIGGER {name} ON sims_sim; DROP FUNCTION {name}();"
    for name in ("sims_sim_came", "sims_sim_changed", "sims_sim_went")
)


class Migration(migrations.Migration):
    dependencies = [("sims", "0002_fleet_at_any_size")]
    operations = [migrations.RunSQL(_UP, _DOWN)]
