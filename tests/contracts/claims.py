"""What the contracts of the claim protocol share: plans, programs that die, and the invariants of the ledger."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from gateway.domain.claims.documents import Claim, Entry, OrderDoc, StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.programs import (
    Fit,
    Pick,
    Planned,
    Request,
    reserve,
)
from gateway.domain.claims.recording import outstanding
from gateway.domain.claims.references import Referred
from gateway.domain.claims.steps import (
    Ack,
    GiveBack,
    Settle,
    Step,
    Take,
    Write,
)
from gateway.domain.delivery_group import Plan
from gateway.domain.ids import Rid, SourceCode, StockKey, rid_of
from gateway.domain.movement import Movement
from gateway.ports.ledger import Claims
from tests.support.orders import order

HOLD_MS = 60_000
TIMES = Times(deadline_ms=400, skew_ms=300)
X, Y, Z = StockKey("sku|x"), StockKey("sku|y"), StockKey("sku|z")


def noted(seen: list[Plan], doc: OrderDoc) -> Entry:
    """Note by which plan a change is written."""
    seen.append(doc.change.plan if doc.change else ())
    return Entry()


class Elsewhere:
    """Plans what is short at the next of some places, or what there is where less will do."""

    def __init__(self, *keys: StockKey, partial: bool = False) -> None:
        self.keys, self.partial = keys, partial
        self.asked: list[tuple[StockKey, int]] = []

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int, plan: Plan) -> Planned | None:
        units = sum(pick.units for pick in short)
        self.asked.append((short[0].key, free))
        left = [key for key in self.keys if key not in tried]
        if left:
            return Planned([Pick(left[0], units)], plan)
        if self.partial:
            return Planned([Pick(short[0].key, min(units, free))] if free > 0 else [], plan)
        return None


class Killed(Exception):
    """The process died."""


def doubled(program: Generator[Step, Any, Any]) -> Generator[Step, Any, Any]:
    """Deliver every step on stock twice; the program hears of the first time."""
    step = next(program)
    while True:
        result = yield step
        if isinstance(step, Take | GiveBack | Settle | Ack):
            yield step
        try:
            step = program.send(result)
        except StopIteration as stop:
            return stop.value


def nothing(_order: OrderDoc) -> Entry:
    return Entry()


def named(reference: str) -> Write:
    """Return a write of an order with a reference."""
    return lambda doc: Entry(order(doc.rid, reference=reference))


def holder(answer: object) -> Rid | None:
    """Return the placed order that a reference was refused for."""
    assert isinstance(answer, Referred)
    return answer.order.rid if answer.order else None


def as_it_is(order: OrderDoc) -> Fit:
    return Fit(keep=order.claims)


def request(name: str, *picks: Pick, **kw: Any) -> Request:
    rid = rid_of("buyer", "reserve", name)
    return Request(
        rid,
        kw.pop("fp", "fp"),
        list(picks),
        kw.pop("planner", Elsewhere()),
        kw.pop("write", nothing),
        hold_ms=kw.pop("hold_ms", HOLD_MS),
        **kw,
    )


class ClaimsBench(ABC):
    """An interpreter and how its documents are seen; programs run on it to their end, or until they die."""

    claims: Claims

    @abstractmethod
    async def put(self, stock: StockDoc) -> None: ...
    @abstractmethod
    async def stock(self, key: StockKey) -> StockDoc: ...
    @abstractmethod
    async def order(self, rid: Rid) -> OrderDoc | None: ...
    @abstractmethod
    async def movements(self) -> list[Movement]: ...
    @abstractmethod
    async def wait(self, ms: int) -> None:
        """Let the database's clock go on."""

    async def shelf(self, key: StockKey, units: int, **fields: Any) -> None:
        await self.put(StockDoc(key, SourceCode("wms"), units, units, order=1, **fields))

    async def free(self, key: StockKey) -> int:
        return (await self.stock(key)).free

    async def held(self, name: str, *picks: Pick, **kw: Any) -> OrderDoc:
        order = await self.claims.run(reserve(request(name, *picks, **kw)))
        assert isinstance(order, OrderDoc)
        return order

    async def crashed(self, program: Generator[Step, Any, Any], *, before: type[Any], skipped: int = 0) -> None:
        """Run a program and let it die before a step of a kind."""

        def dying() -> Generator[Step, Any, None]:
            left, step = skipped, next(program)
            while True:
                if isinstance(step, before):
                    if not left:
                        return
                    left -= 1
                result = yield step
                try:
                    step = program.send(result)
                except StopIteration:
                    pytest.fail(f"the program came to its end before {before.__name__}")

        await self.claims.run(dying())

    async def killed(self, program: Generator[Step, Any, Any], *, after: type[Any], skipped: int = 0) -> None:
        """Run a program in a process that dies when a step of a kind was carried out, before anything else."""

        def dying() -> Generator[Step, Any, None]:
            left, step = skipped, next(program)
            while True:
                result = yield step
                if isinstance(step, after):
                    if not left:
                        raise Killed
                    left -= 1
                step = program.send(result)

        with pytest.raises(Killed):
            await self.claims.run(dying())

    async def moved(self) -> list[tuple[str, str, int, Rid | None]]:
        """Return kind, claim, units and order of every movement."""
        return sorted((one.kind, one.cause, one.units, one.rid) for one in await self.movements())

    async def check(self, *keys: StockKey, orders: Sequence[Rid] = ()) -> None:
        """I1, I2, I3 and I4 at rest; and the movements of each claim leave what its marker holds."""
        documents = {key: await self.stock(key) for key in keys}
        claims: dict[str, tuple[Claim, OrderDoc]] = {}
        for rid in orders:
            order = await self.order(rid)
            assert order is not None
            assert (order.change, order.undo, order.unsettled) == (None, (), False)
            claims |= {claim.mid: (claim, order) for claim in order.claims}
        for key, stock in documents.items():
            assert stock.free >= 0, "I1"
            assert stock.free + sum(marker.q for marker in stock.markers.values()) == stock.q, "I2"
            for mid, marker in stock.markers.items():
                if marker.q:
                    claim, order = claims[mid]
                    assert (claim.key, claim.units, True, order.exp) == (key, marker.q, marker.ok, marker.exp), "I4"
        for mid, (claim, _) in claims.items():
            assert documents[claim.key].markers[mid].q == claim.units, "I3"
        movements = [one for one in await self.movements() if one.key in documents]
        for key, mid in {(one.key, one.cause) for one in movements}:
            left = outstanding(one for one in movements if (one.key, one.cause) == (key, mid))
            marker = documents[key].markers.get(mid)
            assert left == (marker.q if marker else 0), mid
        assert {mid for mid in claims if claims[mid][0].key in documents} <= {one.cause for one in movements}

    async def one(self, step: Step) -> Any:
        def program() -> Generator[Step, Any, Any]:
            return (yield step)

        return await self.claims.run(program())
