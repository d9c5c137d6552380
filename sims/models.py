"""All models of SIMs, by what they are about: the cards, their history, and what staff keep about them."""

from sims.card_models import ApnState, Sim, Status
from sims.custom_models import CustomFields
from sims.desk_models import (
    Export,
    ListLayout,
    PurchaseOrder,
    SavedView,
    Selection,
    SelectionItem,
    SimTag,
    Tag,
)
from sims.history_models import AccountDay, ChangeLog, Hint, Rollup, SimDay, SimVersion
from sims.protection_models import Protection

__all__ = [
    "AccountDay",
    "ApnState",
    "ChangeLog",
    "CustomFields",
    "Export",
    "Hint",
    "ListLayout",
    "Protection",
    "PurchaseOrder",
    "Rollup",
    "SavedView",
    "Selection",
    "SelectionItem",
    "Sim",
    "SimDay",
    "SimTag",
    "SimVersion",
    "Status",
    "Tag",
]
