"""Shelves that hold less than was promised of them: the newest promises go to other places, and a person is called for what cannot."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import structlog

from gateway.domain.claims.documents import rid_of_mid
from gateway.domain.ids import Rid, StockKey, sku_and_location
from gateway.domain.order import Order
from gateway.domain.ordering.history import needing, no_longer
from gateway.domain.shortfall import Promise, last_promises, missing_units, promises
from gateway.ports.ledger import Overdrawn
from gateway.ports.order_book import Record
from resolvers.commands.move_claims import move_claims
from resolvers.context import World
from resolvers.sweeping import Attempt, apart

log = structlog.get_logger(__name__)


@dataclass
class Shelf:
    """One overdrawn position, with the placed orders that hold something of it."""

    world: World
    known: Overdrawn
    records: dict[Rid, Record]

    @property
    def sent(self) -> frozenset[str]:
        return frozenset(mid for record in self.records.values() for mid in record.sent)

    @property
    def missing(self) -> int:
        source = next((one for one in self.world.network.sources if one.code == self.known.doc.source), None)
        patience_ms = int(source.acknowledges_within.total_seconds() * 1000) if source else 0
        return missing_units(self.known.doc, self.sent, patience_ms, int(self.world.clock.now().timestamp() * 1000))

    @property
    def promises(self) -> list[Promise]:
        orders = {rid: record.order for rid, record in self.records.items() if record.order and record.state == "PLACED"}
        rid_by_mid = {mid: rid_of_mid(mid) for mid in self.known.doc.markers}
        return promises(self.known.doc, orders, self.sent, rid_by_mid)


async def cover_shortfalls(world: World, attempt: Attempt = apart) -> int:
    """Make one round over the overdrawn positions; return how many units are promised and not there."""
    left = Counter[StockKey]()
    for one in await world.stock.overdrawn():

        async def covered(known: Overdrawn = one) -> None:
            left[known.doc.key] = await cover(world, known, attempt)

        await attempt(f"shortfalls {one.doc.key}", covered)
    return left.total()


async def cover(world: World, known: Overdrawn, attempt: Attempt) -> int:
    shelf = await shelf_of(world, known)
    if not shelf.missing:
        await recall(world, known, known.called)
        await (world.stock.call(known.doc.key, ()) if known.doc.free < 0 else world.stock.forget_overdrawn(known.doc.key))
        return 0
    if not known.opened:
        log.warning("shortfall", position=known.doc.key, source=known.doc.source, units=shelf.missing)
    moved = await moved_away(shelf, attempt)
    rest = [one for one in shelf.promises if one.mid not in moved]
    left = shelf.missing - sum(one.units for one in shelf.promises if one.mid in moved)
    broken = last_promises(rest, left)
    await call(shelf, broken)
    rids = frozenset(one.rid for one in broken)
    await recall(world, known, known.called - rids)
    await world.stock.call(known.doc.key, rids)
    return max(0, left)


async def shelf_of(world: World, known: Overdrawn) -> Shelf:
    rids = {rid_of_mid(mid) for mid, marker in known.doc.markers.items() if marker.q}
    return Shelf(world, known, await world.orders.records(rids))


async def moved_away(shelf: Shelf, attempt: Attempt) -> set[str]:
    """Source the newest unsent promises elsewhere, until what is missing is covered; return the claims that went.

    One that cannot be moved, for whatever reason, stays: a person is called to it.
    """
    moved, left = set[str](), shelf.missing
    for one in shelf.promises:
        if left <= 0 or one.sent:
            break

        async def move(promise: Promise = one) -> None:
            place = sku_and_location(shelf.known.doc.key)[1]
            if await move_claims(shelf.world, shelf.records[promise.rid], {promise.mid}, place, "SHORTFALL"):
                moved.add(promise.mid)

        await attempt(f"shortfalls {one.mid}", move)
        left -= one.units if one.mid in moved else 0
    if moved:
        log.info("shortfall_rerouted", position=shelf.known.doc.key, claims=len(moved))
    return moved


async def call(shelf: Shelf, broken: Collection[Promise]) -> None:
    """Call a person to each order whose units are not there; one that is written meanwhile is called to in the next round."""
    sku, place = sku_and_location(shelf.known.doc.key)
    for one in broken:
        record = (await shelf.world.orders.records([one.rid])).get(one.rid)
        if record is None or record.order is None or one.mid not in {claim.mid for claim in record.claims}:
            continue
        message = f"{place} has less of {sku} than was promised: {one.units} units of this order are not there."
        order = needing(record.order, "SHORTFALL", message, shelf.world.clock.now(), work_with(record.order, one.mid))
        if order is not record.order:
            await shelf.world.orders.write(record, order)


def work_with(order: Order, mid: str) -> str | None:
    return next((units.fulfillment for line in order.lines for units in line.units if units.mid == mid), None)


async def recall(world: World, known: Overdrawn, rids: Collection[Rid]) -> None:
    """Take the call for a person back from orders whose units are there again, or come from elsewhere."""
    for record in (await world.orders.records(rids)).values() if rids else ():
        order = record.order
        if order is None:
            continue
        for one in [one for one in order.attention if one.code == "SHORTFALL"]:
            order = no_longer(order, "SHORTFALL", one.fulfillment)
        if order is not record.order:
            await world.orders.write(record, order)
    if rids and not known.doc.free < 0:
        log.info("shortfall_covered", position=known.doc.key)
