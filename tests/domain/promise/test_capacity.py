"""Finite capacity: what is booked moves work on, shift by shift and day by day, and is told where it stands in the way."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.calendar import after_working_time
from gateway.domain.capacity import Capacity, Room, Shift, Slot
from gateway.domain.ids import capacity_key
from gateway.domain.location import CapacityRule
from gateway.domain.promise.desk import Desk
from gateway.domain.promise.options import PromiseFacts, PromiseRequest
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.working_time import TICK
from gateway.domain.quantities import SkuQuantity
from tests.domain.promise.asking import SECOND, absence, asked, option
from tests.domain.retailer import LYON, NANTES, PARIS_TIME, PLACES, THURSDAY_8, WAREHOUSE, A, at, facts, hours

THURSDAY, FRIDAY = date(2025, 6, 26), date(2025, 6, 27)
PER_DAY, PER_SHIFT = CapacityRule(2), CapacityRule(per_shift=(3, 1), unit="UNITS")


def limited(rule: CapacityRule, rooms: Mapping[Shift, Room] | None = None, code: str = WAREHOUSE) -> PromiseFacts:
    places = {place.code: replace(place, capacity=rule) if place.code == code else place for place in PLACES.values()}
    return replace(facts({(A, WAREHOUSE): 9, (A, LYON): 9}), locations=places, rooms={WAREHOUSE: rooms or {}} if rooms else {})


def test_a_shipment_takes_one_where_orders_are_counted_and_its_units_where_units_are() -> None:
    (by_order,) = option("standard", asked(units=3), limited(PER_DAY)).shipments
    assert by_order.slots == (Slot(WAREHOUSE, THURSDAY, 0, 1, 2),)
    assert by_order.slots[0].key == capacity_key(WAREHOUSE, THURSDAY)
    (by_unit,) = option("standard", asked(units=3), limited(CapacityRule(5, unit="UNITS"))).shipments
    assert by_unit.slots == (Slot(WAREHOUSE, THURSDAY, 0, 3, 5),)


def test_a_day_without_room_moves_work_to_the_next_and_what_is_larger_than_a_shift_fills_several() -> None:
    alone = asked(included=frozenset({WAREHOUSE}))
    full = limited(PER_DAY, {(THURSDAY, 0): Room(2, 0)})
    (shipment,) = option("standard", alone, full).shipments
    assert (shipment.slots, shipment.ships_by) == ((Slot(WAREHOUSE, FRIDAY, 0, 1, 2),), at("2025-06-27", "18:00"))
    large = limited(CapacityRule(2, unit="UNITS"), {(THURSDAY, 0): Room(2, 1)})
    (shipment,) = option("standard", replace(alone, lines=(SkuQuantity(A, 3),)), large).shipments
    assert [(slot.day, slot.units) for slot in shipment.slots] == [(THURSDAY, 1), (FRIDAY, 2)]


def test_a_plan_books_what_it_sends_and_not_what_its_place_could() -> None:
    known = replace(limited(CapacityRule(9, unit="UNITS")), positions=facts({(A, WAREHOUSE): 2, (A, LYON): 9}).positions)
    quote = option("standard", asked(units=9), known)
    assert {shipment.location for shipment in quote.shipments} == {LYON}
    assert all(not shipment.slots for shipment in quote.shipments)


def test_shifts_have_their_own_room_and_the_last_number_stands_for_all_further_ones() -> None:
    place = replace(PLACES[WAREHOUSE], opening=hours("08:00-12:00", "13:00-17:00", "18:00-20:00"), capacity=PER_SHIFT)
    begun = Desk(place, Capacity(PER_SHIFT), 5).begin(at("2025-06-26", "09:00"))
    assert begun is not None
    assert [(slot.shift, slot.units) for slot in begun.slots] == [(0, 3), (1, 1), (2, 1)]
    assert begun.at == at("2025-06-26", "18:00")


def test_want_of_room_is_told_where_it_is_what_stands_in_the_way() -> None:
    tomorrow = asked(included=frozenset({WAREHOUSE}), desired_by=at("2025-07-01"))
    booked = limited(PER_DAY, {(day, 0): Room(2, 0) for day in (THURSDAY, FRIDAY)})
    assert absence("standard", tomorrow, booked).reason == "CAPACITY_FULL"
    assert absence("standard", replace(tomorrow, desired_by=at("2025-06-27")), booked).reason == "TOO_LATE"
    never = limited(CapacityRule(0), code=LYON)
    assert absence("collect", asked(pickup_location=LYON), never).reason == "CAPACITY_FULL"
    assert absence("standard", asked(included=frozenset({LYON})), never).reason == "CAPACITY_FULL"


def test_what_is_collected_books_its_preparation_and_a_transfer_that_of_the_store_too() -> None:
    (kept,) = option("collect", asked(pickup_location=LYON), limited(PER_DAY, code=LYON)).shipments
    assert kept.slots == (Slot(LYON, THURSDAY, 0, 1, 2),)
    (sent,) = option("to-store", asked(pickup_location=NANTES), limited(PER_DAY, code=NANTES)).shipments
    assert (sent.location, sent.slots) == (WAREHOUSE, (Slot(NANTES, date(2025, 7, 1), 0, 1, 2),))
    (taken,) = option("take", asked(at_location=LYON, services=("take",)), limited(PER_DAY, code=LYON)).shipments
    assert taken.slots == ()


def test_order_before_knows_that_a_later_shift_has_no_room() -> None:
    place = replace(PLACES[WAREHOUSE], opening=hours("08:00-12:00", "13:00-17:00"), processing_time=timedelta(0))
    known = limited(PER_SHIFT, {(THURSDAY, 1): Room(1, 0)})
    known = replace(known, locations={**known.locations, WAREHOUSE: replace(place, capacity=PER_SHIFT)})
    alone = asked(included=frozenset({WAREHOUSE}))
    assert option("standard", alone, known).order_before == at("2025-06-26", "12:00")
    assert option("standard", alone, replace(known, rooms={})).order_before == at("2025-06-26", "14:00")


ROOMS = st.dictionaries(
    st.tuples(st.sampled_from([THURSDAY, FRIDAY, date(2025, 6, 28), date(2025, 6, 30)]), st.integers(0, 1)),
    st.integers(0, 3),
    max_size=6,
)


@given(st.sampled_from([PER_DAY, PER_SHIFT, CapacityRule(3, unit="UNITS")]), ROOMS, ROOMS, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_no_earliest_date_comes_nearer_as_capacity_shrinks(
    rule: CapacityRule, free: Mapping[Shift, int], taken: Mapping[Shift, int], units: int
) -> None:
    """Domain rules, section 4: the earliest feasible date of a method never gets earlier when capacity shrinks."""
    request = PromiseRequest((SkuQuantity(A, units),), asked().destination, included=frozenset({WAREHOUSE}), services=("standard",))
    more = limited(rule, {shift: Room(3, left) for shift, left in free.items()})
    less = limited(rule, {shift: Room(3, max(0, left - taken.get(shift, 0))) for shift, left in free.items()})
    before, after = (delivery_options(request, known, THURSDAY_8).options for known in (more, less))
    assert all(one.latest >= before[0].latest for one in after)


@st.composite
def desks(draw: st.DrawFn) -> tuple[Desk, datetime]:
    time_zone = draw(st.sampled_from([PARIS_TIME, "America/New_York"]))
    spans = draw(st.sampled_from([("09:00-17:00",), ("00:00-12:00", "13:00-21:00"), ("22:00-06:00",), ("02:30-03:30", "05:00-06:00")]))
    days = draw(st.sampled_from([(1, 2, 3, 4, 5), (6, 7), (1, 2, 3, 4, 5, 6, 7)]))
    place = replace(PLACES[WAREHOUSE], time_zone=time_zone, opening=hours(*spans, days=days, time_zone=time_zone))
    change = draw(st.sampled_from([date(2025, 3, 30), date(2025, 10, 26), date(2025, 3, 9), date(2025, 11, 2)]))
    shifts = st.tuples(st.integers(-3, 6).map(lambda offset: change + timedelta(days=offset)), st.integers(0, 1))
    rooms = {shift: Room(4, left) for shift, left in draw(st.dictionaries(shifts, st.integers(0, 4), max_size=12)).items()}
    rule = draw(st.sampled_from([PER_DAY, PER_SHIFT, CapacityRule(3, unit="UNITS")]))
    by = datetime(change.year, change.month, change.day, tzinfo=UTC) + timedelta(minutes=draw(st.integers(-60 * 48, 60 * 96)))
    return Desk(place, Capacity(rule, rooms), draw(st.integers(1, 6))), by


@given(desks(), st.integers(0, 60 * 12))
@settings(max_examples=300, deadline=None)
def test_the_backward_pass_finds_the_first_moment_that_is_too_late_on_days_when_clocks_change(
    drawn: tuple[Desk, datetime], work_minutes: int
) -> None:
    desk, by = drawn
    work = timedelta(minutes=work_minutes)
    bound = desk.come_before(by, work)
    assert bound is not None
    for moment, in_time in ((bound - SECOND, True), (bound - TICK, True), (bound, False)):
        begun = desk.begin(moment)
        assert begun is not None
        done_at = after_working_time(desk.calendar, begun.at, work)
        assert done_at is not None
        assert (done_at <= by) is in_time
