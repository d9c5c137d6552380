"""Shapes of the platform's JSON. Every field may be absent or null in practice; enums are open strings.

Times are text as in `times`. Usage is in MB, SMS in messages, voice in minutes (assumed).
"""

from __future__ import annotations

from typing import TypedDict


class DeviceInfo(TypedDict, total=False):
    """One profile of a SIM (doc). A multi-IMSI SIM has several."""

    imei: str | None
    imsi: str | None
    msisdn: str | None


class CycleUsages(TypedDict, total=False):
    """Use in the current billing cycle (doc)."""

    dataUsage: float | None
    smsUsage: float | None
    voiceUsage: float | None


class ApnUsage(TypedDict, total=False):
    """Use of one APN in the current billing cycle (doc)."""

    apn: str | None
    dataUsage: float | None


class PackagePeriod(TypedDict, total=False):
    """A service package (rate plan) and its time on the SIM (doc)."""

    name: str | None
    startTime: str | None
    endTime: str | None


class Apn(TypedDict, total=False):
    """An APN of a SIM; status OPEN or CLOSED (doc)."""

    apnName: str | None
    apnStatus: str | None


class _SimKey(TypedDict):
    giccid: str


class Sim(_SimKey, total=False):
    """A SIM (doc). Status: TEST_READY ACTIVATE_READY INVENTORY ACTIVATED DEACTIVATED RETIRED, or one we do
    not know.
    """

    deviceInfo: list[DeviceInfo] | None
    status: str | None
    sellTime: str | None
    activatedTime: str | None
    currentCycleUsages: CycleUsages | None
    currentCycleAPNUsagesList: list[ApnUsage] | None
    currentBasicServicePackage: PackagePeriod | None
    currentSupplementaryServicePackages: list[PackagePeriod] | None
    apnList: list[Apn] | None


class SimList(TypedDict, total=False):
    """A page of SIMs (doc)."""

    data: list[Sim]
    page: int
    size: int
    total: int


class ChangeLog(TypedDict, total=False):
    """One change of a SIM (doc). Type: LOCAL_STATUS SERVICE_PACKAGE IMEI_CHANGE; status SUCCESS (FAILED
    assumed).
    """

    giccid: str
    type: str
    original: str | None
    target: str | None
    createdTime: str
    status: str


class ChangeLogList(TypedDict, total=False):
    """A page of changes, 30 days at most (doc)."""

    data: list[ChangeLog]
    page: int
    size: int
    total: int


class CustomFields(TypedDict, total=False):
    """The five free texts of a SIM (doc)."""

    custom1: str | None
    custom2: str | None
    custom3: str | None
    custom4: str | None
    custom5: str | None


class JobTask(TypedDict, total=False):
    """One SIM of a batch job (doc). Decide by `status` only: the vendor's sample has SUCCESS with an
    errorMessage.
    """

    giccid: str
    basicServicePackageName: str | None
    status: str
    errorMessage: str | None


class BatchJob(TypedDict, total=False):
    """A batch job and a page of its tasks (doc). Type: ACTIVATE DEACTIVATE RETIRE MODIFY_QUOTA_PLAN."""

    jobId: str
    type: str
    status: str
    createdTime: str
    tasks: list[JobTask]
    page: int
    size: int
    total: int


class JobHandle(TypedDict):
    """Answer to a batch request; no call lists jobs, so keep it (assumed)."""

    jobId: str


class SmsHandle(TypedDict, total=False):
    """Answer to an accepted SMS: PENDING, not delivered (assumed)."""

    smsMsgId: str
    status: str


class Sms(TypedDict, total=False):
    """An MT SMS; status PENDING DELIVERED FAILED (assumed)."""

    smsMsgId: str
    toGiccid: str
    messageText: str
    status: str
    createdTime: str | None
    deliveredTime: str | None


class SharePool(TypedDict, total=False):
    """A pool of data shared by SIMs, in MB (assumed)."""

    name: str
    accountName: str
    status: str
    totalData: float
    usedData: float
    remainingData: float
    simCount: int
    startTime: str | None
    endTime: str | None


class SharePoolList(TypedDict, total=False):
    """A page of share pools (assumed)."""

    data: list[SharePool]
    page: int
    size: int
    total: int


class AccountSummary(TypedDict, total=False):
    """An account in the enterprise's list (doc). chargeType: CHARGE (postpaid) EXPERIENCE PREPAID."""

    name: str
    chargeType: str
    status: str


class Enterprise(TypedDict, total=False):
    """The enterprise a key belongs to (doc)."""

    name: str
    accounts: list[AccountSummary]


class Account(AccountSummary, total=False):
    """An account with its money, in `currency` (assumed)."""

    balance: float | None
    currentCycleCharge: float | None
    currency: str | None
    simTotal: int
    simStatusCounts: dict[str, int]


class ServicePackage(TypedDict, total=False):
    """A package an account may use; type BASIC or SUPPLEMENTARY, data in MB (assumed)."""

    name: str
    type: str
    chargeType: str
    dataQuota: float | None
    smsQuota: float | None
    voiceQuota: float | None
    cycle: str | None
    price: float | None
    currency: str | None


class ServicePackageList(TypedDict, total=False):
    """The packages of an account (assumed)."""

    data: list[ServicePackage]


class CountryUsage(TypedDict, total=False):
    """Use in one country, ISO 3166 alpha-2, data in MB (assumed)."""

    countryCode: str
    dataUsage: float
    simCount: int


class CountryStatistics(TypedDict, total=False):
    """Use by country (assumed)."""

    data: list[CountryUsage]
