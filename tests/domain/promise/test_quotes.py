"""Quotes: vectors of the rules, each method, the reasons of what is absent, and what never happens."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.capacity import Capacity, Room
from gateway.domain.ids import ChannelCode, LocationCode, Sku, SourceCode
from gateway.domain.location import CapacityRule, Location, Pickup
from gateway.domain.network import Carrier, CarrierService, Channel, Fee, Zone
from gateway.domain.promise.dock import Dock
from gateway.domain.promise.listing import earliest_deliveries
from gateway.domain.promise.options import Destination, PromiseFacts, PromiseRequest
from gateway.domain.promise.passages import Passages
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.road import Road, Window, zone_of
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing_terms import CostTerms, SourcingProfile, SplitPolicy, Strategy
from tests.domain.promise.asking import SECOND, absence, asked, option
from tests.domain.retailer import (
    BIKE,
    COLLECT,
    COURIER,
    LYON,
    LYON_HOME,
    NANTES,
    PARIS_TIME,
    PLACES,
    POST,
    STANDARD,
    THURSDAY_8,
    TO_STORE,
    WAREHOUSE,
    WEB,
    A,
    B,
    at,
    facts,
    hours,
    shelf,
)


def road(product: CarrierService, holidays: frozenset[str] = frozenset(), time_zone: str = PARIS_TIME) -> Road:
    return Road(Carrier("c", services=(product,)), product, product.zones[0], holidays, time_zone)


def test_vector_a_days_on_the_road_skip_weekend_and_holiday() -> None:
    """Domain rules, section 4, vector A: dispatch on a Thursday, three days on the road, Tuesday a holiday."""
    parcel = CarrierService("p", zones=(Zone("FR", transit_days=(3, 3)),))
    way = road(parcel, frozenset({"2025-07-01"}))
    assert way.arrival_on(date(2025, 6, 26), 3) == date(2025, 7, 2)
    assert way.window(at("2025-06-26", "18:00"), date(2025, 6, 26)) == Window(at("2025-07-02"), at("2025-07-02", "23:59") + 59 * SECOND)


def test_a_day_without_delivery_moves_to_the_next_day_of_travel_and_delivery() -> None:
    parcel = CarrierService(
        "p", zones=(Zone("FR", transit_days=(1, 1)),), transit_weekdays=(1, 2, 3, 4, 5, 6), delivery_weekdays=(1, 2, 3, 4, 5)
    )
    assert road(parcel).arrival_on(date(2025, 6, 27), 1) == date(2025, 6, 30)


def test_a_carrier_that_works_through_holidays_does_not_stop() -> None:
    parcel = CarrierService("p", zones=(Zone("FR", transit_days=(3, 3)),), works_on_holidays=True)
    assert road(parcel, frozenset({"2025-07-01"})).arrival_on(date(2025, 6, 26), 3) == date(2025, 7, 1)


VECTOR_B = Location(
    LocationCode("B"),
    "B",
    "WAREHOUSE",
    "UTC",
    SourceCode("s"),
    services=("SHIP",),
    opening=hours("09:00-12:00", "13:00-17:00", days=(1, 2, 3, 4, 5, 6, 7), time_zone="UTC"),
    lead_time=timedelta(hours=1),
    pickups=(
        Pickup("12:00", "10:00", (1, 2, 3, 4, 5, 6, 7)),
        Pickup("16:00", "14:00", (1, 2, 3, 4, 5, 6, 7)),
        Pickup("21:00", "19:00", (1, 2, 3, 4, 5, 6, 7)),
    ),
    capacity=CapacityRule(per_shift=(4,), unit="UNITS"),
)
DAY_LONG = road(CarrierService("d", zones=(Zone("FR", transit_hours=Decimal(24)),)), time_zone="UTC")


@pytest.mark.parametrize(
    ("hour", "booked", "shift", "leaves"),
    [
        ("08:00", 0, 0, "12:00"),
        ("09:59", 0, 0, "12:00"),
        ("10:00", 0, 0, "16:00"),
        ("08:00", 3, 0, "12:00"),
        ("08:00", 4, 1, "16:00"),
        ("14:00", 0, 1, "21:00"),
    ],
)
def test_vector_b_the_next_pickup_is_caught_that_work_is_known_and_ready_for(hour: str, booked: int, shift: int, leaves: str) -> None:
    """Domain rules, section 4, vector B: shifts 9-12 and 13-17 of 4 units each; `booked` of the morning's, `shift`: that of the work."""
    capacity = Capacity(VECTOR_B.capacity, {(date(2025, 6, 26), 0): Room(4, 4 - booked)})
    dock = Dock(VECTOR_B, at("2025-06-26", hour, 0), capacity)
    passage = dock.passage(DAY_LONG)
    assert passage is not None
    assert [(slot.day, slot.shift) for slot in dock.slots] == [(date(2025, 6, 26), shift)]
    assert (passage.leaves_at, passage.window.latest) == (at("2025-06-26", leaves, 0), at("2025-06-27", leaves, 0))


