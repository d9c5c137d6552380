"""The seven kinds of changes the contract knows, by the SIM's field they change."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commands.kinds import BadParams, Danger, Field, Kind, Params, Payload, register
from smarthub_client import SmartHubClient
from smarthub_client.reply import Reply
from smarthub_client.writes import APN_STATUSES, CUSTOM_FIELDS

PACKAGE_LENGTH, APN_LENGTH, CUSTOM_LENGTH = 400, 120, 250


def _object(payload: Payload, name: str) -> Payload:
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def _objects(payload: Payload, name: str) -> list[Payload]:
    found = payload.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _text(params: Params, name: str, limit: int) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadParams(_("Choose a value for %(name)s.") % {"name": name})
    if len(value) > limit or "\0" in value:
        raise BadParams(_("%(name)s is too long or holds characters that can't be sent.") % {"name": name})
    return value.strip()


def _none(_params: Params) -> dict[str, Any]:
    return {}


# --- lifecycle: the field `status` (doc)


def _status(payload: Payload, _params: Params) -> str | None:
    value = payload.get("status")
    return value if isinstance(value, str) else None


def _lifecycle(name: str, target: str, client_method: str, **more: Any) -> Kind:
    def send(client: SmartHubClient, giccid: str, _params: Params, request_id: str) -> Reply[Any]:
        reply: Reply[Any] = getattr(client, client_method)(giccid, request_id=request_id)
        return reply

    def send_batch(
        client: SmartHubClient, giccids: list[str], _params: Params, request_id: str
    ) -> Reply[Any]:
        reply: Reply[Any] = getattr(client, f"batch_{client_method}")(giccids, request_id=request_id)
        return reply

    def shows(payload: Payload, params: Params, _baseline: Params) -> bool | None:
        now = _status(payload, params)
        return None if now is None else now == target

    return Kind(
        name=name,
        operation=client_method,
        batch_operation=f"batch_{client_method}",
        send=send,
        send_batch=send_batch,
        current=_status,
        wanted=lambda _params: target,
        shows=shows,
        clean=_none,
        log_types=("LOCAL_STATUS",),
        permission="commands.run",
        **more,
    )


register(
    _lifecycle(
        "activate",
        "ACTIVATED",
        "activate",
        label=_("Activate"),
        verb=lambda n: ngettext("Activate %(n)s SIM", "Activate %(n)s SIMs", n) % {"n": f"{n:,}"},
        icon="circle-play",
        danger=Danger.CLICK,
    )
)
register(
    _lifecycle(
        "suspend",
        "DEACTIVATED",
        "suspend",
        label=_("Suspend"),
        verb=lambda n: ngettext("Suspend %(n)s SIM", "Suspend %(n)s SIMs", n) % {"n": f"{n:,}"},
        icon="circle-pause",
        danger=Danger.TICK,
    )
)


# --- rate plans (paths and bodies assumed)


def _package(payload: Payload, _params: Params) -> str | None:
    if "currentBasicServicePackage" not in payload:
        return None
    name = _object(payload, "currentBasicServicePackage").get("name")
    return name if isinstance(name, str) else ""


def _clean_package(params: Params) -> dict[str, Any]:
    return {"package": _text(params, "package", PACKAGE_LENGTH)}


def _package_shows(payload: Payload, params: Params, _baseline: Params) -> bool | None:
    now = _package(payload, params)
    return None if now is None else now == params["package"]


register(
    Kind(
        name="basic_plan",
        label=_("Change rate plan"),
        verb=lambda n: (
            ngettext("Change the rate plan of %(n)s SIM", "Change the rate plan of %(n)s SIMs", n)
            % {"n": f"{n:,}"}
        ),
        icon="package",
        danger=Danger.TICK,
        permission="commands.run",
        operation="basic_plan",
        batch_operation="batch_basic_plan",
        send=lambda client, giccid, params, rid: client.basic_plan(
            giccid, basic_service_package_name=params["package"], request_id=rid
        ),
        send_batch=lambda client, giccids, params, rid: client.batch_basic_plan(
            giccids, basic_service_package_name=params["package"], request_id=rid
        ),
        current=_package,
        wanted=lambda params: str(params["package"]),
        shows=_package_shows,
        clean=_clean_package,
        fields=(Field("package", _("Rate plan"), "basic"),),
        log_types=("SERVICE_PACKAGE",),
    )
)


def held(payload: Payload, name: str) -> int | None:
    """How many supplementary packages of this name the SIM has; None when it is not the answer of a detail.

    A detail leaves the list out when there is none (assumed: the field is optional).
    """
    if "giccid" not in payload:
        return None
    return sum(1 for p in _objects(payload, "currentSupplementaryServicePackages") if p.get("name") == name)


def _held_names(payload: Payload, _params: Params) -> str | None:
    names = [str(p.get("name")) for p in _objects(payload, "currentSupplementaryServicePackages")]
    return ", ".join(names)[:400]


def _supplementary_shows(payload: Payload, params: Params, baseline: Params) -> bool | None:
    now = held(payload, params["package"])
    return None if now is None or "held" not in baseline else now > int(baseline["held"])


register(
    Kind(
        name="supplementary_plan",
        label=_("Add supplementary plan"),
        verb=lambda n: (
            ngettext("Add the plan to %(n)s SIM", "Add the plan to %(n)s SIMs", n) % {"n": f"{n:,}"}
        ),
        icon="package-plus",
        danger=Danger.TICK,
        permission="commands.run",
        operation="supplementary_plan",
        send=lambda client, giccid, params, rid: client.supplementary_plan(
            giccid, service_package_name=params["package"], request_id=rid
        ),
        current=_held_names,
        wanted=lambda _params: "",
        shows=_supplementary_shows,
        clean=_clean_package,
        read="detail",
        fields=(Field("package", _("Supplementary plan"), "supplementary"),),
        log_types=("SERVICE_PACKAGE",),
        may_reissue=False,
        baseline=lambda payload, params: {"held": held(payload, params["package"]) or 0},
    )
)


# --- APN (path and body assumed)


def _apn(payload: Payload, params: Params) -> str | None:
    if "apnList" not in payload:
        return None
    states = [a.get("apnStatus") for a in _objects(payload, "apnList") if a.get("apnName") == params["apn"]]
    return str(states[0]) if states else ""


def _apn_shows(payload: Payload, params: Params, _baseline: Params) -> bool | None:
    now = _apn(payload, params)
    return None if now is None else now == params["status"]


def _clean_apn(params: Params) -> dict[str, Any]:
    if params.get("status") not in APN_STATUSES:
        raise BadParams(_("An APN can be opened or closed."))
    return {"apn": _text(params, "apn", APN_LENGTH), "status": params["status"]}


register(
    Kind(
        name="apn_status",
        label=_("Open or close APN"),
        verb=lambda n: (
            ngettext("Change the APN of %(n)s SIM", "Change the APN of %(n)s SIMs", n) % {"n": f"{n:,}"}
        ),
        icon="radio-tower",
        danger=Danger.TICK,
        permission="commands.run",
        operation="apn_status",
        send=lambda client, giccid, params, rid: client.apn_status(
            giccid, apn_name=params["apn"], apn_status=params["status"], request_id=rid
        ),
        current=_apn,
        wanted=lambda params: str(params["status"]),
        shows=_apn_shows,
        clean=_clean_apn,
        fields=(Field("apn", "APN", "apns"), Field("status", _("New status"), "apn_status")),
    )
)


# --- custom fields (reading inferred, editing doc)


def _clean_custom(params: Params) -> dict[str, Any]:
    changes = {name: params[name] for name in CUSTOM_FIELDS if params.get(name) is not None}
    if not changes:
        raise BadParams(_("Fill in at least one of the five fields."))
    for name, value in changes.items():
        if not isinstance(value, str) or len(value) > CUSTOM_LENGTH or "\0" in value:
            raise BadParams(
                _("%(name)s takes at most %(limit)s characters.") % {"name": name, "limit": CUSTOM_LENGTH}
            )
    return changes


def _custom_shows(payload: Payload, params: Params, _baseline: Params) -> bool | None:
    return all((payload.get(name) or "") == value for name, value in params.items())


register(
    Kind(
        name="custom_fields",
        label=_("Edit custom fields"),
        verb=lambda n: (
            ngettext("Change the fields of %(n)s SIM", "Change the fields of %(n)s SIMs", n) % {"n": f"{n:,}"}
        ),
        icon="pencil-line",
        danger=Danger.CLICK,
        permission="commands.run",
        operation="custom_fields_edit",
        send=lambda client, giccid, params, rid: client.custom_fields_edit(
            giccid, dict(params), request_id=rid
        ),
        current=lambda _payload, _params: "",
        wanted=lambda params: ", ".join(f"{name}={value}" for name, value in params.items())[:400],
        shows=_custom_shows,
        clean=_clean_custom,
        read="custom",
        fields=tuple(Field(name, name, "text", is_required=False) for name in CUSTOM_FIELDS),
        may_reissue=False,
    )
)
register(
    _lifecycle(
        "retire",
        "RETIRED",
        "retire",
        label=_("Retire"),
        verb=lambda n: (
            ngettext("Retire %(n)s SIM for ever", "Retire %(n)s SIMs for ever", n) % {"n": f"{n:,}"}
        ),
        icon="archive",
        danger=Danger.TYPE,
        needs_second_person=True,
    )
)
