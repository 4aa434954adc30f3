"""The audit: looks at positions, orders and what owners say of them, twice, and puts right on request what can be put right safely."""

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from gateway.domain.claims.auditing import (
    NOT_KEPT,
    Drift,
    DriftKind,
    Told,
    against_movements,
    against_owner,
    against_sum,
    in_itself,
    is_later,
)
from gateway.domain.claims.carrying import recover
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.inspecting import inspect_order, inspect_position
from gateway.domain.claims.scrubbing import scrub, settle_anew
from gateway.domain.errors import SourceError
from gateway.domain.feeds import StockRow
from gateway.domain.ids import Rid, Sku, SourceCode, StockKey, capacity_key, is_capacity, sku_and_location, stock_key
from gateway.domain.movement import Movement
from gateway.domain.ordering.history import needing
from gateway.ports.ledger import Statement
from gateway.ports.order_book import moment_of
from resolvers.commands.move_claims import move_claims
from resolvers.context import World
from resolvers.figures import checked, source_of, statement, with_epoch
from resolvers.live import item_for
from resolvers.shortfalls import work_with

PAGE = 100
LAST_FIGURES = 5
"""Recorded figures of a position that are looked at: clocks of two processes may order the last ones otherwise."""
MOST_STUCK = 100
YOUNG_MS = 60_000
"""What was claimed so lately may be on its way."""
OVER_EVERYWHERE = timedelta(days=1)


@dataclass
class Audit:
    """What an audit looked at and found. `unread`: sources that did not answer."""

    positions: int = 0
    orders: int = 0
    shifts: int = 0
    """Of places' capacity."""
    read_live: int = 0
    unread: dict[SourceCode, str] = field(default_factory=dict)
    drifts: list[Drift] = field(default_factory=list)
    repaired: list[Drift] = field(default_factory=list)

    @property
    def left(self) -> list[Drift]:
        mended = {one.name for one in self.repaired}
        return [one for one in self.drifts if one.name not in mended]


@dataclass
class Look:
    """One look: drifts, and what owners said when they were asked; `later`: words later than what was known, and other ones."""

    drifts: list[Drift] = field(default_factory=list)
    told: dict[StockKey, tuple[SourceCode, Statement]] = field(default_factory=dict)
    later: dict[StockKey, tuple[SourceCode, Statement]] = field(default_factory=dict)
    unread: dict[SourceCode, str] = field(default_factory=dict)


async def audit(world: World, *, sample: int | None, repair: Collection[DriftKind], pause_s: float) -> Audit:
    """Audit everything, or so many positions and orders at random; put these kinds of drift right.

    What is not there at a second look was only on its way.
    """
    done = Audit()
    async for keys in positions(world, sample):
        done.positions += len(keys)
        await look_twice(world, keys, (), done, repair=repair, pause_s=pause_s)
    for keys in await shifts(world, sample):
        done.shifts += len(keys)
        await look_twice(world, keys, (), done, repair=repair, pause_s=pause_s)
    async for rids in claiming(world, sample):
        done.orders += len(rids)
        await look_twice(world, (), rids, done, repair=repair, pause_s=pause_s)
    await look_twice(world, (), (), done, repair=repair, pause_s=pause_s, stuck=True)
    done.drifts = list({one.name: one for one in done.drifts}.values())
    return done


async def positions(world: World, sample: int | None) -> AsyncIterator[Sequence[StockKey]]:
    """Yield every position page by page, or so many at random: of as few places, drawn by lot, as have them."""
    left = sample
    places = list((await world.surroundings.current(world.clock.now())).locations)
    for place in random.SystemRandom().sample(places, len(places)):
        keys = await world.stock.keys(place)
        if left is not None:
            keys = random.SystemRandom().sample(keys, min(left, len(keys)))
            left -= len(keys)
        for start in range(0, len(keys), PAGE):
            yield keys[start : start + PAGE]
        if left == 0:
            return


async def shifts(world: World, sample: int | None) -> Sequence[Sequence[StockKey]]:
    """Return, page by page, the shifts of which anything is booked, or so many of them at random."""
    rooms = await world.capacity.rooms(date.min)
    keys = [capacity_key(place, *shift) for place, booked in rooms.items() for shift in booked]
    drawn = keys if sample is None else random.SystemRandom().sample(keys, min(sample, len(keys)))
    return [drawn[start : start + PAGE] for start in range(0, len(drawn), PAGE)]


