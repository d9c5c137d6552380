"""The data quota a SIM's package grants, kept on the SIM's row so that lists filter and sort by share."""

from django.db import connection, transaction

from enterprise.models import Account
from mirror.apply import one_writer
from sims.spec import SIM

_REFRESH = """
UPDATE sims_sim s SET allowance_mb = q.quota
  FROM (SELECT o.id, (SELECT max(p.data_quota_mb) FROM enterprise_servicepackage p
                       WHERE p.account_id = o.account_id AND p.name = o.package_name AND p.data_quota_mb > 0
                         AND p.missing_since IS NULL) AS quota
          FROM sims_sim o WHERE o.account_id = %(account)s) q
 WHERE s.id = q.id AND s.allowance_mb IS DISTINCT FROM q.quota
"""


def refresh_allowances(account: Account) -> int:
    """After an account's packages were read: number of SIMs whose allowance (MB) is another one now."""
    with transaction.atomic(), connection.cursor() as cursor:
        one_writer(SIM, account.enterprise_id)
        cursor.execute(_REFRESH, {"account": account.pk})
        return int(cursor.rowcount)


def after_packages(account: Account) -> None:
    """Hung into `enterprise.hooks`."""
    refresh_allowances(account)
