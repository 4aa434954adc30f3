"""Sources that are wrong in one thing each, over the memory stand-ins: the question that is about it fails, and no other read does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.built import BuiltPorts
from adapters.memory.sources import MemoryCatalogue, MemoryHandOver, MemoryInbound, MemoryLocations, MemoryNews, MemoryStock
from gateway.conformance.findings import Report
from gateway.conformance.subject import Bounds
from gateway.domain.catalogue import Price, Product
from gateway.domain.errors import SourceRejected
from gateway.domain.feeds import Batch, InboundRow, Item, Message, ProductRow, Receipt, RejectedRow, StockDelta, StockRow, WorkNews
from gateway.domain.ids import Sku
from gateway.domain.network import Source
from gateway.pacing.budget import remaining_s
from tests.domain.retailer import PLACES, WAREHOUSE
from tests.support.kit import failed, report_on
from tests.support.memory_shop import NETWORK, WMS

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BOUNDS = Bounds(patience_s=0.2, look_every_s=0.01, most_refused=0.1, sample=25, slack_s=2)
STATED = replace(next(source for source in NETWORK.sources if source.code == WMS), ordered_by="SEQUENCE", states="ON_HAND")
KINDS = ("SHIPMENT", "CANCEL")
PRODUCTS = [Product(Sku(f"M-{number}"), f"Lamp {number}", price=Price(Decimal("9.90"), "EUR")) for number in range(4)]
ROWS = [StockRow(WAREHOUSE, Item(sku=product.sku), 10) for product in PRODUCTS]
TOLD = WorkNews("e-1", "F-1", "ACCEPTED", NOW)


def news() -> MemoryNews:
    told = MemoryNews()
    told.tell(TOLD)
    return told


PORTS: dict[str, Callable[[], Any]] = {
    "catalogue": lambda: MemoryCatalogue(PRODUCTS),
    "locations": lambda: MemoryLocations([PLACES[WAREHOUSE]]),
    "stock": lambda: MemoryStock(ROWS),
    "inbound": lambda: MemoryInbound([InboundRow(WAREHOUSE, Item(sku="M-1"), 5, NOW + timedelta(days=3), "PO-1")]),
    "hand_over": lambda: MemoryHandOver(WMS, "A", KINDS),
    "news": news,
}


def built(**odd: Any) -> BuiltPorts:
    """Return ports that are sound but for those given."""
    return BuiltPorts(code=WMS, **{role: odd.get(role) or make() for role, make in PORTS.items()})


async def report_of(ports: BuiltPorts, source: Source = STATED) -> Report:
    return await report_on(NETWORK, source, ports, BOUNDS, "odd")


async def test_the_stand_ins_pass() -> None:
    report = await report_of(built())
    assert failed(report) == {}
    assert not report.left


class Unnumbered(MemoryCatalogue):
    """A cursor that spares nothing."""

    async def products(self, changed_since: str | None = None) -> AsyncIterator[Batch[ProductRow]]:
        async for batch in super().products():
            yield batch


class Incomplete(MemoryInbound):
    """A feed whose last part says that more comes."""

    async def inbound(self) -> AsyncIterator[Batch[InboundRow]]:
        async for batch in super().inbound():
            yield replace(batch, complete=False)


class Forgetful(MemoryNews):
    """Events that get another name each time they are told."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    async def news(self, cursor: str | None) -> AsyncIterator[Batch[WorkNews]]:
        self._count += 1
        async for batch in super().news(cursor):
            yield replace(batch, rows=(replace(TOLD, event=f"e-{self._count}"),))


class Shy(MemoryStock):
    """Tells of single articles, and leaves out all but the first when it is asked for many."""

    async def positions(self, items: Collection[Item]) -> Batch[StockRow]:
        return await super().positions(list(items)[:1])


class Reborn(MemoryStock):
    """Another epoch at every pass."""

    async def snapshot(self) -> AsyncIterator[Batch[StockRow]]:
        self.epoch += "x"
        async for batch in super().snapshot():
            yield batch


class Backward(MemoryStock):
    """Numbers that fall from pass to pass."""

    passes = 1_000

    async def snapshot(self) -> AsyncIterator[Batch[StockRow]]:
        self.passes -= 1
        async for batch in super().snapshot():
            yield replace(batch, sequence=self.passes)