def test_the_longest_postcode_prefix_names_the_zone() -> None:
    parcel = POST.services[0]
    assert zone_of(parcel, Destination("fr", "20 000")) == parcel.zones[1]
    assert zone_of(parcel, Destination("FR")) == parcel.zones[0]
    assert zone_of(parcel, Destination("DE", "20000")) is None


def test_a_quote_names_window_plan_and_fee() -> None:
    quote = option("standard", asked(A, 2), facts({(A, WAREHOUSE): 5}))
    assert (quote.earliest, quote.latest, quote.precision) == (at("2025-06-27"), at("2025-06-30", "23:59") + 59 * SECOND, "DAY")
    assert (quote.order_before, quote.fee, quote.cost) == (at("2025-06-26", "14:00"), Decimal("4.90"), Decimal("5.40"))
    (shipment,) = quote.shipments
    assert (shipment.location, shipment.lines, shipment.carrier_service) == (WAREHOUSE, (SkuQuantity(A, 2),), "post/parcel")
    assert (shipment.ships_by, shipment.task) == (at("2025-06-26", "18:00"), "SHIP")
    assert (quote.time_zone, quote.freshness, quote.as_of) == (PARIS_TIME, "FRESH", THURSDAY_8 - timedelta(minutes=1))
    assert quote.carbon_g == round(0.8 * 398.3 * 0.1)


def test_the_fee_falls_with_the_basket() -> None:
    assert option("standard", asked(A, 3), facts({(A, WAREHOUSE): 5})).fee == Decimal(0)


@pytest.mark.parametrize(
    ("postcode", "fee"), [("20 137", "14.90"), ("20-000", "14.90"), ("69003", "4.90"), (None, "4.90"), ("02000", "4.90")]
)
def test_a_fee_may_be_for_some_postcodes_however_they_are_written(postcode: str | None, fee: str) -> None:
    island = Fee(Decimal("14.90"), countries=("fr",), postcode_prefixes=("2 0",))
    dear = replace(STANDARD, fees=(island, Fee(Decimal("4.90"), countries=("fr",))))
    known = facts({(A, WAREHOUSE): 5}, channel=replace(WEB, services=(dear,)))
    assert option("standard", asked(destination=Destination("Fr", postcode)), known).fee == Decimal(fee)


def test_at_the_cutoff_the_pickup_is_missed() -> None:
    known = facts({(A, WAREHOUSE): 5})
    cutoff = at("2025-06-26", "14:00")
    assert option("standard", asked(), known, cutoff - SECOND).earliest == at("2025-06-27")
    missed = option("standard", asked(), known, cutoff)
    assert (missed.earliest, missed.shipments[0].ships_by) == (at("2025-06-30"), at("2025-06-27", "18:00"))


def test_lateness_is_a_cost_so_a_dearer_place_in_time_wins() -> None:
    known = facts({(A, WAREHOUSE): 5, (A, LYON): 5})
    assert option("standard", asked(), known).shipments[0].location == WAREHOUSE
    assert option("standard", asked(), known, at("2025-06-26", "14:30")).shipments[0].location == LYON


