"""The way out of a place: when work is ready, which carrier pick-up it catches, and until when it still would."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import takewhile

from gateway.domain.calendar import after_working_time, local_instant, next_opening, zone
from gateway.domain.capacity import Capacity, Slot
from gateway.domain.location import Location, Pickup
from gateway.domain.promise.desk import NO_LIMIT, Begun, Desk
from gateway.domain.promise.road import HORIZON_DAYS, ONE_DAY, Road, Window
from gateway.domain.promise.working_time import SECOND, TICK, end_of_day, last_working, rounded_up


@dataclass(frozen=True, slots=True)
class Departure:
    """A pick-up: work known before `cutoff_at` (equal = missed) and ready by `leaves_at` goes with it."""

    leaves_at: datetime
    cutoff_at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Passage:
    """When goods leave, and when they arrive."""

    leaves_at: datetime
    window: Window


Ends = Callable[[Window], Window | None]
"""What an arrival becomes for the customer, when it is not the arrival itself; None: nothing within the horizon."""


def unchanged(window: Window) -> Window:
    return window


def _in_time(window: Window | None, target: Window, ends: Ends) -> bool:
    end = None if window is None else ends(window)
    return end is not None and end.within(target)


@lru_cache(maxsize=512)
def clock_time(hour: str) -> time:
    return time.fromisoformat(hour)


@lru_cache(maxsize=8192)
def departures_on(pickups: tuple[Pickup, ...], day: date, time_zone: str) -> tuple[Departure, ...]:
    """Return the pick-ups of a local day in their order; places with the same schedule share them."""
    calls = (pickup for pickup in pickups if day.isoweekday() in pickup.weekdays and day not in pickup.not_on)
    return tuple(sorted((_departure(pickup, day, time_zone) for pickup in calls), key=lambda departure: departure.leaves_at))


def _departure(pickup: Pickup, day: date, time_zone: str) -> Departure:
    hour, cutoff = clock_time(pickup.hour), clock_time(pickup.cutoff)
    cutoff_on = day if cutoff <= hour else day - ONE_DAY
    return Departure(local_instant(day, hour, time_zone), local_instant(cutoff_on, cutoff, time_zone), day)


class Dock:
    """The outgoing side of one location for work of one size released at one moment; shared by every service and sku."""

    def __init__(self, location: Location, released_at: datetime, capacity: Capacity = NO_LIMIT, units: int = 1) -> None:
        self.location, self.released_at = location, released_at
        self._desk, self._need = Desk(location, capacity, units), capacity.need(units)
        self._calendar = self._desk.calendar

    @cached_property
    def _begun(self) -> Begun | None:
        return self._desk.begin(self.released_at + self.location.lead_time)

    @property
    def slots(self) -> tuple[Slot, ...]:
        return self._begun.slots if self._begun else ()

    @property
    def in_one_shift(self) -> bool:
        """Tell whether less would be ready no sooner."""
        return self._need == 1 or not self.slots or (len(self.slots) == 1 and self.slots[0].units == self._need)

    @cached_property
    def ready_at(self) -> datetime | None:
        begun = self._begun
        done_at = after_working_time(self._calendar, begun.at, self.location.processing_time) if begun else None
        return rounded_up(done_at) if done_at else None

    def passage(self, road: Road, *, courier: bool = False, first: Departure | None = None) -> Passage | None:
        """Return the earliest passage; None when nothing leaves within the horizon. `first`: the pick-up that is caught first, if known."""
        window = None if first is None else road.window(first.leaves_at, first.day)
        if first is not None and window is not None and road.is_soonest(first.leaves_at, window):
            return Passage(first.leaves_at, window)
        pickups = self.pickups(road, courier=courier)
        if pickups is None or self.ready_at is None:
            return None
        return self._with_next_pickup(road, pickups, self.ready_at) if pickups else self._on_demand(road, self.ready_at)

    def caught(self, pickups: tuple[Pickup, ...]) -> Departure | None:
        """Return the first pick-up that is caught."""
        if self.ready_at is None:
            return None
        return next((each for each in self._departures(pickups, self.ready_at) if self.released_at < each.cutoff_at), None)

    def pickups(self, road: Road, *, courier: bool) -> tuple[Pickup, ...] | None:
        """Return the carrier's pick-ups here; none at all means that it comes when called, None that it does not come.

        A place that states no pick-ups calls any carrier; couriers are called unless they have hours of their own.
        """
        own = tuple(pickup for pickup in self.location.pickups if pickup.carrier == road.carrier)
        if courier or not self.location.pickups:
            return own
        return own + tuple(pickup for pickup in self.location.pickups if pickup.carrier is None) or None

    def _with_next_pickup(self, road: Road, pickups: tuple[Pickup, ...], ready_at: datetime) -> Passage | None:
        """Return the passage with the first pick-up that is caught.

        By the hour, a later pick-up may arrive earlier, when a rest day lies between: then it is that one.
        """
        best: Passage | None = None
        for departure in self._departures(pickups, ready_at):
            if best is not None and (road.precision == "DAY" or departure.leaves_at >= best.window.latest):
                break
            if self.released_at >= departure.cutoff_at:
                continue
            window = road.window(departure.leaves_at, departure.day)
            if window is not None and (best is None or window < best.window):
                best = Passage(departure.leaves_at, window)
        return best

    def missed(self, road: Road, *, courier: bool = False) -> tuple[Departure, Window] | None:
        """Return the pick-up that was missed last, by its cut-off, and when what went with it arrives; None: none within a day."""
        pickups, since = self.pickups(road, courier=courier), self.released_at - ONE_DAY
        gone = takewhile(lambda each: each.leaves_at < self.released_at + ONE_DAY, self._departures(pickups or (), since))
        last = max((each for each in gone if since < each.cutoff_at <= self.released_at), key=lambda each: each.cutoff_at, default=None)
        window = None if last is None else road.window(last.leaves_at, last.day)
        return None if last is None or window is None else (last, window)

    def _departures(self, pickups: tuple[Pickup, ...], from_at: datetime) -> Iterator[Departure]:
        """Yield pick-ups not before a moment, in order, on days on which the place works."""
        first = from_at.astimezone(zone(self.location.time_zone)).date()
        for offset in range(HORIZON_DAYS):
            day = first + timedelta(days=offset)
            if not self._calendar.periods_on(day):
                continue
            for departure in departures_on(pickups, day, self.location.time_zone):
                if departure.leaves_at >= from_at:
                    yield departure

    def _on_demand(self, road: Road, ready_at: datetime) -> Passage | None:
        """Return the passage of goods that leave when they are ready; by the hour, only when they arrive on a day of delivery."""
        leaves_at: datetime | None = ready_at
        for _ in range(HORIZON_DAYS):
            if leaves_at is None or road.precision == "DAY":
                break
            arrives_on = road.arrives_at(leaves_at).astimezone(zone(road.time_zone)).date()
            if road.delivers(arrives_on):
                break
            next_day_at = local_instant(arrives_on + ONE_DAY, time.min, road.time_zone)
            leaves_at = next_opening(self._calendar, max(leaves_at, next_day_at - road.hours))
        if leaves_at is None:
            return None
        window = road.window(leaves_at, leaves_at.astimezone(zone(self.location.time_zone)).date())
        return None if window is None else Passage(leaves_at, window)

    def caught_before(self, road: Road, passage: Passage) -> datetime | None:
        """Return the first release that misses the very pick-up of a passage; None where the carrier comes when it is called."""
        pickups = self.pickups(road, courier=False)
        return self.missed_from(pickups, passage.leaves_at) if pickups else None

    def missed_from(self, pickups: tuple[Pickup, ...], leaves_at: datetime) -> datetime | None:
        """Return the first release that misses what leaves at a moment."""
        same = takewhile(lambda departure: departure.leaves_at == leaves_at, self._departures(pickups, leaves_at))
        cutoff_at = max((departure.cutoff_at for departure in same), default=None)
        ready = self._release_for(leaves_at)
        return min((bound for bound in (cutoff_at, ready) if bound is not None), default=None)

    def release_before(
        self,
        road: Road,
        passage: Passage,
        target: Window,
        *,
        courier: bool = False,
        ends: Ends = unchanged,
        arrives_by: datetime | None = None,
    ) -> datetime | None:
        """Return the first release for which goods no longer arrive within `target` (backward pass, exclusive).

        `arrives_by`: until when they may arrive by the hour to end within it; None: until it begins.
        """
        pickups = self.pickups(road, courier=courier)
        if pickups:
            return self._last_pickup(road, pickups, passage, target, ends)
        if road.precision == "DAY":
            return self._release_for(self._last_day(road, passage, target, ends))
        by = arrives_by or target.earliest
        by = by if _in_time(Window(by, by), target, ends) else passage.window.latest
        return self._release_for(self._last_leaving(road, by))

    def leaves_at_once(self, road: Road, passage: Passage, *, courier: bool = False) -> bool:
        """Tell whether a release that came any later would leave later too: when it arrives moves on with the clock."""
        if self.pickups(road, courier=courier) or road.precision == "DAY":
            return False
        bound = self._release_for(passage.leaves_at)
        return bound is not None and bound - self.released_at <= SECOND

    def _release_for(self, leaves_at: datetime) -> datetime | None:
        come = self._desk.come_before(leaves_at, self.location.processing_time)
        return None if come is None else come - self.location.lead_time

    def _last_pickup(self, road: Road, pickups: tuple[Pickup, ...], passage: Passage, target: Window, ends: Ends) -> datetime | None:
        caught = []
        for departure in self._departures(pickups, passage.leaves_at):
            window = road.window(departure.leaves_at, departure.day)
            if _in_time(window, target, ends):
                caught.append(departure)
            elif road.precision == "DAY" or departure.leaves_at > target.latest:
                break
        best: datetime | None = None
        for departure in reversed(caught):
            if best is not None and departure.cutoff_at <= best:
                continue
            ready_bound = self._release_for(departure.leaves_at)
            bound = departure.cutoff_at if ready_bound is None else min(departure.cutoff_at, ready_bound)
            best = bound if best is None else max(best, bound)
        return best

    def _last_leaving(self, road: Road, by: datetime) -> datetime:
        """Return the last moment at which goods may leave to arrive by the hour by another.

        What is done too soon for a day of delivery leaves while the place is open: where that is too late, an earlier day is the last.
        """
        leaves_at = road.last_arrival(by) - road.hours
        for _ in range(HORIZON_DAYS):
            done_at = last_working(self._calendar, leaves_at)
            if done_at is None or done_at == leaves_at or road.delivers_around(done_at + road.hours):
                break
            leaves_at = road.last_arrival(done_at + road.hours - TICK) - road.hours
        return leaves_at

    def _last_day(self, road: Road, passage: Passage, target: Window, ends: Ends) -> datetime:
        """Return the end of the last day on which goods may leave to arrive within the target."""
        by = passage.leaves_at
        day = by.astimezone(zone(self.location.time_zone)).date()
        for _ in range(HORIZON_DAYS):
            window = road.window(by, day)
            if not _in_time(window, target, ends):
                break
            by = end_of_day(local_instant(day, time(12), self.location.time_zone), self.location.time_zone)
            day += ONE_DAY
        return by
