"""Buyers who hold stock where it is meant to come from, order it, and now and then change their minds."""

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.domain.errors import Unavailable
from gateway.domain.ids import ChannelCode, Rid
from gateway.domain.location import Address
from gateway.domain.principal import SCOPES, Principal
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.inputs import (
    CancelOrder,
    CustomerInput,
    DeliveryGroupInput,
    OrderLineInput,
    OrderRef,
    PlaceOrder,
    ReserveLine,
    ReserveStock,
)
from resolvers.commands.place_order import place_order
from resolvers.commands.reserve_stock import reserve_stock
from resolvers.context import Context, World

T = TypeVar("T")
PARIS = Address("FR", "Camille Martin", "12 rue de Rivoli", postal_code="75004", city="Paris")
WAREHOUSE, SHOP, SUPPLIER = "WH-PAR", "101", "atlas"
PLACES = (WAREHOUSE, WAREHOUSE, WAREHOUSE, WAREHOUSE, SHOP, SUPPLIER)
CANCELED_SHARE = 0.15
TRIES = 20
OPERATOR = Principal("operator", "OPERATOR", "Operator", SCOPES["OPERATOR"])


@dataclass
class Buyers:
    """Places orders, many at once; `rids` are those that stand."""

    world: World
    skus: tuple[str, ...]
    dice: random.Random
    rids: list[Rid] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    async def shop(self, orders: int, at_once: int) -> None:
        left = iter(range(orders))

        async def buyer() -> None:
            for n in left:
                await self.buy(PLACES[n % len(PLACES)])

        await asyncio.gather(*(buyer() for _ in range(at_once)))

    async def buy(self, place: str) -> None:
        shopper = Principal("storefront", "STOREFRONT", "Shop", SCOPES["STOREFRONT"], ChannelCode("web"), session=secrets.token_hex(8))
        sku, units = self.dice.choice(self.skus), self.dice.choice((1, 1, 2))
        line = ReserveLine(sku, units, place)
        held = await self.repeated(lambda: reserve_stock(self.context(shopper), ReserveStock(key(f"h{shopper.session}"), (line,))))
        group = DeliveryGroupInput((OrderLineInput(sku, units),), method="SHIP", address=PARIS)
        if place == SHOP:
            group = DeliveryGroupInput((OrderLineInput(sku, units),), method="PICKUP", pickup_location_code=SHOP)
        wish = PlaceOrder(key(f"p{shopper.session}"), (group,), customer=CustomerInput(name="Camille Martin"), reservation_id=held.rid)
        placed = await self.repeated(lambda: place_order(self.context(shopper), wish))
        self.rids.append(placed.record.rid)
        self.counts[f"orders at {place}"] += 1
        if self.dice.random() < CANCELED_SHARE:
            await asyncio.sleep(self.dice.uniform(0, 1))
            undo = CancelOrder(key(f"c{shopper.session}"), OrderRef(rid=placed.record.rid), "CUSTOMER")
            await self.repeated(lambda: cancel_order(self.context(OPERATOR), undo))
            self.counts["orders canceled"] += 1

    async def repeated(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call again under the same key for as long as the database is too busy."""
        for _ in range(TRIES):
            try:
                return await call()
            except Unavailable:
                self.counts["calls repeated"] += 1
        return await call()

    def context(self, who: Principal) -> Context:
        return Context(self.world, who, self.world.clock.now(), "campaign")


def key(name: str) -> str:
    return name.rjust(24, "0")
