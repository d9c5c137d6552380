"""Channels and deliveries on their pages: set up, tested, looked at, sent again; secrets stay where they are.

Seen red: the URL rendered into its field, recipients shown to a viewer, the secret on the page unasked, a limited
administrator let in.
"""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from notifications import deliver, deliver_claims
from notifications.models import Channel, Delivery
from staff.models import AuditEvent
from tests import factories
from tests.channel_factories import channel_of, told
from tests.notifications import receivers
from tests.notifications.receivers import receiver

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/services/T0/canary-path"


def page_of(browser, name, *args, **query):
    answer = browser.get(reverse(f"notifications:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def post(browser, route, /, *args, **data):
    return browser.post(reverse(f"notifications:{route}", args=args), data)


@pytest.fixture
def desk(admin, sign_in):
    return sign_in(admin)


def test_a_webhook_is_added_with_its_url_sealed_and_a_secret_of_its_own(enterprise, desk, admin):
    answer = post(desk, "channel-new", "webhook", name="Desk", url=URL)
    channel = Channel.objects.get()
    assert answer["Location"] == reverse("notifications:channel", args=[channel.pk])
    assert (channel.enterprise, channel.host, channel.reveal("url")) == (
        enterprise,
        "https://hooks.example.com",
        URL,
    )
    assert channel.reveal("secret").startswith("whsec_")
    event = AuditEvent.objects.latest("pk")
    assert (event.deed, event.actor, event.about) == ("channel.added", admin, "Desk")
    assert event.detail == {"kind": "webhook", "to": "https://hooks.example.com"}


def test_the_url_is_never_shown_again_and_an_empty_field_keeps_it(enterprise, desk):
    channel = channel_of(enterprise, URL, name="Desk")
    assert "canary-path" not in page_of(desk, "channel", channel.pk)
    post(desk, "channel", channel.pk, name="Renamed", url="")
    channel.refresh_from_db()
    assert (channel.name, channel.reveal("url")) == ("Renamed", URL)
    answer = post(desk, "channel", channel.pk, name="", url="https://127.0.0.1/canary-path")
    assert answer.status_code == 422


def test_a_new_url_closes_the_circuit(enterprise, desk):
    channel = channel_of(enterprise, failures=9, open_until=timezone.now() + timedelta(hours=1), ended="gone")
    post(desk, "channel", channel.pk, name="x", url=URL)
    channel.refresh_from_db()
    assert (channel.failures, channel.open_until, channel.ended) == (0, None, "")


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("webhook", {"name": "x", "url": "https://10.0.0.1/"}),
        ("webhook", {"name": "x", "url": "http://example.com/"}),
        ("webhook", {"name": "x", "url": ""}),
        ("webhook", {"name": "", "url": URL}),
        ("webhook", {"name": "Taken", "url": URL}),
        ("chat", {"name": "x", "url": "https://user:pass@example.com/"}),
        ("teams", {"name": "x", "url": "https://example.com/\r\nX: y"}),
        ("email", {"name": "x", "addresses": ""}),
        ("email", {"name": "x", "addresses": " ,; "}),
        ("email", {"name": "x", "addresses": "a@example.com nobody"}),
        ("email", {"name": "x", "addresses": "a@bücher.example"}),
        ("email", {"name": "x", "addresses": " ".join(f"a{n}@example.com" for n in range(21))}),
    ],
)
def test_what_can_not_be_a_channel_is_refused_with_a_reason(kind, data, enterprise, desk):
    channel_of(enterprise, name="Taken")
    answer = post(desk, "channel-new", kind, **data)
    assert answer.status_code == 422
    assert 'class="errorlist' in answer.content.decode()
    assert Channel.objects.count() == 1


def test_recipients_are_read_from_lines_and_commas_once_each(enterprise, desk):
    post(
        desk, "channel-new", "email", name="List", addresses="b@example.com, a@example.com\n\nb@example.com;"
    )
    assert Channel.objects.get().recipients == ["b@example.com", "a@example.com"]


def test_a_kind_nobody_knows_is_not_found(desk, enterprise):
    assert desk.get(reverse("notifications:channel-new", args=["pigeon"])).status_code == 404


def test_an_administrator_of_some_accounts_makes_no_channel(account, sign_in):
    """Messages tell of all accounts' SIMs."""
    limited = factories.UserFactory(role="admin", accounts=[account])
    browser = sign_in(limited)
    assert post(browser, "channel-new", "webhook", name="x", url=URL).status_code == 404
    channel = channel_of(account.enterprise, name="Canary name")
    assert browser.get(reverse("notifications:channel", args=[channel.pk])).status_code == 404
    assert "Canary name" not in page_of(browser, "channels") + page_of(browser, "deliveries")
    assert Channel.objects.count() == 1


def test_the_secret_is_shown_when_asked_for_and_renewed_with_both_signing(enterprise, desk):
    channel = channel_of(enterprise)
    former = channel.reveal("secret")
    assert former not in page_of(desk, "channel", channel.pk)
    answer = desk.get(reverse("notifications:channel", args=[channel.pk]), {"secret": "1"})
    assert former in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    post(desk, "channel-secret", channel.pk)
    channel.refresh_from_db()
    assert channel.reveal("secret") != former == channel.reveal("secret_previous")
    assert timedelta(hours=23) < channel.secret_previous_until - timezone.now() <= timedelta(hours=24)
    assert former not in page_of(desk, "channel", channel.pk, secret="1")
    assert AuditEvent.objects.latest("pk").deed == "channel.secret_renewed"


