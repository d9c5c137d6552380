"""What templates may name of a SIM. A value it does not have is left out, so that "missing" is one question."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sims.models import Sim, SimTag

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
NAMES = (*_FIELDS, "tags")


def variables(enterprise_id: int, giccids: Sequence[str]) -> Mapping[str, dict[str, str]]:
    """{ICCID: {name: value}} of the SIMs that are known."""
    sims = Sim.objects.filter(enterprise=enterprise_id, giccid__in=giccids).order_by()
    rows = list(sims.values("pk", *_FIELDS.values()))
    tags = _tags([row["pk"] for row in rows])
    return {row["giccid"]: _own(row) | _of_tags(tags.get(row["pk"], ())) for row in rows}


def _own(row: Mapping[str, object]) -> dict[str, str]:
    return {name: str(row[field]) for name, field in _FIELDS.items() if row[field]}


def _tags(ids: Sequence[int]) -> Mapping[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    named = SimTag.objects.filter(sim__in=ids).order_by("tag__name").values_list("sim", "tag__name")
    for sim_id, name in named:
        found[sim_id].append(name)
    return found


def _of_tags(names: Iterable[str]) -> dict[str, str]:
    values = {"tags": ", ".join(names)} if names else {}
    for name in names:
        for sign in (":", "="):
            key, found, value = name.partition(sign)
            if found and key.strip() and value.strip():
                values.setdefault(f"{TAG}{key.strip()}", value.strip())
    return values
