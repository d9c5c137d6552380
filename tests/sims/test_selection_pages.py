"""Pages of selections and the bar above the list."""

import io
import uuid
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from common.uploads import MAX_BYTES
from enterprise.models import Account, Enterprise
from sims.desk_forms import ListForm
from sims.models import Selection, Sim
from staff.models import User
from tests import factories
from tests.conftest import SignIn
from tests.desk_factories import SelectionFactory

pytestmark = pytest.mark.django_db
FORM = "11111111-1111-4111-8111-111111111111"
HTMX = {"HX-Request": "true"}


def bar(enterprise: Enterprise, **values: object) -> dict[str, object]:
    """What the bar's form sends."""
    return {"uid": FORM, "enterprise": enterprise.pk, "query": ""} | values


def follow(browser: Client, path: str, data: dict[str, object]) -> str:
    """Where a POST leads."""
    response = browser.post(path, data)
    assert response.status_code == 302, response.content
    return str(response["Location"])


def said(browser: Client, path: str) -> str:
    return browser.get(path).content.decode()


def test_all_that_match_lead_to_the_list_of_exactly_them(
    viewer: User, account: Account, sign_in: SignIn
) -> None:
    retired = factories.SimFactory(account=account, status="RETIRED")
    other = factories.SimFactory(account=account)
    browser = sign_in(viewer)
    page = said(browser, "/sims/?status=RETIRED")
    assert "Select the one that matches" in page
    assert 'name="query" value="status=RETIRED"' in page
    to = follow(
        browser, "/sims/select/", bar(account.enterprise, query="status=RETIRED", all="1", sim=[other.giccid])
    )
    selection = Selection.objects.get()
    assert to == f"/sims/?selection={selection.pk}"
    Sim.objects.filter(pk=retired.pk).update(status="ACTIVATED")
    text = said(browser, to)
    assert retired.giccid in text and other.giccid not in text


def test_ticked_rows_become_a_selection_and_a_double_click_one(
    viewer: User, account: Account, sign_in: SignIn
) -> None:
    sims = factories.SimFactory.create_batch(3, account=account)
    browser, data = sign_in(viewer), bar(account.enterprise, sim=[sim.giccid for sim in sims[:2]])
    assert follow(browser, "/sims/select/", data) == follow(browser, "/sims/select/", data)
    selection = Selection.objects.get()
    assert (selection.owner, selection.kind, selection.total) == (viewer, "ticked", 2)


@pytest.mark.parametrize(
    "broken",
    [{"uid": "x"}, {"uid": ""}, {"enterprise": ""}, {"enterprise": "9" * 40}, {"query": "q=" + "x" * 2500}],
)
def test_a_broken_form_makes_nothing_and_says_so(
    broken: dict[str, str], viewer: User, sim: Sim, sign_in: SignIn
) -> None:
    browser = sign_in(viewer)
    to = follow(browser, "/sims/select/", bar(sim.enterprise, all="1") | broken)
    assert to.startswith("/sims/")
    assert not Selection.objects.exists()
    assert 'data-level="error"' in said(browser, to)


def test_another_peoples_enterprise_is_not_found(stranger: User, sim: Sim, sign_in: SignIn) -> None:
    response = sign_in(stranger).post("/sims/select/", bar(sim.enterprise, all="1"))
    assert response.status_code == 404
    assert not Selection.objects.exists()


def test_the_page_of_a_selection_asks_again_until_it_is_ready(
    viewer: User, sim: Sim, sign_in: SignIn
) -> None:
    selection = SelectionFactory(owner=viewer, enterprise=sim.enterprise, state="resolving")
    browser, path = sign_in(viewer), f"/sims/selections/{selection.pk}/"
    assert 'hx-trigger="every 2s"' in said(browser, path)
    assert browser.get(path, headers=HTMX).status_code == 200
    Selection.objects.update(state="ready", total=8412, ready_at=timezone.now())
    response = browser.get(path, headers=HTMX)
    assert response.status_code == 286
    text = response.content.decode()
    assert "8,412 SIMs" in text and f"/sims/?selection={selection.pk}" in text and "hx-trigger" not in text
    assert browser.get(path).status_code == 200


def test_a_selection_of_another_enterprise_leads_there_first(
    viewer: User, sim: Sim, foreign_enterprise: Enterprise, sign_in: SignIn
) -> None:
    selection = SelectionFactory(owner=viewer, enterprise=foreign_enterprise, total=1)
    text = said(sign_in(viewer), f"/sims/selections/{selection.pk}/")
    assert f'name="enterprise" value="{foreign_enterprise.pk}"' in text
    assert 'action="/enterprise/choose/"' in text


@pytest.mark.parametrize("page", ["", "problems.csv"])
def test_anybody_elses_selection_is_not_found(
    page: str, viewer: User, admin: User, sim: Sim, sign_in: SignIn
) -> None:
    selection = SelectionFactory(owner=viewer, enterprise=sim.enterprise)
    path = f"/sims/selections/{selection.pk}/{page}"
    assert sign_in(viewer).get(path).status_code == 200
    assert sign_in(admin).get(path).status_code == 404
    assert str(selection.pk) not in said(sign_in(admin), "/sims/selections/")
    text = said(sign_in(admin), f"/sims/?selection={selection.pk}")
    assert sim.giccid not in text
    Selection.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sign_in(viewer).get(path).status_code == 404


