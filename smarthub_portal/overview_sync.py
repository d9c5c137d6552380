"""Whether the mirror is in step: the first sweep while it runs, the latest run of each job, what waits."""

from typing import Any

from enterprise.models import Enterprise
from enterprise.queries import last_runs, run_list
from mirror.models import SyncRun
from sims.models import Hint
from sims.sweep import JOB_NAME as SWEEP
from staff.models import User

Part = dict[str, Any]
# Seconds until the page asks again while the first sweep runs, and while something is in its way.
SOON, LATER = 2, 15


def start_of(user: User, enterprise: Enterprise) -> Part | None:
    """What a fleet that was never read is waiting for; None once it was read as a whole.

    kind: keyless, paused, soon, running, or what is in the way: throttled, unauthorized, down, other.
    """
    if enterprise.swept_at:
        return None
    run = run_list(user).filter(enterprise=enterprise, job=SWEEP).first()
    kind = _kind(enterprise, run)
    return {
        "kind": kind,
        "run": run,
        "percent": run.percent if run else None,
        "shows_counts": user.sees_all_accounts,
        "every": f"every {SOON if kind in ('soon', 'running') else LATER}s",
    }


def _kind(enterprise: Enterprise, run: SyncRun | None) -> str:
    if not enterprise.api_key_sealed:
        return "keyless"
    if not enterprise.is_enabled:
        return "paused"
    if run is None or run.state == SyncRun.State.QUEUED:
        return "soon"
    if run.state in (SyncRun.State.WAITING, SyncRun.State.FAILED):
        return run.error_kind or SyncRun.ErrorKind.OTHER
    return "running"


def sync_health(user: User, enterprise: Enterprise) -> Part:
    """The latest run of each job; how many SIMs wait for a read-back, for people who see all of them."""
    waiting = Hint.objects.filter(enterprise=enterprise).count() if user.sees_all_accounts else None
    return {
        "runs": last_runs(user, enterprise),
        "waiting": waiting,
        "shows_counts": user.sees_all_accounts,
        "swept_at": enterprise.swept_at,
    }
