"""CSV of what is shown: the same filters, the same eyes, and nothing a spreadsheet would calculate."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from messaging import exports
from sims.models import Sim
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory
from tests.history_factories import write_on
from tests.message_factories import MessageFactory, heard

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 6, 20, 30, 15, tzinfo=UTC)


def table(browser: Client, url: str) -> list[dict[str, str]]:
    answer = browser.get(url)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith('attachment; filename="messages')
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_conversation_with_every_field(sim: Sim, operator: User, sign_in: SignIn, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    write_on(sim, label="Pump 7")
    MessageFactory(
        sim=sim, text="Reboot", at=AT, author=operator, claimed="FAILED", remote_id="m1", delivered_at=AT
    )
    heard(sim, "Line one\nline two", at=AT)
    newest, first = table(sign_in(operator), f"/messages/{sim.giccid}/export.csv")
    assert newest["Text"] == "Line one\nline two"
    assert (newest["Direction"], newest["State"]) == ("From the SIM", "Received")
    assert first == {
        "ICCID": sim.giccid,
        "MSISDN": sim.msisdn,
        "Label": "Pump 7",
        "Direction": "To the SIM",
        "State": "Delivered",
        "Text": "Reboot",
        "Time (UTC)": "2026-05-06 20:30:15 UTC",
        "Local time (Asia/Shanghai)": "2026-05-07 04:30:15",
        "Sent by": operator.display_name,
        "Reported (not verified)": "FAILED",
        "Delivered (UTC)": "2026-05-06 20:30:15 UTC",
        "smsMsgId": "m1",
    }


def test_the_list_is_exported_as_it_is_filtered(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    other = SimFactory(account=sim.account)
    heard(sim, "Door open")
    heard(sim, "Door shut")
    MessageFactory(sim=other, text="Reboot", state="failed")
    browser = sign_in(viewer)
    conversations = table(browser, "/messages/export.csv")
    assert [(row["Text"], row["Unread"]) for row in conversations] == [("Reboot", "0"), ("Door shut", "2")]
    assert [row["Text"] for row in table(browser, "/messages/export.csv?show=unread")] == ["Door shut"]
    assert [row["Text"] for row in table(browser, "/messages/export.csv?show=failed")] == ["Reboot"]
    found = table(browser, "/messages/export.csv?q=door")
    assert [row["Text"] for row in found] == ["Door shut", "Door open"]
    assert table(browser, "/messages/export.csv?q=do") == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1"])
def test_a_text_is_never_a_formula(text: str, sim: Sim, viewer: User, sign_in: SignIn) -> None:
    heard(sim, text)
    answer = sign_in(viewer).get(f"/messages/{sim.giccid}/export.csv")
    body = b"".join(answer.streaming_content).decode()
    assert f"'{text}" in body


def test_people_export_what_they_see(sim: Sim, outsider: User, sign_in: SignIn) -> None:
    heard(sim, "Not for you")
    for query in ("", "?q=Not for", "?show=unread"):
        assert table(sign_in(outsider), f"/messages/export.csv{query}") == []


def test_a_long_file_is_made_piece_by_piece(
    sim: Sim, viewer: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PIECE", 3)
    for number in range(8):
        MessageFactory(sim=sim, text=f"No. {number}")
    rows = table(sign_in(viewer), f"/messages/{sim.giccid}/export.csv")
    assert [row["Text"] for row in rows] == [f"No. {number}" for number in range(7, -1, -1)]
