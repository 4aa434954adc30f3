"""Supply to come: promised by its date, never beyond what later promises need, and beside goods at hand only where it is there as soon."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.awaited import Awaited
from gateway.domain.claims.documents import Marker, Peg, StockDoc
from gateway.domain.claims.supply import inbound_left, lots_to_come, peg_of, promisable, waiting
from gateway.domain.ids import LocationCode, Sku, SourceCode, StockKey
from gateway.domain.promise.options import PromiseFacts
from gateway.domain.promise.quote import delivery_options
from gateway.domain.promise.taken import without
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing_terms import CostTerms, SourcingProfile, SplitPolicy, Strategy
from gateway.domain.stock import Inbound, StockPosition, available_to_promise, to_come
from tests.domain.promise.asking import absence, asked, option
from tests.domain.retailer import LYON, THURSDAY_8, WAREHOUSE, WEB, A, B, at, facts, shelf

SUNDAY, NEXT_WEEK, LATE = at("2025-06-29", "12:00"), at("2025-07-03", "12:00"), at("2025-08-20")
NOW_MS = int(THURSDAY_8.timestamp() * 1000)


def lot(units: int, expected_at: datetime, name: str = "") -> Inbound:
    return Inbound("PURCHASE_ORDER", units, units, expected_at, name or None, name or f"{expected_at:%d}")


def coming(*positions: StockPosition, **changes: object) -> PromiseFacts:
    by_sku: dict[Sku, tuple[StockPosition, ...]] = {}
    for position in positions:
        by_sku[position.sku] = (*by_sku.get(position.sku, ()), position)
    return replace(facts({}), positions=by_sku, **changes)  # type: ignore[arg-type]


def at_warehouse(units: int, *lots: Inbound, **changes: object) -> StockPosition:
    return shelf(A, WAREHOUSE, units, inbound=lots, **changes)


def test_what_is_to_come_is_promised_from_its_date_on() -> None:
    quote = option("standard", asked(units=2), coming(at_warehouse(0, lot(5, SUNDAY, "PO"))))
    (shipment,) = quote.shipments
    assert shipment.awaits == (Awaited(A, 2, "PO", SUNDAY),)
    assert (shipment.ships_by, quote.earliest) == (at("2025-06-30", "18:00"), at("2025-07-01"))
    assert quote.order_before == SUNDAY


def test_what_is_at_hand_is_promised_first_and_what_must_wait_leaves_the_shelf_alone() -> None:
    known = coming(at_warehouse(3, lot(5, SUNDAY, "PO")))
    assert option("standard", asked(units=3), known).shipments[0].awaits == ()
    assert option("standard", asked(units=4), known).shipments[0].awaits == (Awaited(A, 4, "PO", SUNDAY),)
    assert option("standard", asked(units=7), known).shipments[0].awaits == (Awaited(A, 5, "PO", SUNDAY),)


def test_the_first_date_that_is_enough_decides_and_one_that_is_too_far_does_not_count() -> None:
    known = coming(at_warehouse(0, lot(2, SUNDAY, "first"), lot(2, NEXT_WEEK, "second"), lot(9, LATE, "third")))
    quote = option("standard", asked(units=3), known)
    assert quote.shipments[0].awaits == (Awaited(A, 2, "second", NEXT_WEEK), Awaited(A, 1, "first", SUNDAY))
    near = replace(known, channel=replace(WEB, sells_supply_within=timedelta(days=5)))
    assert absence("standard", asked(units=3), near).reason == "NO_STOCK"
    assert option("standard", asked(units=2), near).shipments[0].awaits[0].lot == "first"
    assert absence("standard", asked(units=1), replace(known, channel=replace(WEB, sells_supply_within=timedelta(0)))).reason == "NO_STOCK"


def test_supply_that_comes_too_late_for_the_wish_is_told_so() -> None:
    known = coming(at_warehouse(0, lot(5, NEXT_WEEK)))
    assert absence("standard", asked(desired_by=at("2025-07-01")), known).reason == "TOO_LATE"
    assert absence("standard", asked(desired_by=NEXT_WEEK + timedelta(hours=8)), known).reason == "TOO_LATE"
    assert absence("standard", asked(supply_to_come=False), known).reason == "NO_STOCK"


def test_a_place_whose_supply_comes_later_may_still_be_the_earlier_one() -> None:
    known = coming(at_warehouse(0, lot(1, at("2025-06-30", "19:00"))), shelf(A, LYON, 0, inbound=(lot(1, at("2025-07-01", "10:00")),)))
    hurried = replace(known, channel=replace(WEB, services=tuple(replace(one, kinds=("WAREHOUSE", "STORE")) for one in WEB.services)))
    assert option("standard", asked(), hurried).shipments[0].location == WAREHOUSE
    slower = replace(known.locations[WAREHOUSE], lead_time=timedelta(days=3))
    known = replace(known, locations={**known.locations, WAREHOUSE: slower})
    assert option("standard", asked(), known).shipments[0].location == LYON


def test_what_is_collected_may_wait_and_what_is_tried_on_or_taken_along_may_not() -> None:
    known = coming(shelf(A, LYON, 0, inbound=(lot(2, SUNDAY, "PO"),)))
    quote = option("collect", asked(pickup_location=LYON), known)
    assert (quote.earliest, quote.order_before) == (at("2025-06-30", "12:00"), SUNDAY)
    assert quote.shipments[0].awaits == (Awaited(A, 1, "PO", SUNDAY),)
    assert absence("try-on", asked(pickup_location=LYON), known).reason == "NO_STOCK"
    assert absence("take", asked(at_location=LYON), known).reason == "NO_STOCK"


def test_before_its_first_day_of_sale_nothing_leaves() -> None:
    opens_at = at("2025-07-02")
    known = coming(at_warehouse(5), released_at={A: opens_at})
    quote = option("standard", asked(), known)
    assert (quote.shipments[0].ships_by, quote.shipments[0].awaits) == (at("2025-07-02", "18:00"), ())
    later = coming(at_warehouse(0, lot(5, NEXT_WEEK)), released_at={A: opens_at})
    assert option("standard", asked(), later).shipments[0].ships_by == at("2025-07-03", "18:00")
    assert absence("take", asked(at_location=LYON), coming(shelf(A, LYON, 5), released_at={A: opens_at})).reason == "NO_STOCK"


def test_safety_stock_is_filled_up_before_supply_is_promised() -> None:
    position = at_warehouse(1, lot(2, SUNDAY, "first"), lot(4, NEXT_WEEK, "second"), safety_stock=4)
    assert [(one.units, one.kept) for one in to_come(position, THURSDAY_8)] == [(0, 3), (3, 1)]
    assert option("standard", asked(units=3), coming(position)).shipments[0].awaits == (Awaited(A, 3, "second", NEXT_WEEK, 1),)
    assert absence("standard", asked(units=4), coming(position)).reason == "NO_STOCK"


def test_a_basket_waits_for_its_last_line_and_each_shipment_for_its_own() -> None:
    known = coming(at_warehouse(3), shelf(B, WAREHOUSE, 0, inbound=(lot(1, NEXT_WEEK),)))
    both = asked(lines=(SkuQuantity(A, 1), SkuQuantity(B, 1)))
    (shipment,) = option("standard", both, known).shipments
    assert [one.sku for one in shipment.awaits] == [B]
    assert shipment.ships_by == at("2025-07-03", "18:00")


def test_what_one_option_takes_of_a_lot_is_gone_for_the_next() -> None:
    known = coming(at_warehouse(0, lot(3, SUNDAY)))
    first = option("standard", asked(units=2), known)
    left = without(known, first.shipments)
    assert absence("standard", asked(units=2), left).reason == "NO_STOCK"
    assert option("standard", asked(units=1), left).shipments[0].awaits[0].units == 1


DATES = (SUNDAY, NEXT_WEEK, at("2025-07-10"))
LOTS = st.lists(st.tuples(st.sampled_from(DATES), st.integers(1, 4)), max_size=4)


@given(st.integers(-3, 3), LOTS, LOTS, st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_lots_together_promise_atp_and_one_alone_what_its_claim_may_take(
    free: int, lots: Sequence[tuple[datetime, int]], promises: Sequence[tuple[datetime, int]], orphans: int
) -> None:
    """Domain rules, section 1: atp(t) = min over t' >= t of cumulative(supply - demand)."""
    told = tuple(Inbound("PURCHASE_ORDER", units, units, date, f"PO-{n}") for n, (date, units) in enumerate(lots))
    pegs = [peg_of("erp", told[n % len(told)]) if told else Peg("gone", NOW_MS) for n in range(len(promises))]
    markers = {f"o_{n}_1": Marker(units, 0, ok=True, peg=pegs[n], due=units) for n, (_, units) in enumerate(promises)}
    markers |= {"x_1_1": Marker(orphans, 0, ok=True, peg=Peg("gone", NOW_MS), due=orphans)} if orphans else {}
    doc = StockDoc(StockKey("A|WH"), SourceCode("wms"), free, free, markers=markers, lots={"erp": told})
    left = inbound_left(doc)
    known = {one.name: one for one in lots_to_come(doc)}
    owed = waiting(doc.markers)
    position = replace(shelf(A, WAREHOUSE, free), inbound=left)
    for date in DATES:
        later = [min(0, free) - sum(units for name, units in owed.items() if name not in known)]
        for until in DATES:
            come = [one for one in known.values() if one.at_ms <= int(until.timestamp() * 1000)]
            later += [later[0] + sum(one.units - owed[one.name] for one in come)] if until >= date else []
        expected = max(0, free) + max(0, min(later[1:]))
        assert available_to_promise(position, date, THURSDAY_8) == expected
    for one in left:
        peg = Peg(one.lot, int(one.expected_at.timestamp() * 1000))
        assert one.available <= promisable(doc, peg, NOW_MS)