async def claiming(world: World, sample: int | None) -> AsyncIterator[Sequence[Rid]]:
    if sample is not None:
        yield await world.orders.sample(sample)
        return
    after = None
    while page := await world.orders.claiming(after, PAGE):
        after = page[-1]
        yield page


async def look_twice(
    world: World,
    keys: Sequence[StockKey],
    rids: Sequence[Rid],
    done: Audit,
    *,
    repair: Collection[DriftKind],
    pause_s: float,
    stuck: bool = False,
) -> None:
    first = await look(world, keys, rids, stuck=stuck)
    done.read_live += len(first.told)
    done.unread |= first.unread
    if not first.drifts and not first.later:
        return
    await asyncio.sleep(pause_s)
    suspects = {one.position for one in first.drifts if one.position} | first.later.keys()
    again = await look(world, sorted(suspects), rids_of(first.drifts), stuck=stuck)
    known = {one.name for one in first.drifts}
    found = [*(one for one in again.drifts if one.name in known), *await missed(world, first.later)]
    lasting = list({one.name: one for one in found}.values())
    done.drifts += lasting
    done.repaired += [one for one in lasting if one.kind in repair and await mended(world, one, again)]


async def missed(world: World, later: Mapping[StockKey, tuple[SourceCode, Statement]]) -> list[Drift]:
    """Return what owners said a while ago, and what passes that came as far since then have not brought."""
    passed, docs = await passed_by_source(world), await world.stock.documents(list(later))
    found = [against_owner(docs[key], as_told(world, code, told), passed.get(code)) for key, (code, told) in later.items() if key in docs]
    return [one for drifts in found for one in drifts if one.kind == "MISSED"]


async def passed_by_source(world: World) -> dict[SourceCode, int | None]:
    """Return how far complete passes have come in the numbers of each source."""
    return {feed.source: feed.order for feed in await world.feeds.feeds() if feed.name == "stock"}


def rids_of(drifts: Iterable[Drift]) -> list[Rid]:
    return sorted({one.rid for one in drifts if one.rid})


async def look(world: World, keys: Sequence[StockKey], rids: Sequence[Rid], *, stuck: bool) -> Look:
    seen = Look()
    docs = await world.stock.documents([key for key in keys if not is_capacity(key)])
    now_ms = int(world.clock.now().timestamp() * 1000)
    for key, doc in (await world.capacity.documents([key for key in keys if is_capacity(key)])).items():
        seen.drifts += [*against_sum(doc), *await world.claims.run(inspect_position(key))]
    short = {one.doc.key for one in await world.stock.overdrawn() if one.opened}
    for key, doc in docs.items():
        seen.drifts += in_itself(doc, known_short=key in short, now=now_ms)
        seen.drifts += against_movements(doc, await world.stock.figures(key, LAST_FIGURES))
        seen.drifts += await world.claims.run(inspect_position(key))
    for rid in rids:
        seen.drifts += await world.claims.run(inspect_order(rid, now_ms - YOUNG_MS, (world.clock.now() - OVER_EVERYWHERE).date()))
    if stuck:
        cause = "no worker recovers, or what it needs is not there"
        overdue = await world.orders.overdue(MOST_STUCK)
        seen.drifts += [Drift("STUCK", None, "a decision is not carried out", cause, rid=rid) for rid in sorted(overdue)]
    await ask_owners(world, docs, seen)
    return seen


async def ask_owners(world: World, docs: dict[StockKey, StockDoc], seen: Look) -> None:
    """Ask each owner, in one call, for its positions among these; one that cannot be asked for single items is left out."""
    by_source: dict[SourceCode, dict[StockKey, StockDoc]] = {}
    for key, doc in docs.items():
        if doc.as_of_ms:
            by_source.setdefault(doc.source, {})[key] = doc
    for code, own in by_source.items():
        try:
            seen.told |= {key: (code, told) for key, told in (await told_live(world, code, own)).items()}
        except SourceError as error:
            seen.unread[code] = error.message
    passed, fresh = await passed_by_source(world), await world.stock.documents(list(seen.told))
    for key, (code, told) in seen.told.items():
        if key not in fresh:
            continue
        seen.drifts += against_owner(fresh[key], as_told(world, code, told), passed.get(code))
        if is_later(fresh[key], as_told(world, code, told)):
            seen.later[key] = (code, told)


