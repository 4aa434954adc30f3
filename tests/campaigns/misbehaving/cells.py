"""One cell of the matrix: a port of one system misbehaves in one way, the others are asked beside it, then it is well again."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
from starlette.applications import Starlette

from gateway.domain.circuits import CircuitState
from gateway.domain.errors import SourceBusy, SourceError, SourceGarbage, SourceTimeout, SourceUnavailable, Unauthenticated
from gateway.domain.feeds import Item
from gateway.domain.ids import SourceCode
from gateway.domain.network import Source
from gateway.domain.principal import Principal
from gateway.http.endpoint import GraphQLApp
from gateway.pacing.budget import spending
from gateway.ports.order_book import Record
from resolvers.context import Context
from resolvers.hand_over.relay import relay_one
from resolvers.sync.feeds import sync_feed
from resolvers.sync.source import WHOLE, sync_everything
from schema.build import build_schema
from tests.campaigns.misbehaving.retailer import FEWEST_CALLS, PORTS, UNTRUE, Retailer, opened
from tests.campaigns.misbehaving.server import HUGE_BYTES
from tests.domain.retailer import WAREHOUSE
from tests.support.memory_shop import ERP, OPERATOR, POS, WMS, A, check_ledger
from tests.support.placed_orders import goods, placed

SCHEMA = build_schema()
HAND_OVERS = {"order": ERP, "fulfillment": WMS}
HAMMER = FEWEST_CALLS + 2
RECOVERED_S = 60.0
"""Bound of the wait for recovery; how long it takes is told, not judged."""
FRESH_FOR = Source(SourceCode("any"), "WMS", "rest").fresh_for
LIVE_S = 2.0
FEWEST_ANSWERS = 10
"""Of another system, while one misbehaves."""
Kinds = frozenset[type[SourceError]]
LOST, LATE, BUSY, UNREADABLE, NOTHING = (
    frozenset[type[SourceError]](kinds) for kinds in ({SourceUnavailable}, {SourceTimeout}, {SourceBusy}, {SourceGarbage}, set())
)
RAISES: dict[str, Kinds] = {
    "refuse": LOST,
    "hang": LATE,
    "slow": LATE,
    "drip": LATE,
    "reset": LOST,
    "status 500": LOST,
    "status 429": BUSY,
    "html": UNREADABLE,
    "wrong schema": UNREADABLE,
    "nan": UNREADABLE,
    "huge": UNREADABLE | LATE,
    "bomb": UNREADABLE,
    "bad tls": LOST,
    "old data": NOTHING,
    "future data": NOTHING,
    "flapping": LOST,
}
"""What each way to misbehave must come to; a flood is left for its size or for its time, whichever is first."""
HARMLESS = frozenset({"slow", "flapping"})
"""After these the truth may have come through."""
PATIENT = frozenset({"catalogue", "inbound", "locations"})
"""Ports that are read by feeds alone, which have the time to wait for a slow answer."""
ASKED = """query ($skus: [String!]!) {
  availability(skus: $skus, maxAgeSeconds: 0) { quantity asOf freshness }
  sources { code health circuits { operation state } }
}"""


def kinds_of(kind: str, port: str) -> Kinds:
    if kind == "slow" and port in PATIENT:
        return NOTHING
    return RAISES[kind]


@dataclass
class Cell:
    """What was seen of one cell. `others_ms`: how long the other systems' answers took meanwhile."""

    port: str
    kind: str
    violations: list[str] = field(default_factory=list)
    raised: Counter[str] = field(default_factory=Counter)
    fired: int = 0
    unsent: int = 0
    others_ms: list[float] = field(default_factory=list)
    flooded_bytes: int = 0
    recovered_s: float = 0.0

    def check(self, holds: object, violation: str) -> None:
        if not holds:
            self.violations.append(f"{self.port} x {self.kind}: {violation}")


async def tried(port: str, kind: str, scale: float) -> Cell:
    """Play one cell to its end."""
    cell, source = Cell(port, kind), PORTS[port][0]
    async with opened(scale, source) as retailer:
        reports = await sync_everything(retailer.world)
        cell.check(not [report for report in reports if report.error], f"the first sync failed: {reports}")
        record = await placed(retailer, goods(retailer, (A, 1, WAREHOUSE)))
        before = retailer.known()
        retailer.errors.clear()
        wrong = await retailer.misbehave(kind, port)
        retailer.truth.sell(WAREHOUSE, "C")
        async with others_asked(retailer, cell):
            await (carry(retailer, cell, record) if port in HAND_OVERS else read(retailer, cell))
        cell.fired = wrong.fired
        cell.flooded_bytes = retailer.systems[source].flooded
        check_errors(retailer, cell)
        cell.check(before == retailer.known() or kind in HARMLESS, f"the ledger moved from {before} to {retailer.known()}")
        await check_answers(retailer, cell, before)
        await retailer.heal()
        await recovery(retailer, cell, record)
    return cell