class Lost(MemoryStock):
    """Changes that are told three times and then never again."""

    def __init__(self, rows: list[StockRow]) -> None:
        super().__init__(rows)
        self._asked = 0

    async def changes(self, cursor: str | None) -> AsyncIterator[Batch[StockRow | StockDelta]]:
        self._asked += 1
        rows = (replace(ROWS[0], sequence=1),) if self._asked <= 3 else ()
        yield Batch(rows, (), NOW, "1", self.epoch, 1)


class Endless(MemoryStock):
    """Changes without a cursor to go on from."""

    async def changes(self, cursor: str | None) -> AsyncIterator[Batch[StockRow | StockDelta]]:
        async for batch in super().changes(cursor):
            yield replace(batch, cursor=None)


class Wounded(MemoryStock):
    """Never answers again after one read was cut short."""

    async def positions(self, items: Collection[Item]) -> Batch[StockRow]:
        if remaining_s() is not None:
            self.epoch = ""
        if not self.epoch:
            raise RuntimeError("is wounded")
        return await super().positions(items)


class Careless(MemoryHandOver):
    """Takes another message under a known key, and forgets what it has."""

    async def send(self, message: Message) -> Receipt:
        known = self._receipts.get(message.key)
        return self._take(message) if known and known[0] != message else await super().send(message)


class Amnesiac(MemoryHandOver):
    """Can be asked, and knows nothing."""

    async def find(self, message: Message) -> Receipt | None:
        await asyncio.sleep(0)
        return None


class Stubborn(MemoryHandOver):
    """Takes cancellations, and refuses each."""

    async def send(self, message: Message) -> Receipt:
        if message.kind == "CANCEL":
            raise SourceRejected(self.source, "has sent it already")
        return await super().send(message)


REFUSED = [RejectedRow(index, f"X-{index}", "quantity: is missing") for index in range(2)]
ODD: dict[str, tuple[str, Callable[[], Any], str]] = {
    "nothing told": ("catalogue", lambda: MemoryCatalogue([]), "all of it, in parts"),
    "places told twice": ("locations", lambda: MemoryLocations([PLACES[WAREHOUSE]] * 2), "all of it, in parts"),
    "too many rows refused": ("stock", lambda: MemoryStock(ROWS, REFUSED), "all of it, in parts"),
    "a cursor that spares nothing": ("catalogue", lambda: Unnumbered(PRODUCTS), "what changed since the whole pass"),
    "a feed without an end": ("inbound", Incomplete, "all of it, in parts"),
    "events with changing names": ("news", Forgetful, "all of it, twice: an event keeps its name"),
    "many asked, few told": ("stock", lambda: Shy(ROWS), "many articles at once, and one by one"),
    "an epoch a pass": ("stock", lambda: Reborn(ROWS), "its epoch, twice"),
    "numbers that fall": ("stock", lambda: Backward(ROWS), "two passes: numbers or times, as declared, never go back"),
    "changes that are lost": ("stock", lambda: Lost(ROWS), "the same cursor twice"),
    "changes without a cursor": ("stock", lambda: Endless(ROWS), "what changed since the snapshot, and since then"),
    "no answer after a short one": ("stock", lambda: Wounded(ROWS), "a read after one that was cut short"),
    "two orders under a key": ("hand_over", lambda: Careless(WMS, "A", KINDS), "another message under that key"),
    "cancellations refused": ("hand_over", lambda: Stubborn(WMS, "A", KINDS), "that work taken back"),
}


@pytest.mark.parametrize("odd", ODD)
async def test_the_question_that_is_about_it_fails(odd: str) -> None:
    role, make, asked = ODD[odd]
    assert asked in failed(await report_of(built(**{role: make()})))


async def test_what_it_took_must_be_told_within_the_quiet_period() -> None:
    slow = replace(STATED, hand_over="B", quiet_period=timedelta(seconds=0.1))
    report = await report_of(built(hand_over=Amnesiac(WMS, "B", KINDS)), slow)
    assert "within its quiet period of 0.1 s" in failed(report)["what it has under our reference"]


async def test_work_that_is_refused_to_be_canceled_is_left_behind() -> None:
    report = await report_of(built(hand_over=Stubborn(WMS, "A", KINDS)))
    assert report.left
    assert all("has sent it already" in line for line in report.left)


async def test_times_that_lie_ahead_are_found() -> None:
    ahead = [replace(row, as_of=datetime.now(UTC) + timedelta(hours=1)) for row in ROWS]
    report = await report_of(built(stock=MemoryStock(ahead)), replace(STATED, ordered_by="TIME"))
    assert "4 lie ahead of our clock" in failed(report)["two passes: numbers or times, as declared, never go back"]
