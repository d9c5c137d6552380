"""Mobile-terminated SMS. Success means accepted; the outcome shows later and was decided at once."""

import uuid
import zlib

from sandbox import db, effects, knobs
from sandbox.answers import Json, invalid
from sandbox.call import Call
from sandbox.pushes import emit
from sandbox.times import to_text

_GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENDED = set("\f^{}\\[~]|€")  # two septets each (3GPP TS 23.038)
MAX_GSM7 = 160
MAX_UCS2 = 70
_FAILED_PERCENT = 3


def fits_one_message(text: str) -> bool:
    """160 septets if GSM-7 can spell the text, else 70 UTF-16 units."""
    if set(text) <= _GSM7 | _GSM7_EXTENDED:
        return len(text) + sum(c in _GSM7_EXTENDED for c in text) <= MAX_GSM7
    return len(text.encode("utf-16-le")) // 2 <= MAX_UCS2


def outcome(giccid: str, text: str) -> str:
    """DELIVERED, or FAILED for a fixed few in a hundred (giccid, text) pairs."""
    return "FAILED" if zlib.crc32(f"{giccid}\n{text}".encode()) % 100 < _FAILED_PERCENT else "DELIVERED"


def send_sms(call: Call) -> Json:
    """POST /mt-sms (path doc, body assumed)."""
    body = call.body()
    giccid, text = call.text(body, "mtSms", "toGiccid"), call.text(body, "mtSms", "messageText")
    if not fits_one_message(text):
        raise invalid(
            "mtSms", "messageText", message=f"at most {MAX_GSM7} GSM-7 or {MAX_UCS2} UCS-2 characters"
        )
    message_id = uuid.uuid4().hex
    with db.transaction() as connection:
        sim = effects.find_sim(giccid, field="toGiccid")
        if sim["status"] != "ACTIVATED":
            raise invalid("globalSim", "status", "illegal_status", f"SIM is {sim['status']}")
        due_at = call.now + knobs.current.sms_delay_s
        result = outcome(giccid, text)
        row = (message_id, giccid, text, call.now, due_at, result)
        connection.execute("INSERT INTO sms VALUES (?, ?, ?, ?, ?, ?)", row)
        emit.of_sms(connection, (message_id, giccid, result), due_at)
        detail = {"smsMsgId": message_id, "messageText": text}
        effects.record(connection, call.now, call.operation, giccid, call.request_id, detail)
    return {"smsMsgId": message_id, "status": "PENDING"}


def query_sms(call: Call, smsMsgId: str) -> Json:  # noqa: N803 - the contract's name
    """GET /mt-sms/{smsMsgId} (path doc, body assumed)."""
    sms = db.row("SELECT * FROM sms WHERE id = ?", smsMsgId)
    if sms is None:
        raise invalid("mtSms", "smsMsgId", "missing")
    status = sms["outcome"] if sms["due_at"] <= call.now else "PENDING"
    return {
        "smsMsgId": sms["id"],
        "toGiccid": sms["giccid"],
        "messageText": sms["text"],
        "status": status,
        "createdTime": to_text(sms["created_at"]),
        "deliveredTime": to_text(sms["due_at"]) if status == "DELIVERED" else None,
    }
