"""SIM card management: the list, one SIM, its custom fields, its state changes."""

from sandbox import effects, index, items, paging
from sandbox.answers import Json, bad_body, invalid
from sandbox.call import Call
from sandbox.fleet import STATUSES

MAX_GICCIDS = 100
MAX_CUSTOM = 255  # characters (assumed)
_FILTERS = ("status", "po", "customerName", "accountName", "basicServicePackageName")


def sim_list(call: Call) -> paging.Answer:
    """GET /global-sims (doc). A filter without match: an empty list; an unknown status: `invalid`."""
    page = paging.read(call)
    filters = {name: value for name in _FILTERS if (value := call.query(name))}
    if filters.get("status", STATUSES[0]) not in STATUSES:
        raise invalid("globalSim", "status")
    giccids = [text.strip() for text in (call.query("giccids") or "").split(",") if text.strip()]
    if len(giccids) > MAX_GICCIDS:
        raise invalid("globalSim", "giccids")
    if giccids:
        found = index.by_giccids(giccids, filters)
        total, sims = len(found), found[page.start : page.start + page.size]
    else:
        ids = index.matching(filters)
        total, sims = len(ids), index.by_ids(ids[page.start : page.start + page.size])
    return paging.answer(call, page, total, items.sim_items(sims, call.moment, is_stale=call.is_stale))


def sim_detail(call: Call, giccid: str) -> Json:
    """GET /global-sims/{giccid} (doc)."""
    return items.sim_detail(effects.find_sim(giccid), call.moment, is_stale=call.is_stale)


def custom_fields_read(call: Call, giccid: str) -> Json:
    """GET …/custom-field (inferred): the five fields, null where unset."""
    return items.custom_fields(effects.find_sim(giccid), is_stale=call.is_stale)


def custom_fields_edit(call: Call, giccid: str) -> Json:
    """PUT …/custom-field (doc). PUT replaces: a field left out is emptied. Shows at once."""
    body = call.body()
    values = [body.get(f"custom{number}") for number in range(1, 6)]
    for number, value in enumerate(values, 1):
        if value is not None and not isinstance(value, str):
            raise bad_body()
        if value and len(value) > MAX_CUSTOM:
            raise invalid("customFieldVO", f"custom{number}")
    effects.accept(call, giccid, {"custom": values}, is_immediate=True)
    return items.custom_fields(effects.find_sim(giccid))


def activate(call: Call, giccid: str) -> Json:
    """POST …/activate (inferred). Any body is ignored; the answer is an empty object (assumed)."""
    effects.accept(call, giccid, {"status": "ACTIVATED"})
    return {}


def suspend(call: Call, giccid: str) -> Json:
    """POST …/deactivate (inferred)."""
    effects.accept(call, giccid, {"status": "DEACTIVATED"})
    return {}


def retire(call: Call, giccid: str) -> Json:
    """POST …/retire (doc): only from DEACTIVATED, and for ever."""
    effects.accept(call, giccid, {"status": "RETIRED"})
    return {}


def supplementary_plan(call: Call, giccid: str) -> Json:
    """POST …/supplementaryServicePackages (assumed). Twice is two packages."""
    name = call.text(call.body(), "servicePackage", "servicePackageName")
    effects.accept(call, giccid, {"supplementary": name})
    return {}


def basic_plan(call: Call, giccid: str) -> Json:
    """PUT …/basicServicePackage (assumed)."""
    name = call.text(call.body(), "servicePackage", "basicServicePackageName")
    effects.accept(call, giccid, {"package": name})
    return {}


def apn_status(call: Call, giccid: str) -> Json:
    """PUT …/apn-status (assumed): OPEN or CLOSED."""
    body = call.body()
    name, state = call.text(body, "apn", "apnName"), call.text(body, "apn", "apnStatus")
    if state not in ("OPEN", "CLOSED"):
        raise invalid("apn", "apnStatus")
    effects.accept(call, giccid, {"apn": name, "open": state == "OPEN"})
    return {}
