"""Work that waits at places which take none: it goes to other places, or a person is called where no other place can do it in time."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import structlog

from gateway.domain.ids import LocationCode, Rid
from gateway.domain.location import Location
from gateway.domain.network import DeliveryMethod
from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.history import needing, no_longer
from gateway.domain.pauses import Pause, rests, standing
from gateway.ports.order_book import FulfillmentQuery, Record
from resolvers.commands.move_claims import move_claims
from resolvers.commands.work_step import order_of
from resolvers.context import World
from resolvers.sweeping import Attempt, apart

log = structlog.get_logger(__name__)
PAGE = 50
REMEMBERED = timedelta(hours=1)
"""How long after a pause calls that it made are taken back."""


async def source_paused(world: World, attempt: Attempt = apart) -> int:
    """Make one round over the places of which there is a word; return how many offers went elsewhere.

    Offers that a system was told of, or somebody has accepted, have begun: they stay.
    """
    now = world.clock.now()
    place_by_code = {place.code: place for place in await world.locations.locations()}
    moved = Counter[Rid]()
    for pause in await world.pauses.pauses():
        place = place_by_code.get(pause.location)
        if place is None or not is_fresh(pause, now):
            continue
        async for record in waiting_at(world, place.code):

            async def review(record: Record = record, place: Location = place, pause: Pause = pause) -> None:
                moved[record.rid] += await reviewed(world, record, standing(place, pause, now), pause, now)

            await attempt(f"pauses {record.rid}", review, record.rid)
    return moved.total()


def is_fresh(pause: Pause, now: datetime) -> bool:
    """Tell whether a place pauses, or did until a while ago."""
    ended_at = pause.until if pause.state == "PAUSED" and pause.until else pause.at
    return pause.holds(now) or ended_at + REMEMBERED > now


async def waiting_at(world: World, code: LocationCode) -> AsyncIterator[Record]:
    """Yield the orders with open offers at a place."""
    query, after, more = FulfillmentQuery(locations=frozenset({code}), states=("OFFERED",)), None, True
    while more:
        page = await world.orders.with_fulfillments(query, PAGE, after)
        for record in page.records:
            yield record
        after, more = page.end, page.more


async def reviewed(world: World, record: Record, place: Location, pause: Pause, now: datetime) -> int:
    """Move an order's offers away from a place that rests; where it works again nobody is needed for them any more."""
    offers = [work for work in order_of(record).fulfillments if work.state == "OFFERED" and work.location == place.code]
    resting = [work for work in offers if rests(place, method_of(order_of(record), work))]
    if not pause.holds(now) or not resting:
        await recalled(world, record, offers)
        return 0
    return await moved_away(world, record, resting, place) if pause.reassign else 0


def method_of(order: Order, work: Fulfillment) -> DeliveryMethod:
    return next(group.method for group in order.groups if group.id == work.group)


async def moved_away(world: World, record: Record, works: list[Fulfillment], place: Location) -> int:
    """Source offers elsewhere that nobody was called for yet; return how many went."""
    order = order_of(record)
    called = {one.fulfillment for one in order.attention if one.code == "UNSOURCED"}
    fresh = [work for work in works if work.number not in called and not any(line.mid in record.sent for line in work.lines)]
    mids = {line.mid for work in fresh for line in work.lines if line.mid}
    if not mids:
        return 0
    if await move_claims(world, record, mids, place.code, "LOCATION_PAUSED"):
        log.info("pause_rerouted", location=place.code, order=order.number, offers=len(fresh))
        return len(fresh)
    await call(world, record, fresh, place)
    return 0


async def call(world: World, record: Record, works: list[Fulfillment], place: Location) -> None:
    """Call a person to offers that stay; an order that was written meanwhile is looked at in the next round."""
    record = (await world.orders.records([record.rid])).get(record.rid, record)
    order = order_of(record)
    for work in works:
        if any(line.mid in record.sent for line in work.lines):
            continue
        message = f"{place.code} takes no work now, and no other place can do {work.number} in time."
        order = needing(order, "UNSOURCED", message, world.clock.now(), work.number)
    if order is not record.order:
        await world.orders.write(record, order)


async def recalled(world: World, record: Record, works: list[Fulfillment]) -> None:
    order = order_of(record)
    for work in works:
        order = no_longer(order, "UNSOURCED", work.number)
    if order is not record.order:
        await world.orders.write(record, order)
