"""Steps of many callers on one stock document: together they make of it what they would make one after the other."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.combined_steps import CombinedStep
from adapters.mongo.combiner import Combiner
from adapters.mongo.combining import Combining
from adapters.mongo.folding import Folding
from adapters.mongo.marker_steps import MarkerSteps, Sight
from adapters.mongo.stock_documents import stock_document, stock_of
from adapters.mongo.stock_steps import give_back, settle, take
from adapters.mongo.writes import Bounds, update
from gateway.domain.claims.documents import Claim, Marker, StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.steps import GiveBack, Settle, Take
from gateway.domain.claims.stock_meaning import after_stock_step, purged
from gateway.domain.ids import SourceCode, StockKey

Database = AsyncIOMotorDatabase[dict[str, Any]]
TIMES, BOUNDS = Times(), Bounds()
UNPURGED = Times(skew_ms=1 << 60)
X = StockKey("sku|x")
LATER, LONG_AGO = 32_503_680_000_000, 1_000


async def put(database: Database, stock: StockDoc) -> None:
    await database["stock"].replace_one({"_id": stock.key}, stock_document(stock), upsert=True)


async def stands(database: Database, key: StockKey) -> StockDoc:
    found = await database["stock"].find_one({"_id": key})
    assert found is not None
    return stock_of(found)


async def nothing_to_fold(_key: StockKey) -> None: ...


def combiner(database: Database, most: int = 200) -> tuple[Combiner, list[StockKey]]:
    crowds: list[StockKey] = []
    return Combiner(database["stock"], TIMES, BOUNDS, Combining(most), crowds.append, nothing_to_fold), crowds


def claim(n: int, units: int = 1, *, safety: int = 0, dl: int = LATER, key: StockKey = X) -> Claim:
    return Claim(f"R{n}_1_1", key, units, safety, dl)


async def asked(of: Combiner, steps: Sequence[tuple[CombinedStep, Marker | None]]) -> list[bool | None]:
    """Ask for all of them at the same time; None: the combiner does not know."""
    met = await asyncio.gather(*(of.apply(step, marker) for step, marker in steps))
    return [one.applied if one else None for one in met]


class History:
    """A made-up position, and steps of many on it: what some expect of their markers is wrong."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - a seeded sample
        markers = {f"R{n}_1_1": self.marker() for n in range(6)}
        q = self.dice.randint(0, 30)
        self.stock = StockDoc(X, SourceCode("wms"), q, q, order=5, markers=markers)
        self.stock = replace(self.stock, q=q + sum(marker.q for marker in markers.values()))
        self.steps = [self.step(n) for n in self.dice.sample(range(26), 20)]

    def marker(self) -> Marker:
        q = self.dice.choice([0, 1, 2, 5])
        end = self.dice.choice([LATER, LONG_AGO]) if q else LATER  # which needless tombstone goes first is nobody's promise
        return Marker(q, end, self.dice.choice([None, LATER]) if q else None, self.dice.random() < 0.5)

    def step(self, n: int) -> tuple[CombinedStep, Marker | None]:
        dice, mid = self.dice, f"R{n}_1_1"
        wanted = claim(n, dice.randint(1, 4), safety=dice.choice([0, 0, 3]), dl=dice.choice([LATER, LATER, LONG_AGO]))
        standing = self.stock.markers.get(mid)
        guess = standing if dice.random() < 0.8 else Marker(2, LATER)
        if standing is None or (dice.random() < 0.2 and not guess):
            return (Take(wanted, dice.choice([None, LATER])), None) if dice.random() < 0.8 else (GiveBack(wanted), None)
        if guess and guess.q and dice.random() < 0.6:
            return Settle(wanted, dice.choice([None, LATER + 1])), guess
        return (GiveBack(wanted), guess) if guess and guess.q else (Take(wanted, None), None)


def by_meaning(history: History) -> tuple[StockDoc, list[bool]]:
    stock, told = history.stock, []
    for step, _ in history.steps:
        after = after_stock_step(stock, step, round(time.time() * 1000), UNPURGED)
        told.append(after is not None)
        stock = after or stock
    return stock, told


async def by_plain_steps(database: Database, history: History) -> tuple[StockDoc, list[bool]]:
    key, told = StockKey("sku|plain"), []
    await put(database, replace(history.stock, key=key))
    writes: dict[type, Any] = {Take: take, Settle: settle, GiveBack: give_back}
    for step, _ in history.steps:
        where, pipeline = writes[type(step)](replace(step, claim=replace(step.claim, key=key)), TIMES)
        told.append((await update(database["stock"], where, pipeline, BOUNDS)).applied)
    return replace(await stands(database, key), key=X), told


