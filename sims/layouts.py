"""How a person likes the list: columns, density, rows a page."""

from collections.abc import Iterable

from common.pages import DEFAULT_PAGE_SIZE, PAGE_SIZES
from sims import columns
from sims.models import ListLayout
from staff.models import User


def layout_of(user: User) -> ListLayout:
    """What they saved, else the usual one (not saved)."""
    return ListLayout.objects.filter(user=user).first() or ListLayout(user=user)


def save_layout(user: User, *, names: Iterable[str], density: str, page_size: int) -> ListLayout:
    """Values out of range become the usual ones; the usual columns are kept as "the usual", so that they may change."""
    wanted = [column.name for column in columns.chosen(names)]
    layout, _is_new = ListLayout.objects.update_or_create(
        user=user,
        defaults={
            "columns": [] if wanted == list(columns.USUAL) else wanted,
            "density": density if density in ListLayout.Density.values else ListLayout.Density.COMFORTABLE,
            "page_size": page_size if page_size in PAGE_SIZES else DEFAULT_PAGE_SIZE,
        },
    )
    return layout
