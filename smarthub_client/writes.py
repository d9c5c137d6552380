"""The operations that change something. None is ever repeated by the client, and there is no idempotency
key (doc).

`request_id` becomes X-Request-ID, so that a change can be found in both sides' records. When an error says
`outcome_unknown`, read the object back before anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from . import types as t
from .core import checked_giccid, checked_giccids, checked_text, expect
from .errors import InvalidArgument
from .reads import ReadOperations
from .reply import Reply

CUSTOM_FIELDS = ("custom1", "custom2", "custom3", "custom4", "custom5")
APN_STATUSES = ("OPEN", "CLOSED")

Done = Reply[dict[str, Any]]
"""Answer to a change of one SIM; its body is not documented and may be {}."""


class WriteOperations(ReadOperations):
    """Changes."""

    def _on_sim(
        self, name: str, giccid: str, request_id: str | None, body: Mapping[str, Any] | None = None
    ) -> Reply[dict[str, Any]]:
        return self.call(name, path={"giccid": checked_giccid(giccid)}, body=body, request_id=request_id)

    def _batch(
        self, name: str, giccids: Iterable[str], request_id: str | None, more: Mapping[str, Any] | None = None
    ) -> Reply[t.JobHandle]:
        reply = self.call(
            name, body={"giccids": checked_giccids(giccids), **(more or {})}, request_id=request_id
        )
        expect(reply, "jobId", str, name)
        return cast(Reply[t.JobHandle], reply)

    def custom_fields_edit(
        self, giccid: str, changes: Mapping[str, str], *, request_id: str | None = None
    ) -> Done:
        """Change some of custom1..custom5 (doc): read, merge, send all five, which is right however an
        omitted key is read. An absent or null field is sent as "". Two calls; the edit is unconditional,
        the last writer wins.
        """
        if (
            not changes
            or set(changes) - set(CUSTOM_FIELDS)
            or not all(isinstance(v, str) for v in changes.values())
        ):
            raise InvalidArgument("Custom field changes map custom1 to custom5 to text.")
        before = self.custom_fields_read(giccid).data
        body = {**{name: before.get(name) or "" for name in CUSTOM_FIELDS}, **changes}
        return self._on_sim("custom_fields_edit", giccid, request_id, body)

    def activate(self, giccid: str, *, request_id: str | None = None) -> Done:
        """Activate a SIM (inferred). May take effect later: read back until the state changes."""
        return self._on_sim("activate", giccid, request_id)

    def suspend(self, giccid: str, *, request_id: str | None = None) -> Done:
        """Suspend a SIM, state DEACTIVATED (inferred). May take effect later."""
        return self._on_sim("suspend", giccid, request_id)

    def retire(self, giccid: str, *, request_id: str | None = None) -> Done:
        """Retire a SIM for ever (doc). Only from DEACTIVATED, else `ValidationFailed` with
        `illegal_status`.
        """
        return self._on_sim("retire", giccid, request_id)

    def supplementary_plan(
        self, giccid: str, *, service_package_name: str, request_id: str | None = None
    ) -> Done:
        """Subscribe a SIM to a supplementary package (assumed). Twice means two packages."""
        body = {"servicePackageName": checked_text("service_package_name", service_package_name)}
        return self._on_sim("supplementary_plan", giccid, request_id, body)

    def basic_plan(
        self, giccid: str, *, basic_service_package_name: str, request_id: str | None = None
    ) -> Done:
        """Change a SIM's basic package (assumed)."""
        body = {
            "basicServicePackageName": checked_text("basic_service_package_name", basic_service_package_name)
        }
        return self._on_sim("basic_plan", giccid, request_id, body)

    def apn_status(
        self, giccid: str, *, apn_name: str, apn_status: str, request_id: str | None = None
    ) -> Done:
        """Open or close an APN of a SIM: OPEN or CLOSED (assumed)."""
        if apn_status not in APN_STATUSES:
            raise InvalidArgument("apn_status is OPEN or CLOSED.")
        body = {"apnName": checked_text("apn_name", apn_name), "apnStatus": apn_status}
        return self._on_sim("apn_status", giccid, request_id, body)

    def batch_activate(self, giccids: Iterable[str], *, request_id: str | None = None) -> Reply[t.JobHandle]:
        """Start a job that activates 1 to 100 SIMs (inferred)."""
        return self._batch("batch_activate", giccids, request_id)

    def batch_suspend(self, giccids: Iterable[str], *, request_id: str | None = None) -> Reply[t.JobHandle]:
        """Start a job that suspends 1 to 100 SIMs (doc). The answer means "recorded", not "done"."""
        return self._batch("batch_suspend", giccids, request_id)

    def batch_retire(self, giccids: Iterable[str], *, request_id: str | None = None) -> Reply[t.JobHandle]:
        """Start a job that retires 1 to 100 SIMs for ever (inferred)."""
        return self._batch("batch_retire", giccids, request_id)

    def batch_basic_plan(
        self, giccids: Iterable[str], *, basic_service_package_name: str, request_id: str | None = None
    ) -> Reply[t.JobHandle]:
        """Start a job that changes the basic package of 1 to 100 SIMs (assumed)."""
        name = checked_text("basic_service_package_name", basic_service_package_name)
        return self._batch("batch_basic_plan", giccids, request_id, {"basicServicePackageName": name})

    def send_sms(
        self, to_giccid: str, *, message_text: str, request_id: str | None = None
    ) -> Reply[t.SmsHandle]:
        """Send an SMS to a SIM (path doc, body assumed). Success means accepted, not delivered."""
        body = {
            "toGiccid": checked_giccid(to_giccid),
            "messageText": checked_text("message_text", message_text),
        }
        reply = self.call("send_sms", body=body, request_id=request_id)
        expect(reply, "smsMsgId", str, "send_sms")
        return cast(Reply[t.SmsHandle], reply)