def test_a_test_goes_the_usual_way_and_its_page_shows_the_outcome(enterprise, desk, settings):
    settings.WEBHOOK_ALLOW = receivers.LOOPBACK
    with receiver((200, {}, b"thank you")) as place:
        channel = channel_of(enterprise, place.url, open_until=timezone.now() + timedelta(hours=1))
        answer = post(desk, "channel-test", channel.pk)
        delivery = Delivery.objects.get()
        assert answer["Location"] == reverse("notifications:delivery", args=[delivery.pk])
        assert "every 1s" in page_of(desk, "delivery", delivery.pk)
        deliver.work()
    page = page_of(desk, "delivery", delivery.pk)
    assert "thank you" in page and "Delivered" in page
    assert "every 1s" not in page
    assert str(delivery.message_id) in page and place.url not in page


def test_a_channel_that_is_off_is_not_tested(enterprise, desk):
    channel = channel_of(enterprise, is_enabled=False)
    post(desk, "channel-test", channel.pk)
    assert not Delivery.objects.exists()


def test_switched_off_and_on_and_removed_with_its_deliveries(enterprise, desk):
    channel = channel_of(enterprise, name="Desk", failures=6, ended="gone")
    told(channel)
    for on, deed in (("0", "off"), ("1", "on")):
        post(desk, "channel-switch", channel.pk, on=on)
        channel.refresh_from_db()
        assert channel.is_enabled is (on == "1")
        assert f"switched the channel “Desk” {deed}" in desk.get(reverse("staff:audit")).content.decode()
    assert (channel.failures, channel.ended) == (0, "")
    post(desk, "channel-remove", channel.pk)
    assert not Channel.objects.exists() and not Delivery.objects.exists()
    assert "removed the channel “Desk”" in desk.get(reverse("staff:audit")).content.decode()


def test_a_viewer_looks_at_channels_and_deliveries_without_secrets_and_changes_nothing(
    enterprise, viewer, sign_in
):
    hook, mail = (
        channel_of(enterprise, URL),
        channel_of(enterprise, kind="email", recipients=["canary@example.com"]),
    )
    delivery = told(mail)
    browser = sign_in(viewer)
    pages = (
        page_of(browser, "channels")
        + page_of(browser, "deliveries")
        + page_of(browser, "delivery", delivery.pk)
    )
    assert [word for word in ("canary-path", "canary@", "whsec_") if word in pages] == []
    for name, pk in (("channel-test", hook.pk), ("channel-remove", hook.pk), ("delivery-again", delivery.pk)):
        assert post(browser, name, pk).status_code == 403
    assert browser.get(reverse("notifications:channel", args=[hook.pk])).status_code == 403
    assert Delivery.objects.get().attempts == 0


def test_deliveries_are_filtered_and_paged_by_their_numbers(enterprise, desk, foreign_enterprise):
    one, other = channel_of(enterprise), channel_of(enterprise, kind="chat", name="other")
    for n in range(55):
        told(one, title=f"Message-{n:02}")
    told(other, title="Of the other")
    told(channel_of(foreign_enterprise), title="Of a foreign one")
    Delivery.objects.filter(title="Message-07").update(state="failed", outcome="expired")
    first = page_of(desk, "deliveries")
    assert "Of the other" in first and "Message-54" in first and "Message-05" not in first
    assert "Of a foreign one" not in first
    older = page_of(desk, "deliveries", before=Delivery.objects.get(title="Message-06").pk)
    assert "Message-05" in older and "Message-06" not in older
    assert "Message-07" in page_of(desk, "deliveries", state="failed")
    assert "Message-54" not in page_of(desk, "deliveries", channel=other.pk)
    nonsense = page_of(desk, "deliveries", channel="x", state="y", before="٣")
    assert "Message-54" in nonsense


def test_sent_again_by_a_click(enterprise, desk):
    channel = channel_of(enterprise)
    delivery = told(channel, timezone.now() - timedelta(days=2))
    deliver_claims.expire(timezone.now())
    assert "not delivered in time" in page_of(desk, "delivery", delivery.pk).lower()
    post(desk, "delivery-again", delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome) == ("waiting", "")
    deliver_claims.claim(timezone.now(), 1)
    answer = desk.post(reverse("notifications:delivery-again", args=[delivery.pk]), follow=True)
    assert "It can&#x27;t be sent now" in answer.content.decode()


def test_without_a_mail_server_the_pages_say_so(enterprise, desk, settings):
    settings.MAIL_SERVER = None
    channel = channel_of(enterprise, kind="email")
    for page in (page_of(desk, "channels"), page_of(desk, "channel", channel.pk)):
        assert "No mail server is configured" in page
    settings.MAIL_SERVER = object()
    assert "No mail server is configured" not in page_of(desk, "channels")
