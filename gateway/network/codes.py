"""Codes that the world has agreed on: currencies (ISO 4217), countries (ISO 3166), time zones (IANA)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from zoneinfo import available_timezones

import holidays

from gateway.domain.nearest import nearest

_ISO_4217 = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP "
    "CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD "
    "JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL "
    "THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"  # codespell:ignore zar
)
CURRENCIES = frozenset(_ISO_4217.split())
_COUNTRY = re.compile(r"^[A-Z]{2}$")


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """Return the country codes of two letters (those that the library of holidays knows, which is every inhabited one)."""
    return frozenset(code for code in holidays.list_supported_countries() if _COUNTRY.match(code))


@lru_cache(maxsize=1)
def regions_by_country() -> dict[str, tuple[str, ...]]:
    return {code: tuple(names) for code, names in holidays.list_supported_countries().items()}


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def country_time_zones() -> dict[str, str]:
    """Return the zone of each country all of which keeps one time from now on, by the table of the time zone data base."""
    found: dict[str, list[str]] = {}
    for row in (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if row and not row.startswith("#"):
            country, _, name, *_ = row.split("\t")
            found.setdefault(country, []).append(name)
    return {country: names[0] for country, names in found.items() if len(set(map(_rule_to_come, names))) == 1}


def _rule_to_come(time_zone: str) -> bytes:
    """Return the rule that a zone keeps after all changes that are known one by one: the last line of its file (RFC 9636)."""
    return files("tzdata").joinpath("zoneinfo", *time_zone.split("/")).read_bytes().rstrip(b"\n").rpartition(b"\n")[2]


def holidays_problems(path: str, name: str | None) -> Iterator[str]:
    """Yield what is wrong with the name of a country, or COUNTRY-REGION, whose public holidays count."""
    if not name:
        return
    country, _, region = name.partition("-")
    regions = regions_by_country().get(country)
    if regions is None:
        yield f"{path}: no public holidays are known for {country!r}; use a country's code, as FR, or leave it empty"
    elif region and region not in regions:
        yield f"{path}: {country} has no region {region!r}; {nearest(region, regions)}"
