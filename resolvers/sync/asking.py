"""Asks a source that counts anew for every order that it had acknowledged: its backup may be from before it took them."""

import structlog

from gateway.domain.ids import Rid
from gateway.domain.lifecycle import FulfillmentState
from gateway.domain.network import Source
from gateway.domain.ordering.owed import GIVES_WORK
from gateway.ports.order_book import Record
from resolvers.context import World

log = structlog.get_logger(__name__)
PAGE = 100
OPEN_WORK: frozenset[FulfillmentState] = frozenset({"OFFERED", "ACCEPTED", "PICKED", "PACKED", "READY_FOR_PICKUP"})
"""Work that is to be done, and that a source may have forgotten; what has left is told again by its news."""


async def ask_again(world: World, source: Source) -> int:
    """Put every message that gave it open work back in line, by its class: sent again under its key, asked after, or for a person."""
    asked, after = 0, None
    while rids := await world.orders.claiming(after, PAGE):
        after = Rid(rids[-1])
        for record in (await world.orders.records(rids)).values():
            for n in acknowledged(record, source):
                asked += await world.outbox.doubt(record.rid, n, source.hand_over) is not None
    if asked:
        log.warning("orders_asked_for_again", source=source.code, count=asked)
    return asked


def acknowledged(record: Record, source: Source) -> list[int]:
    works = record.order.fulfillments if record.order else ()
    open_legs = {work.number for work in works if work.state in OPEN_WORK}
    given = (entry for entry in record.outbox if entry.source == source.code and entry.kind in GIVES_WORK)
    return [entry.n for entry in given if entry.state == "ACKNOWLEDGED" and entry.leg in open_legs]
