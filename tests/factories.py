"""Rows for tests, as the portal itself would have written them.

Mirrored rows get their columns and hash from the same `Spec` as in production, so that a payload applied again
counts as unchanged. Give `account=` to put something into an enterprise: the enterprise follows from the account.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import uuid4

import factory
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils import timezone
from factory.django import DjangoModelFactory

from enterprise.models import Account, AccountGrant, Enterprise, ServicePackage, SharePool
from enterprise.specs import ACCOUNT, PACKAGE, SHARE_POOL
from mirror.apply import Origin
from mirror.models import RejectedPayload, SyncRun
from mirror.spec import Spec, canonical, hash_of
from sims.models import Sim
from sims.spec import SIM
from smarthub_client.times import format_time
from staff.models import User

PASSWORD = "a-long-password-only-for-tests"
BASE_URL = "https://smarthub.example.test/v1"
API_KEY = "api-key-only-for-tests"
PUSH_KEY = "push-key-only-for-tests"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@lru_cache
def hashed(password: str) -> str:
    """A real hash, made once per process: it takes a third of a second by design."""
    return make_password(password)


class UserFactory(DjangoModelFactory):
    """`UserFactory(role="viewer", accounts=[...])`. Sees all accounts unless limited; no role by default."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    password = factory.LazyFunction(lambda: hashed(PASSWORD))
    sees_all_accounts = True

    @factory.post_generation
    def role(self: User, create: bool, extracted: str | None, **_more: Any) -> None:
        if extracted:
            self.groups.add(Group.objects.get(name=extracted))

    @factory.post_generation
    def accounts(self: User, create: bool, extracted: list[Account] | None, **_more: Any) -> None:
        """Limits the person to these accounts."""
        if extracted is None:
            return
        AccountGrant.objects.bulk_create(AccountGrant(user=self, account=account) for account in extracted)
        self.sees_all_accounts = False
        self.save(update_fields=["sees_all_accounts"])


class EnterpriseFactory(DjangoModelFactory):
    """A connection with both keys sealed: `EnterpriseFactory(api_key="...", push_key="")`. Swept a minute ago."""

    class Meta:
        model = Enterprise

    name = factory.Sequence(lambda n: f"Enterprise {n}")
    base_url = BASE_URL
    api_key = API_KEY
    push_key = PUSH_KEY
    swept_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=1))

    @classmethod
    def _create(cls, model_class: type[Enterprise], *args: Any, **kwargs: Any) -> Enterprise:
        secrets = {name: kwargs.pop(name) for name in Enterprise.SECRETS}
        enterprise = model_class(**kwargs)
        for name, plain in secrets.items():
            enterprise.set_secret(name, plain)
        enterprise.save()
        return enterprise


def _mirrored(spec: Spec, kwargs: dict[str, Any], scope_names: tuple[str, ...]) -> dict[str, Any]:
    """Adds what `mirror.apply` would: extracted columns, hash, times. What the test gives explicitly wins."""
    account, enterprise = kwargs.get("account"), kwargs["enterprise"]
    if account is not None and account.enterprise_id != enterprise.pk:
        raise ValueError("the account belongs to another enterprise: give `account` only")
    scope = {name: getattr(account, "pk", None) for name in scope_names}
    now = timezone.now()
    filled = {
        **dict(zip(spec.columns, spec.extract(kwargs["raw"]), strict=True)),
        spec.key_column: spec.key_of(kwargs["raw"], scope),
        "row_hash": hash_of(canonical(kwargs["raw"]), Origin(enterprise.pk, "sweep", EPOCH, scope).context),
        "first_seen_at": now,
        "observed_at": now,
        "observed_by": "sweep",
    }
    return filled | kwargs


class AccountFactory(DjangoModelFactory):
    """`AccountFactory(enterprise=..., name=...)`."""

    class Meta:
        model = Account

    enterprise = factory.SubFactory(EnterpriseFactory)
    name = factory.Sequence(lambda n: f"Account {n}")
    swept_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=1))
    raw = factory.LazyAttribute(lambda o: {"name": o.name, "chargeType": "CHARGE", "status": "NORMAL"})

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        return _mirrored(ACCOUNT, kwargs, ())


class ServicePackageFactory(DjangoModelFactory):
    """A basic package of 100 MB a month: `ServicePackageFactory(account=..., name=..., data_quota_mb=...)`."""

    class Meta:
        model = ServicePackage

    account = factory.SubFactory(AccountFactory)
    enterprise = factory.LazyAttribute(lambda o: o.account.enterprise)
    name = "IoT 100 MB"
    type = "BASIC"
    data_quota_mb = 100.0
    raw = factory.LazyAttribute(
        lambda o: {
            "name": o.name,
            "type": o.type,
            "chargeType": "CHARGE",
            "dataQuota": o.data_quota_mb,
            "smsQuota": 50,
            "voiceQuota": 0,
            "cycle": "MONTH",
            "price": 1.5,
            "currency": "EUR",
        }
    )

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        return _mirrored(PACKAGE, kwargs, ("account_id",))


