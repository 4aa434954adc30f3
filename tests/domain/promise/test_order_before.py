"""`orderBefore` beside a second look: who asks anew before it is told nothing later; what ends a promise before its last cut-off."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.capacity import Room
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import CapacityRule, Location, Pickup
from gateway.domain.network import Carrier, CarrierService, Channel, Zone
from gateway.domain.promise.listing import earliest_deliveries
from gateway.domain.promise.options import DeliveryOption, PromiseFacts, PromiseRequest
from gateway.domain.promise.quote import delivery_options
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, SourcingProfile, SplitPolicy, Strategy
from gateway.domain.stock import Inbound, StockPosition
from tests.domain.promise.asking import SECOND, asked, option
from tests.domain.retailer import (
    BANDS,
    COLLECT,
    COURIER,
    LYON,
    LYON_HOME,
    NANTES,
    PARIS_TIME,
    PLACES,
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

TICK = timedelta(microseconds=1)
DAYS_APART = (date(2025, 3, 29), date(2025, 6, 26), date(2025, 10, 25))
"""Before a summer time begins, in the middle of it, and before it ends."""
SPANS = (("09:00-12:00", "14:00-19:00"), ("07:00-20:00",), ("22:00-06:00",), ("08:00-13:00",))
WEEKS = ((1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6), (1, 3, 5))
CALLS = (
    (),
    (Pickup("18:00", "16:00"),),
    (Pickup("12:00", "10:00"), Pickup("17:30", "15:00", carrier="post"), Pickup("20:30", "19:00", (1, 3, 5))),
    (Pickup("06:30", "20:00", (1, 2, 3, 4, 5, 6)),),
)
STEPS = tuple(timedelta(seconds=seconds) for seconds in (1, 300, 900))


@st.composite
def places(draw: st.DrawFn, code: LocationCode) -> Location:
    time_zone = draw(st.sampled_from([PARIS_TIME, PARIS_TIME, "America/New_York"]))
    return replace(
        PLACES[code],
        code=code,
        time_zone=time_zone,
        services=("SHIP", "COURIER", "PICKUP", "SHIP_TO_STORE"),
        opening=hours(*draw(st.sampled_from(SPANS)), days=draw(st.sampled_from(WEEKS)), time_zone=time_zone),
        lead_time=timedelta(hours=draw(st.sampled_from([0, 0, 1, 24, 70]))),
        processing_time=timedelta(hours=draw(st.sampled_from([0, 2, 20]))),
        preparation_time=timedelta(hours=draw(st.integers(0, 2))),
        pickups=draw(st.sampled_from(CALLS)),
        capacity=draw(st.sampled_from([None, None, CapacityRule(2), CapacityRule(per_shift=(1, 3), unit="UNITS")])),
    )


@st.composite
def channels(draw: st.DrawFn) -> tuple[Channel, dict[str, Carrier]]:
    """Draw what is sold; no two products ask the same, so that no two plans cost the same."""
    week, steps = st.sampled_from(WEEKS), st.sampled_from(STEPS)
    zones = {
        "parcel": Zone("FR", transit_days=draw(st.sampled_from([(1, 1), (1, 2), (0, 1)]))),
        "slow": Zone("FR", transit_days=draw(st.sampled_from([(3, 3), (2, 4)]))),
        "van": Zone("FR", transit_hours=Decimal(draw(st.sampled_from(["2.7", "24", "30"])))),
        "bike": Zone("FR", transit_hours=Decimal(draw(st.sampled_from([2, 5])))),
    }
    priced = {
        code: replace(zone, bands=tuple(replace(band, price=band.price + Decimal(n) / 7) for band in BANDS))
        for n, (code, zone) in enumerate(zones.items())
    }
    products = tuple(
        CarrierService(code, zones=(zone,), transit_weekdays=draw(week), delivery_weekdays=draw(week)) for code, zone in priced.items()
    )
    services = (
        replace(STANDARD, carrier_services=draw(st.sampled_from([("post/parcel",), ("post/parcel", "post/slow")])), step=draw(steps)),
        replace(
            STANDARD, code="hours", carrier_services=draw(st.sampled_from([("post/van",), ("post/van", "post/slow")])), step=draw(steps)
        ),
        replace(COURIER, carrier_services=("post/bike",), kinds=("STORE", "WAREHOUSE"), step=draw(steps)),
        replace(COLLECT, step=draw(steps)),
        replace(TO_STORE, carrier_services=draw(st.sampled_from([("post/slow",), ("post/van",)])), step=draw(steps)),
    )
    delay, within = draw(st.sampled_from([timedelta(0), timedelta(minutes=20)])), timedelta(days=draw(st.sampled_from([60, 6])))
    channel = replace(WEB, services=services, release_delay=delay, sells_supply_within=within)
    return channel, {"post": Carrier("post", "Post", products)}


@st.composite
def profiles(draw: st.DrawFn) -> SourcingProfile:
    split = SplitPolicy(draw(st.integers(1, 3)), allow_line_split=draw(st.sampled_from(["NEVER", "WHEN_NEEDED", "FREELY"])))
    dear = tuple(PlaceCosts(code, per_parcel=Decimal(draw(st.integers(0, 9))) + Decimal(n) / 3) for n, code in enumerate(PLACES))
    costs = CostTerms(lateness_per_day=Decimal(draw(st.sampled_from(["0.55", "2.05", "9.95"]))), places=dear)
    tolerance = draw(st.sampled_from([(), (), (0,), (2,), (1, 3), (0, 2, 5)]))
    return SourcingProfile("drawn", strategies=(Strategy("drawn", split=split),), tolerance_days=tolerance, costs=costs)


@st.composite
def positions(draw: st.DrawFn, sku: Sku, code: LocationCode, now: datetime) -> StockPosition:
    lots = draw(st.lists(st.tuples(st.integers(-200, 60 * 24 * 9), st.integers(1, 3)), max_size=2))
    coming = ((now + timedelta(minutes=minutes), units) for minutes, units in lots)
    inbound = tuple(Inbound("TRANSFER", units, units, day, lot=f"{n}") for n, (day, units) in enumerate(coming))
    return shelf(sku, code, draw(st.sampled_from([0, 0, 1, 4])), inbound=inbound, safety_stock=draw(st.sampled_from([0, 0, 1])))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[PromiseFacts, PromiseRequest, datetime]:
    day, micros = draw(st.sampled_from(DAYS_APART)), draw(st.sampled_from([0, 0, 123_456]))
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 60 * 24 * 4)), microseconds=micros)
    channel, carriers = draw(channels())
    known = {code: draw(places(code)) for code in PLACES}
    rooms = {
        code: {(day + timedelta(days=n), 0): Room(2, draw(st.integers(-1, 2))) for n in range(3)}
        for code, place in known.items()
        if place.capacity and draw(st.booleans())
    }
    stock = {sku: tuple(draw(positions(sku, code, now)) for code in PLACES) for sku in (A, B)}
    told = facts({}, channel=channel, carriers=carriers, locations=known, rooms=rooms, profile=draw(profiles()))
    lines = tuple(SkuQuantity(sku, draw(st.integers(1, 3))) for sku in draw(st.sampled_from([(A,), (A, B)])))
    return replace(told, positions=stock, holidays={"FR": frozenset({f"{day + timedelta(days=3)}"})}), PromiseRequest(lines, LYON_HOME), now


def anew(quote: DeliveryOption, known: PromiseFacts, request: PromiseRequest, now: datetime) -> DeliveryOption:
    same = replace(request, services=(quote.service.code,), pickup_location=quote.pickup_location)
    (found,) = delivery_options(same, known, now).options
    return found


@given(worlds(), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_whoever_asks_anew_before_order_before_is_told_nothing_later(
    world: tuple[PromiseFacts, PromiseRequest, datetime], share: float
) -> None:
    known, request, now = world
    for quote in delivery_options(request, known, now).options:
        before = quote.order_before
        if before is not None:
            assert before >= now.replace(microsecond=0)
            for moment in (before, before - max(SECOND, quote.service.step), now + share * (before - now)):
                found = anew(quote, known, request, max(now, min(moment, before - TICK)))
                assert found.earliest <= quote.earliest
                assert found.latest <= quote.latest


def test_what_is_done_too_soon_for_a_day_of_delivery_leaves_once_the_place_is_open() -> None:
    """Two hours on the road, no delivery on a Friday: of Thursday's work none is late, on Friday it waits for Saturday, 10:00."""
    weekend = CarrierService("city", zones=(Zone("FR", transit_hours=Decimal(2), bands=BANDS),), delivery_weekdays=(1, 2, 3, 4, 6))
    known = facts({(A, LYON): 1, (B, NANTES): 1}, carriers={"bike": Carrier("bike", "Bike", (weekend,))})
    later = {**PLACES, NANTES: replace(PLACES[NANTES], lead_time=timedelta(days=1), opening=hours("00:00-00:00", days=(1, 2, 3, 4, 5, 6)))}
    both = asked(lines=(SkuQuantity(A, 1), SkuQuantity(B, 1)))
    quote = option("tonight", both, replace(known, locations=later))
    assert (quote.latest, quote.order_before) == (at("2025-06-28"), at("2025-06-26", "18:00"))
    kept, lost = (option("tonight", both, replace(known, locations=later), at("2025-06-26", hour)) for hour in ("17:59:59", "18:00:01"))
    assert (kept.latest, lost.latest) == (at("2025-06-28"), at("2025-06-28", "12:00"))