def test_the_window_is_the_latest_of_the_shipments_and_each_keeps_its_own() -> None:
    known = facts({(A, WAREHOUSE): 5, (B, LYON): 5})
    both = asked(lines=(SkuQuantity(A, 1), SkuQuantity(B, 1)))
    quote = option("standard", both, known, at("2025-06-26", "14:30"))
    assert [(shipment.location, shipment.earliest) for shipment in quote.shipments] == [
        (LYON, at("2025-06-27")),
        (WAREHOUSE, at("2025-06-30")),
    ]
    assert (quote.earliest, quote.order_before) == (at("2025-06-30"), at("2025-06-27", "14:00"))


def test_lines_of_one_sku_are_taken_together() -> None:
    twice = asked(lines=(SkuQuantity(A, 3), SkuQuantity(A, 3)))
    assert absence("standard", twice, facts({(A, WAREHOUSE): 5})).reason == "NO_STOCK"


def test_a_courier_goes_only_so_far_and_by_the_hour() -> None:
    known = facts({(A, LYON): 1, (A, NANTES): 1})
    quote = option("tonight", asked(), known)
    assert (quote.shipments[0].location, quote.earliest, quote.precision) == (LYON, at("2025-06-26", "13:00"), "SLOT")
    assert quote.order_before == at("2025-06-26", "10:00")
    later = option("tonight", asked(), known, at("2025-06-26", "11:02"))
    assert (later.latest, later.order_before, later.missed_at) == (at("2025-06-26", "14:02"), at("2025-06-26", "11:02"), None)
    far = asked(destination=Destination("FR", "59000", None))
    assert absence("tonight", far, known).reason == "OUT_OF_AREA"


def test_a_courier_called_too_late_in_the_day_comes_on_the_next_day_of_delivery() -> None:
    saturday_evening = at("2025-06-28", "18:30")
    assert option("tonight", asked(), facts({(A, LYON): 1}), saturday_evening).earliest == at("2025-06-30", "12:30")


def test_collected_goods_are_ready_after_preparation_in_opening_hours() -> None:
    known = facts({(A, LYON): 1, (A, NANTES): 1})
    quote = option("collect", asked(), known)
    assert (quote.pickup_location, quote.earliest, quote.latest) == (LYON, at("2025-06-26", "12:00"), at("2025-06-26", "12:00"))
    assert (quote.collect_by, quote.carbon_g) == (at("2025-07-03", "12:00"), 0)
    assert quote.order_before == at("2025-06-26", "10:00")
    assert [(shipment.location, shipment.task) for shipment in quote.shipments] == [(LYON, "HAND_OVER")]
    evening = option("collect", asked(pickup_location=NANTES), known, at("2025-06-28", "18:00"))
    assert (evening.pickup_location, evening.earliest) == (NANTES, at("2025-06-30", "11:00"))


def test_collecting_needs_the_whole_basket_on_one_shelf() -> None:
    known = facts({(A, LYON): 1, (A, NANTES): 1})
    told = absence("collect", asked(A, 2), known)
    assert (told.reason, told.skus) == ("NO_STOCK", (A,))
    assert absence("collect", asked(B, pickup_location=LYON), known).message == "Lyon has not enough of it."
    assert absence("collect", asked(pickup_location=WAREHOUSE), known).reason == "NOT_OFFERED"


def test_the_nearest_stores_that_can_are_offered_up_to_the_bound() -> None:
    known = facts({(A, LYON): 1, (A, NANTES): 1})
    anywhere = asked(services=("collect",), pickup_within_m=1_000_000)
    assert stores_of(anywhere, known) == [LYON, NANTES]
    assert stores_of(replace(anywhere, max_pickup_locations=1), known) == [LYON]


