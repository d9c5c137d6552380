"""Enterprise, accounts, service packages, share pools, country statistics, and the root endpoint."""

from typing import Any

from sandbox import db, index, paging
from sandbox.answers import Json, invalid
from sandbox.call import Call
from sandbox.catalog import ACCOUNT_BY_NAME, ACCOUNTS, ENTERPRISE_NAME, PACKAGE_BY_ID, Account, packages_of
from sandbox.times import DAY_S, to_text
from sandbox.usage import Moment
from sandbox.views.change_logs import read_period

_LINKS = {
    "enterprise_url": "/enterprise",
    "account_url": "/account/{name}",
    "service_packages_url": "/{accountName}/servicePackages",
    "global_sims_url": (
        "/global-sims{?status,po,customerName,accountName,basicServicePackageName,giccids,page,size}"
    ),
    "global_sim_url": "/global-sims/{giccid}",
    "change_logs_url": "/global-sims/changeLogs{?accountName,giccid,type,startTime,endTime,page,size}",
    "country_statistics_url": "/global-sims/statistics/country-code{?accountName,startTime,endTime}",
    "batch_job_url": "/batchJobs/{jobId}{?page,size}",
    "mt_sms_url": "/mt-sms/{smsMsgId}",
    "share_pools_url": "/share-pools{?accountName,page,size}",
}


def root(call: Call) -> Json:
    """GET /v1 (doc; body assumed): endpoint categories as RFC 6570 templates."""
    base = call.request.build_absolute_uri("/v1")
    return {name: base + template for name, template in _LINKS.items()}


def enterprise(call: Call) -> Json:
    """GET /enterprise (doc)."""
    accounts = [{"name": a.name, "chargeType": a.charge_type, "status": "ENABLED"} for a in ACCOUNTS]
    return {"name": ENTERPRISE_NAME, "accounts": accounts}


def _account(name: str, field: str) -> Account:
    found = ACCOUNT_BY_NAME.get(name)
    if found is None:
        raise invalid("account", field, "missing")
    return found


def account(call: Call, name: str) -> Json:
    """GET /account/{name} (path doc, body assumed). Money in the account's currency."""
    found = _account(name, "name")
    counts = index.status_counts(found.id)
    charge = _charge(found)
    return {
        "name": found.name,
        "chargeType": found.charge_type,
        "status": "ENABLED",
        "balance": found.balance,
        "currentCycleCharge": charge,
        "currency": found.currency,
        "simTotal": sum(counts.values()),
        "simStatusCounts": counts,
    }


def _charge(found: Account) -> float:
    """The cycle's fees: one package price per activated SIM."""
    sql = "SELECT package, count(*) AS n FROM sim WHERE account = ? AND status = 'ACTIVATED' GROUP BY package"
    topics = ("members", "status", "package")
    counted: list[db.Row] = index.cached(("charge", found.id), topics, lambda: db.rows(sql, found.id))
    fees: list[float] = [PACKAGE_BY_ID[r["package"]].price * r["n"] for r in counted if r["package"]]
    return round(sum(fees), 2)


def service_packages(call: Call, accountName: str) -> Json:  # noqa: N803 - the contract's name
    """GET /{accountName}/servicePackages (path doc, body assumed)."""
    return {
        "data": [
            {
                "name": p.name,
                "type": p.type,
                "chargeType": p.charge_type,
                "dataQuota": p.data_quota,
                "smsQuota": p.sms_quota,
                "voiceQuota": p.voice_quota,
                "cycle": p.cycle,
                "price": p.price,
                "currency": p.currency,
            }
            for p in packages_of(_account(accountName, "accountName").id)
        ]
    }


def share_pools(call: Call) -> paging.Answer:
    """GET /share-pools (assumed): one pool per basic package of a pooled account, data in MB."""
    page, wanted = paging.read(call), call.query("accountName")
    pools = [_pool(row, call.moment) for row in _pool_rows() if wanted in (None, _owner(row).name)]
    return paging.answer(call, page, len(pools), pools[page.start : page.start + page.size])


def _owner(row: db.Row) -> Account:
    return ACCOUNTS[row["account"] - 1]


def _pool_rows() -> list[db.Row]:
    pooled = [a.id for a in ACCOUNTS if a.is_pooled]
    sql = (
        "SELECT account, package, count(*) AS sims, sum(month_mb) AS month_mb FROM sim"  # noqa: S608
        f" WHERE status = 'ACTIVATED' AND package IS NOT NULL AND account IN ({db.marks(pooled)})"
        " GROUP BY account, package ORDER BY account, package"
    )
    topics = ("members", "status", "package")
    found: list[db.Row] = index.cached("pools", topics, lambda: db.rows(sql, *pooled))
    return found


def _pool(row: db.Row, moment: Moment) -> Json:
    package = PACKAGE_BY_ID[row["package"]]
    total = float(package.data_quota * row["sims"])
    used = round(row["month_mb"] * moment.progress(0, None), 3)
    return {
        "name": f"Pool {package.name}",
        "accountName": _owner(row).name,
        "status": "ENABLED",
        "totalData": total,
        "usedData": used,
        "remainingData": round(max(0.0, total - used), 3),
        "simCount": row["sims"],
        "startTime": to_text(moment.cycle_start),
        "endTime": to_text(moment.cycle_end),
    }


def country_statistics(call: Call) -> Json:
    """GET /global-sims/statistics/country-code (assumed). MB in the period, by default this cycle."""
    start, end = read_period(call)
    moment, wanted = call.moment, call.query("accountName")
    start = moment.cycle_start if start is None else start
    end = moment.at if end is None else min(end, moment.at)
    months = max(0, end - start) / (30 * DAY_S)
    totals: dict[str, list[float]] = {}
    for row in _country_rows():
        if wanted in (None, _owner(row).name):
            entry = totals.setdefault(row["country"], [0.0, 0])
            entry[0] += row["month_mb"]
            entry[1] += row["sims"]
    return {"data": [_country(code, mb * months, int(sims)) for code, (mb, sims) in sorted(totals.items())]}


def _country(code: str, usage: float, sims: int) -> dict[str, Any]:
    return {"countryCode": code, "dataUsage": round(usage, 3), "simCount": sims}


def _country_rows() -> list[db.Row]:
    sql = (
        "SELECT account, country, count(*) AS sims, sum(month_mb) AS month_mb FROM sim"
        " WHERE status = 'ACTIVATED' GROUP BY account, country ORDER BY account, country"
    )
    found: list[db.Row] = index.cached("countries", ("members", "status"), lambda: db.rows(sql))
    return found
