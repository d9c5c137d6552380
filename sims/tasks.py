"""Wake-ups for work on selections and exports. Messages carry row ids only; losing all of them costs one tick."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from mirror import leases
from sims import customs, exports, resolving, selections, xlsx_export


@shared_task(name="sims.tick")
def tick() -> None:
    """Every two seconds: wake what waits or was left by a killed worker."""
    now = timezone.now()
    for uid in leases.claimable(resolving.open_selections(), now).values_list("pk", flat=True)[:20]:
        resolve_selection.apply_async((str(uid),), expires=10)
    for uid in leases.claimable(exports.open_exports(), now).values_list("pk", flat=True)[:1]:
        run_export.apply_async((str(uid),), expires=10)
    for enterprise_id in customs.wanting(now):
        read_custom_fields.apply_async((enterprise_id,), expires=10)


@shared_task(name="sims.custom_fields")
def read_custom_fields(enterprise_id: int) -> None:
    """Reads custom fields somebody asked for."""
    customs.work(enterprise_id)


@shared_task(name="sims.resolve")
def resolve_selection(uid: str) -> None:
    """Freezes one selection, if nobody else is at it."""
    resolving.resolve(UUID(uid), timezone.now())


@shared_task(name="sims.export")
def run_export(uid: str) -> None:
    """Writes one XLSX file, if nobody else writes one."""
    xlsx_export.run(UUID(uid), timezone.now())


@shared_task(name="sims.clean")
def clean() -> None:
    """Removes what has expired."""
    selections.remove_expired(timezone.now())
    exports.remove_expired(timezone.now())
