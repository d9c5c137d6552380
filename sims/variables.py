"""What templates may name of a SIM. A value it does not have is left out, so that "missing" is one question."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from commands.fleet import CUSTOM_READ
from sims.models import CustomFields, Sim, SimTag
from smarthub_client.writes import CUSTOM_FIELDS

TAG = "tag."
"""A tag written `site:Kiruna` or `site=Kiruna` is the variable `tag.site`."""
_FIELDS = {
    "iccid": "giccid",
    "imsi": "imsi",
    "msisdn": "msisdn",
    "imei": "imei",
    "label": "label",
    "account": "account_name",
    "plan": "package_name",
    "po": "po",
}
NAMES = (*_FIELDS, "tags", *CUSTOM_FIELDS)


def variables(enterprise_id: int, giccids: Sequence[str]) -> Mapping[str, dict[str, str]]:
    """{ICCID: {name: value}} of the SIMs that are known."""
    sims = Sim.objects.filter(enterprise=enterprise_id, giccid__in=giccids).order_by()
    rows = list(sims.values("pk", *_FIELDS.values()))
    tags = _tags([row["pk"] for row in rows])
    customs = _customs([row["pk"] for row in rows])
    return {
        row["giccid"]: _own(row) | _of_tags(tags.get(row["pk"], ())) | customs.get(row["pk"], {})
        for row in rows
    }


def _own(row: Mapping[str, object]) -> dict[str, str]:
    return {name: str(row[field]) for name, field in _FIELDS.items() if row[field]}


def _tags(ids: Sequence[int]) -> Mapping[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    named = SimTag.objects.filter(sim__in=ids).order_by("tag__name").values_list("sim", "tag__name")
    for sim_id, name in named:
        found[sim_id].append(name)
    return found


def _customs(ids: Sequence[int]) -> Mapping[int, dict[str, str]]:
    read = CustomFields.objects.filter(sim__in=ids).exclude(read_at=None)
    rows = read.values_list("sim", "values", "read_at")
    return {sim_id: {**values, CUSTOM_READ: str(read_at)} for sim_id, values, read_at in rows}


def _of_tags(names: Iterable[str]) -> dict[str, str]:
    values = {"tags": ", ".join(names)} if names else {}
    for name in names:
        for sign in (":", "="):
            key, found, value = name.partition(sign)
            if found and key.strip() and value.strip():
                values.setdefault(f"{TAG}{key.strip()}", value.strip())
    return values
