"""The enterprise on show: accounts, service packages, APNs, customers, countries. All invented (assumed)."""

from dataclasses import dataclass

MB_PER_GB = 1024


@dataclass(frozen=True)
class Account:
    """An account. `weight` is its share of the fleet; `mix` weighs the countries its SIMs come from."""

    id: int
    name: str
    charge_type: str
    currency: str
    balance: float
    weight: int
    is_pooled: bool
    mix: dict[str, int]
    customers: tuple[str, ...]


@dataclass(frozen=True)
class Package:
    """A service package. Quotas: data in MB, SMS in messages, voice in minutes, per `cycle`."""

    id: int
    account: int
    name: str
    type: str
    charge_type: str
    data_quota: int
    sms_quota: int
    voice_quota: int
    cycle: str
    price: float
    currency: str


@dataclass(frozen=True)
class Country:
    """A home network. `mccmnc` begins the IMSI, `msisdn` the number, `iccid` (8 or 9 digits) the giccid."""

    code: str
    mccmnc: str
    msisdn: str
    iccid: str


ENTERPRISE_NAME = "寰宇物联科技有限公司"

COUNTRIES = {
    country.code: country
    for country in (
        Country("CN", "46001", "8613", "89860118"),
        Country("HK", "45412", "8525", "898520219"),
        Country("US", "310260", "1415", "89012601"),
        Country("GB", "23410", "4478", "894411031"),
        Country("DE", "26202", "4915", "89490200"),
        Country("FR", "20801", "3361", "893301012"),
        Country("JP", "44010", "8190", "89811000"),
        Country("ES", "21407", "3462", "893407110"),
        Country("SE", "24001", "4670", "89460112"),
        Country("SG", "52501", "6581", "896501190"),
    )
}

ACCOUNTS = (
    Account(1, "华东智能电表", "CHARGE", "CNY", 0.0, 24, True,
            {"CN": 1}, ("江苏电力", "浙江电力", "上海能源计量")),
    Account(2, "华南共享出行", "CHARGE", "CNY", 0.0, 18, False, {"CN": 9, "HK": 1}, ("岭南单车", "粤行出行")),
    Account(3, "北方冷链物流", "PREPAID", "CNY", 182400.5, 12, False, {"CN": 1}, ("寒舟物流", "北极星冷运")),
    Account(4, "Nordic Fleet Telematics", "CHARGE", "EUR", 0.0, 16, True,
            {"SE": 6, "DE": 3, "FR": 2, "GB": 2}, ("Fjordline Haulage", "Tamm & Berg", "Vinter Logistik")),
    Account(5, "Pacific Vending", "PREPAID", "USD", 20991.0, 12, False,
            {"US": 6, "JP": 3, "SG": 1}, ("Sunline Snacks", "Kaido Vending", "Harbour Coffee")),
    Account(6, "Iberia Smart Water", "CHARGE", "EUR", 0.0, 14, True,
            {"ES": 8, "FR": 1}, ("Aguas del Ebro", "Canal Vivo")),
    Account(7, "研发试用 Lab Trial", "EXPERIENCE", "CNY", 0.0, 4, False,
            {"CN": 3, "HK": 1, "GB": 1}, ("Internal",)),
)  # fmt: skip

APNS = {
    "CN": ("cmiot.secure", "m2m.data", "fota.cn"),
    "HK": ("iot.hk", "roam.hk"),
    "*": ("iot.global", "m2m.private", "fota.global"),
}

# name, type, data MB, SMS, voice minutes, price in thousandths of the currency
_TARIFFS: dict[str, tuple[tuple[str, str, int, int, int, int], ...]] = {
    "CHARGE": (
        ("Monthly-Basic-30M", "BASIC", 30, 50, 0, 1500),
        ("Monthly-Basic-200M", "BASIC", 200, 50, 0, 4000),
        ("Monthly-Basic-2G", "BASIC", 2 * MB_PER_GB, 100, 30, 19000),
        ("Monthly-Addon-100M", "SUPPLEMENTARY", 100, 0, 0, 2000),
        ("Monthly-Addon-SMS-100", "SUPPLEMENTARY", 0, 100, 0, 1000),
    ),
    "PREPAID": (
        ("Prepaid-Basic-10M", "BASIC", 10, 20, 0, 1000),
        ("Prepaid-Basic-100M", "BASIC", 100, 20, 0, 3000),
        ("Prepaid-Basic-1G", "BASIC", MB_PER_GB, 50, 10, 12000),
        ("Prepaid-Addon-10M", "SUPPLEMENTARY", 10, 0, 0, 500),
    ),
    "EXPERIENCE": (
        ("Trial-Basic-50M", "BASIC", 50, 10, 5, 0),
        ("Trial-Addon-20M", "SUPPLEMENTARY", 20, 0, 0, 0),
    ),
}


def _packages() -> tuple[Package, ...]:
    made: list[Package] = []
    for account in ACCOUNTS:
        for name, kind, data, sms, voice, price in _TARIFFS[account.charge_type]:
            made.append(
                Package(
                    len(made) + 1, account.id, name, kind, account.charge_type, data, sms, voice,
                    "MONTH", price / 1000, account.currency,
                )
            )  # fmt: skip
    return tuple(made)


PACKAGES = _packages()
ACCOUNT_BY_ID = {account.id: account for account in ACCOUNTS}
ACCOUNT_BY_NAME = {account.name: account for account in ACCOUNTS}
PACKAGE_BY_ID = {package.id: package for package in PACKAGES}


def packages_of(account: int, kind: str | None = None) -> list[Package]:
    """An account's service packages in catalogue order, optionally BASIC or SUPPLEMENTARY only."""
    return [p for p in PACKAGES if p.account == account and kind in (None, p.type)]


def find_package(account: int, name: str, kind: str) -> Package | None:
    """The package of that name and type which the account may use."""
    return next((p for p in packages_of(account, kind) if p.name == name), None)


def package_name(package: int | None) -> str | None:
    """A package's name; None for a SIM without one."""
    return None if package is None else PACKAGE_BY_ID[package].name


def apn_names(country: str) -> tuple[str, ...]:
    """The APNs a SIM of that country may carry, the usual one first."""
    return APNS.get(country, APNS["*"])
