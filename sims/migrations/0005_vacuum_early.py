"""Lists walk indexes alone as long as the table's pages are known to be all visible: VACUUM often, in small bites."""

from django.db import migrations

_EARLY = """
ALTER TABLE sims_sim SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
                          autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE sims_rollup SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
"""
_USUAL = """
ALTER TABLE sims_sim RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor,
                            autovacuum_analyze_scale_factor);
ALTER TABLE sims_rollup RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
"""


class Migration(migrations.Migration):
    dependencies = [("sims", "0004_walks_within_a_status")]
    operations = [migrations.RunSQL(_EARLY, _USUAL)]
