"""Files of exports: private, named after row and fence, complete or not there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings

from sims.models import Export

_ORPHAN_SECONDS = 3600
_OPEN = (Export.State.QUEUED, Export.State.RUNNING)


def folder() -> Path:
    """Where finished files lie; for the portal's own eyes."""
    path: Path = settings.DATA_DIR / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def file_of(export: Export) -> Path | None:
    """The finished file; None when there is none (any more)."""
    if export.state != Export.State.COMPLETED or not export.file_name:
        return None
    path = folder() / export.file_name
    return path if path.is_file() else None


def name_of(export: Export) -> str:
    """Of this holder alone: two who believe to hold the row write two files."""
    return f"{export.pk}-{export.fence}.xlsx"


@contextmanager
def workplace(export: Export) -> Iterator[Path]:
    """A folder for unfinished files; gone afterwards, whatever happens but a kill."""
    path = folder() / f"{export.pk}-{export.fence}.part"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def remove_orphans(now: datetime) -> int:
    """Files of expired exports, and what killed workers left, an hour after. Returns how many went."""
    finished = set(Export.objects.exclude(file_name="").values_list("file_name", flat=True))
    held = {
        f"{pk}-{fence}.part"
        for pk, fence in Export.objects.filter(state__in=_OPEN).values_list("pk", "fence")
    }
    removed = 0
    for path in folder().iterdir():
        if path.name in finished | held or now.timestamp() - path.stat().st_mtime < _ORPHAN_SECONDS:
            continue
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        removed += 1
    return removed
