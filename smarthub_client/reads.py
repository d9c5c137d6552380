"""The operations that change nothing. All may be repeated; all raise `SmartHubError`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from . import types as t
from .core import (
    ClientCore,
    checked_giccid,
    checked_giccids,
    checked_text,
    expect,
    paging_query,
    time_query,
    unwrapped,
)
from .core import wrong_shape as _wrong_shape
from .decoding import UnreadableError
from .links import check_urls
from .paging import Page, iter_pages
from .reply import Reply


def change_log_key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells change logs apart: they have no id (assumed)."""
    return tuple(
        str(entry.get(name)) for name in ("giccid", "type", "original", "target", "createdTime", "status")
    )


def share_pool_key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells share pools apart (assumed)."""
    return tuple(str(entry.get(name)) for name in ("accountName", "name", "startTime"))


class ReadOperations(ClientCore):
    """Reads."""

    def sim_detail(self, giccid: str) -> Reply[t.Sim]:
        """One SIM (doc). `NotFound` if the platform does not know it."""
        reply = unwrapped(self.call("sim_detail", path={"giccid": checked_giccid(giccid)}))
        expect(reply, "giccid", str, "sim_detail", equal=giccid)
        return cast(Reply[t.Sim], reply)

    def sim_list(
        self,
        *,
        page: int | None = None,
        size: int | None = 100,
        status: str | None = None,
        po: str | None = None,
        customer_name: str | None = None,
        account_name: str | None = None,
        basic_service_package_name: str | None = None,
        giccids: Iterable[str] | None = None,
    ) -> Reply[t.SimList]:
        """A page of SIMs (doc). `giccids` (at most 100) reads those back in one call."""
        query = {
            **paging_query(page, size),
            "status": status,
            "po": po,
            "customerName": customer_name,
            "accountName": account_name,
            "basicServicePackageName": basic_service_package_name,
            "giccids": None if giccids is None else ",".join(checked_giccids(giccids)),
        }
        reply = self.call("sim_list", query=query)
        expect(reply, "data", list, "sim_list")
        return cast(Reply[t.SimList], reply)

    def iter_sims(
        self, *, start_page: int | None = None, base: int | None = None, size: int = 100, **filters: Any
    ) -> Iterator[Page]:
        """All SIMs page by page; `filters` as in `sim_list`. See `paging.iter_pages` for continuing a
        sweep.
        """
        return iter_pages(
            lambda page: self.sim_list(page=page, size=size, **filters),
            key="giccid",
            start_page=start_page,
            base=base,
        )

    def change_logs(
        self,
        *,
        page: int | None = None,
        size: int | None = 100,
        account_name: str | None = None,
        giccid: str | None = None,
        type: str | None = None,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
    ) -> Reply[t.ChangeLogList]:
        """A page of changes of the last 30 days (doc; every filter but `account_name` is assumed). Times
        are aware.
        """
        query = {
            **paging_query(page, size),
            "accountName": account_name,
            "giccid": None if giccid is None else checked_giccid(giccid),
            "type": type,
            "startTime": time_query(start_time),
            "endTime": time_query(end_time),
        }
        reply = self.call("change_logs", query=query)
        expect(reply, "data", list, "change_logs")
        return cast(Reply[t.ChangeLogList], reply)

    def iter_change_logs(
        self, *, start_page: int | None = None, base: int | None = None, size: int = 100, **filters: Any
    ) -> Iterator[Page]:
        """All changes page by page; `filters` as in `change_logs`."""
        return iter_pages(
            lambda page: self.change_logs(page=page, size=size, **filters),
            key=change_log_key,
            start_page=start_page,
            base=base,
        )

    def custom_fields_read(self, giccid: str) -> Reply[t.CustomFields]:
        """The five free texts of a SIM (inferred)."""
        reply = unwrapped(self.call("custom_fields_read", path={"giccid": checked_giccid(giccid)}))
        names = t.CustomFields.__optional_keys__
        texts = {name: reply.data[name] for name in sorted(names & reply.data.keys())}
        if (reply.data and not texts) or not all(isinstance(text, str | None) for text in texts.values()):
            # Merging into a body we misread would wipe the fields.
            raise _wrong_shape(reply, "custom_fields_read", "there are no custom fields in it")
        return cast(Reply[t.CustomFields], reply.with_data(texts))

    def batch_job(self, job_id: str, *, page: int | None = None, size: int | None = 100) -> Reply[t.BatchJob]:
        """A batch job and a page of its tasks (doc)."""
        path = {"jobId": checked_text("job_id", job_id)}
        reply = self.call("batch_job", path=path, query=paging_query(page, size))
        expect(reply, "tasks", list, "batch_job")
        expect(reply, "jobId", str, "batch_job", equal=job_id)
        return cast(Reply[t.BatchJob], reply)

    def iter_job_tasks(
        self, job_id: str, *, start_page: int | None = None, base: int | None = None, size: int = 100
    ) -> Iterator[Page]:
        """All tasks of a job page by page."""
        return iter_pages(
            lambda page: self.batch_job(job_id, page=page, size=size),
            key="giccid",
            start_page=start_page,
            base=base,
        )

    def query_sms(self, sms_msg_id: str) -> Reply[t.Sms]:
        """An MT SMS and its delivery (path doc, body assumed)."""
        reply = unwrapped(self.call("query_sms", path={"smsMsgId": checked_text("sms_msg_id", sms_msg_id)}))
        expect(reply, "status", str, "query_sms")
        if reply.data.get("smsMsgId", sms_msg_id) != sms_msg_id:
            raise _wrong_shape(reply, "query_sms", "it is about another message")
        return cast(Reply[t.Sms], reply)

    def share_pools(
        self, *, page: int | None = None, size: int | None = 100, account_name: str | None = None
    ) -> Reply[t.SharePoolList]:
        """A page of share pools (assumed)."""
        reply = self.call("share_pools", query={**paging_query(page, size), "accountName": account_name})
        expect(reply, "data", list, "share_pools")
        return cast(Reply[t.SharePoolList], reply)

    def iter_share_pools(
        self, *, start_page: int | None = None, base: int | None = None, size: int = 100, **filters: Any
    ) -> Iterator[Page]:
        """All share pools page by page; `filters` as in `share_pools`."""
        return iter_pages(
            lambda page: self.share_pools(page=page, size=size, **filters),
            key=share_pool_key,
            start_page=start_page,
            base=base,
        )

    def enterprise(self) -> Reply[t.Enterprise]:
        """The enterprise of this key and its accounts (doc)."""
        reply = unwrapped(self.call("enterprise"))
        expect(reply, "name", str, "enterprise")
        expect(reply, "accounts", list, "enterprise")
        return cast(Reply[t.Enterprise], reply)

    def account(self, name: str) -> Reply[t.Account]:
        """One account; the name may be Chinese (path doc, body assumed)."""
        reply = unwrapped(self.call("account", path={"name": checked_text("name", name)}))
        expect(reply, "name", str, "account")
        return cast(Reply[t.Account], reply)

    def service_packages(self, account_name: str) -> Reply[t.ServicePackageList]:
        """The service packages (rate plans) of an account, not paged (path doc, body assumed)."""
        reply = self.call(
            "service_packages", path={"accountName": checked_text("account_name", account_name)}
        )
        expect(reply, "data", list, "service_packages")
        return cast(Reply[t.ServicePackageList], reply)

    def country_statistics(
        self,
        *,
        account_name: str | None = None,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
    ) -> Reply[t.CountryStatistics]:
        """Use and number of SIMs by country (assumed). Times are aware."""
        query = {
            "accountName": account_name,
            "startTime": time_query(start_time),
            "endTime": time_query(end_time),
        }
        reply = self.call("country_statistics", query=query)
        expect(reply, "data", list, "country_statistics")
        return cast(Reply[t.CountryStatistics], reply)

    def root(self) -> Reply[dict[str, Any]]:
        """The categories of endpoints as `*_url` templates (RFC 6570); all must stay on our origin (body
        assumed).
        """
        reply = self.call("root")
        try:
            check_urls(reply.data, self.origin)
        except UnreadableError as error:
            why = error.why
        else:
            return reply
        raise _wrong_shape(reply, "root", why)
