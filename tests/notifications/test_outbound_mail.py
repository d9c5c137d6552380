"""E-mail: handed in at a real server on this machine, or written down while there is none.

Seen red: the folder made with the usual mode, the reading of the server's URL without percent-decoding, the refused
recipients not told.
"""

import email
import socket
import threading
import time
from email import policy

import pytest
from django.core.exceptions import ImproperlyConfigured

from notifications import deliver, outbound_mail
from notifications.models import Delivery
from smarthub_portal.env import MailServer, mail_server
from tests.channel_factories import channel_of, told
from tests.notifications import receivers

pytestmark = pytest.mark.django_db
Outcome = Delivery.Outcome


@pytest.fixture
def post(settings):
    with receivers.mail_server() as server:
        settings.MAIL_SERVER = MailServer("127.0.0.1", server.port, "")
        settings.MAIL_FROM = "Portal <portal@example.com>"
        yield server


def sent(enterprise, **values):
    """The only try of it."""
    delivery = told(
        channel_of(enterprise, kind="email", recipients=["a@example.com", "b@example.com"]), **values
    )
    assert deliver.work() == 1
    return delivery.tries.get()


def test_a_letter_is_handed_in_for_all_recipients(enterprise, post):
    attempt = sent(enterprise, title="SIM gesperrt – 停用", text="Größe 5 € 停用\n.\nBcc: x@example.com")
    assert (attempt.outcome, attempt.status) == (Outcome.ACCEPTED, 250)
    ((recipients, raw),) = post.letters
    letter = email.message_from_bytes(raw, policy=policy.default)
    assert recipients == ["a@example.com", "b@example.com"]
    assert (letter["Subject"], letter["From"]) == ("SIM gesperrt – 停用", "Portal <portal@example.com>")
    assert letter["Message-ID"] == f"<{attempt.delivery.message_id}@example.com>"
    text = letter.get_content().replace("\r\n", "\n")
    assert text.startswith("Größe 5 € 停用\n.\nBcc: x@example.com\n")
    assert letter["Bcc"] is None
    assert post.sign_ins == []


def test_it_signs_in_when_told_to(enterprise, post, settings):
    settings.MAIL_SERVER = MailServer("127.0.0.1", post.port, "", "me", "canary-word")
    assert sent(enterprise).outcome == Outcome.ACCEPTED
    assert post.sign_ins == ["\0me\0canary-word"]


def test_some_recipients_refused_is_told_and_all_refused_is_a_failure(enterprise, post):
    post.refuse = {"b@example.com"}
    attempt = sent(enterprise)
    assert (attempt.outcome, attempt.status) == (Outcome.ACCEPTED, 550)
    assert attempt.excerpt == "b@example.com: nobody of that name"
    post.refuse = {"a@example.com", "b@example.com"}
    Delivery.objects.all().delete()
    enterprise.channels.all().delete()
    attempt = sent(enterprise)
    assert (attempt.outcome, attempt.status, attempt.delivery.state) == (Outcome.REFUSED, 550, "waiting")


def test_a_server_that_is_busy_is_tried_again(enterprise, post):
    post.greeting = b"421 come back later\r\n"
    attempt = sent(enterprise)
    assert (attempt.outcome, attempt.status, attempt.excerpt) == (Outcome.BROKEN, 421, "come back later")


def test_a_server_that_needs_tls_and_has_none_gets_no_password(enterprise, post, settings):
    settings.MAIL_SERVER = MailServer("127.0.0.1", post.port, "starttls", "me", "canary-word")
    assert sent(enterprise).outcome == Outcome.UNREACHABLE
    settings.MAIL_SERVER = MailServer("127.0.0.1", post.port, "tls", "me", "canary-word")
    enterprise.channels.all().delete()
    assert sent(enterprise).outcome == Outcome.UNREACHABLE
    assert (post.sign_ins, post.letters) == ([], [])


def test_a_server_that_drips_its_greeting_does_not_hold_a_worker(enterprise, settings):
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.MAIL_SERVER = MailServer("127.0.0.1", listener.getsockname()[1], "")

        def drip():
            link, _address = listener.accept()
            with link:
                link.sendall(b"220")
                while not over.wait(0.05):
                    link.sendall(b"-")

        threading.Thread(target=drip, daemon=True).start()
        channel = channel_of(enterprise, kind="email")
        letter = outbound_mail.letter(told(channel), channel.recipients)
        begun = time.monotonic()
        reply = outbound_mail.send(letter, channel.recipients, seconds=1.0)
        took = time.monotonic() - begun
        over.set()
    assert (reply.outcome, took < 5) == (Outcome.TIMED_OUT, True)


def test_without_a_server_letters_are_written_down_for_the_owner_alone(enterprise, settings, tmp_path):
    settings.MAIL_SERVER, settings.DATA_DIR = None, tmp_path
    attempt = sent(enterprise)
    assert attempt.outcome == Outcome.ACCEPTED
    folder = tmp_path / "mail"
    assert folder.stat().st_mode & 0o777 == 0o700
    (path,) = folder.iterdir()
    assert attempt.excerpt == f"mail/{path.name}"
    letter = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (letter["Subject"], letter["To"]) == ("SIM suspended", "a@example.com, b@example.com")


def test_a_folder_that_cannot_be_written_is_a_failed_try(enterprise, settings, tmp_path):
    settings.MAIL_SERVER, settings.DATA_DIR = None, tmp_path / "file"
    (tmp_path / "file").write_text("")
    assert sent(enterprise).outcome == Outcome.SETUP


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("", None),
        ("smtp://localhost", MailServer("localhost", 25, "")),
        (
            "smtp+tls://me:p%40ss%2Fword@mail.example.com",
            MailServer("mail.example.com", 587, "starttls", "me", "p@ss/word"),
        ),
        ("smtps://me%40x:y@mail.example.com:1465/", MailServer("mail.example.com", 1465, "tls", "me@x", "y")),
    ],
)
def test_the_servers_url_is_read(url, wanted):
    assert mail_server(url) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://x",
        "smtp://",
        "smtp://x:canary@h:port",
        "smtp://h/canary",
        "smtp://h?canary=1",
    ],
)
def test_a_url_that_means_nothing_is_an_error_that_repeats_nothing(url):
    with pytest.raises(ImproperlyConfigured, match="PORTAL_EMAIL_URL") as problem:
        mail_server(url)
    assert "canary" not in str(problem.value)


def test_the_password_stands_in_no_repr():
    assert "canary" not in repr(mail_server("smtps://me:canary@mail.example.com"))
