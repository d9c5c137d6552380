"""Reads of connections, accounts, packages, pools and sync runs."""

from django.db.models import Count, F, Q, QuerySet, Value
from django.utils import timezone

from enterprise.counters import sims_by_account
from enterprise.models import Account, Enterprise, ServicePackage, SharePool
from mirror.jobs import all_jobs
from mirror.models import RejectedPayload, SyncRun
from staff.models import User


def enterprise_list(user: User) -> QuerySet[Enterprise]:
    accounts = Count("accounts", filter=Q(accounts__missing_since=None), distinct=True)
    return Enterprise.objects.visible_to(user).annotate(account_count=accounts).order_by("name")


def account_list(user: User, enterprise: Enterprise) -> list[Account]:
    """By name, each with `sim_count`. The SIMs are not counted here: their app keeps the figures in step."""
    counts = sims_by_account(user, enterprise)
    accounts = list(Account.objects.visible_to(user).filter(enterprise=enterprise).present().defer("raw"))
    for account in accounts:
        account.sim_count = counts.get(account.pk, 0)  # type: ignore[attr-defined]
    return accounts


def package_list(user: User, enterprise: Enterprise) -> QuerySet[ServicePackage]:
    accounts = Account.objects.visible_to(user).filter(enterprise=enterprise).present()
    packages = ServicePackage.objects.filter(enterprise=enterprise, account__in=accounts, missing_since=None)
    return packages.select_related("account").defer("raw").order_by("account__name", "type", "name")


def pool_list(user: User, enterprise: Enterprise) -> QuerySet[SharePool]:
    """The fullest first. Pools of no known account are seen by people who see all accounts."""
    pools = SharePool.objects.visible_to(user).filter(enterprise=enterprise).present()
    return (
        pools.select_related("account").defer("raw").order_by(F("used_share").desc(nulls_last=True), "name")
    )


def worst_pools(user: User, enterprise: Enterprise, limit: int = 5) -> list[SharePool]:
    """The fullest of the pools that have not ended, for the overview; those that tell no share are left out."""
    running = Q(ends_at=None) | Q(ends_at__gt=timezone.now())
    return list(pool_list(user, enterprise).filter(running, used_share__isnull=False)[:limit])


def run_list(user: User) -> QuerySet[SyncRun]:
    """`shown_error`: a run's error may name accounts, so people who don't see all of them get its kind at most."""
    enterprises = Enterprise.objects.visible_to(user).values("pk")
    runs = SyncRun.objects.filter(enterprise__in=enterprises).select_related("enterprise", "requested_by")
    return runs.annotate(shown_error=F("error") if user.sees_all_accounts else Value(""))


def last_runs(user: User, enterprise: Enterprise) -> QuerySet[SyncRun]:
    """The newest run of each job: one that runs every few seconds does not push the others out of sight."""
    runs = SyncRun.objects.filter(enterprise=enterprise).order_by("-started_at").values("pk")
    first, *others = (runs.filter(job=job.name)[:1] for job in all_jobs())
    return run_list(user).filter(pk__in=first.union(*others, all=True)).order_by("-pk")


def rejected_list(user: User, enterprise: Enterprise | None = None) -> QuerySet[RejectedPayload]:
    """A refused payload may be of any account, so it is shown only to people who see all of them."""
    if not user.sees_all_accounts:
        return RejectedPayload.objects.none()
    rejected = RejectedPayload.objects.select_related("enterprise")
    return rejected.filter(enterprise=enterprise) if enterprise else rejected