@pytest.mark.parametrize("memory", [None, Passages()], ids=["reckoned", "remembered"])
def test_a_store_is_offered_within_the_reach_of_its_service_or_of_the_caller(memory: Passages | None) -> None:
    """Nantes lies 516 km from Lyon."""
    known = facts({(A, LYON): 1, (A, NANTES): 1}, passages=memory)
    collect = asked(services=("collect",))
    assert stores_of(collect, known) == [LYON, NANTES]
    near = replace(WEB, services=(replace(COLLECT, collect_within_m=100_000),))
    known = replace(known, channel=near)
    assert stores_of(collect, known) == [LYON]
    assert stores_of(replace(collect, pickup_within_m=510_000), known) == [LYON]
    assert stores_of(replace(collect, pickup_within_m=520_000), known) == [LYON, NANTES]
    assert stores_of(replace(collect, pickup_location=NANTES), known) == [NANTES]
    assert stores_of(replace(collect, destination=None), known) == [LYON, NANTES]
    wide = replace(WEB, services=(replace(COLLECT, collect_within_m=520_000),))
    assert stores_of(collect, replace(known, channel=wide)) == [LYON, NANTES]
    told = absence("collect", asked(pickup_within_m=1_000), known)
    assert (told.reason, told.message) == ("OUT_OF_AREA", "No location within 1 km offers Click & collect.")


def test_a_store_without_a_position_is_not_known_to_be_too_far() -> None:
    places = {**PLACES, NANTES: replace(PLACES[NANTES], position=None)}
    assert stores_of(asked(services=("collect",)), facts({(A, NANTES): 1}, locations=places)) == [NANTES]


def stores_of(request: PromiseRequest, known: PromiseFacts) -> list[LocationCode | None]:
    return [found.pickup_location for found in delivery_options(request, known, THURSDAY_8).options]


def test_a_transfer_is_collected_after_its_arrival_and_preparation() -> None:
    quote = option("to-store", asked(pickup_location=NANTES), facts({(A, WAREHOUSE): 2}))
    assert (quote.pickup_location, quote.earliest, quote.precision) == (NANTES, at("2025-07-01", "12:00"), "SLOT")
    (shipment,) = quote.shipments
    assert (shipment.location, shipment.task, shipment.earliest) == (WAREHOUSE, "TRANSFER", at("2025-06-27"))
    assert quote.order_before == at("2025-06-26", "14:00")
    assert quote.cost == Decimal("8.20")


def test_a_store_takes_in_what_was_sent_before_it_prepares_it_but_not_what_lies_on_its_shelf() -> None:
    places = {**PLACES, NANTES: replace(PLACES[NANTES], reception_time=timedelta(hours=9))}
    sent = option("to-store", asked(pickup_location=NANTES), facts({(A, WAREHOUSE): 2}, locations=places))
    assert (sent.earliest, sent.order_before) == (at("2025-07-02", "12:00"), at("2025-06-26", "14:00"))
    there = option("collect", asked(pickup_location=NANTES), facts({(A, NANTES): 2}, locations=places))
    assert there.earliest == option("collect", asked(pickup_location=NANTES), facts({(A, NANTES): 2})).earliest


def test_a_try_on_is_kept_for_its_hold_and_a_carried_out_line_leaves_at_once() -> None:
    known = facts({(A, LYON): 1})
    assert option("try-on", asked(), known).collect_by == at("2025-06-28", "12:00")
    taken = option("take", asked(at_location=LYON, destination=None), known)
    assert (taken.earliest, taken.latest, taken.collect_by, taken.order_before) == (THURSDAY_8, THURSDAY_8, None, None)
    assert absence("take", asked(), known).reason == "NOT_OFFERED"


def test_options_stand_earliest_first_then_by_fee() -> None:
    found = delivery_options(asked(pickup_within_m=1_000_000), facts({(A, WAREHOUSE): 1, (A, LYON): 1}), THURSDAY_8)
    assert [each.service.code for each in found.options] == ["collect", "try-on", "tonight", "standard", "to-store", "to-store"]
    assert [told.service for told in found.unavailable] == ["take"]


def first_reason(known: PromiseFacts, request: PromiseRequest) -> str:
    return absence("standard", request, known).reason


def test_a_store_that_hands_over_what_others_send_need_not_be_among_those_asked_for_goods() -> None:
    stock = facts({(A, WAREHOUSE): 5})
    there = asked(pickup_location=NANTES)
    for narrowed in (replace(there, included=frozenset({WAREHOUSE})), replace(there, excluded=frozenset({NANTES}))):
        assert option("to-store", narrowed, stock).shipments == option("to-store", there, stock).shipments
        assert absence("collect", replace(narrowed, included=frozenset({LYON})), facts({(A, NANTES): 5})).reason == "EXCLUDED_BY_CALLER"
    assert absence("to-store", replace(there, refused=frozenset({NANTES})), stock).reason == "REFUSED_BEFORE"


