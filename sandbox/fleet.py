"""A believable fleet from a seed: `generate` yields rows, the same for the same seed and day.

Rows come from one random stream in order of id, so a smaller fleet is the beginning of a larger one.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import numbers
from .catalog import ACCOUNTS, COUNTRIES, Account, Package, apn_names, packages_of
from .times import DAY_S
from .usage import is_hot

STATUSES = ("ACTIVATED", "DEACTIVATED", "INVENTORY", "ACTIVATE_READY", "TEST_READY", "RETIRED")
_STATUS_WEIGHTS = tuple(itertools.accumulate((70, 9, 8, 5, 4, 4)))
_EVER_ACTIVE = {"ACTIVATED", "DEACTIVATED", "RETIRED"}
_SPAN_S = 1400 * DAY_S

SimRow = tuple[Any, ...]
COLUMNS = (
    "id", "giccid", "account", "customer", "po", "status", "package", "package_start", "package_end",
    "sell_at", "activated_at", "stopped_at", "country", "devices", "apns", "month_mb",
    "custom", "supplementary",
)  # fmt: skip


@dataclass(frozen=True)
class _Profile:
    """What a row takes from its account, worked out once."""

    account: Account
    countries: list[str]
    country_weights: list[int]
    basics: list[Package]
    addons: list[Package]


def _profiles() -> list[_Profile]:
    return [
        _Profile(a, list(a.mix), list(itertools.accumulate(a.mix.values())),
                 packages_of(a.id, "BASIC"), packages_of(a.id, "SUPPLEMENTARY"))
        for a in ACCOUNTS
    ]  # fmt: skip


def generate(sims: int, seed: int, day: int) -> Iterator[SimRow]:
    """`sims` rows in the order of COLUMNS. `day` is the build date as epoch seconds of its midnight UTC."""
    rng = random.Random(seed)  # noqa: S311 - the same seed, the same fleet
    profiles = _profiles()
    weights = list(itertools.accumulate(p.account.weight for p in profiles))
    for sim_id in range(1, sims + 1):
        profile = rng.choices(profiles, cum_weights=weights)[0]
        yield one(rng, profile, sim_id, seed, day)


def one(rng: random.Random, profile: _Profile, sim_id: int, seed: int, day: int) -> SimRow:
    """The row of one SIM."""
    country = COUNTRIES[rng.choices(profile.countries, cum_weights=profile.country_weights)[0]]
    status = rng.choices(STATUSES, cum_weights=_STATUS_WEIGHTS)[0]
    account = profile.account
    # A purchase order is a delivery: a few hundred cards sold on one day, so it also fixes the sale's time.
    order = (sim_id // 400) * 10 + account.id
    sell_at = day - DAY_S * 30 - numbers.spread(order, seed) % (_SPAN_S - 40 * DAY_S)
    serial = numbers.serial(sim_id, seed)
    head = (
        sim_id,
        f"{country.iccid}{serial}",
        account.id,
        account.customers[order % len(account.customers)],
        str(8_000_000_000 + numbers.spread(order, seed) % 999_999_999),
        status,
        *_life(rng, profile, status, sell_at, day),
    )
    apns = _apns(rng, country.code)
    devices = numbers.devices(rng, country, serial, sim_id)
    return (
        *head,
        country.code,
        devices,
        apns,
        *_habits(rng, profile, head[6], sim_id),
        *_extras(rng, profile, status, day),
    )


def _life(rng: random.Random, profile: _Profile, status: str, sell_at: int, day: int) -> SimRow:
    """package, package_start, package_end, sell_at, activated_at, stopped_at."""
    if status not in _EVER_ACTIVE:
        return None, None, None, sell_at, None, None
    package = rng.choices(profile.basics, cum_weights=(5, 8, 9)[: len(profile.basics)])[0]
    activated_at = sell_at + int(rng.random() ** 3 * (day - sell_at - 3600))
    stopped_at = None
    if status != "ACTIVATED":
        stopped_at = activated_at + int(rng.random() ** 0.3 * (day - activated_at))
    years = 1 if profile.account.charge_type != "CHARGE" else 5
    start = activated_at
    while start + years * 365 * DAY_S <= day:
        start += years * 365 * DAY_S
    return package.id, start, start + years * 365 * DAY_S, sell_at, activated_at, stopped_at


def _habits(rng: random.Random, profile: _Profile, package: int | None, sim_id: int) -> tuple[float]:
    """month_mb: log-normal around a sixth of the quota; a hot SIM lands near its quota or over it."""
    chosen = next((p for p in profile.basics if p.id == package), profile.basics[0])
    if is_hot(sim_id):
        return (round(chosen.data_quota * (0.88 + 0.5 * rng.random()), 3),)
    return (round(chosen.data_quota * min(rng.lognormvariate(-1.8, 0.7), 0.85), 3),)


def _apns(rng: random.Random, country: str) -> str:
    names = apn_names(country)
    count = 1 + int(rng.random() ** 2 * 3)
    return "[" + ",".join(f'["{n}",{1 if rng.random() < 0.85 else 0}]' for n in names[:count]) + "]"


def _extras(rng: random.Random, profile: _Profile, status: str, day: int) -> tuple[str | None, str | None]:
    """custom and supplementary, for the few SIMs that have them."""
    draw = rng.random()
    custom = f'["site-{int(draw * 9000) + 1000}", null, null, null, null]' if draw < 0.1 else None
    if status != "ACTIVATED" or draw < 0.94:
        return custom, None
    addon = profile.addons[int(draw * 1000) % len(profile.addons)]
    return custom, f'[["{addon.name}", {day - 10 * DAY_S}, {day + 20 * DAY_S}]]'


def profile_of(account: int) -> _Profile:
    """The profile used for rows of one account."""
    return next(p for p in _profiles() if p.account.id == account)