def test_a_lot_that_fills_up_the_safety_stock_ends_a_promise_of_the_lot_after_it() -> None:
    lots = tuple(Inbound("TRANSFER", 1, 1, THURSDAY_8 + timedelta(days=days), lot=f"{days}") for days in (1, 2))
    known = replace(facts({}), positions={A: (shelf(A, LYON, 0, inbound=lots, safety_stock=1),)})
    for service in ("standard", "collect"):
        quote = option(service, asked(), known)
        assert [one.lot for shipment in quote.shipments for one in shipment.awaits] == ["2"]
        assert quote.order_before == THURSDAY_8 + timedelta(days=1)


def test_a_lot_without_which_there_is_enough_ends_no_promise() -> None:
    lots = tuple(Inbound("TRANSFER", days, days, THURSDAY_8 + timedelta(days=days), lot=f"{days}") for days in (1, 2))
    quote = option("collect", asked(units=3), replace(facts({}), positions={A: (shelf(A, LYON, 1, inbound=lots),)}))
    assert [one.lot for shipment in quote.shipments for one in shipment.awaits] == ["2", "1"]
    assert (quote.order_before, quote.missed_at) == (THURSDAY_8 + timedelta(days=2), THURSDAY_8 + timedelta(days=1))


def test_what_comes_by_the_hour_beside_a_whole_day_is_there_before_that_day() -> None:
    """Goods by post on Saturday make that day the promise: the van's are there by its first moment, so they leave on Thursday."""
    van, post = (
        Carrier("van", "Van", (CarrierService("van", zones=(Zone("FR", transit_hours=Decimal(24)),)),)),
        Carrier(
            "post", "Post", (CarrierService("day", zones=(Zone("FR", transit_days=(1, 1), bands=BANDS),), transit_weekdays=EVERY_DAY),)
        ),
    )
    on_friday = replace(PLACES[LYON], pickups=(Pickup("18:00", "16:00", (5,), "post"),))
    known = facts(
        {(A, WAREHOUSE): 1, (B, LYON): 1},
        channel=replace(WEB, services=(replace(STANDARD, carrier_services=("van/van", "post/day")),)),
        carriers={"van": van, "post": post},
        locations={**PLACES, WAREHOUSE: replace(PLACES[WAREHOUSE], pickups=()), LYON: on_friday},
    )
    quote = option("standard", asked(lines=(SkuQuantity(A, 1), SkuQuantity(B, 1))), known)
    assert (quote.earliest, quote.precision) == (at("2025-06-28"), "DAY")
    assert quote.order_before == at("2025-06-26", "18:00")


EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
DAILY = Carrier(
    "post",
    "Post",
    (
        CarrierService(
            "parcel", zones=(Zone("FR", transit_days=(1, 1), bands=BANDS),), transit_weekdays=EVERY_DAY, delivery_weekdays=EVERY_DAY
        ),
    ),
)
RISING = {
    code: replace(
        PLACES[code],
        opening=hours("10:00-19:00", days=EVERY_DAY),
        processing_time=timedelta(hours=1),
        pickups=(Pickup("18:00", "16:00", EVERY_DAY),),
        lead_time=timedelta(days=days),
    )
    for days, code in enumerate((LYON, NANTES, WAREHOUSE))
}
"""Each place sends a day later than the one before it, for less."""
FALLING = CostTerms(
    lateness_per_day=Decimal("0.10"),
    places=tuple(PlaceCosts(code, per_parcel=Decimal(cost)) for code, cost in ((LYON, 9), (NANTES, 5), (WAREHOUSE, 1))),
)


def rising(stock: dict[LocationCode, int], lots: dict[LocationCode, datetime], **changes: object) -> PromiseFacts:
    known = facts({}, carriers={"post": DAILY}, locations=RISING, profile=SourcingProfile("falling", costs=FALLING))
    coming = {code: (Inbound("TRANSFER", 1, 1, day, lot="lot"),) for code, day in lots.items()}
    found = tuple(shelf(A, code, stock.get(code, 0), inbound=coming.get(code, ())) for code in RISING)
    return replace(known, positions={A: found}, **changes)  # type: ignore[arg-type]


