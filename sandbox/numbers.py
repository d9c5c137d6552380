"""Numbers that look like the real ones: giccid, IMSI, MSISDN, IMEI."""

import random

from .catalog import Country

# 10^11 has only the prime factors 2 and 5: an odd multiplier not ending in 5 maps ids to serials one to one.
_SERIALS = 10**11
_STRIDE = 31_415_926_537
_TACS = ("86745203", "86147604", "35824005", "35693803", "86801902", "35340610", "86206105", "35915507")
_ROAMING = (("20404", "31970"), ("90128", "88239"))  # IMSI and MSISDN prefixes of the profiles used abroad


def spread(number: int, seed: int) -> int:
    """A fixed, well mixed number of up to 37 bits for (number, seed)."""
    return ((number + seed * 7919) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) >> 27


def serial(sim_id: int, seed: int) -> str:
    """The last eleven digits of a giccid, different for each id below 10^11."""
    return f"{(sim_id * _STRIDE + seed * 86_028_121) % _SERIALS:011}"


def _weigh(digits: str) -> int:
    """Luhn sum of digits, the first undoubled, the second doubled, and so on (as in an IMEI's body)."""
    return sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(digits))


_TAC_SUMS = tuple(_weigh(tac) for tac in _TACS)
_PAIR_SUMS = tuple(_weigh(f"{pair:02}") for pair in range(100))


def imei(tac: int, unit: int) -> str:
    """A valid IMEI: eight digits TAC, six digits unit, check digit (3GPP TS 23.003, annex B)."""
    total = (
        _TAC_SUMS[tac] + _PAIR_SUMS[unit // 10000] + _PAIR_SUMS[unit // 100 % 100] + _PAIR_SUMS[unit % 100]
    )
    return f"{_TACS[tac]}{unit:06}{-total % 10}"


def any_imei(rng: random.Random) -> str:
    """A random valid IMEI."""
    return imei(int(rng.random() * len(_TACS)), int(rng.random() * 1_000_000))


def devices(rng: random.Random, country: Country, serial_digits: str, sim_id: int) -> str:
    """The stored JSON of one to three devices; profiles of a multi-IMSI card share the IMEI."""
    number = imei(sim_id % len(_TACS), int(rng.random() * 1_000_000))
    draw = rng.random()
    count = 1 if draw < 0.82 else 2 if draw < 0.96 else 3
    prefixes = ((country.mccmnc, country.msisdn), *_ROAMING)[:count]
    entries = (
        f'["{number}","{imsi}{serial_digits[len(imsi) - 15 :]}","{msisdn}{serial_digits[-9:]}"]'
        for imsi, msisdn in prefixes
    )
    return f"[{','.join(entries)}]"
