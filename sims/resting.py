"""Jobs whose slots are moments, not intervals: what keeps one that fails from being started again at every tick."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from enterprise.models import Enterprise
from enterprise.querysets import EnterpriseQuerySet
from mirror.models import SyncRun

REST = timedelta(minutes=5)


def rested(job: str, now: datetime, *bad_ends: str) -> EnterpriseQuerySet:
    """Connected enterprises where no run of this job has just failed (or ended otherwise badly)."""
    failed = SyncRun.objects.filter(
        enterprise=OuterRef("pk"),
        job=job,
        state__in=(SyncRun.State.FAILED, *bad_ends),
        started_at__gt=now - timedelta(hours=12),
        finished_at__gt=now - REST,
    )
    return Enterprise.objects.enabled().exclude(api_key_sealed="").exclude(Exists(failed))