def test_absences_tell_why() -> None:
    stock = facts({(A, WAREHOUSE): 5})
    old = replace(stock, positions={A: (shelf(A, WAREHOUSE, 5, sellable=False),)})
    closed = {**PLACES, WAREHOUSE: replace(PLACES[WAREHOUSE], status="PAUSED")}
    assert first_reason(stock, asked(A, 6)) == "NO_STOCK"
    assert first_reason(old, asked()) == "STALE_STOCK"
    assert first_reason(facts({}, unknown=frozenset({A})), asked()) == "SOURCE_DOWN"
    assert first_reason(stock, asked(destination=None)) == "OUT_OF_AREA"
    assert first_reason(stock, asked(destination=Destination("DE", "10115"))) == "OUT_OF_AREA"
    assert first_reason(stock, asked(excluded=frozenset({WAREHOUSE}))) == "EXCLUDED_BY_CALLER"
    assert first_reason(stock, asked(included=frozenset({LYON}))) == "EXCLUDED_BY_CALLER"
    assert first_reason(stock, asked(refused=frozenset({WAREHOUSE}), included=frozenset({LYON}))) == "REFUSED_BEFORE"
    assert first_reason(stock, asked(desired_by=at("2025-06-27", "12:00"))) == "TOO_LATE"
    assert first_reason(replace(stock, locations=closed), asked()) == "LOCATION_INACTIVE"
    assert first_reason(replace(stock, weight_g_by_sku={A: 5001}), asked()) == "TOO_HEAVY"
    light = replace(WEB, services=(replace(STANDARD, max_weight_g=700),))
    assert first_reason(replace(stock, channel=light), asked(A, 2)) == "TOO_HEAVY"
    frugal = SourcingProfile("frugal", strategies=(Strategy("one parcel", split=SplitPolicy(max_shipments=1)),))
    both = asked(lines=(SkuQuantity(A, 1), SkuQuantity(B, 1)))
    assert first_reason(replace(facts({(A, WAREHOUSE): 1, (B, LYON): 1}), profile=frugal), both) == "SPLIT_NOT_ALLOWED"
    assert first_reason(replace(stock, channel=replace(WEB, kinds=("STORE",))), asked()) == "NOT_IN_CHANNEL"


def test_a_method_that_the_channel_does_not_sell_is_told() -> None:
    (told,) = delivery_options(asked(methods=("PICKUP_POINT",)), facts({}), THURSDAY_8).unavailable
    assert (told.method, told.service, told.reason) == ("PICKUP_POINT", None, "NOT_OFFERED")


def test_stock_of_a_source_that_is_away_is_quoted_and_marked() -> None:
    known = replace(facts({}), positions={A: (shelf(A, WAREHOUSE, 5, freshness="DOWN"),)})
    assert option("standard", asked(), known).freshness == "DOWN"


@pytest.mark.parametrize(
    ("day", "offset_h", "leaves"),
    [("2025-03-30", 2, "09:00"), ("2025-10-26", 1, "07:00")],
)
def test_working_hours_are_elapsed_hours_on_the_days_that_the_clocks_change(day: str, offset_h: int, leaves: str) -> None:
    """Domain rules, section 4, DST: work of 8 hours that begins at midnight in Paris ends at 9 in spring and at 7 in autumn."""
    place = replace(VECTOR_B, time_zone=PARIS_TIME, opening=hours("00:00-12:00", days=(7,)), lead_time=timedelta(0), pickups=())
    dock = Dock(replace(place, processing_time=timedelta(hours=8)), datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=5))
    assert dock.ready_at == at(day, leaves, offset_h)


@pytest.mark.parametrize(("day", "ready_utc"), [("2025-03-09", "13:00"), ("2025-11-02", "12:00")])
def test_working_hours_are_right_in_new_york_too(day: str, ready_utc: str) -> None:
    """Domain rules, section 4, DST: 9 elapsed hours from midnight, which is 05:00 UTC before the change in spring, 04:00 UTC in autumn."""
    calendar = hours("00:00-23:00", days=(7,), time_zone="America/New_York")
    place = replace(VECTOR_B, time_zone="America/New_York", opening=calendar, lead_time=timedelta(0), pickups=())
    work = timedelta(hours=8)
    dock = Dock(replace(place, processing_time=work), at(day, "01:00", 0))
    assert dock.ready_at == at(day, ready_utc, 0)