@asynccontextmanager
async def others_asked(retailer: Retailer, cell: Cell) -> AsyncIterator[None]:
    """Ask another system for live stock again and again while the block lasts; it must answer every time."""
    other = WMS if cell.port in {"catalogue", "inbound", "order"} else POS
    stock = retailer.world.sources[other].stock
    assert stock is not None

    async def ask() -> None:
        while True:
            begun_s = time.monotonic()
            try:
                with spending(LIVE_S):
                    batch = await stock.positions([Item(sku="A")])
                cell.check(batch.rows, f"{other} told nothing")
            except SourceError as error:
                cell.check(False, f"{other} failed beside it: {error}")
            cell.others_ms.append((time.monotonic() - begun_s) * 1000)
            await asyncio.sleep(0.02)

    asking = asyncio.create_task(ask())
    try:
        yield
        while len(cell.others_ms) < FEWEST_ANSWERS and not cell.violations:  # noqa: ASYNC110 - each asking ends in time
            await asyncio.sleep(0.01)
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def read(retailer: Retailer, cell: Cell) -> None:
    """Read the port as the loops do, and live; then often enough to open its circuit, after which nothing is sent any more."""
    source, feed = PORTS[cell.port][0], cell.port
    await sync(retailer, source, feed)
    if cell.port == "stock":
        await asyncio.gather(*(live(retailer) for _ in range(HAMMER)))
    if not kinds_of(cell.kind, cell.port) or cell.kind in HARMLESS:
        return
    await asyncio.gather(*(sync(retailer, source, feed) for _ in range(HAMMER)))
    operation = "stock.snapshot" if cell.port == "stock" else feed
    state = state_of(retailer, source, operation)
    cell.check(state in {CircuitState.OPEN, CircuitState.HALF_OPEN}, f"its circuit is {state} after {HAMMER} failures")
    await retailer.world.sightings.tell("cell", retailer.world.circuits())


async def sync(retailer: Retailer, source: SourceCode, feed: str) -> None:
    await sync_feed(retailer.world, source, feed, WHOLE[feed], full=True)


async def live(retailer: Retailer) -> None:
    stock = retailer.world.sources[WMS].stock
    assert stock is not None
    try:
        with spending(LIVE_S):
            await stock.positions([Item(sku="A")])
    except SourceError:
        return


def state_of(retailer: Retailer, source: SourceCode, operation: str) -> CircuitState | None:
    found = [one.state for one in retailer.world.sources[source].circuits() if one.operation == operation]
    return found[0] if found else None


async def carry(retailer: Retailer, cell: Cell, record: Record) -> None:
    """Let relays carry what is owed, again and again; the other system gets its part meanwhile."""
    victim = HAND_OVERS[cell.port]
    for _ in range(HAMMER):
        while await relay_one(retailer.world, "relay"):
            pass
        retailer.clock.pass_by(timedelta(minutes=16))
    entries = (await retailer.record(record.rid)).outbox
    other = [entry for entry in entries if entry.source != victim]
    cell.check(other and all(entry.state == "ACKNOWLEDGED" for entry in other), f"the other system waits: {other}")
    mine = next(entry for entry in entries if entry.source == victim)
    expected = {"ACKNOWLEDGED"} if cell.kind == "flapping" or not RAISES[cell.kind] else {"WAITING"}
    cell.check(mine.state in expected, f"the message is {mine.state} after {mine.attempts} tries: {mine.last_error}")
    cell.check(mine.attempts <= HAMMER, f"{mine.attempts} tries were counted")


def check_errors(retailer: Retailer, cell: Cell) -> None:
    """Assert that every error is of the kind that this misbehavior must come to; what was refused by our own circuit apart."""
    expected = kinds_of(cell.kind, cell.port)
    for name, error in retailer.errors:
        cell.unsent += error.unsent
        cell.raised[type(error).__name__] += 1
        cell.check(error.unsent or type(error) in expected, f"raised {type(error).__name__}: {error}")
        cell.check("Ana Roy" not in str(error), f"told the source's own words: {error}")
        doubtful = name == "send" and type(error) in {SourceTimeout, SourceGarbage}
        cell.check(error.unsent or not doubtful or error.unknown_effect, f"is sure of no effect: {error}")
    sent = {type(error) for _, error in retailer.errors if not error.unsent}
    cell.check(sent & expected or not expected or cell.kind == "flapping", f"never raised {[kind.__name__ for kind in expected]}")
    cell.check(cell.flooded_bytes < HUGE_BYTES, "a flood was read to its end")


