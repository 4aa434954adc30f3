"""What is simulated for a later moment: by then supply has come, and articles are on sale."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.ids import LocationCode, Sku, SourceCode, stock_key
from gateway.domain.promise.options import Destination
from gateway.domain.quantities import SkuQuantity
from gateway.domain.stock import Inbound, StockPosition, as_expected_at, available_to_promise
from gateway.ports.ledger import Supply
from resolvers.questions.simulation import Simulation, SimulationWish, simulate
from tests.domain.retailer import THURSDAY_8, WAREHOUSE
from tests.support.memory_shop import ERP, OPERATOR, A, MemoryShop

ONE_DAY = timedelta(days=1)


async def simulated(shop: MemoryShop, at: datetime, units: int = 1) -> Simulation:
    context = shop.context(OPERATOR)
    await context.ready()
    wish = SimulationWish("web", lines=(SkuQuantity(A, units),), destination=Destination("FR", "75004"), service="standard", at=at)
    return await simulate(context, wish)


def ships_by(found: Simulation) -> datetime:
    assert found.decision is not None
    return found.decision.shipments[0].ships_by


@pytest.mark.parametrize("days", [2, 12, 20])
async def test_an_article_is_sold_once_its_first_day_of_sale_has_come(shop: MemoryShop, days: int) -> None:
    shop.shelf(A, WAREHOUSE, 5)
    (product,) = (await shop.world.catalogue.products([A])).values()
    first_day = (shop.clock.at + 10 * ONE_DAY).date()
    await shop.world.catalogue.save([replace(product, release_on=first_day)])
    leaves_at = ships_by(await simulated(shop, shop.clock.at + days * ONE_DAY))
    assert leaves_at.date() >= max(first_day, (shop.clock.at + days * ONE_DAY).date())


async def test_supply_that_is_due_before_lies_on_the_shelf_by_then(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1)
    lot = Inbound("PURCHASE_ORDER", 5, 5, shop.clock.at + 3 * ONE_DAY, "PO-1", "PO-1")
    await shop.world.stock.supply(ERP, [Supply(stock_key(A, WAREHOUSE), "erp/inbound", (lot,))])
    later = shop.clock.at + 10 * ONE_DAY
    found = await simulated(shop, later, units=6)
    assert ships_by(found) - later < 5 * ONE_DAY
    assert found.decision is not None
    assert found.decision.shipments[0].awaits == ()
    assert (await simulated(shop, later, units=7)).decision is None


LOTS = st.lists(st.tuples(st.integers(-2, 9), st.integers(0, 6)), max_size=4)


@given(st.integers(-6, 9), st.integers(0, 4), LOTS, st.integers(0, 9))
def test_what_is_expected_then_is_what_can_be_promised_for_then(stated: int, safety: int, lots: list[tuple[int, int]], days: int) -> None:
    inbound = tuple(
        Inbound("PURCHASE_ORDER", units, units, THURSDAY_8 + day * ONE_DAY, lot=str(number)) for number, (day, units) in enumerate(lots)
    )
    now = StockPosition(Sku("A"), LocationCode("WH"), stated, 0, 0, 0, safety, THURSDAY_8, SourceCode("wms"), inbound=inbound)
    at = THURSDAY_8 + days * ONE_DAY
    then = as_expected_at(now, at, THURSDAY_8)
    for more in range(days, 10):
        moment = THURSDAY_8 + more * ONE_DAY
        assert available_to_promise(then, moment, at) == available_to_promise(now, moment, THURSDAY_8)
