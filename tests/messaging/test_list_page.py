"""The list of conversations, and what a search or a filter makes of it.

Aims at: conversations of others, a search that misses numbers or reads everything, pages that overlap.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enterprise.models import Account
from messaging import lists
from messaging.models import Message
from sims.models import Sim
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory, UserFactory
from tests.history_factories import write_on
from tests.message_factories import MessageFactory, heard

pytestmark = pytest.mark.django_db


def rows(browser: Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.get(f"/messages/{query}").context["rows"]
    return found


def texts(browser: Client, query: str = "") -> list[str]:
    return [row["message"].text for row in rows(browser, query)]


def test_conversations_stand_newest_first_with_their_last_message(
    sim: Sim, account: Account, viewer: User, sign_in: SignIn
) -> None:
    quiet, now = SimFactory(account=account), timezone.now()
    MessageFactory(sim=sim, text="The first", at=now - timedelta(hours=3))
    MessageFactory(sim=quiet, text="Once", at=now - timedelta(hours=2))
    heard(sim, "The last", at=now - timedelta(hours=1))
    write_on(sim, label="Pump 7")
    first, second = rows(sign_in(viewer))
    assert (first["giccid"], first["label"], first["number"]) == (sim.giccid, "Pump 7", sim.msisdn)
    assert (first["message"].text, first["unread"]) == ("The last", 1)
    assert (second["giccid"], second["message"].text, second["unread"]) == (quiet.giccid, "Once", 0)


def test_a_stranger_and_an_outsider_see_none_of_them(
    sim: Sim, stranger: User, outsider: User, sign_in: SignIn
) -> None:
    heard(sim, "Not for you")
    for person in (stranger, outsider):
        for query in ("", "?q=Not for", f"?q={sim.giccid}", "?show=unread"):
            page = sign_in(person).get(f"/messages/{query}")
            assert page.context["rows"] == []
            assert "Not for you" not in page.content.decode()


def test_a_sim_that_moved_away_shows_no_label_to_those_who_saw_its_messages(
    sim: Sim, account: Account, other_account: Account, sign_in: SignIn
) -> None:
    """Seen red: cards of the enterprise taken as they are."""
    former = UserFactory(role="viewer", accounts=[account])
    heard(sim, "From before")
    Sim.objects.filter(pk=sim.pk).update(account=other_account)
    write_on(sim, label="Theirs now")
    (row,) = rows(sign_in(former))
    assert (row["message"].text, row["label"], row["number"]) == ("From before", "", "")
    page = sign_in(former).get(f"/messages/{sim.giccid}/")
    assert "From before" in page.content.decode()
    assert "Theirs now" not in page.content.decode()


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("unknown", ["silent", "unknown"]),
        ("failed", ["not_sent", "refused", "failed"]),
        ("awaiting", ["accepted"]),
    ],
)
def test_a_filter_by_state_shows_messages(
    show: str, expected: list[str], sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    now = timezone.now()
    states = ("delivered", "unknown", "failed", "refused", "not_sent", "accepted")
    for number, state in enumerate(states):
        MessageFactory(sim=sim, text=state, state=state, at=now + timedelta(seconds=number))
    for text, ago in (("silent", 4), ("sending", 1)):
        sent_at = now - timedelta(seconds=ago)
        MessageFactory(sim=sim, text=text, state="sending", sent_at=sent_at, at=now + timedelta(seconds=9))
    assert texts(sign_in(viewer), f"?show={show}") == expected


def test_unread_shows_conversations_and_with_a_search_the_messages(
    sim: Sim, account: Account, viewer: User, sign_in: SignIn
) -> None:
    heard(sim, "Door open")
    heard(SimFactory(account=account), "Door shut", read_at=timezone.now())
    browser = sign_in(viewer)
    (row,) = rows(browser, "?show=unread")
    assert (row["giccid"], row["unread"]) == (sim.giccid, 1)
    assert texts(browser, "?show=unread&q=door") == ["Door open"]


@pytest.mark.parametrize("words", ["eter readi", "METER", "{sim.giccid}", "{sim.msisdn}", "ump sev", "抄表"])
def test_a_search_finds_texts_and_whatever_leads_to_a_sim(
    words: str, sim: Sim, account: Account, viewer: User, sign_in: SignIn
) -> None:
    write_on(sim, label="Pump seven")
    MessageFactory(sim=sim, text="Meter reading, please. 请抄表")
    MessageFactory(sim=SimFactory(account=account), text="Nothing of it")
    (row,) = rows(sign_in(viewer), f"?q={words.format(sim=sim)}")
    assert row["message"].text == "Meter reading, please. 请抄表"
    assert row["url"].endswith(f"#message-{row['message'].pk}")


def test_a_search_leads_to_sims_that_have_no_message_yet(
    sim: Sim, other_account: Account, viewer: User, outsider: User, sign_in: SignIn
) -> None:
    Sim.objects.filter(pk=sim.pk).update(label="Pump 7")
    page = sign_in(viewer).get("/messages/", {"q": "pump"}).content.decode()
    assert "Write to" in page
    assert f'href="/messages/{sim.giccid}/"' in page
    assert "Write to" not in sign_in(outsider).get("/messages/", {"q": "pump"}).content.decode()


def test_the_hit_is_marked_and_nothing_of_a_text_is_taken_for_markup(
    sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    heard(sim, "<b>Bold</b> Reading 4711 <i>")
    page = sign_in(viewer).get("/messages/?q=reading").content.decode()
    assert "&lt;b&gt;Bold&lt;/b&gt; <mark>Reading</mark> 4711 &lt;i&gt;" in page


@pytest.mark.parametrize("query", ["ab", "%", "_", "请"])
def test_too_little_is_not_searched_for(query: str, sim: Sim, viewer: User, sign_in: SignIn) -> None:
    MessageFactory(sim=sim, text="ab % _ 请")
    page = sign_in(viewer).get("/messages/", {"q": query})
    assert page.context["rows"] == []
    assert "Type a little more" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "is_all"), [("抄表", False), ("a-b", False), ("表 7 上", False), ("抄表了", True)]
)
def test_what_only_reading_finds_is_looked_for_in_the_newest_ninety_days(
    query: str, is_all: bool, sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    """Seen red: every message was read."""
    for days in (89, 91):
        text = f"{days}: 抄表了, a-b, 表 7 上"
        MessageFactory(sim=sim, text=text, at=timezone.now() - timedelta(days=days))
    page = sign_in(viewer).get("/messages/", {"q": query})
    found = [row["message"].text[:2] for row in page.context["rows"]]
    assert found == (["89", "91"] if is_all else ["89"])
    assert ("in the newest 90 days only" in page.content.decode()) is not is_all


@pytest.mark.parametrize("signs", ["100%", "a_b", "\\\\", "(x", "[a-z"])
def test_signs_of_patterns_are_letters_like_any_other(
    signs: str, sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    MessageFactory(sim=sim, text=f"it is {signs} now")
    MessageFactory(sim=sim, text="it is 1000, aXb, x, a now")
    query = {"q": signs if len(signs) > 2 else f"is {signs}"}
    page = sign_in(viewer).get("/messages/", query)
    assert [row["message"].text for row in page.context["rows"]] == [f"it is {signs} now"]


@pytest.mark.parametrize(
    "query",
    [
        "?before=x",
        "?after=1-",
        "?before=99999999999999999-9",
        "?show=nothing",
        "?q=%00abc",
        "?q=" + "x" * 500,
    ],
)
def test_odd_addresses_show_a_list(query: str, sim: Sim, viewer: User, sign_in: SignIn) -> None:
    heard(sim, "Here")
    assert sign_in(viewer).get(f"/messages/{query}").status_code == 200


@pytest.mark.parametrize("filters", ["", "?q=report", "?show=awaiting"])
def test_pages_follow_each_other_without_a_gap_or_a_repeat(
    filters: str, account: Account, viewer: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some share their moment: then the number decides."""
    monkeypatch.setattr(lists, "SIZE", 4)
    moment = timezone.now()
    for number in range(10):
        at = moment - timedelta(minutes=number // 3)
        MessageFactory(sim=SimFactory(account=account), text=f"report {number}", state="accepted", at=at)
    browser, found, url = sign_in(viewer), [], f"/messages/{filters}"
    while url:
        page = browser.get(url)
        found += [row["message"].pk for row in page.context["rows"]]
        url = page.context["links"]["older"]
    expected = Message.objects.order_by("-at", "-pk").values_list("pk", flat=True)
    assert found == list(expected)
    back = browser.get(page.context["links"]["newer"]).context["rows"]
    assert [row["message"].pk for row in back] == found[4:8]


def test_no_page_costs_more_when_there_is_more(account: Account, viewer: User, sign_in: SignIn) -> None:
    browser, counts = sign_in(viewer), []
    browser.get("/messages/")
    for many in (3, 20):
        for _number in range(many):
            heard(SimFactory(account=account), "A reading")
        with CaptureQueriesContext(connection) as queries:
            for query in ("", "?q=reading", "?show=unread"):
                browser.get(f"/messages/{query}")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_rail_says_how_many_conversations_hold_something_new(
    sim: Sim, account: Account, viewer: User, outsider: User, sign_in: SignIn
) -> None:
    for _number in range(2):
        heard(sim, "Twice")
    heard(SimFactory(account=account), "Once")
    assert '<span class="rail-badge">2</span>' in sign_in(viewer).get("/sims/").content.decode()
    assert "rail-badge" not in sign_in(outsider).get("/sims/").content.decode()


def test_without_anything_it_says_what_comes_next(
    sim: Sim, viewer: User, nobody: User, sign_in: SignIn
) -> None:
    browser = sign_in(viewer)
    assert "press “Send SMS”" in browser.get("/messages/").content.decode()
    assert "No message matches" in browser.get("/messages/?q=nothing").content.decode()
    assert "Everything has been read" in browser.get("/messages/?show=unread").content.decode()
    assert sign_in(nobody).get("/messages/").status_code == 403


def test_without_an_enterprise_it_says_so(viewer: User, sign_in: SignIn) -> None:
    browser = sign_in(viewer)
    assert "Nothing to see yet" in browser.get("/messages/").content.decode()
    assert browser.get("/messages/live/").status_code == 286
    assert browser.get("/messages/export.csv").status_code == 404
