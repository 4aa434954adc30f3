"""A carrier's product to one destination: whether it goes there, on which days, and when what left arrives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gateway.domain.calendar import local_instant, zone
from gateway.domain.network import Carrier, CarrierService, Zone
from gateway.domain.order_terms import WindowPrecision
from gateway.domain.promise.options import Destination
from gateway.domain.promise.working_time import SECOND, TICK, rounded_down, rounded_up

HORIZON_DAYS = 60
"""How far ahead a pick-up and a delivery are looked for."""
ONE_DAY = timedelta(days=1)
LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """When goods arrive; ordered by its earliest moment."""

    earliest: datetime
    latest: datetime

    def within(self, other: "Window") -> bool:
        """Tell whether neither end is later than the other's."""
        return self.earliest <= other.earliest and self.latest <= other.latest


def normal_postcode(postal_code: str | None) -> str:
    return (postal_code or "").replace(" ", "").replace("-", "").upper()


def zone_of(product: CarrierService, destination: Destination) -> Zone | None:
    """Return the zone of a destination: the longest postcode prefix wins, a zone without any is the whole country."""
    postcode = normal_postcode(destination.postal_code)
    best: tuple[int, Zone] | None = None
    for area in product.zones:
        if area.country.upper() != destination.country_code.upper():
            continue
        fits = [len(prefix) for given in area.postcode_prefixes if postcode.startswith(prefix := normal_postcode(given))]
        length = max(fits, default=None) if area.postcode_prefixes else 0
        if length is not None and (best is None or length > best[0]):
            best = (length, area)
    return best[1] if best else None


def product_of(carriers: Mapping[str, Carrier], carrier_service: str | None) -> CarrierService | None:
    """Return the product that a `carrier/service` code names."""
    carrier_code, _, code = (carrier_service or "").partition("/")
    carrier = carriers.get(carrier_code)
    return next((product for product in carrier.services if product.code == code), None) if carrier else None


class Road:
    """One carrier product to one destination, whose zone its days are counted in.

    The destination's holidays stop the carrier unless it works through them. An arrival by the hour is told in steps.
    """

    def __init__(
        self,
        carrier: Carrier,
        product: CarrierService,
        area: Zone,
        holidays: frozenset[str],
        time_zone: str,
        step: timedelta = SECOND,
    ) -> None:
        self.code = f"{carrier.code}/{product.code}"
        self.carrier, self.product, self.area, self.time_zone = carrier.code, product, area, time_zone
        self.step = step
        self._holidays = frozenset[str]() if product.works_on_holidays else holidays
        self._window_by_day: dict[date, Window | None] = {}

    @property
    def basis(self) -> tuple[object, ...]:
        """All that decides how it goes."""
        return self.carrier, self.product, self.area, self.time_zone, self._holidays, self.step

    @property
    def precision(self) -> WindowPrecision:
        return "SLOT" if self.area.transit_hours is not None else "DAY"

    @property
    def hours(self) -> timedelta:
        return timedelta(hours=float(self.area.transit_hours or 0))

    def arrives_at(self, leaves_at: datetime) -> datetime:
        """Return by when goods arrive by the hour that leave at a moment, whatever the day."""
        return rounded_up(leaves_at + self.hours, self.step)

    def soonest(self, leaves_at: datetime, leaves_on: date) -> datetime | None:
        """Return before when nothing is there that leaves at a moment or later; None: nothing is within the horizon."""
        if self.precision == "SLOT":
            return self.arrives_at(leaves_at)
        window = self.window(leaves_at, leaves_on)
        return None if window is None else window.latest

    def last_arrival(self, by: datetime) -> datetime:
        """Return the last moment not after `by` at which goods arrive by the hour: on a day of delivery."""
        day = by.astimezone(zone(self.time_zone)).date()
        if self.delivers(day):
            return by
        earlier = (day - timedelta(days=days) for days in range(1, HORIZON_DAYS))
        last = next((one for one in earlier if self.delivers(one)), day)
        return rounded_down(local_instant(last + ONE_DAY, time.min, self.time_zone) - TICK, self.step)

    def is_soonest(self, leaves_at: datetime, window: Window) -> bool:
        """Tell whether nothing that leaves later than what arrives in this window arrives earlier: no rest day has put it off."""
        return self.precision == "DAY" or window.latest == self.arrives_at(leaves_at)

    def moves(self, day: date) -> bool:
        """Tell whether goods travel on this day."""
        return (
            day.isoweekday() in self.product.transit_weekdays
            and day not in self.product.non_transit_dates
            and day.isoformat() not in self._holidays
        )

    def delivers(self, day: date) -> bool:
        return (
            day.isoweekday() in self.product.delivery_weekdays
            and day not in self.product.non_delivery_dates
            and day.isoformat() not in self._holidays
        )

    def delivers_around(self, at: datetime) -> bool:
        """Tell whether goods arrive by the hour that would be there at a moment or just before it."""
        moments = (at - TICK, rounded_up(at, self.step))
        return all(self.delivers(moment.astimezone(zone(self.time_zone)).date()) for moment in moments)

    def window(self, leaves_at: datetime, leaves_on: date) -> Window | None:
        """Return when goods arrive that leave at this moment, on this day of the place they leave from; None: not within the horizon."""
        if self.area.transit_hours is not None:
            return self._slot(leaves_at)
        if leaves_on not in self._window_by_day:
            self._window_by_day[leaves_on] = self._days(leaves_on)
        return self._window_by_day[leaves_on]

    def _days(self, leaves_on: date) -> Window | None:
        fewest, most = self.area.transit_days or (1, 1)
        first, last = self.arrival_on(leaves_on, fewest), self.arrival_on(leaves_on, most)
        if first is None or last is None:
            return None
        return Window(local_instant(first, time.min, self.time_zone), local_instant(last, LAST_SECOND, self.time_zone))

    def arrival_on(self, leaves_on: date, transit_days: int) -> date | None:
        """Return the day of delivery: so many days of travel later, then on until goods both travel and are delivered."""
        day, left = leaves_on, transit_days
        for _ in range(HORIZON_DAYS):
            if left:
                day += ONE_DAY
                left -= self.moves(day)
            elif self.delivers(day) and (day == leaves_on or self.moves(day)):
                return day
            else:
                day += ONE_DAY
        return None

    def _slot(self, leaves_at: datetime) -> Window | None:
        """Return an arrival by the hour; on a day without delivery, at that hour of the next day on which goods move and are delivered."""
        soonest_at = self.arrives_at(leaves_at)
        local = soonest_at.astimezone(zone(self.time_zone))
        if self.delivers(local.date()):
            return Window(soonest_at, soonest_at)
        for days in range(1, HORIZON_DAYS):
            day = local.date() + timedelta(days=days)
            if self.delivers(day) and self.moves(day):
                arrives_at = local_instant(day, local.time().replace(tzinfo=None), self.time_zone)
                return Window(arrives_at, arrives_at)
        return None


def holidays_of(holidays: Mapping[str, frozenset[str]], name: str) -> frozenset[str]:
    """Return the public holidays of a country, or COUNTRY-REGION."""
    return holidays.get(name.upper(), frozenset())
