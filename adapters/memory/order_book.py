"""Orders and holds in memory: found by the same facts as in the database."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from adapters.memory.database import MemoryDatabase
from adapters.memory.order_queries import Fits, fits_order, fits_work, place_in, work_place
from gateway.domain.claims.documents import Acknowledged, Entry, OrderDoc
from gateway.domain.claims.meaning import Times, touched, with_content
from gateway.domain.claims.orphans import fate_of
from gateway.domain.claims.recovery import recover_at
from gateway.domain.errors import BadInput
from gateway.domain.ids import ChannelCode, Rid
from gateway.domain.location import Address
from gateway.domain.order import Order
from gateway.domain.order_facts import OrderFacts, order_facts, sortable
from gateway.domain.ordering.outcomes import OutcomeCount
from gateway.domain.outbox import OutboxEntry
from gateway.domain.personal import PersonalData
from gateway.ports.order_book import FulfillmentQuery, OrderQuery, Overdue, Page, Record, WorkPlace, moment_of, record_of

MOST_COUNTED = 10_000
P = TypeVar("P", tuple[str, Rid], tuple[int, Rid])
Found = tuple[tuple[str, ...], OrderDoc]


class MemoryOrderBook:
    def __init__(self, database: MemoryDatabase, times: Times | None = None) -> None:
        self.database, self.times = database, times or Times()

    async def records(self, rids: Collection[Rid]) -> dict[Rid, Record]:
        return {rid: record_of(self.database.orders[rid]) for rid in rids if rid in self.database.orders}

    async def by_number(self, numbers: Collection[str]) -> dict[str, Record]:
        return {facts.number: record_of(doc) for doc, facts in self._placed() if facts.number in numbers}

    async def by_reference(self, owner: str, reference: str) -> Record | None:
        fitting = (doc for doc, facts in self._placed() if facts.reference == reference and doc.order and doc.order.owner == owner)
        return next(map(record_of, fitting), None)

    async def write(
        self,
        record: Record,
        order: Order,
        outbox: Sequence[OutboxEntry] = (),
        drop_waiting: Collection[int] = (),
        taken: Sequence[Acknowledged] = (),
    ) -> Record | None:
        doc = self.database.orders.get(record.rid)
        after = (
            with_content(doc, record.v, Entry(order, outbox=tuple(outbox), drop_waiting=tuple(drop_waiting), taken=tuple(taken)))
            if doc
            else None
        )
        if after is None:
            return None
        self.database.put_order(touched(after, self.database.now_ms()))
        return record_of(self.database.orders[record.rid])

    async def orders(self, query: OrderQuery, first: int, after: tuple[str, ...] | None) -> Page:
        fits: Fits = fits_order(query, self.database.personal)
        found = [(place_in(query.sort, facts), doc) for doc, facts in self._placed() if fits(doc, facts)]
        return page(found, first, after, descending=query.sort == "PLACED_AT_DESC")

    async def with_fulfillments(self, query: FulfillmentQuery, first: int, after: tuple[str, ...] | None) -> Page:
        found = [(work_place(facts), doc) for doc, facts in self._placed() if fits_work(query, facts)]
        return page(found, first, after, descending=False)

    async def unrouted(self, routable_at: datetime, limit: int, after: WorkPlace | None = None, skip: int = 0) -> Sequence[Record]:
        waiting = [(facts.routes_from, doc.rid) for doc, facts in self._placed() if facts.waits_for_routing]
        due = [place for place in waiting if place[0] <= sortable(routable_at)]
        return [record_of(self.database.orders[rid]) for _, rid in behind(due, limit, after, skip)]

    async def awaiting_supply(self, after: Rid | None, limit: int) -> Sequence[Record]:
        waiting = [doc for doc, facts in self._placed() if facts.waits_for_supply and (after is None or doc.rid > after)]
        return [record_of(doc) for doc in sorted(waiting, key=lambda doc: doc.rid)[:limit]]

    async def lapsing(self, limit: int, after: WorkPlace | None = None, skip: int = 0) -> Overdue:
        now = moment_of(self.database.now_ms())
        ended = [(facts.lapses_at, doc.rid) for doc, facts in self._placed() if facts.lapses_at <= sortable(now)]
        return Overdue(now, tuple(record_of(self.database.orders[rid]) for _, rid in behind(ended, limit, after, skip)))

    async def overdue(self, limit: int, after: WorkPlace | None = None, skip: int = 0) -> Mapping[Rid, int]:
        until = self.database.now_ms() - self.times.skew_ms
        due = [(at, doc.rid) for doc in self.database.orders.values() if (at := recover_at(doc)) is not None and at < until]
        return {rid: at for at, rid in behind(due, limit, after, skip)}

    async def claiming(self, after: Rid | None, limit: int) -> Sequence[Rid]:
        found = (doc for doc in self.database.orders.values() if doc.st in {"HELD", "PLACED"} and doc.claims)
        return sorted(doc.rid for doc in found if after is None or doc.rid > after)[:limit]

    async def sample(self, limit: int) -> Sequence[Rid]:
        found = [doc.rid for doc in self.database.orders.values() if doc.st == "PLACED" and doc.claims]
        return random.SystemRandom().sample(found, min(limit, len(found)))

    async def outcomes(self, since: datetime, until: datetime, most: int) -> Sequence[OutcomeCount]:
        begin, end = sortable(since), sortable(until)
        found = [(facts, [one for one in facts.outcomes if begin <= one.at < end]) for _, facts in self._placed()]
        newest = sorted((each for each in found if each[1]), key=lambda each: max(one.at for one in each[1]), reverse=True)[:most]
        kinds = ((ChannelCode(facts.channel), one.service, one.places, one.verdict) for facts, known in newest for one in known)
        counts = Counter(kinds)
        return [OutcomeCount(*kind, count) for kind, count in counts.items()]

    async def save_personal(self, data: PersonalData) -> None:
        self.database.personal[data.rid] = data
        self.database.personal_waits_since[data.rid] = self.database.now_ms()

    async def add_address(self, rid: Rid, name: str, address: Address) -> None:
        known = self.database.personal.get(rid, PersonalData(rid))
        await self.save_personal(replace(known, address_by_group={**known.address_by_group, name: address}))

    async def personal(self, rids: Collection[Rid]) -> dict[Rid, PersonalData]:
        return {rid: self.database.personal[rid] for rid in rids if rid in self.database.personal}

    async def purge_personal(self, saved_before: datetime, limit: int) -> int:
        waits = self.database.personal_waits_since
        old = sorted((since, rid) for rid, since in waits.items() if moment_of(since) < saved_before)[:limit]
        for _, rid in old:
            order = self.database.orders.get(rid)
            fate = fate_of(order.st if order else None)
            waits[rid] = self.database.now_ms()
            if fate != "WAITING":
                del waits[rid]
            if fate == "ORPHAN":
                del self.database.personal[rid]
        return len(old)

    async def watch(self) -> AsyncIterator[Rid]:
        queue: asyncio.Queue[Rid] = asyncio.Queue()
        self.database.order_watchers.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self.database.order_watchers.remove(queue)

    def _placed(self) -> Iterator[tuple[OrderDoc, OrderFacts]]:
        for doc in self.database.orders.values():
            if doc.order:
                yield doc, order_facts(doc.order)


def behind(due: Iterable[P], limit: int, after: WorkPlace | None, skip: int) -> list[P]:
    """Cut a part of a list of work."""
    return [place for place in sorted(due) if after is None or place > after][skip : skip + limit]


def page(found: Iterable[Found], first: int, after: tuple[str, ...] | None, *, descending: bool) -> Page:
    """Cut a keyset page: what stands behind `after` in the order asked for."""
    ordered = sorted(found, key=lambda one: one[0], reverse=descending)
    if after is not None and len(after) != len(ordered[0][0] if ordered else after):
        raise BadInput("after: this cursor belongs to another list; begin without it.")
    behind = [one for one in ordered if after is None or (one[0] < after if descending else one[0] > after)]
    shown = behind[:first]
    keys = tuple(key for key, _ in shown)
    return Page(
        records=tuple(record_of(doc) for _, doc in shown),
        end=keys[-1] if keys else None,
        more=len(behind) > len(shown),
        total=len(ordered) if len(ordered) <= MOST_COUNTED else None,
        keys=keys,
    )
