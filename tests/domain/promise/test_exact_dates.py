"""The promise beside a slow search through every plan: what is at hand, comes, is prepared by units, too heavy for a road, or too late."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.calendar import zone
from gateway.domain.capacity import Room
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.location import CapacityRule
from gateway.domain.network import DeliveryService
from gateway.domain.promise.options import DeliveryOption, PromiseFacts, PromiseRequest
from gateway.domain.promise.passages import Passages
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.timetable import Timetable
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import carries, shipment_cost
from gateway.domain.sourcing.problem import Way
from gateway.domain.sourcing_terms import CostTerms, SourcingProfile, SplitPolicy, Strategy
from gateway.domain.stock import Inbound, StockPosition, available_to_sell, to_come
from tests.domain.retailer import LYON, LYON_HOME, NANTES, PARIS_TIME, PLACES, STANDARD, THURSDAY_8, WAREHOUSE, WEB, A, B, at, facts, shelf

EITHER = replace(STANDARD, carrier_services=("post/parcel", "post/slow"))
DAYS = tuple(date(2025, 6, day) for day in (26, 27, 28, 30))
LOTS = tuple(THURSDAY_8 + timedelta(hours=hours) for hours in (5, 30, 100))
CODES = (WAREHOUSE, LYON, NANTES)
RULES = (None, CapacityRule(1), CapacityRule(2, unit="UNITS"), CapacityRule(1, unit="UNITS"))


@dataclass(frozen=True)
class Sent:
    """One way of one load."""

    day: int
    cost: Decimal
    is_soon: bool


@st.composite
def worlds(draw: st.DrawFn) -> PromiseFacts:
    places, rooms = {}, {}
    for code in CODES:
        lead_time, rule = timedelta(days=draw(st.sampled_from((0, 0, 1, 5)))), draw(st.sampled_from(RULES))
        places[code] = replace(PLACES[code], lead_time=lead_time, capacity=rule)
        rooms[code] = {(day, 0): Room(3, draw(st.integers(0, 2))) for day in DAYS if rule and draw(st.booleans())}
    positions = {sku: tuple(_position(draw, sku, code) for code in CODES) for sku in (A, B)}
    split = SplitPolicy(max_shipments=draw(st.integers(1, 3)), allow_line_split=draw(st.sampled_from(("NEVER", "FREELY"))))
    profile = SourcingProfile(
        "drawn",
        strategies=(Strategy("drawn", split=split),),
        tolerance_days=draw(st.sampled_from(((), (0,), (0, 2, 5)))),
        costs=CostTerms(lateness_per_day=Decimal(draw(st.sampled_from(("0", "2", "50"))))),
    )
    channel = replace(WEB, services=(draw(st.sampled_from((STANDARD, EITHER))),))
    weights = {A: draw(st.sampled_from((400, 6000))), B: 900}
    known = facts({}, channel=channel, locations=places, rooms=rooms, profile=profile, weight_g_by_sku=weights)
    return replace(known, positions=positions)


def _position(draw: st.DrawFn, sku: Sku, code: LocationCode) -> StockPosition:
    lots = draw(st.dictionaries(st.sampled_from(LOTS), st.integers(1, 2), max_size=2))
    inbound = tuple(Inbound("PURCHASE_ORDER", units, units, day, lot=f"{day}") for day, units in lots.items())
    return shelf(sku, code, draw(st.integers(0, 2)), inbound=inbound)


def local_day(way: Way) -> int:
    return way.latest.astimezone(zone(PARIS_TIME)).toordinal()


class Search:
    """`soon`: supply to come counts that is there by the end of this day; None: none does."""

    def __init__(self, known: PromiseFacts, request: PromiseRequest, until: DeliveryOption | bool) -> None:  # noqa: FBT001 - all or none
        self.known, self.lines, self.until = known, request.lines, until
        self.timetable = Timetable(known, THURSDAY_8)
        self.service: DeliveryService = known.channel.services[0]
        self.split = known.profile.strategies[0].split
        self.plans = list(self._plans())

    def cost(self) -> Decimal | None:
        days = [max(way[0] for way in plan) for plan in self.plans]
        if not days:
            return None
        for late in self.known.profile.tolerance_days or (1000,):
            costs = [cost for plan in self.plans if (cost := self._cost(plan, min(days), late)) is not None]
            if costs:
                return min(costs)
        return None

    def _cost(self, plan: tuple[tuple[int, Decimal], ...], first: int, most_late: int) -> Decimal | None:
        late = [max(0, day - first) for day, _ in plan]
        per_day = self.known.profile.costs.lateness_per_day
        return None if max(late) > most_late else sum((cost for _, cost in plan), Decimal(0)) + per_day * sum(late)

    def _plans(self) -> Iterator[tuple[tuple[int, Decimal], ...]]:
        deals = [
            [deal for deal in product(range(line.quantity + 1), repeat=len(CODES)) if self._is_allowed(deal, line.quantity)]
            for line in self.lines
        ]
        for loads in product(*deals):
            sent = {code: load for n, code in enumerate(CODES) if any(load := tuple(deal[n] for deal in loads))}
            if len(sent) <= self.split.max_shipments:
                yield from product(*(self._ways(code, load) for code, load in sent.items()))

    def _is_allowed(self, deal: tuple[int, ...], quantity: int) -> bool:
        return sum(deal) == quantity and (self.split.allow_line_split == "FREELY" or max(deal) == quantity)

    def _ways(self, code: LocationCode, load: tuple[int, ...]) -> list[tuple[int, Decimal]]:
        place, units = self.known.locations[code], sum(load)
        weights = [self.known.weight_g_by_sku[line.sku] for line in self.lines]
        found = []
        for since in (None, *LOTS):
            if not all(self._has(code, line.sku, count, since) for line, count in zip(self.lines, load, strict=True)):
                continue
            dock = self.timetable.dock(place, units, since)
            for road in self.timetable.roads(self.service, LYON_HOME):
                passage = dock.passage(road)
                late = passage is None or (since is not None and not self._counts(passage.window.latest))
                if passage is None or late:
                    continue
                way = Way(road.code, passage.leaves_at, passage.window.earliest, passage.window.latest, road.area.bands)
                if all(carries(way, weight) for weight, count in zip(weights, load, strict=True) if count):
                    weight_g = sum(weight * count for weight, count in zip(weights, load, strict=True))
                    found.append((local_day(way), shipment_cost(self.known.profile.costs, way, place, units, weight_g).total))
        return found

    def _counts(self, latest: object) -> bool:
        return self.until if isinstance(self.until, bool) else latest <= self.until.latest  # type: ignore[operator]

    def _has(self, code: LocationCode, sku: Sku, units: int, since: object) -> bool:
        (position,) = (one for one in self.known.positions[sku] if one.location == code)
        come = [lot.units for lot in to_come(position, THURSDAY_8) if since is not None and lot.expected_at <= since]  # type: ignore[operator]
        return units <= max(0, available_to_sell(position)) + sum(come)


@given(worlds(), st.integers(1, 3), st.integers(0, 2), st.booleans())
@settings(max_examples=250, deadline=None)
def test_a_promise_is_the_cheapest_of_all_plans_counted_from_the_first_date_that_one_of_them_meets(
    known: PromiseFacts,
    of_a: int,
    of_b: int,
    remembers: bool,  # noqa: FBT001 - drawn
) -> None:
    lines = tuple(SkuQuantity(sku, units) for sku, units in ((A, of_a), (B, of_b)) if units)
    request = PromiseRequest(lines, LYON_HOME, services=(STANDARD.code,), supply_to_come=False)
    told = replace(known, passages=Passages()) if remembers else known
    at_hand = delivery_options(request, told, THURSDAY_8).options
    assert costs(at_hand) == Search(known, request, until=False).cost()
    every = delivery_options(replace(request, supply_to_come=True), told, THURSDAY_8).options
    assert costs(every) == Search(known, request, until=at_hand[0] if at_hand else True).cost()


def costs(options: tuple[DeliveryOption, ...]) -> Decimal | None:
    assert all(option.sourced is not None and option.sourced.plan.proven for option in options)
    return options[0].cost if options else None


def test_goods_at_hand_at_a_slow_place_hide_nothing_that_comes_to_a_fast_one() -> None:
    mill = replace(PLACES[WAREHOUSE], code=NANTES, name="Mill", kind="SUPPLIER", lead_time=timedelta(days=20))
    po = Inbound("PURCHASE_ORDER", 10, 10, THURSDAY_8 + timedelta(days=1), lot="PO")
    known = replace(
        facts({}, locations={**PLACES, NANTES: mill}), positions={A: (shelf(A, NANTES, 5), shelf(A, WAREHOUSE, 0, inbound=(po,)))}
    )
    request = PromiseRequest((SkuQuantity(A, 1),), LYON_HOME, services=("standard",))
    (promised,) = delivery_options(request, known, THURSDAY_8).options
    (shipment,) = promised.shipments
    assert (shipment.location, promised.latest) == (WAREHOUSE, at("2025-07-01", "23:59:59"))
    assert [one.lot for one in shipment.awaits] == ["PO"]
    (at_hand,) = delivery_options(replace(request, supply_to_come=False), known, THURSDAY_8).options
    assert at_hand.shipments[0].location == NANTES


def test_however_many_dates_come_before_the_one_that_is_enough() -> None:
    shops = {LocationCode(f"S{n}"): replace(PLACES[LYON], code=LocationCode(f"S{n}")) for n in range(30)}
    moved = tuple(replace(shelf(A, LYON, 0, inbound=(_transfer(n),)), location=code) for n, code in enumerate(shops))
    late = Inbound("PURCHASE_ORDER", 50, 50, THURSDAY_8 + timedelta(days=10), lot="PO")
    to_lyon = shelf(B, LYON, 0, inbound=(*(_transfer(n) for n in range(30)), replace(late, quantity=99, available=99)))
    known = replace(
        facts({}, locations={**PLACES, **shops}),
        positions={A: (*moved, shelf(A, WAREHOUSE, 3)), B: (shelf(B, WAREHOUSE, 0, inbound=(late,)), to_lyon)},
    )
    both = PromiseRequest((SkuQuantity(A, 1), SkuQuantity(B, 40)), LYON_HOME, services=("standard",))
    (promised,) = delivery_options(both, known, THURSDAY_8).options
    assert [shipment.location for shipment in promised.shipments] == [WAREHOUSE]
    collect = PromiseRequest((SkuQuantity(B, 60),), services=("collect",), pickup_location=LYON)
    (collected,) = delivery_options(collect, known, THURSDAY_8).options
    assert collected.earliest.date() == date(2025, 7, 7)


def _transfer(number: int) -> Inbound:
    return Inbound("TRANSFER", 1, 1, THURSDAY_8 + timedelta(days=1, hours=number), lot=f"T{number}")


def test_a_place_that_prepares_units_one_after_the_other_sends_less_sooner() -> None:
    two_a_day = replace(PLACES[WAREHOUSE], capacity=CapacityRule(2, unit="UNITS"))
    hurried = SourcingProfile("hurried", costs=CostTerms(lateness_per_day=Decimal(50)))
    known = facts({(A, WAREHOUSE): 2, (B, WAREHOUSE): 2, (B, LYON): 2}, locations={**PLACES, WAREHOUSE: two_a_day}, profile=hurried)
    request = PromiseRequest((SkuQuantity(A, 2), SkuQuantity(B, 2)), LYON_HOME, services=("standard",))
    by: Mapping[str, object]
    for by in ({}, {"desired_by": at("2025-06-30", "23:59:59")}):
        (promised,) = delivery_options(replace(request, **by), known, THURSDAY_8).options  # type: ignore[arg-type]
        assert {shipment.location for shipment in promised.shipments} == {WAREHOUSE, LYON}
        assert (promised.latest, promised.cost) == (at("2025-06-30", "23:59:59"), Decimal("12.80"))
        assert [slot.units for shipment in promised.shipments for slot in shipment.slots] == [2]
