"""What a run has met so far: kept in rows, so that it survives a killed worker, and forgotten when the run ends."""

from collections.abc import Collection

from django.db import connection

from mirror.models import SyncRun


def remember(run: SyncRun, scope: str, keys: Collection[str]) -> int:
    """How many of `keys` (at most 64 characters each) this run meets for the first time in `scope`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO mirror_seenkey (run_id, scope, key) SELECT %s, %s, unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [run.pk, scope, sorted(keys)],
        )
        return int(cursor.rowcount)
