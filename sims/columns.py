"""The columns a list of SIMs can show, in one place for the page, the chooser, sorting and exports."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sims.models import ListLayout
from staff.models import User

Text = str | Promise


@dataclass(frozen=True)
class Column:
    """`sql`: the value for an export, over the table `sims_sim`. `field`: what it sorts by; None: it does not sort.

    `is_nullable`: the empty ones come last in both directions. `unit` stands in the heading of an export.
    """

    name: str
    label: Text
    sql: str
    field: str | None = None
    is_nullable: bool = False
    is_number: bool = False
    unit: str = ""


_TAGS = (
    "(SELECT string_agg(t.name, ', ' ORDER BY t.name) FROM sims_simtag st JOIN sims_tag t ON t.id = st.tag_id"
    " WHERE st.sim_id = sims_sim.id)"
)
_SEEN = (
    "CASE WHEN sims_sim.missing_since IS NULL THEN greatest(sims_sim.observed_at,"
    " (SELECT a.swept_at FROM enterprise_account a WHERE a.id = sims_sim.account_id))"
    " ELSE sims_sim.observed_at END"
)

_ALL = (
    Column("giccid", "ICCID", "sims_sim.giccid", "giccid"),
    Column("label", _("Label"), "sims_sim.label", "label", is_nullable=True),
    Column("status", _("Status"), "sims_sim.status", "status"),
    Column("account", _("Account"), "sims_sim.account_name", "account_name", is_nullable=True),
    Column("package", _("Package"), "sims_sim.package_name", "package_name", is_nullable=True),
    Column("apn_state", _("APN"), "sims_sim.apn_state", "apn_state"),
    Column("imsi", "IMSI", "sims_sim.imsi", "imsi", is_nullable=True),
    Column("msisdn", "MSISDN", "sims_sim.msisdn", "msisdn", is_nullable=True),
    Column("imei", "IMEI", "sims_sim.imei", "imei", is_nullable=True),
    Column("data", _("Data this cycle"), "sims_sim.data_used_mb", "data_used_mb", is_number=True, unit="MB"),
    Column(
        "share",
        _("Share of allowance"),
        "round((sims_sim.usage_share * 100)::numeric, 1)",
        "usage_share",
        is_nullable=True,
        is_number=True,
        unit="%",
    ),
    Column("sms", "SMS", "sims_sim.sms_used", "sms_used", is_number=True),
    Column("voice", _("Voice (minutes)"), "sims_sim.voice_used_min", "voice_used_min", is_number=True),
    Column("sold", _("Sold"), "sims_sim.sold_at", "sold_at", is_nullable=True),
    Column("activated", _("Activated on"), "sims_sim.activated_at", "activated_at", is_nullable=True),
    Column("expires", _("Package ends"), "sims_sim.package_ends_at", "package_ends_at", is_nullable=True),
    Column("po", "PO", "sims_sim.po", "po", is_nullable=True),
    Column("tags", _("Tags"), _TAGS),
    Column("seen", _("As of"), _SEEN, "observed_at"),
)
COLUMNS = {column.name: column for column in _ALL}
ALWAYS = "giccid"
USUAL = ("giccid", "status", "account", "package", "imsi", "msisdn", "data", "activated", "expires")
SORTABLE = {name: column for name, column in COLUMNS.items() if column.field}


def chosen(names: Iterable[Any]) -> list[Column]:
    """The columns of these names in the table's own order; unknown names are left out, the ICCID never."""
    wanted = {name for name in names if isinstance(name, str)} & set(COLUMNS)
    wanted = wanted or set(USUAL)
    return [column for name, column in COLUMNS.items() if name in wanted or name == ALWAYS]


def shown(user: User) -> list[Column]:
    """What this person chose, else the usual ones."""
    layout = ListLayout.objects.filter(user=user).first()
    return chosen(layout.columns if layout else ())
