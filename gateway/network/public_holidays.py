"""Public holidays of countries and regions, by the `holidays` library."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from functools import lru_cache

import holidays

from gateway.domain.calendar import HORIZON_DAYS


def holiday_dates(countries: Iterable[str], years: Collection[int]) -> dict[str, frozenset[str]]:
    """Return the ISO dates of public holidays by country (or COUNTRY-REGION)."""
    return {name: frozenset(day.isoformat() for year in years for day in _holidays(name, year)) for name in countries}


def closing_days(name: str, today: date) -> list[date]:
    """Return the holidays from today on, as far as an opening is looked for."""
    last = today + timedelta(days=HORIZON_DAYS)
    return sorted(day for year in range(today.year, last.year + 1) for day in _holidays(name, year) if today <= day <= last)


@lru_cache(maxsize=256)
def _holidays(name: str, year: int) -> frozenset[date]:
    country, _, region = name.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=[year]))
