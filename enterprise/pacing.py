"""What a background run does when the platform says "not now": it sleeps with the reason on it, and comes back."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from enterprise.connections import note_rate
from mirror import runs
from mirror.models import SyncRun
from smarthub_client import AuthenticationFailed, BudgetExhausted, RateLimited, SmartHubError

Kind = SyncRun.ErrorKind
MOST_FAILURES = 78  # in a row: six hours of silence. A large fleet's sweep may take longer than that.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5, 300
# What a run that waits for the budget says: the sentence stands on the run in English and is translated when shown.
RESERVED = gettext_noop("The rest of this hour's requests is kept for more urgent work for now.")
REASONS = {
    "reserve": RESERVED,
    "used_up": gettext_noop("This hour's requests are used up."),
    "cap": gettext_noop("The hourly limit set for this connection is reached."),
    "stopped": gettext_noop("SmartHub says that this hour's requests are used up."),
    "alone": gettext_noop("Redis, where requests are counted, does not answer."),
}
_MOMENTARY = gettext_noop("Every request that is left is under way.")


# For these the hour's requests are gone; the others pass within it.
USED_UP = frozenset({REASONS["used_up"], REASONS["cap"], REASONS["stopped"]})


def reason_of(error: BudgetExhausted) -> str:
    return REASONS.get(error.reason, _MOMENTARY)


def is_budget_reason(text: str) -> bool:
    """Whether it is one of ours: translated, and naming nobody."""
    return text == _MOMENTARY or text in REASONS.values()


def report_failure(run: SyncRun, error: SmartHubError) -> None:
    """A failure worth repeating puts the run to sleep (longer each time); any other ends it, to be started anew."""
    now = timezone.now()
    note_rate(run.enterprise, error.rate)
    if isinstance(error, BudgetExhausted):
        runs.wait_until(run, error.retry_at, reason_of(error), Kind.THROTTLED)
    elif isinstance(error, RateLimited) and error.reset_at:
        runs.wait_until(run, error.reset_at, str(error), Kind.THROTTLED)
    elif error.retryable and (failures := int(run.cursor.get("failures", 0)) + 1) <= MOST_FAILURES:
        runs.keep(run, cursor={**run.cursor, "failures": failures})
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** (failures - 1), _LONGEST_PAUSE_SECONDS)
        runs.wait_until(run, now + timedelta(seconds=pause), str(error), Kind.DOWN)
    else:
        kind = Kind.UNAUTHORIZED if isinstance(error, AuthenticationFailed) else Kind.OTHER
        runs.finish(run, SyncRun.State.FAILED, str(error), kind)
