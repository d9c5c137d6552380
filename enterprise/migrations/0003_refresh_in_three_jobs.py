from django.db import migrations

# The hourly refresh became three jobs; nobody would go on with a run of it.
_CLOSE = """
UPDATE mirror_syncrun SET finished_at = now(), state = 'failed', lease_until = NULL,
       error = 'Ended when the portal was updated: accounts and packages are read by jobs of their own now.'
 WHERE finished_at IS NULL AND job = 'enterprise.refresh'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('enterprise', '0002_budget_pools_and_history'),
        ('mirror', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(_CLOSE, migrations.RunSQL.noop),
    ]
