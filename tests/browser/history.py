"""A SIM with a long past, for the tabs of its page: changes of every kind, usage of a year, label and tags."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from enterprise.models import Account, Enterprise
from sims.models import AccountDay, Sim, SimDay
from tests import factories, history_factories

LONG_TEXT = "更换为华东区域智能水表项目二期专用套餐，含定向流量与短信包，" * 12
DAYS = 380


def eventful(sim: Sim) -> Sim:
    """Gives a SIM its history."""
    history_factories.write_on(
        sim,
        label="三号泵站 · Pumpwerk Nord, Schacht 7",
        tags=("field test", "华东", "replace modem in March", "超长标签" * 14),
    )
    _change_logs(sim)
    _versions(sim)
    _days(sim)
    Sim.objects.filter(pk=sim.pk).update(first_seen_at=timezone.now() - timedelta(days=DAYS))
    return sim


def _change_logs(sim: Sim) -> None:
    now = timezone.now()
    make = history_factories.ChangeLogFactory
    make(sim=sim, type="SERVICE_PACKAGE", original="IoT 30 MB", target=LONG_TEXT[:400], happened_at=now)
    make(sim=sim, type="LOCAL_STATUS", status="FAILED", happened_at=now - timedelta(hours=20))
    make(sim=sim, type="IMEI_CHANGE", original=None, target="352000000000017")
    make(sim=sim, type="ROAMING_PROFILE", original="EU", target="EU+UK", happened_at=now - timedelta(days=3))
    for number in range(45):
        pair = ("ACTIVATED", "DEACTIVATED") if number % 2 else ("DEACTIVATED", "ACTIVATED")
        moment = now - timedelta(days=8 * number + 5, hours=number)
        make(sim=sim, original=pair[0], target=pair[1], happened_at=moment)


def _versions(sim: Sim) -> None:
    """Payloads of earlier months: each differs from the one after it."""
    now = timezone.now()
    earlier: list[dict[str, Any]] = [
        {"apnList": [{"apnName": "iot.example", "apnStatus": "CLOSED"}]},
        {"deviceInfo": [{"imei": "352000000000099", "imsi": None, "msisdn": None}], "customerName": "旧客户"},
        {"apnList": [], "sellTime": None, "currentBasicServicePackage": None},
    ]
    for number, values in enumerate(earlier):
        history_factories.SimVersionFactory(
            sim=sim,
            raw=factories.sim_payload(sim.giccid, imsi=sim.imsi, package_name="IoT 30 MB") | values,
            observed_at=now - timedelta(days=30 * number + 31),
            replaced_at=now - timedelta(days=30 * number + 1),
            replaced_by="detail" if number else "delta",
        )


def _days(sim: Sim) -> None:
    """Counters that grow unevenly and begin anew every 30 days."""
    today = timezone.now().date()
    rows, counter = [], 0.0
    for ago in range(DAYS, -1, -1):
        counter = 0.8 if ago % 30 == 0 else counter + (0.0 if ago % 5 == 1 else (ago * 7 % 11) / 2.0)
        if ago % 5 != 1:
            day = today - timedelta(days=ago)
            rows.append(
                SimDay(sim=sim, day=day, data_mb=counter, sms=30 - ago % 30, voice_min=(30 - ago % 30) / 4)
            )
    SimDay.objects.filter(sim_id=sim.pk).delete()
    SimDay.objects.bulk_create(rows)


def fleet_of_a_year(enterprise: Enterprise, longest_named: Account) -> None:
    """Seven accounts that used something every day, and packages that end soon."""
    now = timezone.now()
    accounts = [longest_named, *factories.AccountFactory.create_batch(6, enterprise=enterprise)]
    AccountDay.objects.bulk_create(
        AccountDay(
            enterprise=enterprise,
            account_id=account.pk,
            day=(now - timedelta(days=ago)).date(),
            data_mb=(number + 2) * 900.0 + (ago * 7919 * (number + 1) % 1000),
            sms=0,
            voice_min=0,
        )
        for number, account in enumerate(accounts)
        for ago in range(1, 45)
    )
    for days in (1, 2, 2, 2, 9, 16, 16, 29):
        sim = factories.SimFactory(account=accounts[days % 7])
        Sim.objects.filter(pk=sim.pk).update(package_ends_at=now + timedelta(days=days))