async def check_answers(retailer: Retailer, cell: Cell, before: dict[str, int]) -> None:
    """Ask the graph for figures of this moment: last known ones stand, marked; nothing is zero that was not, nothing untrue is told."""
    retailer.clock.pass_by(FRESH_FOR + timedelta(minutes=1))
    for source in (WMS, POS):
        if (source, cell.port) != (WMS, "stock"):
            await sync(retailer, source, "stock")
    retailer.world = replace(retailer.world)  # what was read of places and sources before is of no use now
    answer = await asked(retailer, OPERATOR)
    cell.check("errors" not in answer, f"the graph answered {answer.get('errors')}")
    told = answer.get("data") or {"availability": [], "sources": []}
    for sku, one in zip(("A", "B", "C"), told["availability"], strict=False):
        known = sum(units for key, units in before.items() if key.startswith(f"{sku}|"))
        cell.check(one and 0 < one["quantity"] <= known < UNTRUE, f"{sku} is told as {one} of {known}")
        cell.check(one and (is_young(one["asOf"], retailer) or one["freshness"] != "FRESH"), f"I13 {sku} is old and not marked: {one}")
    unread = cell.port == "stock" and kinds_of(cell.kind, cell.port) and cell.kind not in HARMLESS
    marked = [one for one in told["availability"] if one and one["freshness"] != "FRESH"]
    cell.check(marked or not unread, f"I13 nothing is marked: {told['availability']}")
    health = {one["code"]: one["health"] for one in told["sources"]}
    victim = PORTS[cell.port][0]
    others = {code: state for code, state in health.items() if code != victim}
    cell.check(set(others.values()) <= {"UP"}, f"other systems count as {others}")
    if kinds_of(cell.kind, cell.port) and cell.port not in HAND_OVERS and cell.kind not in HARMLESS:
        cell.check(health.get(victim) in {"DOWN", "DEGRADED"}, f"it counts as {health.get(victim)}")


def is_young(as_of: str | None, retailer: Retailer) -> bool:
    return as_of is not None and retailer.clock.now() - datetime.fromisoformat(as_of) <= FRESH_FOR


async def asked(retailer: Retailer, who: Principal) -> dict[str, Any]:
    app = GraphQLApp(
        SCHEMA,
        authenticate=lambda _headers: known(who),
        context_for=lambda principal, trace_id: Context(retailer.world, principal, retailer.clock.now(), trace_id),
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(Starlette(routes=app.routes())), base_url="http://graph") as client:
        answer = await client.post("/graphql", json={"query": ASKED, "variables": {"skus": ["A", "B", "C"]}})
    content: dict[str, Any] = answer.json()
    return content


async def known(who: Principal | None) -> Principal:
    if who is None:
        raise Unauthenticated("nobody")
    return who


async def recovery(retailer: Retailer, cell: Cell, record: Record) -> None:
    """Wait until everything is as if nothing had been: circuits closed, figures true, each message taken once."""
    begun_s = time.monotonic()
    source = PORTS[cell.port][0]
    try:
        async with asyncio.timeout(RECOVERED_S):
            while True:
                await again_well(retailer, cell, source)
                if not await unwell(retailer, source, record):
                    break
                await asyncio.sleep(0.05)
    except TimeoutError:
        cell.check(False, f"did not recover in {RECOVERED_S:g} s: {await unwell(retailer, source, record)}")
    cell.recovered_s = time.monotonic() - begun_s
    check_ledger(retailer.database)
    done = retailer.truth.effects
    cell.check(len(done) == 2 and set(done.values()) == {1}, f"effects at the systems: {dict(done)}")


async def again_well(retailer: Retailer, cell: Cell, source: SourceCode) -> None:
    """Do what the loops do."""
    retailer.clock.pass_by(timedelta(seconds=30))
    if cell.port not in HAND_OVERS:
        await sync(retailer, source, cell.port)
    if cell.port == "stock":
        await live(retailer)
    await sync(retailer, WMS, "stock")
    while await relay_one(retailer.world, "relay"):
        pass


async def unwell(retailer: Retailer, source: SourceCode, record: Record) -> list[str]:
    entries = (await retailer.record(record.rid)).outbox
    troubles = [f"{entry.kind} is {entry.state}: {entry.last_error}" for entry in entries if entry.state != "ACKNOWLEDGED"]
    used = [one for one in retailer.world.sources[source].circuits() if not one.operation.startswith("hand_over")]
    troubles += [f"{one.operation} is {one.state}" for one in used if one.state is not CircuitState.CLOSED]
    wrong = {key: (units, retailer.true()[key]) for key, units in retailer.known().items() if units != retailer.true()[key]}
    return troubles + ([f"figures are {wrong}"] if wrong else [])
