"""Pages of exports: followed, downloaded and retried by their owner alone."""

import io
import json
import uuid
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone

from enterprise.models import Account
from sims import xlsx_export
from sims.models import Export, Selection, Sim
from staff.models import User
from tests import factories
from tests.conftest import SignIn
from tests.desk_factories import ExportFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def test_a_spreadsheet_is_asked_for_followed_and_downloaded(
    viewer: User, account: Account, sign_in: SignIn
) -> None:
    sims = factories.SimFactory.create_batch(3, account=account)
    browser = sign_in(viewer)
    data = {
        "uid": str(uuid.uuid4()),
        "enterprise": account.enterprise_id,
        "query": "sort=-giccid",
        "xlsx": "1",
    }
    ticked = data | {"sim": [sim.giccid for sim in sims[:2]]}
    to = browser.post("/sims/export/", ticked)["Location"]
    assert browser.post("/sims/export/", ticked)["Location"] == to
    export = Export.objects.get()
    assert to == f"/sims/exports/{export.pk}/"
    assert export.query == f"selection={Selection.objects.get().pk}&sort=-giccid"
    assert 'hx-trigger="every 2s"' in browser.get(to).content.decode()
    assert browser.get(f"{to}file/").status_code == 404
    xlsx_export.run(export.pk, timezone.now())
    response = browser.get(to, headers=HTMX)
    assert response.status_code == 286
    assert json.loads(response["HX-Trigger"]) == {
        "toast": {"level": "success", "text": "The spreadsheet is ready."}
    }
    assert f"{to}file/" in response.content.decode()
    file = browser.get(f"{to}file/")
    assert file["Content-Disposition"].startswith("attachment; filename=")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(file))).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["ICCID", sims[1].giccid, sims[0].giccid]
    assert str(export.pk) in browser.get("/sims/exports/").content.decode()


def test_a_failed_export_says_why_and_can_be_tried_again(viewer: User, sim: Sim, sign_in: SignIn) -> None:
    export = ExportFactory(owner=viewer, enterprise=sim.enterprise, error="disk")
    browser, path = sign_in(viewer), f"/sims/exports/{export.pk}/"
    text = browser.get(path).content.decode()
    assert "disk is full" in text and "Try again" in text
    for _click in "ab":
        assert browser.post(f"{path}retry/")["Location"] == path
    export.refresh_from_db()
    assert (export.state, export.error) == ("queued", "")
    assert "nothing was started" in browser.get(path).content.decode()


def test_progress_shows_counts_and_rate(viewer: User, sim: Sim, sign_in: SignIn) -> None:
    started = timezone.now() - timedelta(seconds=10)
    export = ExportFactory(
        owner=viewer, enterprise=sim.enterprise, state="running", done=50_000, total=100_000, run_at=started
    )
    text = sign_in(viewer).get(f"/sims/exports/{export.pk}/").content.decode()
    assert "50,000 of 100,000" in text and "SIMs a second" in text


@pytest.mark.parametrize("page", ["", "file/", "retry/"])
def test_anybody_elses_export_is_not_found(
    page: str, viewer: User, admin: User, sim: Sim, sign_in: SignIn
) -> None:
    export = ExportFactory(owner=viewer, enterprise=sim.enterprise)
    path, browser = f"/sims/exports/{export.pk}/{page}", sign_in(admin)
    response = browser.post(path) if page == "retry/" else browser.get(path)
    assert response.status_code == 404
    export.refresh_from_db()
    assert export.state == "failed"
    assert str(export.pk) not in browser.get("/sims/exports/").content.decode()
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sign_in(viewer).get(f"/sims/exports/{export.pk}/").status_code == 404