PLACED = st.dictionaries(st.tuples(st.sampled_from([WAREHOUSE, LYON]), st.sampled_from(DATES)), st.integers(0, 3), max_size=4)


@given(PLACED, PLACED, st.integers(1, 4), st.integers(0, 60 * 24 * 8))
@settings(max_examples=80, deadline=None)
def test_no_earliest_date_comes_nearer_as_supply_shrinks_or_time_goes_on(
    lots: Mapping[tuple[LocationCode, datetime], int], taken: Mapping[tuple[LocationCode, datetime], int], units: int, minutes: int
) -> None:
    def known(less: Mapping[tuple[LocationCode, datetime], int]) -> PromiseFacts:
        left = {key: max(0, n - less.get(key, 0)) for key, n in lots.items()}
        often = (Strategy("often", split=SplitPolicy(max_shipments=9)),)
        hurried = SourcingProfile("hurried", strategies=often, costs=CostTerms(lateness_per_day=Decimal(10_000)))
        told = {place: tuple(lot(n, date) for (where, date), n in left.items() if where == place) for place in (WAREHOUSE, LYON)}
        return coming(*(shelf(A, place, 0, inbound=told[place]) for place in told), profile=hurried)

    def latest(at_: PromiseFacts, now: datetime) -> datetime:
        found = delivery_options(asked(units=units, services=("standard",)), at_, now).options
        return found[0].latest if found else datetime.max.replace(tzinfo=UTC)

    first = latest(known({}), THURSDAY_8)
    assert latest(known(taken), THURSDAY_8) >= first
    assert latest(known({}), THURSDAY_8 + timedelta(minutes=minutes)) >= first
