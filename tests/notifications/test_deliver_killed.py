"""A worker killed by the system between the receiver's answer and its own commit: sent again, with the same id.

Seen red: the message id made at the claim, so that the receiver can't tell the second from a new one.
"""

import os
import signal
import subprocess
import sys
from datetime import timedelta

from django.utils import timezone

from enterprise.models import Enterprise
from notifications import deliver
from notifications.models import Channel, Delivery
from tests.channel_factories import channel_of, told
from tests.notifications import receivers
from tests.notifications.receivers import is_genuine, receiver
from tests.notifications.test_reception_in_trouble import database_url
from tests.support.sandbox import ROOT, die_with_parent

# Sends, hears the answer, and dies before it can write down that it did.
WORKER = """
import os
import django
django.setup()
from notifications import deliver, deliver_settle
deliver_settle.settle = lambda *_args: os.kill(os.getpid(), 9)
deliver.work(seconds=30)
"""


def test_killed_between_the_answer_and_the_commit_it_is_sent_again_with_the_same_id(
    committed: Enterprise, settings
) -> None:
    settings.WEBHOOK_ALLOW = receivers.LOOPBACK
    with receiver() as place:
        channel = channel_of(committed, place.url)
        delivery = told(channel)
        done = subprocess.run(
            [sys.executable, "-c", WORKER],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "DJANGO_SETTINGS_MODULE": "smarthub_portal.settings",
                "PORTAL_WEBHOOK_ALLOW": "127.0.0.0/8",
            },
            preexec_fn=die_with_parent,
            timeout=120,
        )
        assert (done.returncode, len(place.received)) == (-signal.SIGKILL, 1)
        assert deliver.work() == 0  # its lease still holds
        past = timezone.now() - timedelta(seconds=1)
        Channel.objects.filter(pk=channel.pk).update(busy_until=past)
        Delivery.objects.filter(pk=delivery.pk).update(lease_until=past)
        assert deliver.work() == 1
    assert [request.message_id for request in place.received] == [str(delivery.message_id)] * 2
    assert [is_genuine(request, channel.reveal("secret")) for request in place.received] == [True, True]
    delivery.refresh_from_db()
    assert (delivery.state, [one.outcome for one in delivery.tries.all()]) == (
        "delivered",
        ["lost", "accepted"],
    )
