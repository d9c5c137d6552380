"""What `benchmarks/apply.py` times."""

import time
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from enterprise.models import Account
from mirror.apply import Origin, apply
from mirror.spec import canonical, hash_of
from sims.models import Sim
from sims.spec import SIM

_META = ("raw", "row_hash", "observed_at", "observed_by", "first_seen_at")


class Bench:
    """One account of an empty fleet, and payloads to put into it."""

    def __init__(self, enterprise: Any, payloads: list[dict[str, Any]]) -> None:
        self.account = Account.objects.filter(enterprise=enterprise).order_by("pk")[0]
        self.payloads = payloads
        self.turn = 0

    def raw(self, *, triggers: bool) -> float:
        """Seconds for rows that are ready: what nobody can beat in this table."""
        self._empty()
        names = ["enterprise_id", "account_id", SIM.key_column, *SIM.columns, *_META]
        rows = [self._row(payload) for payload in self.payloads]
        if not triggers:
            _run("ALTER TABLE sims_sim DISABLE TRIGGER USER")
        started = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            columns = ", ".join(names)
            cursor.execute(
                f"CREATE TEMP TABLE raw_rows ON COMMIT DROP AS SELECT {columns} FROM sims_sim WITH NO DATA"
            )
            with cursor.copy(f"COPY pg_temp.raw_rows ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(
                f"MERGE INTO sims_sim t USING pg_temp.raw_rows s"
                f" ON t.enterprise_id = s.enterprise_id AND t.giccid = s.giccid"
                f" WHEN MATCHED THEN UPDATE SET status = s.status"
                f" WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({', '.join(f's.{name}' for name in names)})"
            )
        took = time.perf_counter() - started
        _run("ALTER TABLE sims_sim ENABLE TRIGGER USER")
        return took

    def cold(self) -> float:
        """Seconds for a fleet nobody has seen."""
        self._empty()
        return self._apply(self.payloads)

    def unchanged(self) -> float:
        """Seconds for the same payloads once more."""
        return self._apply(self.payloads)

    def changed(self, every: int) -> float:
        """Seconds when one in `every` has used more."""
        self.turn += 1
        payloads = [
            payload if number % every else payload | {"currentCycleUsages": {"dataUsage": 1000.0 + self.turn}}
            for number, payload in enumerate(self.payloads)
        ]
        return self._apply(payloads)

    def row_by_row(self, sample: int) -> float:
        """Seconds for `sample` rows by Django's own means, in one transaction."""
        self._empty()
        rows = [self._row(payload) for payload in self.payloads[:sample]]
        names = ["enterprise_id", "account_id", SIM.key_column, *SIM.columns, *_META]
        started = time.perf_counter()
        with transaction.atomic():
            for row, payload in zip(rows, self.payloads, strict=False):
                values = dict(zip(names, row, strict=True)) | {"raw": payload}
                keys = {name: values.pop(name) for name in ("enterprise_id", "giccid")}
                Sim.objects.update_or_create(**keys, defaults=values)
        return time.perf_counter() - started

    def _apply(self, payloads: list[dict[str, Any]]) -> float:
        started = time.perf_counter()
        apply(SIM, payloads, self._origin())
        return time.perf_counter() - started

    def _origin(self) -> Origin:
        scope = {"account_id": self.account.pk}
        return Origin(self.account.enterprise_id, "sweep", timezone.now(), scope)

    def _row(self, payload: dict[str, Any]) -> tuple[Any, ...]:
        encoded = canonical(payload)
        now = timezone.now()
        meta = (encoded.decode(), hash_of(encoded, self._origin().context), now, "sweep", now)
        return (self.account.enterprise_id, self.account.pk, payload["giccid"], *SIM.extract(payload), *meta)

    def _empty(self) -> None:
        _run("TRUNCATE sims_sim, sims_rollup, sims_accountday, sims_simday, sims_simversion CASCADE")


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