class SharePoolFactory(DjangoModelFactory):
    """1,000 MB, half used: `SharePoolFactory(account=..., used_mb=900)`; without an account give `enterprise`."""

    class Meta:
        model = SharePool

    account = factory.SubFactory(AccountFactory)
    enterprise = factory.LazyAttribute(lambda o: o.account.enterprise)
    name = factory.Sequence(lambda n: f"Pool {n}")
    total_mb = 1000.0
    used_mb = 500.0
    raw = factory.LazyAttribute(
        lambda o: {
            "name": o.name,
            "accountName": o.account.name if o.account else None,
            "status": "ENABLED",
            "totalData": o.total_mb,
            "usedData": o.used_mb,
            "remainingData": max(0.0, o.total_mb - o.used_mb),
            "simCount": 20,
            "startTime": format_time(EPOCH),
            "endTime": format_time(EPOCH + timedelta(days=3650)),
        }
    )

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        return _mirrored(SHARE_POOL, kwargs, ("account_id",))


def sim_payload(giccid: str, **values: Any) -> dict[str, Any]:
    """A list item as the platform sends it; `values` as of `SimFactory`, keys of the payload itself win."""
    own = {name: values.pop(name, None) for name in ("imsi", "msisdn", "imei", "package_name")}
    used = values.pop("data_used_mb", 12.5)
    package = {
        "name": own["package_name"],
        "startTime": format_time(EPOCH),
        "endTime": format_time(EPOCH + timedelta(days=3650)),
    }
    return {
        "giccid": giccid,
        "deviceInfo": [{name: own[name] for name in ("imei", "imsi", "msisdn")}],
        "status": "ACTIVATED",
        "sellTime": format_time(EPOCH),
        "activatedTime": format_time(EPOCH + timedelta(days=2)),
        "currentCycleUsages": {"dataUsage": used, "smsUsage": 3, "voiceUsage": 0},
        "currentCycleAPNUsagesList": [{"apn": "iot.example", "dataUsage": used}],
        "currentBasicServicePackage": package if own["package_name"] else None,
        "apnList": [{"apnName": "iot.example", "apnStatus": "OPEN"}],
    } | values


class SimFactory(DjangoModelFactory):
    """`SimFactory(account=..., status="RETIRED")`; without an account: `SimFactory(account=None, enterprise=...)`.

    Payload and columns agree: giccid, status, identities, package_name and data_used_mb go into `raw`.
    """

    class Meta:
        model = Sim

    account = factory.SubFactory(AccountFactory)
    enterprise = factory.LazyAttribute(lambda o: o.account.enterprise)
    giccid = factory.Sequence(lambda n: f"8986{n:015d}")
    status = "ACTIVATED"
    imsi = factory.Sequence(lambda n: f"46004{n:010d}")
    msisdn = factory.Sequence(lambda n: f"86147{n:08d}")
    imei = factory.Sequence(lambda n: f"3520{n:011d}")
    package_name = "IoT 100 MB"
    data_used_mb = 12.5
    raw = factory.LazyAttribute(
        lambda o: sim_payload(
            o.giccid,
            status=o.status,
            imsi=o.imsi,
            msisdn=o.msisdn,
            imei=o.imei,
            package_name=o.package_name,
            data_used_mb=o.data_used_mb,
        )
    )

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        return _derived(_mirrored(SIM, kwargs, ("account_id",)))


def _derived(kwargs: dict[str, Any]) -> dict[str, Any]:
    """What the database works out while a payload is applied."""
    account = kwargs.get("account")
    if account is None:
        return kwargs
    quotas = account.service_packages.filter(
        name=kwargs["package_name"], data_quota_mb__gt=0, missing_since=None
    )
    allowance = max(quotas.values_list("data_quota_mb", flat=True), default=None)
    return {"account_name": account.name, "allowance_mb": allowance} | kwargs


class SyncRunFactory(DjangoModelFactory):
    """A full sweep that ended well; `SyncRunFactory(is_open=True)` is running and held by a worker."""

    class Meta:
        model = SyncRun

    class Params:
        is_open = factory.Trait(
            state=SyncRun.State.RUNNING,
            finished_at=None,
            lease_until=factory.LazyFunction(lambda: timezone.now() + timedelta(seconds=30)),
            fence=1,
        )

    enterprise = factory.SubFactory(EnterpriseFactory)
    job = "sims.sweep"
    slot = factory.Sequence(lambda n: f"15min-{n}")
    state = SyncRun.State.SUCCEEDED
    run_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=2))
    started_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=2))
    finished_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=1))


class RejectedPayloadFactory(DjangoModelFactory):
    """A SIM payload whose status was missing."""

    class Meta:
        model = RejectedPayload

    enterprise = factory.SubFactory(EnterpriseFactory)
    source = "sweep"
    target = "sims_sim"
    key = factory.Sequence(lambda n: f"8986{n:015d}")
    reason = "status is missing"
    payload = factory.LazyAttribute(lambda o: f'{{"giccid": "{o.key}"}}')
    digest = factory.LazyFunction(uuid4)
    last_seen_at = factory.LazyFunction(timezone.now)
