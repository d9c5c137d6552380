"""What a background run does when the platform says "not now": it sleeps with the reason on it, and comes back."""

from datetime import timedelta

from django.utils import timezone

from enterprise.connections import note_rate
from mirror import runs
from mirror.models import SyncRun
from smarthub_client import AuthenticationFailed, RateLimit, RateLimited, SmartHubError

Kind = SyncRun.ErrorKind
# Kept free for people: background work stops when less than this share of the hour's requests is left.
RESERVED_SHARE = 0.1
RESERVE_REASON = "The rest of this hour's requests is kept for people."
GIVE_UP_AFTER = timedelta(hours=6)
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5, 300


def report_failure(run: SyncRun, error: SmartHubError) -> None:
    """A failure worth repeating puts the run to sleep (longer each time); any other ends it, to be started anew."""
    now = timezone.now()
    note_rate(run.enterprise, error.rate)
    if isinstance(error, RateLimited) and error.reset_at:
        runs.wait_until(run, error.reset_at, str(error), Kind.THROTTLED)
    elif error.retryable and now - run.created_at < GIVE_UP_AFTER:
        failures = int(run.cursor.get("failures", 0)) + 1
        runs.keep(run, cursor={**run.cursor, "failures": failures})
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** (failures - 1), _LONGEST_PAUSE_SECONDS)
        runs.wait_until(run, now + timedelta(seconds=pause), str(error), Kind.DOWN)
    else:
        kind = Kind.UNAUTHORIZED if isinstance(error, AuthenticationFailed) else Kind.OTHER
        runs.finish(run, SyncRun.State.FAILED, str(error), kind)


def pause_if_low(run: SyncRun, rate: RateLimit | None) -> bool:
    """Puts background work to sleep until the window ends when what is left of it should stay for people."""
    if rate is None or rate.reset_at is None or rate.remaining > rate.limit * RESERVED_SHARE:
        return False
    note_rate(run.enterprise, rate)
    runs.wait_until(run, rate.reset_at, RESERVE_REASON, Kind.THROTTLED)
    return True