MINUTES = st.integers(0, 60 * 24 * 21).map(lambda minutes: timedelta(minutes=minutes))
STOCK = st.dictionaries(st.sampled_from([(sku, place) for sku in (A, B) for place in (WAREHOUSE, LYON, NANTES)]), st.integers(0, 4))
NEAR_CHANGE = (datetime(2025, 3, 20, tzinfo=UTC), datetime(2025, 10, 18, tzinfo=UTC), THURSDAY_8)


def earliest_by_service(known: PromiseFacts, request: PromiseRequest, now: datetime) -> dict[tuple[str, str | None], datetime]:
    """Return the earliest feasible date of each service: what is quoted when lateness is dear and any split is allowed."""
    often = (Strategy("often", split=SplitPolicy(max_shipments=10)),)
    hurried = replace(known, profile=SourcingProfile("hurried", strategies=often, costs=CostTerms(lateness_per_day=Decimal(10_000))))
    found = delivery_options(replace(request, max_pickup_locations=9), hurried, now)
    return {(each.service.code, each.pickup_location): each.latest for each in found.options}


@given(STOCK, MINUTES, MINUTES, st.sampled_from(NEAR_CHANGE))
@settings(max_examples=60, deadline=None)
def test_no_earliest_date_comes_nearer_as_the_clock_goes_on(
    stock: Mapping[tuple[Sku, LocationCode], int], first: timedelta, second: timedelta, base: datetime
) -> None:
    """Domain rules, section 4: the earliest feasible date of a method never gets earlier when the clock advances."""
    known, request = facts(stock), asked(lines=(SkuQuantity(A, 2),))
    before = earliest_by_service(known, request, base + min(first, second))
    after = earliest_by_service(known, request, base + max(first, second))
    assert before.keys() == after.keys()
    assert all(before[key] <= after[key] for key in before)


@given(STOCK, STOCK, MINUTES)
@settings(max_examples=60, deadline=None)
def test_no_earliest_date_comes_nearer_as_stock_shrinks(
    stock: Mapping[tuple[Sku, LocationCode], int], taken: Mapping[tuple[Sku, LocationCode], int], passed: timedelta
) -> None:
    """Domain rules, section 4: nor when stock shrinks."""
    less = {key: max(0, units - taken.get(key, 0)) for key, units in stock.items()}
    request = asked(lines=(SkuQuantity(A, 2),))
    before = earliest_by_service(facts(stock), request, THURSDAY_8 + passed)
    after = earliest_by_service(facts(less), request, THURSDAY_8 + passed)
    assert after.keys() <= before.keys()
    assert all(before[key] <= after[key] for key in after)


