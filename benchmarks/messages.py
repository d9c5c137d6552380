"""Conversations: 1,000,000 messages in 100,000 of them, and beside it an enterprise with a thousandth of that.

    python benchmarks/messages.py [--messages 1000000] [--sims 100000] [--rounds 15]

Each page is asked through the whole stack (middleware, session, rendering; no network), turn about with the same page
of the small enterprise in the same database, so that a busy machine shows in both: read the ratio.
"""

import argparse
import statistics
import time
from typing import Any

import stage

SMALL = 1000
WORDS = (
    "reading",
    "battery",
    "door",
    "reboot",
    "status",
    "pressure",
    "signal",
    "valve",
    "alarm",
    "请重启设备",
)
_FILL = """
INSERT INTO messaging_message (enterprise_id, giccid, account_id, direction, state, text, at, changed_at, run_at, fence,
                               remote_id, read_at, sent_at)
SELECT %(enterprise)s, s.giccid, s.account_id, CASE WHEN n %% 3 = 0 THEN 'mo' ELSE 'mt' END,
       CASE WHEN n %% 3 = 0 THEN 'received' WHEN n %% 50 = 1 THEN 'failed' WHEN n %% 40 = 1 THEN 'accepted'
            WHEN n %% 20000 = 1 THEN 'unknown' ELSE 'delivered' END,
       (%(words)s::text[])[1 + (n %% 10)::int] || ' no. ' || n || ' of meter ' || (n * 7919 %% 1000003),
       moment, moment, '9999-01-01+00', 0, 'm' || %(enterprise)s || '-' || n,
       CASE WHEN n %% 3 = 0 AND n %% 99 <> 0 THEN moment END, moment
  FROM (SELECT n, now() - (%(messages)s - n) * interval '20 seconds' AS moment
          FROM generate_series(1::bigint, %(messages)s) n) said
  JOIN (SELECT row_number() OVER (ORDER BY id) AS place, giccid, account_id FROM sims_sim
         WHERE enterprise_id = %(enterprise)s) s ON s.place = 1 + n * 7919 %% %(sims)s
"""
_THREADS = """
INSERT INTO messaging_thread (enterprise_id, giccid, account_id, last_id, last_at, unread)
SELECT DISTINCT ON (giccid) enterprise_id, giccid, account_id, id, at,
       count(*) FILTER (WHERE direction = 'mo' AND read_at IS NULL) OVER (PARTITION BY giccid)
  FROM messaging_message WHERE enterprise_id = %(enterprise)s ORDER BY giccid, at DESC, id DESC
"""
PAGES = {
    "conversations": "/messages/",
    "conversations, deep in the list": "/messages/?before={place}",
    "unread": "/messages/?show=unread",
    "unknown outcome": "/messages/?show=unknown",
    "failed or refused": "/messages/?show=failed",
    "awaiting report": "/messages/?show=awaiting",
    "search, a word in every tenth": "/messages/?q=battery",
    "search, Chinese": "/messages/?q=重启",
    "search, one message": "/messages/?q=no. {rare} of",
    "search, nothing found": "/messages/?q=zebra crossing",
    "search, an ICCID": "/messages/?q={giccid}",
    "search, part of a number": "/messages/?q={digits}",
    "a conversation": "/messages/{giccid}/",
    "on the page of its SIM": "/sims/{giccid}/messages/",
    "an open list asks, no news": "/messages/live/?seen={seen}",
    "an open conversation asks, no news": "/messages/{giccid}/live/?seen={seen_talk}",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--sims", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    with stage.servers():
        large = stage.fleet(given.sims)
        from benchmarks import visitor  # noqa: PLC0415 - needs the settings

        if not _has_messages(large):
            visitor.prepare(large, given.sims)
        small = _small(large)
        _say(large, given.messages, given.sims)
        _say(small, SMALL, SMALL // 10)
        print("| page | ms (p50) | p95 | small enterprise | ratio | queries |\n|---|--:|--:|--:|--:|--:|")
        for name, address in PAGES.items():
            _measure(name, address, large, small, given.rounds)


def _has_messages(enterprise: Any) -> bool:
    from messaging.models import Message  # noqa: PLC0415

    return Message.objects.filter(enterprise=enterprise).exists()


def _small(large: Any) -> Any:
    """A hundred SIMs of an enterprise of their own."""
    from enterprise.models import Account, Enterprise  # noqa: PLC0415
    from sims.models import Sim  # noqa: PLC0415

    small, _is_new = Enterprise.objects.get_or_create(name="Small", defaults={"base_url": large.base_url})
    if not small.sims.exists():
        account = Account.objects.filter(enterprise=large)[0]
        account.pk, account.enterprise, account.name = None, small, "Small"
        account.save(force_insert=True)
        for sim in Sim.objects.filter(enterprise=large)[: SMALL // 10]:
            sim.pk, sim.enterprise, sim.account, sim.giccid = None, small, account, f"7{sim.giccid[1:]}"
            sim.save(force_insert=True)
    return small


def _say(enterprise: Any, messages: int, sims: int) -> None:
    """Messages of thirteen months at most, ten for each SIM, and their conversations as the triggers leave them."""
    from django.db import connection, transaction  # noqa: PLC0415

    if _has_messages(enterprise):
        return
    values = {"enterprise": enterprise.pk, "messages": messages, "sims": sims, "words": list(WORDS)}
    started = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE messaging_message DISABLE TRIGGER USER")
        cursor.execute(_FILL, values)
        cursor.execute("ALTER TABLE messaging_message ENABLE TRIGGER USER")
        cursor.execute(_THREADS, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"Wrote {messages:,} messages in {time.monotonic() - started:.0f} s.", flush=True)


def _measure(name: str, address: str, large: Any, small: Any, rounds: int) -> None:
    found = {enterprise.pk: _Visit(enterprise, address) for enterprise in (large, small)}
    for _round in range(rounds + 2):
        for visit in found.values():
            visit.once()
    own, other = (sorted(found[enterprise.pk].times[2:]) for enterprise in (large, small))
    middle, base = statistics.median(own), statistics.median(other)
    p95 = own[min(len(own) - 1, int(len(own) * 0.95))]
    queries = found[large.pk].queries()
    print(
        f"| {name} | {middle:.0f} | {p95:.0f} | {base:.0f} | {middle / base:.1f} × | {queries} |", flush=True
    )


class _Visit:
    """One page of one enterprise, asked again and again."""

    def __init__(self, enterprise: Any, address: str) -> None:
        from benchmarks import visitor  # noqa: PLC0415
        from commands.slices import place_of  # noqa: PLC0415
        from messaging import news  # noqa: PLC0415
        from messaging.access import Conversation  # noqa: PLC0415
        from messaging.models import Message, Thread  # noqa: PLC0415
        from staff.models import User  # noqa: PLC0415

        bench = User.objects.get(username="bench")
        self.browser, self.times = visitor.browser(), list[float]()
        self.browser.post("/enterprise/choose/", {"enterprise": enterprise.pk})
        threads = Thread.objects.filter(enterprise=enterprise).order_by("-last_at", "-pk")
        middle = threads[threads.count() * 9 // 20]
        talk = Conversation(enterprise, middle.giccid, None)
        self.address = address.format(
            place=place_of(middle, "last_at"),
            giccid=middle.giccid,
            digits=middle.giccid[-7:],
            rare=Message.objects.filter(enterprise=enterprise).order_by("pk")[7].remote_id.split("-")[1],
            seen=news.of_all(bench, enterprise),
            seen_talk=news.of_talk(bench, talk),
        )

    def once(self) -> None:
        started = time.perf_counter()
        response = self.browser.get(self.address)
        if response.status_code != (204 if "seen=" in self.address else 200):
            raise SystemExit(f"{self.address}: {response.status_code}")
        self.times.append((time.perf_counter() - started) * 1000)

    def queries(self) -> int:
        from django.db import connection  # noqa: PLC0415
        from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

        with CaptureQueriesContext(connection) as found:
            self.once()
        return len(found)


if __name__ == "__main__":
    main()
