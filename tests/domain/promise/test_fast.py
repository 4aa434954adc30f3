"""What the engine remembers from one request to the next changes no answer: with its memory it says what it says without."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.retailer import NOW, SERVICES, baskets, retailer
from gateway.domain.capacity import Room
from gateway.domain.ids import LocationCode
from gateway.domain.location import CapacityRule, Location, Pickup
from gateway.domain.network import DeliveryService
from gateway.domain.promise import passages
from gateway.domain.promise.dock import Dock
from gateway.domain.promise.meters import Meters
from gateway.domain.promise.options import DeliveryOption, DeliveryOptions, PromiseFacts, PromiseRequest
from gateway.domain.promise.passages import Passages
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.sheet import Fence, Routes
from gateway.domain.promise.timetable import Timetable
from gateway.domain.quantities import GeoPosition, SkuQuantity, distance_m
from gateway.domain.sourcing import prices
from gateway.domain.sourcing.cost import rates
from gateway.domain.sourcing.prices import offers
from gateway.domain.sourcing.problem import Candidate, Columns, Way
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, SourcingProfile
from tests.domain.promise.test_listing import OUTLOOK, PROFILES

EITHER = DeliveryService("either", "Either", "SHIP", ("colis/domicile", "rapide/express"))
NEARBY = DeliveryService("nearby", "Nearby", "SHIP", ("colis/domicile",), max_distance_m=30_000)
ANY_STORE = DeliveryService("any_store", "From anywhere to your store", "SHIP_TO_STORE", ("colis/domicile", "rapide/express"))
LOCKER = DeliveryService("locker", "Locker", "PICKUP_POINT", ("colis/domicile", "rapide/express"))
WORLDS = tuple(
    replace(known, channel=replace(known.channel, services=(*SERVICES, EITHER, NEARBY, ANY_STORE, LOCKER)))
    for known in (retailer(places=40, skus=8), retailer(places=25, skus=8, seed=2))
)
"""Two networks that ask the same memory in turn."""
FACTS = WORLDS[0]
CHANGES: dict[str, Callable[[Location], Location]] = {
    "paused": lambda place: replace(place, status="PAUSED"),
    "no parcels": lambda place: replace(place, paused_services=("SHIP",)),
    "closed today": lambda place: replace(place, opening=replace(place.opening, exceptions={NOW.date(): ()})),
    "smaller": lambda place: replace(place, capacity=CapacityRule(1, unit="UNITS")),
    "called for": lambda place: replace(place, pickups=()),
    "moved": lambda place: replace(place, position=GeoPosition(45.0, 3.0)),
}
OWN_RATES = SourcingProfile("own rates", costs=CostTerms(places=(PlaceCosts(LocationCode("L0007"), per_parcel=Decimal(7)),)))
ASKED = baskets(FACTS, 12, 3)
REMEMBERED = Passages()
"""One for all examples: what earlier ones left behind must not matter."""


def told(known: PromiseFacts, request: PromiseRequest, now: datetime) -> DeliveryOptions:
    found = delivery_options(request, known, now)
    return replace(found, options=tuple(replace(option, sourced=None) for option in found.options))


@st.composite
def worlds(draw: st.DrawFn) -> PromiseFacts:
    """Draw facts in which something may be otherwise than in the example before: a place, what is booked, the profile."""
    known = draw(st.sampled_from(WORLDS))
    changed, change, booked = draw(st.integers(0, 24)), draw(st.sampled_from([None, *CHANGES])), draw(st.integers(0, 3))
    places = dict(known.locations)
    if change:
        code = list(places)[changed]
        places[code] = CHANGES[change](places[code])
    full = {code: {(date(2025, 6, 26), 0): Room(5, booked)} for n, code in enumerate(places) if n % 3 == booked}
    profile = draw(st.sampled_from((*PROFILES, OWN_RATES)))
    outlook = {sku: OUTLOOK for n, sku in enumerate(known.positions) if draw(st.booleans()) and n % 2}
    return replace(known, locations=places, rooms={**known.rooms, **full}, profile=profile, outlook_by_sku=outlook)


@given(
    worlds(),
    st.sampled_from(ASKED),
    st.sampled_from([None, *(service.code for service in FACTS.channel.services)]),
    st.integers(-600, 60 * 24 * 5),
    st.one_of(st.none(), st.integers(1, 96)),
    st.sampled_from([0, 3, 7]),
    st.sampled_from([1, 1, 2]),
    st.sampled_from([None, None, "colis"]),
)
@settings(max_examples=300, deadline=None)
def test_with_its_memory_the_engine_says_what_it_says_without(
    known: PromiseFacts,
    request: PromiseRequest,
    service: str | None,
    minutes: int,
    desired_h: int | None,
    every: int,
    times: int,
    carrier: str | None,
) -> None:
    now = NOW + timedelta(minutes=minutes, microseconds=minutes)
    lines = tuple(SkuQuantity(line.sku, times * line.quantity) for line in request.lines)
    by = None if desired_h is None else now + timedelta(hours=desired_h)
    left_out = list(known.locations)[::every] if every else []
    excluded, refused = frozenset(left_out[::2]), frozenset(left_out[1::2])
    asked = replace(request, lines=lines, services=(service,) if service else None, desired_by=by, excluded=excluded, refused=refused)
    asked = replace(asked, pickup_carrier=carrier)
    expected = told(known, asked, now)
    hasty = replace(asked, every_candidate=False)
    for _ in range(2):
        assert told(replace(known, passages=REMEMBERED), asked, now) == expected
        assert told(replace(known, passages=REMEMBERED), hasty, now) == expected


@given(worlds(), st.sampled_from(ASKED), st.sampled_from(("standard", "express", "either")), st.integers(-600, 60 * 24 * 5))
@settings(max_examples=150, deadline=None)
def test_places_found_at_once_are_those_found_one_by_one(known: PromiseFacts, request: PromiseRequest, service: str, minutes: int) -> None:
    now, asked = NOW + timedelta(minutes=minutes), replace(request, services=(service,), every_candidate=False)
    one_by_one = delivery_options(asked, known, now).options
    at_once = delivery_options(asked, replace(known, passages=REMEMBERED), now).options
    assert [candidates(option) for option in at_once] == [candidates(option) for option in one_by_one]
    for option in at_once:
        assert option.sourced is not None
        offered = offers(option.sourced.problem)
        for each, number in zip(offered.candidates, offered.tariff_of, strict=True):
            assert asking(offered.tariffs[number].ways) == asking(each.ways)
            assert offered.tariffs[number].here == rates(option.sourced.problem.terms, each.location)


def asking(ways: tuple[Way, ...]) -> list[tuple[object, ...]]:
    return [(way.bands, way.max_weight_g, way.max_volume_cm3, way.late_days, way.transfer) for way in ways]


def candidates(option: DeliveryOption) -> list[Candidate]:
    """Return whom the plan was chosen from, in order; distances reckoned together may differ by a meter."""
    return [replace(each, distance_m=None) for each in option.sourced.problem.usable] if option.sourced else []


def test_memory_past_its_bound_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passages, "MOST_KEPT", 7)
    remembering = replace(FACTS, passages=Passages())
    for n, request in enumerate(ASKED):
        assert told(remembering, request, NOW + n * timedelta(hours=1)) == told(FACTS, request, NOW + n * timedelta(hours=1))


def test_tariffs_past_their_bounds_are_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "MOST_TERMS", 2)
    monkeypatch.setattr(prices, "MOST_TARIFFS", 3)
    memory, kept = Passages(), list[int]()
    for n, request in enumerate(ASKED):
        terms = CostTerms(per_parcel=Decimal(n % 4), lateness_per_day=Decimal(n % 3))
        known = replace(FACTS, profile=SourcingProfile("tried", costs=terms))
        found, expected = (hasty(request, one) for one in (replace(known, passages=memory), known))
        assert [option.cost for option in found] == [option.cost for option in expected]
        asked = [option.sourced.problem.candidates for option in found if option.sourced]
        kept += [len(each.tariffs) for each in asked if isinstance(each, Columns)]
    assert max(kept) == 2


def hasty(request: PromiseRequest, known: PromiseFacts) -> tuple[DeliveryOption, ...]:
    return delivery_options(replace(request, every_candidate=False), known, NOW).options


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


@given(
    st.sampled_from([code for code, place in FACTS.locations.items() if place.capacity and place.capacity.unit == "UNITS"]),
    st.lists(st.integers(-2, 25), min_size=8, max_size=8),
    st.lists(st.tuples(st.integers(1, 90), st.integers(0, 60 * 36)), min_size=1, max_size=8),
)
@settings(max_examples=150, deadline=None)
def test_a_place_that_counts_units_sends_any_amount_as_it_does_without_memory(
    code: str, free: list[int], asked: list[tuple[int, int]]
) -> None:
    place, days = next(one for one in FACTS.locations.values() if one.code == code), [NOW.date() + timedelta(days=n) for n in range(4)]
    rooms = {(day, shift): Room(25, free[2 * n + shift]) for n, day in enumerate(days) for shift in (0, 1)}
    known = replace(FACTS, rooms={place.code: rooms})
    remembering, to = replace(known, passages=Passages()), ASKED[0].destination
    assert to is not None
    for units, minutes in asked:
        now = NOW + timedelta(minutes=minutes)
        found, expected = (Timetable(facts, now).directions(EITHER, to).routes(place, units) for facts in (remembering, known))
        assert leaving(found) == leaving(expected)


def leaving(found: Routes) -> object:
    return found if isinstance(found, Fence) else [(route.road.code, route.passage, route.way) for route in found]


@given(st.lists(st.tuples(st.floats(-89, 89), st.floats(-180, 180)), min_size=1, max_size=20), st.floats(-89, 89), st.floats(-180, 180))
def test_distances_reckoned_together_are_those_reckoned_one_by_one(
    places: list[tuple[float, float]], latitude: float, longitude: float
) -> None:
    positions, to = [GeoPosition(*place) for place in places], GeoPosition(latitude, longitude)
    assert all(abs(a - distance_m(here, to)) <= 1 for a, here in zip(Meters(positions).to(to), positions, strict=True))