def test_ones_selections_are_listed_with_their_filters(viewer: User, sim: Sim, sign_in: SignIn) -> None:
    SelectionFactory(owner=viewer, enterprise=sim.enterprise, query="status=RETIRED", total=7)
    text = said(sign_in(viewer), "/sims/selections/")
    assert "All that matched · Status: Retired" in text and ">7<" in text


# --- pasting and uploading


def upload(name: str, data: bytes) -> dict[str, object]:
    return {"uid": FORM, "text": "", "file": SimpleUploadedFile(name, data)}


def workbook(*cells: object) -> bytes:
    book = openpyxl.Workbook()
    for cell in cells:
        book.active.append([cell])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_a_pasted_list_becomes_a_selection_with_its_problems(viewer: User, sim: Sim, sign_in: SignIn) -> None:
    browser = sign_in(viewer)
    assert 'enctype="multipart/form-data"' in said(browser, "/sims/selections/new/")
    to = follow(browser, "/sims/selections/new/", {"uid": FORM, "text": f"ICCID\n{sim.giccid}\n=cmd()\n123"})
    selection = Selection.objects.get()
    assert to == f"/sims/selections/{selection.pk}/"
    text = said(browser, to)
    assert "1 SIM" in text and "2 lines were left out" in text and "No SIM with this ICCID" in text
    table = browser.get(f"{to}problems.csv")
    assert table["Content-Type"] == "text/csv; charset=utf-8"
    assert table.content.decode("utf-8-sig").splitlines() == [
        "Line,Text,Problem",
        "3,'=cmd(),Not an ICCID: only digits are expected",
        "4,123,No SIM with this ICCID",
    ]


@pytest.mark.parametrize("kind", ["utf-8", "gb18030", "utf-16", "xlsx"])
def test_a_file_becomes_a_selection(kind: str, viewer: User, sim: Sim, sign_in: SignIn) -> None:
    lines = ["ICCID", sim.giccid, "测试"]
    data = workbook(*lines) if kind == "xlsx" else "\n".join(lines).encode(kind)
    follow(sign_in(viewer), "/sims/selections/new/", upload(f"list.{kind}", data))
    selection = Selection.objects.get()
    assert (selection.total, [row["text"] for row in selection.problems]) == (1, ["测试"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"uid": FORM, "text": " \n"}, "Paste ICCIDs or choose a file."),
        ({"uid": FORM, "text": "\n".join("1" for _ in range(50_001))}, "more than 50,000 rows"),
        (upload("list.csv", b"\xff\xff\xff\xff"), "encoding is not known"),
        (upload("list.csv", b"ICCID\n"), "The list is empty."),
        (upload("list.csv", b"1" * (5 * 1024 * 1024 + 1)), "larger than 5 MB"),
        (upload("list.xlsx", workbook()), "The list is empty."),
        (upload("list.xlsx", b"PK\x03\x04nothing"), "no readable XLSX workbook"),
        (upload("empty.csv", b""), "empty"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_with_the_reason(
    data: dict[str, object], words: str, viewer: User, sim: Sim, sign_in: SignIn
) -> None:
    response = sign_in(viewer).post("/sims/selections/new/", data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Selection.objects.exists()


def test_fifty_thousand_pasted_iccids_fit_into_the_form(viewer: User, sim: Sim, sign_in: SignIn) -> None:
    text = "\r\n".join(f'"8986 0440 {number:012d}"' for number in range(50_000))
    assert len(text) > 1_200_000
    to = follow(sign_in(viewer), "/sims/selections/new/", {"uid": FORM, "text": text})
    assert Selection.objects.get().problem_count == 50_000
    assert uuid.UUID(to.split("/")[-2])


def test_of_a_huge_upload_only_the_beginning_is_kept(
    viewer: User, sim: Sim, sign_in: SignIn, monkeypatch
) -> None:
    sizes: list[int] = []
    read = ListForm._read
    monkeypatch.setattr(
        ListForm, "_read", lambda form, cleaned: (sizes.append(cleaned["file"].size), read(form, cleaned))[1]
    )
    response = sign_in(viewer).post("/sims/selections/new/", upload("list.csv", b"1\n" * 10_000_000))
    assert response.status_code == 422
    assert "larger than 5 MB" in response.content.decode()
    assert MAX_BYTES < sizes[0] < MAX_BYTES + 200_000


def test_a_pasted_table_of_the_largest_size_fits(viewer: User, sim: Sim, sign_in: SignIn) -> None:
    line = f"{sim.giccid}\tName of the vehicle it is built into, with its plate and garage"
    text = "\r\n".join([line] * 50_000)
    assert 4_000_000 < len(text) < MAX_BYTES
    follow(sign_in(viewer), "/sims/selections/new/", {"uid": FORM, "text": text})
    selection = Selection.objects.get()
    assert (selection.total, selection.problem_count) == (1, 49_999)
