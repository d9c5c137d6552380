"""The portal's own budget in tests: what it was told, and what a new hour does to it."""

from enterprise.budget import budget_of, forget_budgets, shared_redis
from enterprise.models import Enterprise
from smarthub_client import RateLimit
from smarthub_client.budget import Granted, Purpose


def new_window(enterprise: Enterprise) -> None:
    """As if the hour had ended and nobody remembered it: the next request asks the platform."""
    name = budget_of(enterprise).name
    keys = list(shared_redis().scan_iter(f"budget:{{{name}}}:*"))
    if keys:
        shared_redis().delete(*keys)
    forget_budgets()


def told(enterprise: Enterprise, left: int, *, limit: int = 1000, reset_in: float = 3600) -> None:
    """As if a process had asked the platform just now and learnt this."""
    budget = budget_of(enterprise)
    grant = budget.acquire(Purpose.INTERACTIVE)
    assert isinstance(grant, Granted), grant
    budget.settle(grant, 200, RateLimit(limit, left, None, reset_in))
    state = f"budget:{{{budget.name}}}:state"
    shared_redis().hdel(state, "forgotten_until")  # the second in which forgotten answers may still come
