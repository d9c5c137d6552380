"""CSV at once: exactly what is shown, harmless in spreadsheet programs."""

import csv
import io
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from enterprise.models import Account, Enterprise
from sims import csv_export
from sims.models import ListLayout, Sim, SimTag, Tag
from staff.models import User
from tests import factories
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db
PAYLOADS = [
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1+1", "\r=1+1", "=HYPERLINK(\"http://x\")",
    "=IMPORTXML(\"http://x\";\"//a\")", "=DDE(\"cmd\";\"/C calc\";\"x\")", "+cmd|' /C calc'!A0", "-cmd|' /C calc'!A0",
    "@cmd", "=\"\"", "=A1", "+86147", "-1", "--1", "=-1", "@", "=", "+", "-", "\t", "\t\t@x", "=1\n+1",
    "=1,\"b\"", "=1;2", "='x'!A1", "=WEBSERVICE(\"http://x\")", "=x\"\"y", "=卡", "+卡", "-卡", "@卡", "=1%2B1",
    "=\\x", "=$(id)", "={1;2}", "=#REF!",
]  # fmt: skip


def table(browser: Client, path: str) -> list[list[str]]:
    """The file as a spreadsheet program reads it, heading first."""
    response = browser.get(path, headers={"accept-encoding": "gzip"})
    assert response.status_code == 200
    assert response["Content-Encoding"] == "identity"
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="sims-')
    data = b"".join(response)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_file_has_the_columns_filters_and_order_of_the_list(
    viewer: User, account: Account, sign_in: SignIn
) -> None:
    sims = [
        factories.SimFactory(account=account, data_used_mb=float(n), status="RETIRED") for n in (3, 10, 2)
    ]
    factories.SimFactory(account=account)
    ListLayout.objects.create(user=viewer, columns=["giccid", "data", "activated"])
    first, *rows = table(sign_in(viewer), "/sims/export.csv?status=RETIRED&sort=-data&page=2&page_size=25")
    assert first == ["ICCID", "Data this cycle (MB)", "Activated on"]
    assert [row[:2] for row in rows] == [[sims[1].giccid, "10"], [sims[0].giccid, "3"], [sims[2].giccid, "2"]]
    assert rows[0][2] == "2026-01-03T00:00:00+00:00"
    asked = table(sign_in(viewer), "/sims/export.csv?columns=status,giccid,nonsense&status=RETIRED")
    assert asked[:2] == [["ICCID", "Status"], [sims[0].giccid, "RETIRED"]]


def test_headings_speak_the_persons_language_and_times_their_zone(
    viewer: User, sim: Sim, sign_in: SignIn
) -> None:
    browser = sign_in(viewer)
    browser.cookies["django_language"] = "zh-hans"
    with timezone.override("Asia/Shanghai"):
        first, row = table(browser, "/sims/export.csv?columns=giccid,activated,account")
    assert first == ["ICCID", "账户", "激活时间"]
    assert row == [sim.giccid, "Home Account", "2026-01-03T08:00:00+08:00"]


def test_forty_payloads_stay_text(viewer: User, account: Account, sign_in: SignIn) -> None:
    assert len(set(PAYLOADS)) == 40
    for text in PAYLOADS:
        factories.SimFactory(account=account, package_name=text)
    _head, *rows = table(sign_in(viewer), "/sims/export.csv?columns=giccid,package")
    assert [row[1] for row in rows] == [f"'{text}" for text in PAYLOADS]


def test_harmless_texts_stay_as_they_are(viewer: User, account: Account, sign_in: SignIn) -> None:
    texts = ["IoT 100 MB", "a=b", "1-2", '"quoted", comma', "上海", "two\nlines", " =x", "'=x"]
    for text in texts:
        factories.SimFactory(account=account, package_name=text)
    _head, *rows = table(sign_in(viewer), "/sims/export.csv?columns=giccid,package")
    assert [row[1] for row in rows] == texts


def test_tags_and_empty_cells(viewer: User, account: Account, sign_in: SignIn) -> None:
    sim = factories.SimFactory(account=account, package_name=None)
    for name in ("b", "=a"):
        SimTag.objects.create(sim=sim, tag=Tag.objects.create(enterprise=account.enterprise, name=name))
    _head, row = table(sign_in(viewer), "/sims/export.csv?columns=giccid,package,tags,expires")
    assert row == [sim.giccid, "", "", "'=a, b"]


def test_a_limited_person_exports_only_what_they_see(
    outsider: User, stranger: User, sim: Sim, other_account: Account, sign_in: SignIn
) -> None:
    own = factories.SimFactory(account=other_account)
    _head, *rows = table(sign_in(outsider), "/sims/export.csv?columns=giccid")
    assert rows == [[own.giccid]]
    assert table(sign_in(stranger), "/sims/export.csv?columns=giccid") == [["ICCID"]]


def test_another_persons_selection_exports_nothing(viewer: User, sim: Sim, sign_in: SignIn) -> None:
    assert table(sign_in(viewer), f"/sims/export.csv?columns=giccid&selection={uuid.uuid4()}") == [["ICCID"]]


def test_ticked_rows_are_exported_in_the_lists_order(viewer: User, account: Account, sign_in: SignIn) -> None:
    sims = [factories.SimFactory(account=account, data_used_mb=float(n)) for n in (1, 5, 3)]
    browser = sign_in(viewer)
    data = {
        "uid": str(uuid.uuid4()),
        "enterprise": account.enterprise_id,
        "query": "sort=-data&columns=giccid&q=8986",
        "sim": [sims[0].giccid, sims[1].giccid],
        "csv": "1",
    }
    response = browser.post("/sims/export/", data)
    assert response.status_code == 302
    assert table(browser, response["Location"]) == [["ICCID"], [sims[1].giccid], [sims[0].giccid]]
    response = browser.post("/sims/export/", data | {"sim": []})
    assert [row[0] for row in table(browser, response["Location"])[1:]] == [sims[n].giccid for n in (1, 2, 0)]


def test_a_large_file_leaves_in_pieces(viewer: User, enterprise: Enterprise, monkeypatch) -> None:
    factories.SimFactory.create_batch(30, account=factories.AccountFactory(enterprise=enterprise))
    monkeypatch.setattr(csv_export, "_PIECE", 500)
    pieces = list(csv_export.csv_pieces(viewer, enterprise, csv_export.SimFilter({})))
    assert len(pieces) > 5
    assert b"".join(pieces).count(b"\r\n") + b"".join(pieces).count(b"\n") >= 31