def test_a_promise_ends_when_the_first_date_goes_up_to_which_its_lateness_is_tolerated() -> None:
    """Lyon makes Friday until 16:00; then Saturday is the first date, and Sunday, which costs less, is tolerated."""
    tolerant = SourcingProfile("tolerant", costs=FALLING, tolerance_days=(1,))
    known = rising(dict.fromkeys(RISING, 1), {}, profile=tolerant)
    quote = option("standard", asked(), known)
    assert (quote.shipments[0].location, quote.order_before) == (NANTES, at("2025-06-26", "16:00"))
    (listed,) = earliest_deliveries((A,), LYON_HOME, known, THURSDAY_8, ("standard",))
    assert (listed.latest, listed.order_before) == (quote.latest, quote.order_before)
    assert option("standard", asked(), known, at("2025-06-26", "16:00")).shipments[0].location == WAREHOUSE
    without = rising({LYON: 1, NANTES: 1}, {}, profile=tolerant)
    assert option("standard", asked(), without).order_before == at("2025-06-26", "17:00")


def test_a_promise_ends_when_goods_at_hand_come_later_by_which_supply_to_come_counts() -> None:
    """Of what comes, no more counts than is there as soon as goods at hand: from Lyon, a day later, until 17:00."""
    lots = {NANTES: at("2025-06-26", "20:00"), WAREHOUSE: at("2025-06-26", "20:30")}
    places = {**RISING, LYON: replace(RISING[LYON], lead_time=timedelta(days=1)), NANTES: replace(RISING[NANTES], lead_time=timedelta(0))}
    known = rising({LYON: 1}, lots, locations={**places, WAREHOUSE: replace(RISING[WAREHOUSE], lead_time=timedelta(days=1))})
    quote = option("standard", asked(), known)
    assert (quote.shipments[0].location, quote.order_before) == (NANTES, at("2025-06-26", "17:00"))
    assert option("standard", asked(), known, at("2025-06-26", "17:01")).shipments[0].location == WAREHOUSE


def test_a_promise_ends_when_the_channel_sells_ahead_what_is_cheaper() -> None:
    soon = replace(WEB, sells_supply_within=timedelta(days=1))
    lots = {NANTES: at("2025-06-26", "20:00"), WAREHOUSE: at("2025-06-27", "12:00")}
    quote = option("standard", asked(), rising({}, lots, channel=soon))
    assert (quote.shipments[0].location, quote.order_before) == (NANTES, at("2025-06-26", "12:00"))
    dearer = {NANTES: lots[NANTES], LYON: lots[WAREHOUSE]}
    assert option("standard", asked(), rising({}, dearer, channel=soon)).order_before == at("2025-06-26", "20:00")
