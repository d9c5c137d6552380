"""Pages of a list."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet

PAGE_SIZES = (25, 50, 100, 250, 500)
DEFAULT_PAGE_SIZE = 50


def page_of(queryset: QuerySet[Any], number: object, size: int) -> "Page[Model]":
    """A number out of range gives the nearest page instead of an error: lists shrink while people read them."""
    return Paginator(queryset, size).get_page(str(number or 1))
