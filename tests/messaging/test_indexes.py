"""Pages that ask often walk an index of exactly what they ask for: the planner may not sort or read everything."""

import pytest
from django.db import connection

from enterprise.models import Account
from messaging import conversation, lists, news
from messaging.access import get_conversation_or_404
from messaging.lists import ListFilter
from messaging.models import Message
from sims.models import Sim
from staff.models import User
from tests.factories import UserFactory
from tests.message_factories import MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def walking(sim: Sim) -> None:
    """Among many of others, so that no two ways cost the same."""
    many = [
        MessageFactory.build(sim=sim, giccid=str(n), account_id=n % 20, direction="mo") for n in range(1000)
    ]
    Message.objects.bulk_create(many)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_message, messaging_thread")
        for other in ("seqscan", "sort", "incremental_sort", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{other} = off")


@pytest.fixture
def limited(account: Account) -> User:
    return UserFactory(role="operator", accounts=[account])


def planned(sql: str, values: object) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_what_is_to_come_for_a_sim(sim: Sim, operator: User) -> None:
    """Seen red: without the index, every order of the enterprise was gone through."""
    talk = get_conversation_or_404(operator, sim.giccid)
    shown = conversation.lines_to_come(operator, talk).order_by("-id").explain()
    asked = planned(news._OF_TALK, [sim.enterprise_id, sim.giccid] * 2)
    assert "message_to_come" in shown
    assert "message_to_come" in asked
    assert "message_of_sim" in asked


def test_the_lists_of_a_limited_person(sim: Sim, limited: User) -> None:
    """Seen red: everybody's messages were gone through."""
    found = lists.messages(limited, sim.enterprise, ListFilter(q="reading")).order_by("-at", "-pk")[:51]
    threads = lists.threads(limited, sim.enterprise, ListFilter()).order_by("-last_at", "-pk")[:51]
    assert "message_of_account" in found.explain()
    assert "thread_of_account" in threads.explain()
    asked = planned(news._OF_ACCOUNTS, {"enterprise": sim.enterprise_id, "accounts": [1, 2]})
    assert "message_of_account" in asked
    assert "thread_of_account" in asked
    assert "thread_unread" in asked
    assert "message_newest" not in asked
