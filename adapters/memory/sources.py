"""Stand-ins for every source port: rows that can be set, faults that can be asked for, calls that are counted."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.domain.errors import SourceError, SourceGarbage, SourceRejected, SourceUnavailable, Unauthenticated
from gateway.domain.feeds import (
    Batch,
    InboundRow,
    Item,
    LocationRow,
    Message,
    ProductRow,
    Receipt,
    RejectedRow,
    StockDelta,
    StockRow,
    WorkNews,
)
from gateway.domain.network import HandOverClass
from gateway.ports.stores import Clock

SIGNATURE_HEADER = "x-signature"


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Switch:
    """What is wrong with a source: `fault` is raised by every call while it is set. `calls` counts by method."""

    fault: SourceError | None = None
    calls: Counter[str] = field(default_factory=Counter)

    def pass_through(self, method: str) -> None:
        self.calls[method] += 1
        if self.fault:
            raise self.fault


class MemoryCatalogue:
    """A CatalogueSource. The cursor is the number of changes so far; `sell` adds or changes products."""

    def __init__(self, products: Sequence[ProductRow] = (), rejected: Sequence[RejectedRow] = (), clock: Clock | None = None) -> None:
        self.switch, self.rejected, self._clock = Switch(), tuple(rejected), clock or SystemClock()
        self._log: list[ProductRow] = list(products)

    def sell(self, *products: ProductRow) -> None:
        self._log += products

    async def products(self, changed_since: str | None = None) -> AsyncIterator[Batch[ProductRow]]:
        self.switch.pass_through("products")
        start = int(changed_since or 0)
        newest = {product.sku: product for product in self._log[start:]}
        yield Batch(tuple(newest.values()), self.rejected, self._clock.now(), cursor=str(len(self._log)), total=len(newest))


class MemoryLocations:
    """A LocationSource."""

    def __init__(self, locations: Sequence[LocationRow] = (), rejected: Sequence[RejectedRow] = (), clock: Clock | None = None) -> None:
        self.switch, self.rows, self.rejected, self._clock = Switch(), list(locations), tuple(rejected), clock or SystemClock()

    async def locations(self) -> Batch[LocationRow]:
        self.switch.pass_through("locations")
        return Batch(tuple(self.rows), self.rejected, self._clock.now())


class MemoryStock:
    """A StockSource that numbers its changes. `state` sets a figure, `move` makes a difference; both are told by `changes`."""

    def __init__(self, rows: Sequence[StockRow] = (), rejected: Sequence[RejectedRow] = (), clock: Clock | None = None) -> None:
        self.switch, self.rejected, self._clock, self.epoch = Switch(), tuple(rejected), clock or SystemClock(), "1"
        self._rows = {(row.location, row.item): row for row in rows}
        self._log: list[StockRow | StockDelta] = []

    def state(self, *rows: StockRow) -> None:
        for row in rows:
            self._rows[row.location, row.item] = row
            self._log.append(row)

    def move(self, delta: StockDelta) -> None:
        key = delta.location, delta.item
        before = self._rows.get(key) or StockRow(delta.location, delta.item, 0)
        self._rows[key] = StockRow(delta.location, delta.item, before.quantity + delta.change, before.unavailable, delta.at, delta.sequence)
        self._log.append(delta)

    async def snapshot(self) -> AsyncIterator[Batch[StockRow]]:
        self.switch.pass_through("snapshot")
        yield self._batch(tuple(self._rows.values()))

    async def changes(self, cursor: str | None) -> AsyncIterator[Batch[StockRow | StockDelta]]:
        self.switch.pass_through("changes")
        told = tuple(self._log[int(cursor or 0) :])
        yield Batch(told, (), self._clock.now(), str(len(self._log)), self.epoch, len(self._log))

    async def positions(self, items: Collection[Item]) -> Batch[StockRow]:
        self.switch.pass_through("positions")
        names = {name for item in items for name in names_of(item)}
        return self._batch(tuple(row for row in self._rows.values() if names & names_of(row.item)))

    def _batch(self, rows: tuple[StockRow, ...]) -> Batch[StockRow]:
        return Batch(rows, self.rejected, self._clock.now(), str(len(self._log)), self.epoch, len(self._log), total=len(self._rows))


def names_of(item: Item) -> set[tuple[str, str]]:
    return {(name, value) for name in ("sku", "gtin", "code") if (value := getattr(item, name))}


class MemoryInbound:
    """An InboundSource."""

    def __init__(self, rows: Sequence[InboundRow] = (), rejected: Sequence[RejectedRow] = (), clock: Clock | None = None) -> None:
        self.switch, self.rows, self.rejected, self._clock = Switch(), list(rows), tuple(rejected), clock or SystemClock()

    async def inbound(self) -> AsyncIterator[Batch[InboundRow]]:
        self.switch.pass_through("inbound")
        yield Batch(tuple(self.rows), self.rejected, self._clock.now())


class MemoryHandOver:
    """A HandOverTarget of any class. `effects` are the messages that had one, `lose_answers` lets an effect happen unseen."""

    def __init__(self, source: str, hand_over: HandOverClass = "A", kinds: Collection[str] = (), clock: Clock | None = None) -> None:
        self.switch, self.source, self._class, self._kinds = Switch(), source, hand_over, frozenset(kinds)
        self._clock = clock or SystemClock()
        self.effects: list[Message] = []
        self.lose_answers = 0
        self._receipts: dict[str, tuple[Message, Receipt]] = {}

    def takes(self, message: Message) -> bool:
        return not self._kinds or message.kind in self._kinds

    async def send(self, message: Message) -> Receipt:
        self.switch.pass_through("send")
        known = self._receipts.get(message.key) if self._class == "A" else None
        if known and known[0] != message:
            raise SourceRejected(self.source, "knows this key with another message")
        receipt = known[1] if known else self._take(message)
        if self.lose_answers:
            self.lose_answers -= 1
            raise SourceUnavailable(self.source, "broke off the connection", unknown_effect=True)
        return receipt

    async def find(self, message: Message) -> Receipt | None:
        self.switch.pass_through("find")
        if self._class == "C":
            raise SourceRejected(self.source, "cannot be asked for a reference")
        known = [one for one in self._receipts.values() if (one[0].kind, one[0].reference) == (message.kind, message.reference)]
        if message.kind == "CHANGE":  # the order has it where nothing else was told of it since
            known = [one for one in known[-1:] if told_of_order(one[0]) == told_of_order(message)]
        return known[0][1] if known else None

    def _take(self, message: Message) -> Receipt:
        self.effects.append(message)
        receipt = Receipt(f"{self.source}-{len(self.effects)}", self._clock.now())
        self._receipts[message.key] = (message, receipt)
        return receipt


def told_of_order(message: Message) -> tuple[object, object]:
    return message.body.get("lines"), message.body.get("deliveries")


class MemoryNews:
    """A WorkNewsSource; `tell` adds news."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.switch, self._clock = Switch(), clock or SystemClock()
        self._log: list[WorkNews] = []

    def tell(self, *news: WorkNews) -> None:
        self._log += news

    async def news(self, cursor: str | None) -> AsyncIterator[Batch[WorkNews]]:
        self.switch.pass_through("news")
        yield Batch(tuple(self._log[int(cursor or 0) :]), (), self._clock.now(), str(len(self._log)))


class MemoryWebhooks:
    """A WebhookReader: the body names rows that were `put` before, signed with HMAC-SHA256 in hex."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._rows: dict[str, StockRow | StockDelta | WorkNews] = {}

    def put(self, name: str, row: StockRow | StockDelta | WorkNews) -> None:
        self._rows[name] = row

    def signed(self, *names: str) -> tuple[dict[str, str], bytes]:
        """Return headers and body of a push of these rows."""
        body = json.dumps(names).encode()
        return {SIGNATURE_HEADER: hmac.new(self._secret, body, hashlib.sha256).hexdigest()}, body

    def read(self, headers: Mapping[str, str], body: bytes) -> Batch[StockRow | StockDelta | WorkNews]:
        given = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE_HEADER, "")
        if not hmac.compare_digest(given, hmac.new(self._secret, body, hashlib.sha256).hexdigest()):
            raise Unauthenticated("The signature of this push is wrong.")
        try:
            return Batch(tuple(self._rows[name] for name in json.loads(body)))
        except (ValueError, KeyError, TypeError) as error:
            raise SourceGarbage("memory", "its push cannot be read") from error
