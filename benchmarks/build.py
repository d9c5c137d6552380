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
    apply(ACCOUNT, [{"name": name, "chargeType": "CHARGE"} for name in names], _origin(enterprise))
    for number, account in enumerate(Account.objects.filter(enterprise=enterprise).order_by("name")):
        apply(PACKAGE, _packages(), _origin(enterprise, account_id=account.pk))
        _fill(enterprise, account, range(number, size, stage.ACCOUNTS))
    Account.objects.filter(enterprise=enterprise).update(swept_at=now)
    Enterprise.objects.filter(pk=enterprise.pk).update(swept_at=now)
    enterprise.refresh_from_db()
    return enterprise


def _packages() -> list[dict[str, Any]]:
    return [
        {"name": f"IoT-{n}", "type": "BASIC", "chargeType": "CHARGE", "dataQuota": 50.0 * (n + 1)}
        for n in range(stage.PACKAGES)
    ]


def _fill(enterprise: Enterprise, account: Account, numbers: range) -> None:
    for start in range(0, len(numbers), stage.CHUNK):
        chunk = [stage.payload(number) for number in numbers[start : start + stage.CHUNK]]
        apply(SIM, chunk, _origin(enterprise, account_id=account.pk))


def _origin(enterprise: Enterprise, **scope: Any) -> Origin:
    return Origin(
        enterprise_id=enterprise.pk,
        source="sweep",
        observed_at=timezone.now() - timedelta(seconds=1),
        scope=scope,
    )
