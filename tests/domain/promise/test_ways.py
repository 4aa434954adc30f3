"""Ways that are configured: parcel shops, holidays of regions, days on which no carrier comes, and a reason for all that is absent."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.delivery_group import PickupPoint
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import LocationCode
from gateway.domain.location import Address, CapacityRule, CarrierPoint
from gateway.domain.network import Carrier, CarrierService, DeliveryService, Fee, Zone
from gateway.domain.promise.delayed import delayed
from gateway.domain.promise.options import Destination, PromiseFacts, PromiseRequest
from gateway.domain.promise.point_hours import collectable_at
from gateway.domain.promise.points import Points, destination_of
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.road import Window
from gateway.domain.promise.timetable import Timetable
from gateway.domain.quantities import GeoPosition, SkuQuantity
from tests.domain.promise.asking import absence, asked, option
from tests.domain.retailer import BANDS, LYON, LYON_HOME, PLACES, POST, THURSDAY_8, WAREHOUSE, WEB, A, at, facts

RELAY = Carrier("relay", "Relay", (CarrierService("shop", zones=(Zone("FR", transit_days=(3, 3), bands=BANDS),)),))
POINT = DeliveryService(
    "point",
    "Parcel shop",
    "PICKUP_POINT",
    ("relay/shop", "post/parcel"),
    (Fee(Decimal("3.90")),),
    hold=timedelta(days=10),
    collect_within_m=100_000,
)
BOXED = tuple(replace(product, max_volume_cm3=4_999) for product in POST.services)
STRASBOURG = Destination("FR", "67000")


def with_points() -> PromiseFacts:
    known = facts({(A, WAREHOUSE): 5})
    return replace(known, channel=replace(WEB, services=(*WEB.services, POINT)), carriers={**known.carriers, "relay": RELAY})


def test_a_parcel_shop_is_served_by_its_own_carrier_and_keeps_the_parcel_for_a_while() -> None:
    chosen = option("point", asked(pickup_carrier="relay"), with_points())
    assert (chosen.shipments[0].carrier_service, chosen.fee, chosen.precision) == ("relay/shop", Decimal("3.90"), "DAY")
    assert chosen.collect_by == chosen.latest + timedelta(days=10)
    assert option("point", asked(pickup_carrier="post"), with_points()).shipments[0].carrier_service == "post/parcel"
    assert absence("point", asked(pickup_carrier="other"), with_points()).reason == "NOT_OFFERED"
    assert absence("point", asked(destination=None), with_points()).reason == "OUT_OF_AREA"


def shop(code: str, postcode: str, latitude: float | None, longitude: float = 4.85) -> CarrierPoint:
    position = None if latitude is None else GeoPosition(latitude, longitude)
    return CarrierPoint(code, f"Shop {code}", Address("FR", line1="1 rue", postal_code=postcode, city="Lyon"), position)


NEAR, FARTHER, FAR, HIDDEN = shop("P1", "69003", 45.76), shop("P2", "69006", 45.77), shop("P3", "67000", 48.58), shop("P4", "69007", None)


def with_shops() -> PromiseFacts:
    return replace(with_points(), points=Points({"relay": (FAR, FARTHER, NEAR, HIDDEN)}))


def test_the_nearest_parcel_shops_each_have_an_option_of_their_own() -> None:
    found = delivery_options(replace(asked(max_pickup_locations=2), services=("point",)), with_shops(), THURSDAY_8)
    assert [one.pickup_point for one in found.options] == [PickupPoint("relay", one.code, one.name, one.address) for one in (NEAR, FARTHER)]
    assert {one.shipments[0].carrier_service for one in found.options} == {"relay/shop"}
    (chosen,) = delivery_options(asked(pickup_carrier="relay", pickup_code="P3", services=("point",)), with_shops(), THURSDAY_8).options
    assert chosen.pickup_point is not None
    assert chosen.pickup_point.code == "P3"


def test_a_parcel_shop_is_offered_within_the_reach_of_its_service_or_of_the_caller() -> None:
    def codes(within_m: int | None) -> list[str]:
        request = asked(pickup_within_m=within_m, services=("point",))
        found = delivery_options(request, with_shops(), THURSDAY_8).options
        return [one.pickup_point.code for one in found if one.pickup_point]

    assert [codes(within_m) for within_m in (None, 1_000, 500_000)] == [["P1", "P2"], ["P1"], ["P1", "P2", "P3"]]
    told = absence("point", asked(destination=replace(LYON_HOME, position=GeoPosition(47.0, 2.0)), pickup_within_m=5_000), with_shops())
    assert (told.reason, told.message) == ("OUT_OF_AREA", "No point of Parcel shop is known within 5 km of 69003.")


TOBACCO = replace(
    NEAR, opening=("Mo-Fr 09:00-12:00,14:00-19:00",), exceptions=("2025-07-02 closed", "2025-07-04 closed", "2025-07-05 10:00-12:00")
)
FESTIVE = replace(NEAR, holidays="FR", exceptions=("2025-07-03 09:00-10:00",))
HOLIDAYS = {"FR": frozenset({"2025-07-02", "2025-07-03", "2025-07-04"})}
THROUGH = replace(RELAY, services=(replace(RELAY.services[0], works_on_holidays=True),))
BY_THE_HOUR = replace(RELAY, services=(CarrierService("shop", zones=(Zone("FR", transit_hours=Decimal(18), bands=BANDS),)),))
WHOLE_DAY = timedelta(days=1) - timedelta(seconds=1)


def at_one_point(point: CarrierPoint, **changes: object) -> PromiseFacts:
    return replace(with_points(), points=Points({"relay": (point,)}), holidays=HOLIDAYS, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("point", "ordered", "collected"),
    [
        (NEAR, "2025-06-27", "2025-07-02"),
        (TOBACCO, "2025-06-27", "2025-07-03"),
        (TOBACCO, "2025-07-01", "2025-07-05"),
        (FESTIVE, "2025-06-27", "2025-07-03"),
        (replace(FESTIVE, exceptions=()), "2025-06-27", "2025-07-05"),
    ],
    ids=["no hours told", "closed on a date", "open on a date", "otherwise on a holiday", "closed on holidays"],
)
def test_what_arrives_at_a_closed_parcel_shop_is_collected_when_it_opens_again(point: CarrierPoint, ordered: str, collected: str) -> None:
    """The carrier works through holidays: what leaves on a Friday arrives on Wednesday 2025-07-02, on a Tuesday on Friday 2025-07-04."""
    known = at_one_point(point, carriers={**with_points().carriers, "relay": THROUGH})
    quote = option("point", asked(), known, at(ordered, "08:00"))
    assert (quote.earliest, quote.latest) == (at(collected), at(collected) + WHOLE_DAY)


def test_what_is_late_arrives_at_a_parcel_shop_when_it_is_open_too() -> None:
    known, now = at_one_point(TOBACCO, carriers={**with_points().carriers, "relay": THROUGH}), at("2025-06-27", "08:00")
    quote = option("point", asked(), known, now)
    told = delayed(
        Timetable(known, now), POINT, destination_of(TOBACCO), None, quote.shipments[0], collectable_at(Timetable(known, now), TOBACCO)
    )
    assert told is not None
    assert told[1] == Window(quote.earliest, quote.latest) != Window(told[0].earliest, told[0].latest)


def test_by_the_hour_a_parcel_shop_is_collected_from_in_its_hours() -> None:
    known = at_one_point(TOBACCO, carriers={**with_points().carriers, "relay": BY_THE_HOUR})
    noon = option("point", asked(), known, at("2025-06-26", "08:00"))
    assert (noon.earliest, noon.latest) == (at("2025-06-27", "14:00"),) * 2


@given(st.sampled_from([TOBACCO, FESTIVE]), st.sampled_from([THROUGH, BY_THE_HOUR]), st.integers(0, 60 * 24 * 14))
@settings(max_examples=150, deadline=None)
def test_a_parcel_shops_window_ends_with_order_before(point: CarrierPoint, carrier: Carrier, minutes: int) -> None:
    known, now = at_one_point(point, carriers={**with_points().carriers, "relay": carrier}), THURSDAY_8 + timedelta(minutes=minutes)
    quote = option("point", asked(), known, now)
    assert quote.order_before is not None
    kept = option("point", asked(), known, max(now, quote.order_before - timedelta(microseconds=1)))
    lost = option("point", asked(), known, quote.order_before + timedelta(seconds=1))
    assert (kept.earliest, kept.latest) == (quote.earliest, quote.latest)
    assert lost.latest > quote.latest


def test_without_a_position_the_shops_of_the_postal_code_are_near() -> None:
    known = with_shops()
    for postcode, code in (("69 007", "P4"), ("69003", "P1")):
        (found,) = delivery_options(asked(destination=Destination("FR", postcode), services=("point",)), known, THURSDAY_8).options
        assert found.pickup_point is not None
        assert found.pickup_point.code == code
    nowhere = absence("point", asked(destination=Destination("FR", "35000")), known)
    assert (nowhere.reason, nowhere.message) == ("OUT_OF_AREA", "No point of Parcel shop is known near 35000.")


def test_a_shop_that_the_carrier_does_not_have_is_refused_and_one_of_a_carrier_without_a_list_is_taken_at_its_word() -> None:
    unknown = absence("point", asked(pickup_carrier="relay", pickup_code="P9"), with_shops())
    assert (unknown.reason, unknown.message) == ("NOT_OFFERED", "relay has no point P9.")
    assert option("point", asked(pickup_carrier="post", pickup_code="X"), with_shops()).pickup_point is None
    assert absence("point", asked(destination=None), with_shops()).reason == "OUT_OF_AREA"
    gone = absence("point", asked(units=99), with_shops())
    assert gone.reason == "NO_STOCK"


def test_a_zone_may_keep_the_holidays_of_its_region() -> None:
    alsace = Zone("FR", ("67", "68"), (1, 1), bands=BANDS, holidays="FR-6AE")
    parcel = replace(POST.services[0], zones=(Zone("FR", transit_days=(1, 1), bands=BANDS), alsace))
    known = replace(facts({(A, WAREHOUSE): 5}), carriers={"post": replace(POST, services=(parcel,))})
    known = replace(known, holidays={"FR": frozenset({"2025-12-25"}), "FR-6AE": frozenset({"2025-12-25", "2025-12-26"})})
    wednesday = at("2025-12-24", "08:00", 1)
    assert option("standard", asked(), known, wednesday).earliest == at("2025-12-26", zone_offset_h=1)
    assert option("standard", asked(destination=STRASBOURG), known, wednesday).earliest == at("2025-12-29", zone_offset_h=1)


def test_on_a_day_without_a_call_goods_leave_with_the_next_one() -> None:
    place = PLACES[WAREHOUSE]
    strike = replace(place, pickups=tuple(replace(call, not_on=(date(2025, 6, 26),)) for call in place.pickups))
    known = replace(facts({(A, WAREHOUSE): 5}), locations={**PLACES, WAREHOUSE: strike})
    assert option("standard", asked(), known).shipments[0].ships_by == at("2025-06-27", "18:00")


STOCKED = {(A, WAREHOUSE): 5, (A, LYON): 5}
PAST = THURSDAY_8 - timedelta(hours=1)


@pytest.mark.parametrize("service", [one.code for one in (*WEB.services, POINT)])
def test_nothing_is_promised_for_an_hour_that_has_passed(service: str) -> None:
    request = asked(pickup_location=LYON, at_location=LYON, desired_by=PAST)
    assert absence(service, request, replace(with_points(), positions=facts(STOCKED).positions)).reason == "TOO_LATE"


def test_want_of_time_is_told_before_want_of_stock_elsewhere() -> None:
    """Lyon has it and is too late, Nantes has none: what the customer can change is told."""
    assert absence("collect", asked(desired_by=PAST), facts({(A, LYON): 5})).reason == "TOO_LATE"


REQUEST = PromiseRequest((SkuQuantity(A, 1),), Destination("FR", "69003"))


@pytest.mark.parametrize(
    ("reason", "known", "request_"),
    [
        ("NO_STOCK", facts({}), REQUEST),
        ("OUT_OF_AREA", facts(STOCKED), replace(REQUEST, destination=Destination("DE", "10115"))),
        ("TOO_LATE", facts(STOCKED), replace(REQUEST, desired_by=PAST)),
        ("EXCLUDED_BY_CALLER", facts(STOCKED), replace(REQUEST, excluded=frozenset({WAREHOUSE, LYON}))),
        ("TOO_HEAVY", replace(facts(STOCKED), weight_g_by_sku={A: 50_000}), REQUEST),
        ("TOO_HEAVY", replace(facts(STOCKED), volume_cm3_by_sku={A: 5_000}, carriers={"post": replace(POST, services=BOXED)}), REQUEST),
        (
            "LOCATION_INACTIVE",
            replace(facts({(A, WAREHOUSE): 1}), locations={WAREHOUSE: replace(PLACES[WAREHOUSE], status="PAUSED")}),
            REQUEST,
        ),
        ("NOT_OFFERED", replace(facts({(A, WAREHOUSE): 1}), locations={WAREHOUSE: replace(PLACES[WAREHOUSE], services=())}), REQUEST),
        (
            "CAPACITY_FULL",
            replace(facts({(A, WAREHOUSE): 1}), locations={WAREHOUSE: replace(PLACES[WAREHOUSE], capacity=CapacityRule(0))}),
            REQUEST,
        ),
        ("SOURCE_DOWN", replace(facts({}), unknown=frozenset({A})), REQUEST),
        ("NOT_IN_CHANNEL", replace(facts(STOCKED), channel=replace(WEB, locations=(LocationCode("other"),))), REQUEST),
    ],
)
def test_every_absent_option_says_why(reason: ExclusionReason, known: PromiseFacts, request_: PromiseRequest) -> None:
    found = delivery_options(request_, known, THURSDAY_8)
    told = {one.service: one for one in found.unavailable}
    assert told["standard"].reason == reason
    assert all(one.message for one in found.unavailable)
    offered = {one.service.code for one in found.options} | set(told)
    assert offered == {service.code for service in WEB.services}


def test_who_comes_too_late_says_which_cut_off_was_missed_and_when() -> None:
    known = facts({(A, WAREHOUSE): 5, (A, LYON): 5})
    request = replace(asked(desired_by=at("2025-07-01")), services=("standard",))
    (found,) = delivery_options(request, known, at("2025-06-26", "14:14")).options
    assert [shipment.location for shipment in found.shipments] == [LYON]
    assert found.sourced is not None
    (shut,) = [each for each in found.sourced.problem.candidates if each.location.code == WAREHOUSE]
    assert (shut.excluded_by, shut.detail) == (
        "TOO_LATE",
        "What Gonesse sends would come too late: the cut-off of its pick-up at 18:00 was missed 14 min ago.",
    )
    booked = replace(asked(desired_by=at("2025-06-26", "12:00")), services=("standard",))
    (absent,) = delivery_options(booked, known, THURSDAY_8).unavailable
    assert absent.message == "What Gonesse sends would come too late."
