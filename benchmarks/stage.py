"""The stage of the benchmarks: PostgreSQL and Valkey as `make run` starts them, and fleets of any size.

    with stage.servers():
        enterprise = stage.fleet(1_000_000)

Servers and fleets are kept in var/bench: a second run finds them. DATABASE_URL or REDIS_URL given: those are used, and
databases are made beside the one named there.
"""

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = ROOT / "var" / "bench"
CHUNK = 20_000
ACCOUNTS, PACKAGES = 40, 6
STATUSES = ("ACTIVATED",) * 13 + ("DEACTIVATED",) * 2 + ("INVENTORY",) * 3 + ("ACTIVATE_READY", "RETIRED")
DAY = timedelta(days=1)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@contextmanager
def servers() -> Iterator[None]:
    """Starts what the environment does not name, and Django's settings for it."""
    from smarthub_portal.run.instance import instance_of  # noqa: PLC0415 - the path was set above

    os.environ.setdefault("PORTAL_SECRET_KEY", "only-for-benchmarks" * 4)
    os.environ.setdefault("PORTAL_FIELD_KEYS", "YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtMTE=")
    os.environ["PORTAL_DATA"] = str(FOLDER)
    os.environ.setdefault("PORTAL_LOG_LEVEL", "WARNING")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")
    instance = instance_of(FOLDER)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        _hold(lock)
        yield from _started(instance)


def _hold(lock: Any) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"Another benchmark uses {FOLDER}: wait for it to end.") from None


def _started(instance: str) -> Iterator[None]:
    from smarthub_portal.run import leftovers, postgres, process, valkey  # noqa: PLC0415

    children: list[process.Child] = []
    try:
        if not os.environ.get("DATABASE_URL"):
            leftovers.end(instance, FOLDER / "postgres" / "data", grace=0)
            database = postgres.Postgres(FOLDER / "postgres", FOLDER / "postgres.log", instance)
            spec = database.prepare()
            database.clear_lock()
            children.append(process.spawn(spec))
            _wait(lambda: postgres.is_ready(database.url))
            os.environ["DATABASE_URL"] = database.url
        if not os.environ.get("REDIS_URL"):
            broker = valkey.Valkey(FOLDER / "valkey", FOLDER / "valkey.log", instance)
            children.append(process.spawn(broker.prepare()))
            _wait(lambda: valkey.is_ready(broker.url()))
            os.environ["REDIS_URL"] = broker.url()
        yield
    finally:
        for child in reversed(children):
            process.stop(child)


def _wait(is_ready: Any) -> None:
    deadline = time.monotonic() + 60
    while not is_ready():
        if time.monotonic() > deadline:
            raise SystemExit(f"The servers did not start; see {FOLDER}.")
        time.sleep(0.05)


def use_database(name: str) -> bool:
    """Makes Django use a database of this name; True when it is new. Call before `django.setup()`."""
    url = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(url.geturl(), autocommit=True) as connection:
        is_there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not is_there:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    os.environ["DATABASE_URL"] = url._replace(path=f"/{name}").geturl()
    return not is_there


def fleet(size: int) -> Any:
    """The enterprise of a database that holds `size` SIMs; built on first use (1,000,000: some minutes)."""
    import django  # noqa: PLC0415 - the settings need what was set above

    use_database(f"bench_{size}")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from benchmarks import build  # noqa: PLC0415
    from enterprise.models import Enterprise  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    enterprise = Enterprise.objects.filter(name="Bench").first()
    if enterprise is None or enterprise.swept_at is None:
        started = time.monotonic()
        enterprise = build.build(size)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        print(f"Built {size:,} SIMs in {time.monotonic() - started:.0f} s.", flush=True)
    return enterprise


def payload(number: int) -> dict[str, Any]:
    """A list item as the platform sends it; the same number gives the same SIM."""
    mixed = (number * 2654435761) & 0xFFFFFFFF
    status = STATUSES[mixed % len(STATUSES)]
    is_used = status in ("ACTIVATED", "DEACTIVATED", "RETIRED")
    activated = NOW - timedelta(seconds=mixed % (700 * 86400))
    used = round(mixed % 120_000 / 1000 * (1 if is_used else 0), 3)
    name = f"IoT-{(mixed >> 8) % PACKAGES}"
    package = {"name": name, "startTime": _text(activated), "endTime": _text(NOW + (mixed % 400) * DAY)}
    apns = ["iot.example", "m2m.example"][: 1 + (mixed >> 4) % 2]
    closed = (mixed >> 5) % 10 == 0
    return {
        "giccid": f"89860{number * 7919 % 10**14:014d}",
        "deviceInfo": [
            {
                "imei": f"35{number * 32452843 % 10**13:013d}",
                "imsi": f"46004{number * 104729 % 10**10:010d}",
                "msisdn": f"86147{number * 15485863 % 10**8:08d}",
            }
        ],
        "status": status,
        "sellTime": _text(activated - 30 * DAY),
        "activatedTime": _text(activated) if is_used else None,
        "currentCycleUsages": {"dataUsage": used, "smsUsage": mixed % 7 if is_used else 0, "voiceUsage": 0},
        "currentCycleAPNUsagesList": [{"apn": apns[0], "dataUsage": used}],
        "currentBasicServicePackage": package if is_used else None,
        "apnList": [{"apnName": apn, "apnStatus": "CLOSED" if closed else "OPEN"} for apn in apns],
    }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")
