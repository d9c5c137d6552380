"""What is told, in each channel's own words, signed so that a receiver can tell.

Seen red: a title with its line break, Slack's escapes left out, an infinite figure passed on.
"""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from notifications import outbound_signing
from notifications.models import Channel, Delivery
from notifications.outbound import announce
from notifications.outbound_mail import letter
from tests.channel_factories import channel_of, message_about, told

pytestmark = pytest.mark.django_db
# Published with the reference libraries of Standard Webhooks.
VECTOR = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "timestamp": 1614265330,
    "payload": b'{"test": 2432232314}',
    "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
HOSTILE = "<!channel> & <https://evil.example|click>\r\nBcc: all@example.com\0\ud800\u2028x"


def test_the_published_vector_is_reproduced():
    headers = outbound_signing.headers(
        VECTOR["id"], VECTOR["timestamp"], VECTOR["payload"], [VECTOR["secret"]]
    )
    assert headers == {
        "webhook-id": VECTOR["id"],
        "webhook-timestamp": "1614265330",
        "webhook-signature": VECTOR["signature"],
    }


def test_a_secret_is_long_random_and_of_the_published_form():
    secrets = {outbound_signing.new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {(secret[:6], len(secret)) for secret in secrets} == {("whsec_", 50)}


def test_a_webhook_says_type_timestamp_and_data(enterprise, settings):
    settings.PUBLIC_URL = "https://portal.example.com"
    at = timezone.now()
    delivery = told(
        channel_of(enterprise), occurred_at=at, facts={"giccid": "1", "n": [1, float("nan"), at, None]}
    )
    assert json.loads(delivery.payload) == {
        "type": "alert.opened",
        "timestamp": at.isoformat(),
        "data": {
            "title": "SIM suspended",
            "text": "Nobody asked for it.",
            "severity": "warning",
            "url": "https://portal.example.com/notifications/",
            "facts": {"giccid": "1", "n": [1, None, str(at), None]},
        },
    }


def test_slack_gets_text_and_nobody_is_called(enterprise, settings):
    settings.PUBLIC_URL = "https://portal.example.com"
    delivery = told(
        channel_of(enterprise, kind="chat"), title=HOSTILE, text=HOSTILE, facts={"label": HOSTILE}
    )
    body = json.loads(delivery.payload)
    assert set(body) == {"text"}
    links = body["text"].split("<")[1:]
    assert links == ["https://portal.example.com/notifications/|Open in the portal>"]
    assert body["text"].startswith("*&lt;!channel&gt; &amp; ")


def test_teams_gets_one_card_without_markup(enterprise):
    delivery = told(channel_of(enterprise, kind="teams"), title="[x](https://evil.example)", facts={"a": 1})
    body = json.loads(delivery.payload)
    (attachment,) = body["attachments"]
    assert (body["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    card = attachment["content"]
    assert (card["type"], {block["type"] for block in card["body"]}) == ("AdaptiveCard", {"RichTextBlock"})
    texts = [block["inlines"][0]["text"] for block in card["body"]]
    assert texts == ["[x](https://evil.example)", "Nobody asked for it.", "a: 1"]


def test_a_letter_can_have_no_header_nobody_wrote(enterprise):
    channel = channel_of(enterprise, kind="email", recipients=["a@example.com", "b@example.com"])
    delivery = told(channel, title=HOSTILE, text=HOSTILE)
    message = letter(delivery, channel.recipients)
    raw = message.as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    wanted = (
        "Subject From To Date Message-ID Auto-Submitted Content-Type Content-Transfer-Encoding MIME-Version"
    )
    assert sorted(names) == sorted(wanted.encode().split())
    assert message["To"] == "a@example.com, b@example.com"
    assert message["Message-ID"].startswith(f"<{delivery.message_id}@")
    assert "Bcc: all@example.com" in message.get_content()


def test_announcing_joins_the_callers_transaction(enterprise):
    channel = channel_of(enterprise)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        told(channel)
        _ = 1 / 0
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("kind", Channel.Kind.values)
def test_no_message_can_make_the_caller_fail(kind, enterprise):
    channel = channel_of(enterprise, kind=kind)
    facts = {"x": float("inf"), HOSTILE: {HOSTILE: {1, 2}}, 5: object(), "deep": [[[["a"]]]]}
    delivery = told(channel, title=HOSTILE * 50, text=HOSTILE * 500, severity=HOSTILE, facts=facts)
    delivery.refresh_from_db()
    assert len(delivery.title) <= 200 and delivery.title.isprintable()
    assert len(delivery.payload) < 25_000


def test_it_is_tried_for_a_day(enterprise):
    now = timezone.now()
    delivery = told(channel_of(enterprise), now)
    assert (delivery.state, delivery.run_at, delivery.deadline_at - now) == (
        "waiting",
        now,
        timedelta(hours=24),
    )


def test_a_channel_that_is_off_is_told_nothing_and_it_shows(enterprise):
    now = timezone.now()
    delivery = announce(channel_of(enterprise, is_enabled=False), message_about(), now)
    assert (delivery.state, delivery.outcome, delivery.settled_at) == ("failed", "off", now)