@st.composite
def docks(draw: st.DrawFn) -> tuple[Location, Road, datetime, Capacity]:
    """Draw a place, a way and a moment: hours with gaps, several pick-ups, days or hours on the road, near a change of clocks or not."""
    time_zone = draw(st.sampled_from([PARIS_TIME, "America/New_York"]))
    weekdays = draw(st.sampled_from([(1, 2, 3, 4, 5), (1, 3, 6), (1, 2, 3, 4, 5, 6, 7)]))
    spans = draw(st.sampled_from([("09:00-17:00",), ("00:00-12:00", "13:00-21:00"), ("22:00-06:00",), ("00:00-00:00",), ("02:30-03:30",)]))
    pickups = draw(
        st.sampled_from(
            [(), (Pickup("18:00", "14:00"),), (Pickup("12:00", "10:00"), Pickup("16:00", "15:00", (1, 4, 6))), (Pickup("06:00", "20:00"),)]
        )
    )
    place = replace(
        VECTOR_B,
        time_zone=time_zone,
        opening=hours(*spans, days=weekdays, time_zone=time_zone),
        pickups=pickups,
        lead_time=draw(st.sampled_from([timedelta(0), timedelta(minutes=90)])),
        processing_time=draw(st.sampled_from([timedelta(0), timedelta(hours=2), timedelta(hours=20)])),
    )
    area = draw(st.sampled_from([Zone("FR", transit_days=(1, 2)), Zone("FR", transit_days=(0, 1)), Zone("FR", transit_hours=Decimal(5))]))
    product = CarrierService("p", zones=(area,), delivery_weekdays=draw(st.sampled_from([(1, 2, 3, 4, 5, 6), (1, 2, 3)])))
    released_at = draw(st.sampled_from(NEAR_CHANGE)) + draw(MINUTES)
    rule = draw(st.sampled_from([None, CapacityRule(2), CapacityRule(5, unit="UNITS"), CapacityRule(per_shift=(1, 3), unit="UNITS")]))
    days = [shift.day for shift, _ in zip(place.calendar.shifts(released_at), range(6), strict=False)]
    shifts = draw(st.lists(st.tuples(st.sampled_from(days), st.integers(0, 1)), max_size=4, unique=True))
    capacity = Capacity(rule, {shift: Room(3, draw(st.integers(-1, 3))) for shift in shifts} if rule else {})
    return place, road(product, frozenset({"2025-06-30"}), draw(st.sampled_from([PARIS_TIME, time_zone]))), released_at, capacity


@given(docks(), st.integers(1, 6))
@settings(max_examples=400, deadline=None)
def test_ordering_just_before_order_before_keeps_the_window_and_at_it_does_not(
    drawn: tuple[Location, Road, datetime, Capacity], units: int
) -> None:
    place, way, released_at, capacity = drawn
    dock = Dock(place, released_at, capacity, units)
    passage = dock.passage(way)
    assert passage is not None
    bound = dock.release_before(way, passage, passage.window)
    assert bound is not None
    assert bound > released_at
    tick = timedelta(microseconds=1)
    kept = Dock(place, max(released_at, bound - SECOND), capacity, units).passage(way)
    last = Dock(place, bound - tick, capacity, units).passage(way)
    lost = Dock(place, bound, capacity, units).passage(way)
    assert kept is not None
    assert last is not None
    assert kept.window.within(passage.window)
    assert last.window.within(passage.window)
    assert lost is None or not lost.window.within(passage.window)


@given(docks(), MINUTES)
@settings(max_examples=200, deadline=None)
def test_no_passage_arrives_earlier_for_a_later_release(drawn: tuple[Location, Road, datetime, Capacity], passed: timedelta) -> None:
    place, way, released_at, capacity = drawn
    first = Dock(place, released_at, capacity).passage(way)
    second = Dock(place, released_at + passed, capacity).passage(way)
    assert first is not None
    assert second is not None
    assert first.window.within(second.window)


def test_hours_are_promised_in_steps_and_the_window_stays_until_the_next() -> None:
    in_fives = replace(WEB, services=(replace(COLLECT, step=timedelta(minutes=5)),))
    known = facts({(A, LYON): 1}, channel=in_fives)
    moments = [at("2025-06-26", "11:00") + timedelta(seconds=seconds) for seconds in (0.000001, 299.5, 300.5)]
    quotes = [option("collect", asked(), known, now) for now in moments]
    assert [quote.latest for quote in quotes] == [at("2025-06-26", "13:05")] * 2 + [at("2025-06-26", "13:10")]
    assert [quote.order_before for quote in quotes] == [at("2025-06-26", "11:05")] * 2 + [at("2025-06-26", "11:10")]
    assert {quote.missed_at for quote in quotes} == {None}
    quarters = replace(WEB, services=(replace(COLLECT, step=timedelta(minutes=15)),))
    slow = option("collect", asked(), replace(known, channel=quarters), at("2025-06-26", "11:02"))
    assert (slow.latest, slow.order_before) == (at("2025-06-26", "13:15"), at("2025-06-26", "11:15"))


def test_what_begins_when_the_store_opens_is_missed_for_good_once_it_is_open() -> None:
    quote = option("collect", asked(), facts({(A, LYON): 1}), at("2025-06-28", "09:50"))
    assert (quote.latest, quote.order_before, quote.missed_at) == (at("2025-06-28", "12:00"), *[at("2025-06-28", "10:00")] * 2)


