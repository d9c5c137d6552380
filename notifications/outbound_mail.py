"""E-mail: handed in at the operator's server, or written to a folder while there is none."""

import smtplib
import socket
import time
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any

from django.conf import settings

from notifications.models import Delivery
from notifications.outbound_http import trusting_context
from notifications.outbound_reply import Reply, excerpt_of
from smarthub_client.wire import Exchange, in_exchange, open_socket

SECONDS = 10.0
_Outcome = Delivery.Outcome


def is_configured() -> bool:
    """Whether there is a server; else messages are only written down."""
    return settings.MAIL_SERVER is not None


def folder() -> Path:
    return Path(settings.DATA_DIR) / "mail"


def letter(delivery: Delivery, recipients: Sequence[str]) -> EmailMessage:
    """The same `Message-ID` however often it is sent. A line break in a header is impossible: the title has none."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["Subject"] = delivery.title
    message["From"] = settings.MAIL_FROM
    message["To"] = ", ".join(recipients)
    message["Date"] = format_datetime(delivery.created_at)
    message["Message-ID"] = f"<{delivery.message_id}@{_domain()}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices, please
    message.set_content(delivery.payload)
    return message


def send(message: EmailMessage, recipients: Sequence[str], *, seconds: float = SECONDS) -> Reply:
    """Never raises for what the server does. Accepted when it took the message for at least one recipient."""
    begun = time.monotonic()
    server: Any = settings.MAIL_SERVER
    if server is None:
        return _write_down(message, begun)
    exchange = Exchange(begun + seconds)
    try:
        with in_exchange(exchange):
            refused = _hand_in(server, message, recipients)
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(_Outcome.REFUSED, error.recipients, begun)
    except smtplib.SMTPResponseException as error:
        outcome = _Outcome.REFUSED if error.smtp_code >= 500 else _Outcome.BROKEN
        return Reply(outcome, time.monotonic() - begun, error.smtp_code, _said(error.smtp_error))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        is_late = exchange.is_over or isinstance(error, TimeoutError)
        return Reply(_Outcome.TIMED_OUT if is_late else _Outcome.UNREACHABLE, time.monotonic() - begun)
    return _refused(_Outcome.ACCEPTED, refused, begun)


class _Plain(smtplib.SMTP):
    """Sockets that keep the deadline of the exchange."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return open_socket(host, port)


class _FromTheFirstByte(smtplib.SMTP_SSL, _Plain):
    pass


def _hand_in(server: Any, message: EmailMessage, recipients: Sequence[str]) -> dict[str, Any]:
    """Those refused, with what the server said of each. `server`: the setting MAIL_SERVER."""
    context = trusting_context()
    link: smtplib.SMTP
    if server.security == "tls":
        link = _FromTheFirstByte(server.host, server.port, local_hostname=_domain(), context=context)
    else:
        link = _Plain(server.host, server.port, local_hostname=_domain())
    try:
        if server.security == "starttls":
            link.starttls(context=context)
        if server.user:
            link.login(server.user, server.password)
        return link.send_message(message, parseaddr(settings.MAIL_FROM)[1], list(recipients))
    finally:
        link.close()  # no QUIT: whatever it is answered with, the message was taken or not


def _write_down(message: EmailMessage, begun: float) -> Reply:
    name = message["Message-ID"].strip("<>").partition("@")[0]
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder() / f"{name}.eml"
        path.write_bytes(message.as_bytes())
    except OSError:
        return Reply(_Outcome.SETUP, time.monotonic() - begun)
    return Reply(_Outcome.ACCEPTED, time.monotonic() - begun, excerpt=f"mail/{path.name}")


def _refused(outcome: Delivery.Outcome, refused: dict[str, Any], begun: float) -> Reply:
    """The status and the words are those about the first one refused, if any."""
    about = [f"{address}: {_said(answer[1])}" for address, answer in refused.items()]
    status = next((answer[0] for answer in refused.values()), 250)
    return Reply(outcome, time.monotonic() - begun, status, excerpt_of("; ".join(about)))


def _said(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return excerpt_of(text, getattr(settings.MAIL_SERVER, "password", ""))


def _domain() -> str:
    """Of the sender: the machine's own name is nobody's business, and to find it may take seconds."""
    return parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"
