"""URLs and signing secrets of channels, and the mail server's password, are nowhere but where they are used.

Seen red: the URL as the text of a failed try, a receiver's echo kept as it came, the URL rendered into its field.
"""

import io
import logging

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from notifications import deliver, deliver_claims
from notifications.models import Channel, Delivery, DeliveryAttempt
from smarthub_portal.env import MailServer
from tests.channel_factories import channel_of, told
from tests.guards.world import found_in, text_of
from tests.notifications import receivers
from tests.notifications.receivers import receiver

pytestmark = pytest.mark.django_db
PATH, SECRET, PASSWORD = "canary-path-8f1e", "whsec_" + "Q0FOQVJZ" * 4, "canary-mail-word-77"
SECRETS = (PATH, SECRET, "Q0FOQVJZ", PASSWORD)


@pytest.fixture
def logged(settings):
    """What the process logged, as its own formatter writes it."""
    options = dict(settings.LOGGING["formatters"]["json"])
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(options.pop("()")(**options))
    logging.root.addHandler(handler)
    yield handler.stream
    logging.root.removeHandler(handler)


def echo(handler, request):
    """A receiver that repeats what it got in every way it can."""
    text = f"{request.path} {request.headers} {request.body.decode()}"
    receivers.reply(handler, 500, {"X-Echo": request.path, "Location": request.path}, text.encode())


def dump():
    out = io.StringIO()
    call_command("dumpdata", "notifications", "staff.auditevent", stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("how", ["echoes", "unreachable", "not allowed", "no TLS"])
def test_a_failing_channel_tells_no_secret(how, enterprise, admin, client, sign_in, logged, settings):
    settings.WEBHOOK_ALLOW = receivers.LOOPBACK
    with receiver(echo) as place:
        url = place.url.replace("/hook", f"/services/{PATH}?token={PATH}")
        url = {"no TLS": url.replace("http:", "https:"), "not allowed": f"https://10.0.0.1/{PATH}"}.get(
            how, url
        )
        channel = channel_of(enterprise, url, secret=SECRET)
        delivery = told(channel)
        if how == "echoes":
            deliver.work()
    if how != "echoes":
        deliver.work()
    client.force_login(admin)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries.count()) == ("waiting", 1)
    names = [
        ("notifications:channels", []),
        ("notifications:channel", [channel.pk]),
        ("notifications:deliveries", []),
    ]
    names += [("notifications:delivery", [delivery.pk]), ("staff:audit", [])]
    names += [
        ("admin:notifications_channel_changelist", []),
        ("admin:notifications_channel_change", [channel.pk]),
        ("admin:notifications_delivery_change", [delivery.pk]),
    ]
    pages = [text_of(client.get(reverse(name, args=args))) for name, args in names]
    told_of = "\n".join(
        [*pages, logged.getvalue(), dump(), repr(channel), str(delivery.tries.get().__dict__)]
    )
    assert found_in(told_of, SECRETS) == []


def test_the_mail_servers_password_stays_where_it_is(enterprise, admin, sign_in, logged, settings):
    """Its sign-in is refused with an answer that repeats it."""
    with receivers.mail_server() as post:
        post.refused_sign_in = f"535 no {PASSWORD}\r\n".encode()
        settings.MAIL_SERVER = MailServer("127.0.0.1", post.port, "", "me", PASSWORD)
        delivery = told(channel_of(enterprise, kind="email"))
        deliver.work()
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.outcome, attempt.status) == ("refused", 535)
    page = text_of(sign_in(admin).get(reverse("notifications:delivery", args=[delivery.pk])))
    assert found_in(page + logged.getvalue() + dump() + repr(settings.MAIL_SERVER), SECRETS) == []


def test_a_url_moved_to_another_channel_by_hand_does_not_open(enterprise):
    one, other = channel_of(enterprise, f"https://one.example.com/{PATH}"), channel_of(enterprise)
    Channel.objects.filter(pk=other.pk).update(url_sealed=one.url_sealed)
    told(other)
    ((held, _attempt),) = deliver_claims.claim(timezone.now(), 1)
    assert deliver.prepared(held)().outcome == Delivery.Outcome.SETUP
