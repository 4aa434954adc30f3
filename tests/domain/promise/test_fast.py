"""What the engine remembers from one request to the next changes no answer: with its memory it says what it says without."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.retailer import NOW, SERVICES, baskets, retailer
from gateway.domain.capacity import Room
from gateway.domain.location import Pickup
from gateway.domain.promise.dock import Dock
from gateway.domain.promise.meters import Meters
from gateway.domain.promise.options import DeliveryOptions, PromiseFacts, PromiseRequest
from gateway.domain.promise.passages import Passages
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.timetable import Timetable
from gateway.domain.quantities import GeoPosition, distance_m

FACTS = retailer(places=40, skus=8)
ASKED = baskets(FACTS, 12, 3)
REMEMBERED = Passages()
"""One for all examples: what earlier ones left behind must not matter."""


def told(known: PromiseFacts, request: PromiseRequest, now: datetime) -> DeliveryOptions:
    found = delivery_options(request, known, now)
    return replace(found, options=tuple(replace(option, sourced=None) for option in found.options))


@given(
    st.sampled_from(ASKED),
    st.sampled_from([None, *(service.code for service in SERVICES)]),
    st.integers(-600, 60 * 24 * 5),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(1, 96)),
)
@settings(max_examples=150, deadline=None)
def test_with_its_memory_the_engine_says_what_it_says_without(
    request: PromiseRequest, service: str | None, minutes: int, booked: int, desired_h: int | None
) -> None:
    now = NOW + timedelta(minutes=minutes)
    by = None if desired_h is None else now + timedelta(hours=desired_h)
    asked = replace(request, services=(service,) if service else None, desired_by=by)
    full = {code: {(date(2025, 6, 26), 0): Room(5, booked)} for n, code in enumerate(FACTS.locations) if n % 3 == booked}
    known = replace(FACTS, rooms={**FACTS.rooms, **full})
    expected = told(known, asked, now)
    hasty = replace(asked, every_candidate=False)
    for _ in range(2):
        assert told(replace(known, passages=REMEMBERED), asked, now) == expected
        assert told(replace(known, passages=REMEMBERED), hasty, now) == expected


@given(st.sampled_from(sorted(FACTS.locations)), st.integers(0, 60 * 24 * 9), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_a_passage_stays_until_its_pickup_is_missed(code: str, minutes: int, units: int) -> None:
    place = next(one for one in FACTS.locations.values() if one.code == code)
    place = replace(place, pickups=(*place.pickups, Pickup("13:00", "11:00", (1, 3, 5))))
    service = next(one for one in SERVICES if one.code == "standard")

    now = NOW + timedelta(minutes=minutes)
    (road,) = Timetable(FACTS, now).roads(service, ASKED[0].destination)  # type: ignore[arg-type]
    dock = Dock(place, now, units=units)
    passage = dock.passage(road)
    assert passage is not None
    bound = dock.caught_before(road, passage)
    assert bound is not None
    assert bound > now
    tick = timedelta(microseconds=1)
    assert Dock(place, bound - tick, units=units).passage(road) == passage
    assert Dock(place, bound, units=units).passage(road) != passage


@given(st.lists(st.tuples(st.floats(-89, 89), st.floats(-180, 180)), min_size=1, max_size=20), st.floats(-89, 89), st.floats(-180, 180))
def test_distances_reckoned_together_are_those_reckoned_one_by_one(
    places: list[tuple[float, float]], latitude: float, longitude: float
) -> None:
    positions, to = [GeoPosition(*place) for place in places], GeoPosition(latitude, longitude)
    assert all(abs(a - distance_m(here, to)) <= 1 for a, here in zip(Meters(positions).to(to), positions, strict=True))
