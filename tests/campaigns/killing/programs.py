"""What a process is killed in: what stands before, what it does, and doing it again under the same key."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from gateway.domain.feeds import WorkNews
from gateway.domain.ids import Rid, Sku, rid_of, stock_key
from gateway.domain.order import Order
from gateway.ports.ledger import Statement
from gateway.ports.order_book import OrderQuery, Record
from resolvers.commands.apply_news import apply_news
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.change_reservation import change_reservation
from resolvers.commands.inputs import (
    CancelOrder,
    ChangeReservation,
    DeliveryGroupInput,
    OrderRef,
    PlaceOrder,
    ReserveLine,
    ReserveStock,
    RouteOrder,
)
from resolvers.commands.place_order import place_order
from resolvers.commands.reserve_stock import reserve_stock
from resolvers.commands.route_order import route_order
from resolvers.context import SourcePorts
from resolvers.hand_over.relay import relay_one
from tests.campaigns.killing.shop import KilledShop
from tests.domain.retailer import LYON, WAREHOUSE
from tests.resolvers.commands.test_place_order import line, order, shipped
from tests.support.memory_shop import CLERK, OPERATOR, POS, SHOPPER, WMS, order_of
from tests.support.working import Worker

UNITS = 2
HELD_S = 900
MOST_CARRIED = 3
MOST_ORDERS = 200
BY_HAND = frozenset({"carry out", "collect by hand"})
"""Programs whose goods lie in one store, and leave it by hand."""


@dataclass(frozen=True, slots=True)
class Case:
    """One killing: goods, keys and a program of its own. `at`: the database command; `how`: before, after or inside it."""

    n: int
    program: str
    how: str
    at: int
    after_s: float = 0.0
    repeat: bool = True

    @property
    def sku(self) -> Sku:
        return Sku(f"K{self.n}")

    def key(self, of: str) -> str:
        return f"{of}-{self.n}".ljust(22, "x")

    @property
    def hold(self) -> Rid:
        return rid_of(SHOPPER.identity, "reserveStock", self.key("hold"))

    @property
    def order(self) -> Rid:
        return rid_of(SHOPPER.identity, "placeOrder", self.key("order"))


Act = Callable[[KilledShop, Case], Awaitable[Any]]


async def carry_out(shop: KilledShop, case: Case) -> Record:
    """A customer takes goods along from a store whose till is told of nothing."""
    without_till(shop)
    group = DeliveryGroupInput((line(case.sku, UNITS),), method="CARRY_OUT")
    return (await place_order(shop.context(CLERK), order(group, key=case.key("carried"), placed_at_location_code=LYON))).record


async def ready_for_pickup(shop: KilledShop, case: Case) -> None:
    """A clerk has laid out what no till is told of."""
    with_till = dict(shop.world.sources)
    without_till(shop)
    group = DeliveryGroupInput((line(case.sku, UNITS),), method="PICKUP", pickup_location_code=LYON)
    await place_order(shop.context(SHOPPER), order(group, key=case.key("order")))
    clerk = await clerk_of(shop, case)
    await clerk.accept()
    await clerk.pick()
    await clerk.lay_ready()
    shop.world.sources.update(with_till)


async def collect_by_hand(shop: KilledShop, case: Case) -> Record:
    without_till(shop)
    return (await (await clerk_of(shop, case)).collect(identified_by="DOCUMENT")).record


async def clerk_of(shop: KilledShop, case: Case) -> Worker:
    found = await shop.record(case.order)
    return Worker(shop, CLERK, order_of(found).fulfillments[0].number)


def without_till(shop: KilledShop) -> None:
    shop.world.sources[POS] = SourcePorts(POS)


async def nothing(shop: KilledShop, case: Case) -> None:
    """What stands before a program that needs nothing."""


async def place(shop: KilledShop, case: Case) -> Record:
    command: PlaceOrder = order(shipped(line(case.sku, UNITS)), key=case.key("order"))
    return (await place_order(shop.context(SHOPPER), command)).record


async def reserve(shop: KilledShop, case: Case) -> Record:
    return await reserve_stock(shop.context(SHOPPER), ReserveStock(case.key("hold"), (ReserveLine(case.sku, UNITS),), hold_seconds=HELD_S))


async def place_held(shop: KilledShop, case: Case) -> Record:
    command: PlaceOrder = order(shipped(line(case.sku, UNITS)), key=case.key("order"), reservation_id=case.hold)
    return (await place_order(shop.context(SHOPPER), command)).record


async def change(shop: KilledShop, case: Case) -> Record:
    return await change_reservation(shop.context(SHOPPER), ChangeReservation(case.key("change"), case.hold, (ReserveLine(case.sku, 3),)))


async def cancel(shop: KilledShop, case: Case) -> Record:
    return (await cancel_order(shop.context(OPERATOR), CancelOrder(case.key("cancel"), OrderRef(rid=case.order), "CUSTOMER"))).record


async def reroute(shop: KilledShop, case: Case) -> Record:
    command = RouteOrder(case.key("route"), OrderRef(rid=case.order), excluded_location_codes=(WAREHOUSE,))
    return await route_order(shop.context(OPERATOR), command)


async def carry(shop: KilledShop, _case: Case) -> int:
    carried = 0
    while carried < MOST_CARRIED and await relay_one(shop.world, "killed"):
        carried += 1
    return carried


async def handed_over(shop: KilledShop, case: Case) -> None:
    await place(shop, case)
    while await relay_one(shop.world, "before"):
        pass


async def acknowledge(shop: KilledShop, case: Case) -> Record:
    """The warehouse ships, and says from which place on its figures know it."""
    found: Order = order_of(await shop.record(case.order))
    work = found.fulfillments[0]
    sequence = shop.books.issue(stock_key(case.sku, WAREHOUSE), UNITS, work.number)
    news = WorkNews(f"shipped-{case.n}", work.number, "SHIPPED", shop.clock.now(), sequence=sequence)
    return await apply_news(shop.world, WMS, news)


async def snapshot(shop: KilledShop, _case: Case) -> Any:
    return await state(shop)


async def state(shop: KilledShop) -> Any:
    """Take in the warehouse's whole figures as of now."""
    figures, at = shop.books.place(), shop.clock.now()
    rows = [Statement(key, quantity, 0, figures, at, begun_at=at) for key, quantity in shop.figures(WMS).items()]
    return await shop.world.stock.state_all(WMS, rows)


async def till_counts(shop: KilledShop) -> Any:
    """Take in the stores' figures of now: without all that has left them by hand."""
    for record in (await shop.world.orders.orders(OrderQuery(location=LYON), MOST_ORDERS, None)).records:
        for work in order_of(record).fulfillments:
            if work.state == "COLLECTED":
                sku = order_of(record).lines[0].sku
                shop.books.issue(stock_key(sku, work.location), UNITS, work.number)
    at = shop.clock.now()
    at_ms = int(at.timestamp() * 1000)
    rows = [Statement(key, quantity, 0, at_ms, at, begun_at=at) for key, quantity in shop.figures(POS).items()]
    return await shop.world.stock.state_all(POS, rows)


PROGRAMS: dict[str, tuple[Act, Act]] = {
    "place": (nothing, place),
    "reserve": (nothing, reserve),
    "place a hold": (reserve, place_held),
    "change a hold": (reserve, change),
    "cancel": (place, cancel),
    "re-route": (place, reroute),
    "announce": (place, carry),
    "acknowledge": (handed_over, acknowledge),
    "snapshot": (handed_over, snapshot),
    "carry out": (nothing, carry_out),
    "collect by hand": (ready_for_pickup, collect_by_hand),
}
