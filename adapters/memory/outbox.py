"""The messages owed to sources, in memory."""

import secrets
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from adapters.memory.database import MemoryDatabase
from adapters.memory.order_book import MOST_COUNTED, page
from adapters.memory.order_queries import place_in
from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.meaning import touched
from gateway.domain.ids import Rid, SourceCode
from gateway.domain.network import HandOverClass
from gateway.domain.order_facts import order_facts
from gateway.domain.outbox import HandOverState, OutboxEntry, Resolution
from gateway.domain.outbox_line import (
    OPEN,
    Relay,
    announced,
    doubted,
    due,
    leased,
    let_go,
    of_number,
    resolved,
    settled,
    vouched,
    with_message,
)
from gateway.ports.order_book import HandOverQuery, Page, Record, fits_message, moment_of, record_of


class MemoryOutbox:
    def __init__(self, database: MemoryDatabase) -> None:
        self.database = database

    async def now(self) -> datetime:
        return moment_of(self.database.now_ms())

    async def claim(self, relay: str, sources: Collection[SourceCode], now: datetime, lease_s: float) -> tuple[Record, OutboxEntry] | None:
        for doc in list(self.database.orders.values()):
            entry = due(doc.outbox, sources, now)
            if entry:
                taken = leased(entry, Relay(f"{relay}/{secrets.token_hex(4)}", now, lease_s))
                return record_of(self._put(with_message(doc, taken))), taken
        return None

    async def announce(self, record: Record, entry: OutboxEntry, now: datetime, lease_s: float) -> Record | None:
        after = self._changed(record.rid, lambda doc: announced(doc, record.v, entry, Relay(entry.lease or "", now, lease_s)))
        if after is None:
            self._changed(record.rid, lambda doc: let_go(doc, record.v, entry, now))
        return record_of(after) if after else None

    async def settle(self, rid: Rid, entry: OutboxEntry) -> bool:
        now = moment_of(self.database.now_ms())
        return self._changed(rid, lambda doc: settled(doc, entry, now)) is not None

    async def resolve(self, rid: Rid, n: int, word: Resolution) -> OutboxEntry | None:
        now = moment_of(self.database.now_ms())
        after = self._changed(rid, lambda doc: resolved(doc, n, word, now))
        return of_number(after, n) if after else None

    async def vouch(self, rid: Rid, n: int, reference: str | None) -> OutboxEntry | None:
        now = moment_of(self.database.now_ms())
        after = self._changed(rid, lambda doc: vouched(doc, n, reference, now))
        return of_number(after, n) if after else None

    async def doubt(self, rid: Rid, n: int, hand_over: HandOverClass | None) -> OutboxEntry | None:
        now = moment_of(self.database.now_ms())
        after = self._changed(rid, lambda doc: doubted(doc, n, hand_over, now))
        return of_number(after, n) if after else None

    async def entries(self, query: HandOverQuery, first: int, after: tuple[str, ...] | None) -> Page:
        found = [(doc, order_facts(doc.order)) for doc in self.database.orders.values() if doc.order and fits(query, doc)]
        placed = [(place_in("PLACED_AT_DESC", facts), doc) for doc, facts in found]
        total = sum(fits_message(query, entry) for doc, _ in found for entry in doc.outbox)
        return replace(page(placed, first, after, descending=True), total=total if total <= MOST_COUNTED else None)

    async def counts(self) -> dict[SourceCode, dict[HandOverState, int]]:
        counted: dict[SourceCode, dict[HandOverState, int]] = defaultdict(dict)
        for doc in self.database.orders.values():
            for entry in doc.outbox:
                if entry.state in OPEN:
                    counted[entry.source][entry.state] = counted[entry.source].get(entry.state, 0) + 1
        return dict(counted)

    def _changed(self, rid: Rid, meaning: Callable[[OrderDoc], OrderDoc | None]) -> OrderDoc | None:
        doc = self.database.orders.get(rid)
        after = meaning(doc) if doc else None
        return self._put(after) if after else None

    def _put(self, doc: OrderDoc) -> OrderDoc:
        self.database.put_order(touched(doc, self.database.now_ms()))
        return self.database.orders[doc.rid]


def fits(query: HandOverQuery, doc: OrderDoc) -> bool:
    number = query.order_number is None or (doc.order is not None and doc.order.number == query.order_number)
    return number and any(fits_message(query, entry) for entry in doc.outbox)
