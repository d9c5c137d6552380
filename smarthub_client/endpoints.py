"""Every operation of the SmartHub API, in ONE table.

Marks: `doc` was read in the vendor's documentation; `inferred` follows from documented names; `assumed` is
our invention in the documented style. An operation that changes data and is not `doc` is refused until
confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import quote

from .errors import ConfigurationError, InvalidArgument

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Mark(StrEnum):
    """How we know an operation: see the module text."""

    DOC = "doc"
    INFERRED = "inferred"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table.

    `path` is a template below the base URL. `body_fields` are the JSON fields we send: a 422 `missing` that
    names one of them is about the body, any other is about the addressed object. `reply_optional`: an empty
    2xx is an answer.
    """

    name: str
    method: str
    path: str
    mark: Mark
    mutating: bool = False
    body_fields: tuple[str, ...] = ()
    reply_optional: bool = False
    paged: bool = False
    note: str = ""

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names in the path template, in order."""
        return tuple(_PLACEHOLDER.findall(self.path))

    def fill(self, values: Mapping[str, str]) -> str:
        """The path with each value percent-encoded as one segment (`/` and Chinese text included)."""
        return _PLACEHOLDER.sub(lambda match: _segment(match[1], values[match[1]]), self.path)

    def with_path(self, path: str) -> Operation:
        """The same operation at another path, for rows the documentation does not settle.

        Raises `ConfigurationError` for a `doc` row and for other placeholders.
        """
        if self.mark is Mark.DOC:
            raise ConfigurationError(f"The path of {self.name} is documented and cannot be overridden.")
        changed = replace(self, path=path)
        if not path.startswith("/") or sorted(changed.placeholders) != sorted(self.placeholders):
            wanted = ", ".join(f"{{{name}}}" for name in self.placeholders) or "no placeholder"
            raise ConfigurationError(f"The path of {self.name} must start with / and hold {wanted}.")
        return changed


def _segment(name: str, value: str) -> str:
    # "." and ".." would be resolved away by URL libraries and address another resource.
    if not value or value in {".", ".."}:
        raise InvalidArgument(f"{name} must not be empty, '.' or '..'.")
    return quote(value, safe="")


_SMS = "path doc, body assumed"
_SIM = "/global-sims/{giccid}"
_D, _I, _A = Mark.DOC, Mark.INFERRED, Mark.ASSUMED


def _get(name: str, path: str, mark: Mark, *, paged: bool = False, note: str = "") -> Operation:
    return Operation(name, "GET", path, mark, paged=paged, note=note)


def _change(method: str, name: str, path: str, mark: Mark, *fields: str, note: str = "") -> Operation:
    needs_reply = (
        "batchJobs" in path or name == "send_sms"
    )  # both answer with the only handle on what was started
    return Operation(name, method, path, mark, True, fields, not needs_reply, note=note)


_CUSTOM = ("custom1", "custom2", "custom3", "custom4", "custom5")

_ROWS = (
    _get("sim_detail", _SIM, _D),
    _get("sim_list", "/global-sims", _D, paged=True),
    _get("change_logs", "/global-sims/changeLogs", _D, paged=True, note="only accountName is documented"),
    _get("custom_fields_read", f"{_SIM}/custom-field", _I),
    _change("PUT", "custom_fields_edit", f"{_SIM}/custom-field", _D, *_CUSTOM),
    _change("POST", "activate", f"{_SIM}/activate", _I),
    _change("POST", "suspend", f"{_SIM}/deactivate", _I),
    _change("POST", "retire", f"{_SIM}/retire", _D),
    _change("POST", "supplementary_plan", f"{_SIM}/supplementaryServicePackages", _A, "servicePackageName"),
    _change("PUT", "basic_plan", f"{_SIM}/basicServicePackage", _A, "basicServicePackageName"),
    _change("PUT", "apn_status", f"{_SIM}/apn-status", _A, "apnName", "apnStatus"),
    _change("POST", "batch_activate", "/batchJobs/global-sims/activate", _I, "giccids"),
    _change("POST", "batch_suspend", "/batchJobs/global-sims/deactivate", _D, "giccids"),
    _change("POST", "batch_retire", "/batchJobs/global-sims/retire", _I, "giccids"),
    _change(
        "POST",
        "batch_basic_plan",
        "/batchJobs/global-sims/basicServicePackage",
        _A,
        "giccids",
        "basicServicePackageName",
    ),
    _get("batch_job", "/batchJobs/{jobId}", _D, paged=True),
    _change("POST", "send_sms", "/mt-sms", _D, "toGiccid", "messageText", note=_SMS),
    _get("query_sms", "/mt-sms/{smsMsgId}", _D, note=_SMS),
    _get("share_pools", "/share-pools", _A, paged=True),
    _get("enterprise", "/enterprise", _D),
    _get("account", "/account/{name}", _D, note=_SMS),
    _get("service_packages", "/{accountName}/servicePackages", _D, note=_SMS),
    _get("country_statistics", "/global-sims/statistics/country-code", _A),
    _get("root", "/", _D, note=_SMS),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType({row.name: row for row in _ROWS})
"""Name -> row, in the order of the contract."""


def operations_with(paths: Mapping[str, str]) -> Mapping[str, Operation]:
    """The table with some undocumented paths overridden; `ConfigurationError` for an unknown name."""
    unknown = sorted(set(paths) - set(OPERATIONS))
    if unknown:
        raise ConfigurationError(f"Unknown operation in the path overrides: {', '.join(unknown)}.")
    changed = {name: OPERATIONS[name].with_path(path) for name, path in paths.items()}
    return MappingProxyType({**OPERATIONS, **changed})
