"""The doors to selections and exports: their owner's alone."""

import uuid

from django.shortcuts import get_object_or_404

from sims import exports, selections
from sims.models import Export, Selection
from staff.models import User


def get_selection_or_404(user: User, uid: uuid.UUID) -> Selection:
    """404 for anybody but the owner, and after it has expired."""
    return get_object_or_404(selections.own_selections(user).select_related("enterprise"), pk=uid)


def get_export_or_404(user: User, uid: uuid.UUID) -> Export:
    """404 for anybody but the owner, and after it has expired."""
    return get_object_or_404(exports.own_exports(user).select_related("enterprise"), pk=uid)