def plainly(stock: StockDoc) -> tuple[int, int, dict[str, tuple[int, int, int | None]]]:
    """Return what counts of a position: tombstones that are needless may be there or not, and those nobody settles."""
    markers = purged(stock.markers, round(time.time() * 1000), TIMES)
    return stock.q, stock.free, {mid: (one.q, one.dl, one.exp) for mid, one in markers.items()}


@pytest.mark.parametrize("seed", range(60))
async def test_together_they_do_what_one_after_the_other_would(database: Database, seed: int) -> None:
    history = History(seed)
    expected, told = by_meaning(history)
    plain, plainly_told = await by_plain_steps(database, history)
    await put(database, history.stock)
    of, _ = combiner(database)
    assert await asked(of, history.steps) == told == plainly_told
    together = await stands(database, X)
    assert plainly(together) == plainly(expected) == plainly(plain)
    assert together.free + sum(marker.q for marker in together.markers.values()) == together.q


async def test_who_came_first_is_in(database: Database) -> None:
    await put(database, StockDoc(X, SourceCode("wms"), 10, 10))
    of, crowds = combiner(database)
    assert await asked(of, [(Take(claim(n), None), None) for n in range(30)]) == [True] * 10 + [False] * 20
    assert crowds == [X]
    assert sorted((await stands(database, X)).markers) == sorted(claim(n).mid for n in range(10))


async def test_who_wants_too_much_lets_the_next_in_and_safety_is_kept(database: Database) -> None:
    await put(database, StockDoc(X, SourceCode("wms"), 5, 5))
    of, _ = combiner(database)
    wanted = [claim(0, 3), claim(1, 4), claim(2, 1, safety=2), claim(3, 1, safety=1), claim(4, 1)]
    assert await asked(of, [(Take(one, None), None) for one in wanted]) == [True, False, False, True, True]
    assert (await stands(database, X)).free == 0


async def test_what_is_given_back_serves_who_comes_after(database: Database) -> None:
    await put(database, StockDoc(X, SourceCode("wms"), 2, 0, markers={"R0_1_1": Marker(2, LATER)}))
    of, _ = combiner(database)
    steps: list[tuple[CombinedStep, Marker | None]] = [(GiveBack(claim(0, 2)), Marker(2, LATER)), (Take(claim(1, 2), None), None)]
    assert await asked(of, steps) == [True, True]
    assert (await stands(database, X)).free == 0


async def test_one_who_is_too_late_costs_nobody_else_anything(database: Database) -> None:
    await put(database, StockDoc(X, SourceCode("wms"), 5, 5))
    of, _ = combiner(database)
    assert await asked(of, [(Take(claim(n, dl=LONG_AGO if n == 1 else LATER), None), None) for n in range(3)]) == [True, False, True]


async def test_a_twin_in_the_same_batch_is_left_to_find_out_for_itself(database: Database) -> None:
    await put(database, StockDoc(X, SourceCode("wms"), 5, 5))
    of, _ = combiner(database)
    assert await asked(of, [(Take(claim(0), None), None)] * 2) == [True, None]
    assert (await stands(database, X)).free == 4


async def test_a_place_that_is_not_known_serves_nobody(database: Database) -> None:
    of, _ = combiner(database)
    assert await asked(of, [(Take(claim(n), None), None) for n in range(2)]) == [False, False]


async def test_what_an_owner_wrote_meanwhile_stays_in_a_settled_marker(database: Database) -> None:
    await put(database, StockDoc(X, SourceCode("wms"), 2, 0, order=1, markers={"R0_1_1": Marker(2, LATER, k=7)}))
    of, _ = combiner(database)
    markers = MarkerSteps(database["stock"], of, Folding(database["stock"], TIMES, BOUNDS, Combining(folded_from=0)), BOUNDS)
    step = Settle(claim(0, 1), None)
    applied, found = await markers.apply(step, settle(step, TIMES), Sight(Marker(2, LATER)))
    assert (applied, found.marker) == (True, Marker(2, LATER, k=7))
    after = await stands(database, X)
    assert (after.free, after.markers) == (1, {"R0_1_1": Marker(1, LATER, ok=True, k=7)})
