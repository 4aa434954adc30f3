"""An order made of claims: every unit bought is somewhere, no claim gives more than it holds, and plans are followed first."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.claims.documents import Claim
from gateway.domain.delivery_group import PlannedShipment
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku, SourceCode, stock_key
from gateway.domain.network import SourceKind
from gateway.domain.order import Actor, Order
from gateway.domain.ordering.building import built
from gateway.domain.ordering.drafts import GroupDraft, LineDraft, OrderDraft
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.routing import Surroundings, routed
from gateway.domain.quantities import SkuQuantity
from tests.domain.retailer import LYON, NANTES, PLACES, THURSDAY_8, WAREHOUSE, A, B

RID = Rid("A" * 26)
KINDS: dict[SourceCode, SourceKind] = {SourceCode("wms"): "WMS", SourceCode("pos"): "POS", SourceCode("erp"): "ERP"}
WORLD = Surroundings(PLACES, KINDS, frozenset(KINDS), SourceCode("erp"))
SKUS = st.sampled_from([A, B])
SPOTS = st.sampled_from([WAREHOUSE, LYON, NANTES])
LINES = st.lists(st.tuples(SKUS, st.integers(1, 5)), min_size=1, max_size=4)
PARTS = st.lists(st.tuples(SKUS, SPOTS, st.integers(1, 6)), max_size=6)


def group(lines: list[tuple[Sku, int]], plan: list[tuple[Sku, LocationCode, int]]) -> GroupDraft:
    later = THURSDAY_8 + timedelta(days=1)
    shipments = tuple(PlannedShipment(place, (SkuQuantity(sku, units),), None, later, later, later) for sku, place, units in plan)
    drafts = tuple(LineDraft(sku, units, Decimal(1)) for sku, units in lines)
    return GroupDraft("standard", "SHIP", drafts, later, later, "DAY", "Europe/Paris", shipments)


def draft(*groups: GroupDraft) -> OrderDraft:
    return OrderDraft(RID, ChannelCode("web"), "EUR", groups, "shop/s1", Actor("STOREFRONT", "Shop"))


def claims(parts: list[tuple[Sku, LocationCode, int]]) -> tuple[Claim, ...]:
    return tuple(Claim(f"{RID}_1_{n}", stock_key(sku, place), units) for n, (sku, place, units) in enumerate(parts, 1))


def dealt(order: Order) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in order.lines:
        for part in line.units:
            if part.mid:
                units[part.mid] = units.get(part.mid, 0) + part.quantity
    return units


@given(groups=st.lists(st.tuples(LINES, PARTS), min_size=1, max_size=3), held=PARTS)
def test_every_unit_bought_is_somewhere_and_no_claim_gives_more_than_it_holds(
    groups: list[tuple[list[tuple[Sku, int]], list[tuple[Sku, LocationCode, int]]]], held: list[tuple[Sku, LocationCode, int]]
) -> None:
    order = built(draft(*(group(lines, plan) for lines, plan in groups)), claims(held), THURSDAY_8)
    owed = Owed(RID, (), THURSDAY_8)
    after = routed(order, owed, WORLD, THURSDAY_8)
    for made in (order, after):
        assert [sum(part.quantity for part in line.units) for line in made.lines] == [line.quantity for line in made.lines]
        assert all(units <= {claim.mid: claim.units for claim in claims(held)}[mid] for mid, units in dealt(made).items())
    working = {(work.number, part.line, part.mid): part.quantity for work in after.fulfillments for part in work.lines}
    offered = {
        (part.fulfillment, line.id, part.mid): part.quantity for line in after.lines for part in line.units if part.state == "OFFERED"
    }
    assert working == offered
    assert [entry.n for entry in owed.entries] == list(range(1, len(owed.entries) + 1))


def test_each_group_gets_its_units_from_the_place_of_its_plan() -> None:
    order = built(
        draft(group([(A, 2)], [(A, LYON, 2)]), group([(A, 3)], [(A, WAREHOUSE, 3)])),
        claims([(A, WAREHOUSE, 3), (A, LYON, 2)]),
        THURSDAY_8,
    )
    assert [[(part.location, part.quantity) for part in line.units] for line in order.lines] == [[("LYO", 2)], [("WH", 3)]]


def test_units_that_no_claim_holds_are_canceled() -> None:
    order = built(draft(group([(A, 5)], [])), claims([(A, LYON, 2)]), THURSDAY_8)
    assert [(part.state, part.quantity) for part in order.lines[0].units] == [("ALLOCATED", 2), ("CANCELED", 3)]
