"""Fills a database with a fleet, through the mirror's own door."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from benchmarks import stage
from enterprise.models import Account, Enterprise
from enterprise.specs import ACCOUNT, PACKAGE
from mirror.apply import Origin, apply
from sims.spec import SIM


def build(size: int) -> Enterprise:
    """An enterprise of `size` SIMs in 40 accounts; each account has six packages."""
    enterprise, _is_new = Enterprise.objects.get_or_create(
        name="Bench", defaults={"base_url": "http://127.0.0.1:9/v1"}
    )
    now = timezone.now()
    names = [f"Account {number:02d}" for number in range(stage.ACCOUNTS)]
    apply(
        ACCOUNT,
        [{"name": name, "chargeType": "CHARGE", "status": "ENABLED"} for name in names],
        _origin(enterprise),
    )
    accounts = list(Account.objects.filter(enterprise=enterprise).order_by("name"))
    for account in accounts:
        packages = [
            {
                "name": f"IoT-{n}",
                "type": "BASIC",
                "chargeType": "CHARGE",
                "dataQuota": 50.0 * (n + 1),
                "smsQuota": 10,
            }
            for n in range(stage.PACKAGES)
        ]
        apply(PACKAGE, packages, _origin(enterprise, account_id=account.pk))
    for number, account in enumerate(accounts):
        mine = range(number, size, stage.ACCOUNTS)
        for start in range(0, len(mine), stage.CHUNK):
            chunk = [stage.payload(n) for n in mine[start : start + stage.CHUNK]]
            apply(SIM, chunk, _origin(enterprise, account_id=account.pk))
    Account.objects.filter(enterprise=enterprise).update(swept_at=now)
    Enterprise.objects.filter(pk=enterprise.pk).update(swept_at=now)
    enterprise.refresh_from_db()
    return enterprise


def _origin(enterprise: Enterprise, **scope: Any) -> Origin:
    return Origin(
        enterprise_id=enterprise.pk,
        source="sweep",
        observed_at=timezone.now() - timedelta(seconds=1),
        scope=scope,
    )
