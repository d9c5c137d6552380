"""What `benchmarks/exports.py` measures. Each returns seconds to the first byte (or answer) and bytes made."""

import io
import time
import uuid
from collections.abc import Callable

import xlsxwriter
from django.test import Client
from django.utils import timezone

from enterprise.models import Enterprise
from sims import export_files, exports, iccids, resolving, selections, sheets, xlsx_export
from staff.models import User

PASTED = 50_000


def _csv(user: User, _enterprise: Enterprise, *, warm: bool = False) -> tuple[float, int]:
    browser = Client(headers={"accept-encoding": "gzip"})
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    query = "?q=nothing-like-this" if warm else "?sort=-data"
    started, first, size = time.perf_counter(), 0.0, 0
    response = browser.get(f"/sims/export.csv{query}", HTTP_HOST="127.0.0.1")
    assert response.status_code == 200, response.status_code
    for piece in response:
        first = first or time.perf_counter() - started
        size += len(piece)
    return first, size


def _xlsx(user: User, enterprise: Enterprise, *, warm: bool = False) -> tuple[float, int]:
    query = "q=nothing-like-this" if warm else "sort=-data"
    export = exports.want_export(user, enterprise, form_uid=uuid.uuid4(), query=query)
    xlsx_export.run(export.pk, timezone.now())
    export.refresh_from_db()
    path = export_files.file_of(export)
    assert path is not None, export.error
    path.unlink()
    return 0.0, export.size_bytes or 0


def _freeze(user: User, enterprise: Enterprise, *, warm: bool = False) -> tuple[float, int]:
    """The click's answer is the first byte; then the worker's part."""

    started = time.perf_counter()
    query = "q=nothing-like-this" if warm else ""
    selection = selections.freeze_query(user, enterprise, form_uid=uuid.uuid4(), query=query)
    first = time.perf_counter() - started
    resolving.resolve(selection.pk, timezone.now())
    selection.refresh_from_db()
    assert warm or selection.total == enterprise.sims.count(), selection.state
    selection.delete()
    return first, 0


def _pasted(user: User, enterprise: Enterprise, *, warm: bool = False) -> tuple[float, int]:
    """50,000 ICCIDs read, looked up and frozen."""
    known = list(enterprise.sims.values_list("giccid", flat=True)[: 100 if warm else PASTED])
    started = time.perf_counter()
    listed = iccids.read_text("ICCID\r\n" + "\r\n".join(known))
    selection = selections.freeze_listed(user, enterprise, form_uid=uuid.uuid4(), listed=listed)
    first = time.perf_counter() - started
    assert selection.total == len(known)
    selection.delete()
    return first, 0


def _uploaded(user: User, enterprise: Enterprise, *, warm: bool = False) -> tuple[float, int]:
    """50,000 ICCIDs out of an XLSX file."""

    known = list(enterprise.sims.values_list("giccid", flat=True)[: 100 if warm else PASTED])
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, giccid in enumerate(["ICCID", *known]):
            sheet.write_string(number, 0, giccid)
    started = time.perf_counter()
    listed = iccids.read_rows(sheets.rows_of(data.getvalue()))
    selection = selections.freeze_listed(user, enterprise, form_uid=uuid.uuid4(), listed=listed)
    first = time.perf_counter() - started
    assert selection.total == len(known)
    selection.delete()
    return first, len(data.getvalue())


MEASURES: dict[str, Callable[..., tuple[float, int]]] = {
    "CSV": _csv,
    "XLSX by a worker": _xlsx,
    "freeze all that match": _freeze,
    "50,000 ICCIDs pasted": _pasted,
    "50,000 ICCIDs as XLSX": _uploaded,
}