HOURLY = CarrierService("van", zones=(Zone("FR", transit_hours=Decimal("2.7")),), delivery_weekdays=(1, 2, 3, 4, 6))
BY_THE_HOUR = replace(
    WEB,
    services=(
        replace(STANDARD, carrier_services=("van/van",)),
        replace(TO_STORE, carrier_services=("van/van",), step=timedelta(minutes=20)),
        replace(COLLECT, step=timedelta(minutes=15)),
        COURIER,
    ),
)


@pytest.mark.parametrize(
    "known",
    [
        facts({}),
        facts(
            {},
            channel=BY_THE_HOUR,
            carriers={"van": Carrier("van", "Van", (HOURLY,)), "bike": BIKE},
            locations={**PLACES, WAREHOUSE: replace(PLACES[WAREHOUSE], pickups=())},
        ),
    ],
    ids=["by day", "by the hour"],
)
@given(stock=STOCK, passed=st.integers(0, 60 * 24 * 21 * 60_000_000).map(lambda micros: timedelta(microseconds=micros)))
@settings(max_examples=150, deadline=None)
def test_order_before_of_a_quote_is_the_first_moment_without_its_window(
    known: PromiseFacts, stock: Mapping[tuple[Sku, LocationCode], int], passed: timedelta
) -> None:
    """Every moment is a whole second, and so is the bound: before it the window stays, a second after it the window is gone."""
    now, known = THURSDAY_8 + passed, replace(known, positions=facts(stock).positions)
    for quote in delivery_options(asked(), known, now).options:
        moments = [quote.earliest, quote.latest, quote.collect_by, quote.order_before]
        moments += [moment for each in quote.shipments for moment in (each.ships_by, each.earliest, each.latest)]
        assert {moment.microsecond for moment in moments if moment} == {0}
        assert quote.order_before is not None
        assert quote.order_before >= now.replace(microsecond=0)
        places = frozenset(shipment.location for shipment in quote.shipments)
        same = asked(services=(quote.service.code,), pickup_location=quote.pickup_location, included=places)
        if quote.service.method == "SHIP_TO_STORE" and quote.pickup_location is not None:
            same = replace(same, included=places | {quote.pickup_location})
        kept = delivery_options(same, known, max(now, quote.order_before - timedelta(microseconds=1))).options[0]
        lost = delivery_options(same, known, quote.order_before + SECOND).options[0]
        assert (kept.earliest, kept.latest) == (quote.earliest, quote.latest)
        assert (lost.earliest, lost.latest) > (quote.earliest, quote.latest)


@given(STOCK, MINUTES)
@settings(max_examples=60, deadline=None)
def test_a_listing_says_what_the_quote_of_one_unit_says(stock: Mapping[tuple[Sku, LocationCode], int], passed: timedelta) -> None:
    known, now = facts(stock), THURSDAY_8 + passed
    listed = {(each.sku, each.service.code): each for each in earliest_deliveries((A, B), LYON_HOME, known, now)}
    for sku in (A, B):
        for quote in delivery_options(asked(sku, methods=("SHIP", "COURIER")), known, now).options:
            told = listed.pop((sku, quote.service.code))
            assert (told.earliest, told.latest, told.order_before) == (quote.earliest, quote.latest, quote.order_before)
    assert listed == {}


def test_a_channel_without_services_offers_nothing() -> None:
    bare = Channel(ChannelCode("bare"), "Bare", "EUR", PARIS_TIME)
    found = delivery_options(asked(), replace(facts({(A, WAREHOUSE): 1}), channel=bare), THURSDAY_8)
    assert (found.options, found.unavailable) == ((), ())


def test_a_method_that_none_of_the_services_asked_for_is_has_a_reason() -> None:
    found = delivery_options(asked(methods=("COURIER", "SHIP"), services=("standard",)), facts({(A, WAREHOUSE): 5}), THURSDAY_8)
    assert [option.service.code for option in found.options] == ["standard"]
    assert [(told.method, told.reason, told.message) for told in found.unavailable] == [
        ("COURIER", "NOT_OFFERED", "None of the services asked for is COURIER: standard.")
    ]