async def told_live(world: World, code: SourceCode, own: dict[StockKey, StockDoc]) -> dict[StockKey, Statement]:
    ports = world.sources.get(code)
    if ports is None or ports.stock is None:
        return {}
    skus: set[Sku] = {sku_and_location(key)[0] for key in own}
    products = await world.catalogue.products(skus)
    if not products:
        return {}
    batch = with_epoch(
        await ports.stock.positions([item_for(code, product) for product in products.values()]), await world.feeds.feed(code, "stock")
    )
    rows, _ = await checked(world, ports, batch.rows, batch.sequence)
    source, now = source_of(world, ports), world.clock.now()
    stated = {
        stock_key(sku, row.location): (row, told)
        for sku, row in rows
        if isinstance(row, StockRow) and (told := statement(source, batch, sku, row, now))
    }
    timed = source.ordered_by == "TIME"
    return {key: told for key, (row, told) in stated.items() if key in own and not (timed and row.as_of is None)}


def as_told(world: World, code: SourceCode, told: Statement) -> Told:
    timed = next(one.ordered_by == "TIME" for one in world.network.sources if one.code == code)
    as_of_ms = int(told.as_of.timestamp() * 1000)
    return Told(told.quantity, None if timed else told.order, told.epoch, as_of_ms if timed else None)


async def mended(world: World, drift: Drift, look: Look) -> bool:
    """Put one drift right; tell whether it was."""
    if drift.kind == "STUCK" and drift.rid:
        await world.claims.run(recover(drift.rid))
        return drift.rid not in await world.orders.overdue(MOST_STUCK)
    if drift.position is None:
        return False
    if drift.kind in NOT_KEPT:
        return await kept_again(world, drift, drift.position)
    if drift.kind in {"ORPHAN", "UNITS", "MOVEMENT_MISSING"}:
        await world.claims.run(settle_anew(drift.rid) if drift.kind == "UNITS" and drift.rid else scrub(drift.position))
        return drift.name not in {one.name for one in await world.claims.run(inspect_position(drift.position))}
    if is_capacity(drift.position):
        return await world.capacity.add_up(drift.position)
    return await (recorded(world, drift.position) if drift.kind == "FIGURE_UNRECORDED" else restated(world, drift.position, look))


async def kept_again(world: World, drift: Drift, key: StockKey) -> bool:
    """Let an order have its units from elsewhere, or call a person to it."""
    rid, mid = drift.rid or Rid(""), drift.mid or ""
    record = (await world.orders.records([rid])).get(rid)
    if record is None or record.order is None or is_capacity(key):
        return False
    sku, place = sku_and_location(key)
    if drift.kind != "CONTENT" and await move_claims(world, record, {mid}, place, "SHORTFALL"):
        return True
    message = f"What {place} keeps of {sku} for this order is not what it promises: {drift.told}."
    order = needing(record.order, "SHORTFALL", message, world.clock.now(), work_with(record.order, mid))
    if order is not record.order:
        await world.orders.write(record, order)
    return False


async def recorded(world: World, key: StockKey) -> bool:
    doc = (await world.stock.documents([key]))[key]
    last = await world.stock.figures(key, 1)
    cause = f"{doc.epoch}:{doc.order}:{doc.sync_ms}"
    change = doc.q - (last[0].quantity or 0)
    await world.stock.record([Movement(key, "SYNC", cause, change, doc.q, moment_of(doc.changed_ms or doc.as_of_ms), doc.source)])
    return not against_movements(doc, await world.stock.figures(key, LAST_FIGURES))


async def restated(world: World, key: StockKey, look: Look) -> bool:
    """Set a position right as its owner states it now; only a wrong sum is put right without it, from the figure that is known."""
    doc = (await world.stock.documents([key]))[key]
    code, told = look.told.get(key, (doc.source, None))
    known = Statement(key, doc.q, doc.unavailable, doc.order, moment_of(max(doc.sync_ms, doc.as_of_ms)), doc.epoch)
    if told and await world.stock.restate(code, told):
        return True
    return not in_sum(doc) and await world.stock.restate(doc.source, known)


def in_sum(doc: StockDoc) -> bool:
    return not any(one.kind == "SUM" for one in in_itself(doc, known_short=True, now=doc.as_of_ms))
