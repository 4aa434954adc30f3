"""Markers that only wait for their source's word stand out of the way, and nothing of them is lost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.claims import MongoClaims
from adapters.mongo.combining import Combining
from adapters.mongo.folds import MOST_IN_TEXT, markers_in, texts_of
from adapters.mongo.marker_steps import Sight
from adapters.mongo.stock_book import MongoStockBook
from adapters.mongo.stock_documents import stock_document, stock_of
from adapters.mongo.stock_steps import ack, give_back, settle
from adapters.mongo.writes import Bounds, update
from gateway.domain.claims.auditing import Drift
from gateway.domain.claims.documents import Claim, Marker, OrderDoc, Peg, StockDoc
from gateway.domain.claims.figures import Reach
from gateway.domain.claims.inspecting import inspect_position
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.programs import Pick, reserve
from gateway.domain.claims.recording import Found
from gateway.domain.claims.scrubbing import scrub
from gateway.domain.claims.steps import Ack, GiveBack, Settle, Withhold
from gateway.domain.errors import Throttled
from gateway.domain.ids import LocationCode, SourceCode, StockKey, capacity_key
from gateway.ports.ledger import Marker as Told
from gateway.ports.ledger import Statement
from tests.contracts.claims import request

Database = AsyncIOMotorDatabase[dict[str, Any]]
X, WMS = StockKey("sku|x"), SourceCode("wms")
TIMES, BOUNDS = Times(), Bounds()
LONG_AGO, LATER = 1_000, 32_503_680_000_000
NOW = datetime(2026, 3, 2, tzinfo=UTC)
WAITING = Marker(2, LONG_AGO, ok=True)
APART = {
    "hold": Marker(1, LONG_AGO, LATER, ok=True),
    "young": Marker(1, LATER, ok=True),
    "unsettled": Marker(1, LONG_AGO),
    "gone": Marker(0, LATER),
    "lost": Marker(1, LONG_AGO, ok=True, asked=5, lost=True),
    "pegged": Marker(1, LONG_AGO, ok=True, peg=Peg("lot", 9), due=1),
}
TOLD = {"taken": replace(WAITING, k=7, epoch="1"), "asked": replace(WAITING, asked=9, epoch="1"), "untold": WAITING}


async def put(database: Database, markers: dict[str, Marker], free: int = 10) -> None:
    taken = sum(marker.shelf for marker in markers.values())
    doc = StockDoc(X, WMS, free + taken, free, epoch="1", order=5, as_of_ms=1, markers=markers)
    await database["stock"].replace_one({"_id": X}, stock_document(doc), upsert=True)


async def stands(database: Database) -> StockDoc:
    found = await database["stock"].find_one({"_id": X})
    assert found is not None
    doc = stock_of(found)
    assert doc.free + sum(marker.shelf for marker in doc.markers.values()) == doc.q
    assert found.get("folded", 0) == sum(marker.q for marker in doc.markers.values() if marker.folded)
    return doc


def folded(markers: dict[str, Marker]) -> dict[str, Marker]:
    return {mid: replace(marker, folded=True) for mid, marker in markers.items()}


async def claiming(database: Database, markers: dict[str, Marker] | None = None, *, least: int = 1) -> MongoClaims:
    """Return an interpreter for a position on which all has been folded that may be."""
    await put(database, TOLD if markers is None else markers)
    claims = MongoClaims(database, TIMES, combining=Combining(folded_from=least))
    await claims.folding.fold(X)
    return claims


ROOM = capacity_key(LocationCode("x"), date(2026, 3, 2))


async def room(database: Database) -> StockDoc:
    found = await database["capacity"].find_one({"_id": ROOM})
    assert found is not None
    doc = stock_of(found)
    assert doc.free + sum(marker.q for marker in doc.markers.values()) == doc.q
    return doc


async def test_claims_of_a_shift_that_were_placed_are_folded_like_those_of_goods(database: Database) -> None:
    booked = {f"R{n}_1_1": Marker(1, LONG_AGO, ok=True) for n in range(5)}
    await database["capacity"].insert_one(stock_document(StockDoc(ROOM, SourceCode(""), 9, 4, markers=booked)))
    claims = MongoClaims(database, TIMES, combining=Combining(folded_from=5))
    for name in ("first", "second"):  # the first one lets the next writer look
        placed = await claims.run(reserve(request(name, Pick(ROOM, 1, room=9), then="PLACED")))
        assert isinstance(placed, OrderDoc)
        assert placed.st == "PLACED"
    assert {mid for mid, marker in (await room(database)).markers.items() if marker.folded} == set(booked)
    assert (await room(database)).free == 2

    def steps(*steps: Any) -> Any:
        told = []
        for step in steps:
            told.append((yield step))  # noqa: PERF401 - a list of its own cannot yield
        return told

    gone, less = Claim("R0_1_1", ROOM, 1, dl=LONG_AGO), Claim("R1_1_1", ROOM, 0, dl=LONG_AGO)
    assert await claims.run(steps(GiveBack(gone), GiveBack(gone), Settle(less, None))) == [True, False, True]
    after = await room(database)
    assert (after.free, {mid for mid, marker in after.markers.items() if marker.folded}) == (4, set(booked) - {"R0_1_1", "R1_1_1"})


async def test_a_scrub_folds_the_claims_of_a_shift_and_finds_those_of_nobody(database: Database) -> None:
    booked = {f"R{n}_1_1": Marker(1, LONG_AGO, ok=True) for n in range(3)}
    await database["capacity"].insert_one(stock_document(StockDoc(ROOM, SourceCode(""), 3, 0, markers=booked)))
    claims = MongoClaims(database, TIMES, combining=Combining(folded_from=2))
    assert await claims.run(scrub(ROOM)) == 3
    assert (await room(database)).free == 3


async def test_a_place_that_holds_as_many_claims_as_it_may_begins_no_more_and_that_is_no_want_of_stock(database: Database) -> None:
    await put(database, APART, free=10)
    claims = MongoClaims(database, TIMES, combining=Combining(folded_from=1, most_markers=len(APART) + 1))
    await claims.run(reserve(request("first", Pick(X, 1))))
    with pytest.raises(Throttled) as full:
        await claims.run(reserve(request("third", Pick(X, 1))))
    assert full.value.retry_after_ms > 0
    assert await claims.orders.read(request("third", Pick(X, 1)).rid) is None
    await put(database, {}, free=10)
    claims.folding._full[X] = 0.0  # its time has come
    for name in ("third", "fourth"):
        placed = await claims.run(reserve(request(name, Pick(X, 1))))
        assert isinstance(placed, OrderDoc)
        assert placed.st == "HELD"


async def test_a_place_with_too_many_folded_claims_begins_no_more_either(database: Database) -> None:
    claims = await claiming(database, TOLD, least=1)
    claims = MongoClaims(database, TIMES, combining=Combining(folded_from=1, most_folds=1))
    await claims.run(reserve(request("first", Pick(X, 1))))
    with pytest.raises(Throttled):
        await claims.run(reserve(request("third", Pick(X, 1))))


def test_a_text_tells_all_of_many_claims() -> None:
    many = {f"R{n}_1_1": Marker(n, n + 5, ok=True, k=n % 3 or None, epoch="é" * (n % 2), asked=n % 2 or None) for n in range(1_200)}
    texts = texts_of(many)
    assert len(texts) == -(-len(many) // MOST_IN_TEXT)
    assert markers_in(texts) == folded(many)
    assert texts_of({}) == {}


async def test_what_only_waits_is_folded_and_nothing_else(database: Database) -> None:
    claims = await claiming(database, APART | TOLD)
    assert (await stands(database)).markers == APART | folded(TOLD)
    assert not await claims.folding.fold(X)


async def test_few_are_not_worth_a_write(database: Database) -> None:
    await claiming(database, TOLD, least=4)
    assert (await stands(database)).markers == TOLD


async def test_what_was_written_since_it_was_read_is_not_folded_over(database: Database) -> None:
    claims = await claiming(database, {})
    await put(database, TOLD)
    real = claims.folding.stock.aggregate

    class Slow:
        """The collection, on which another writes between a reading and the write that follows it."""

        database, name = claims.folding.stock.database, claims.folding.stock.name

        def aggregate(self, *args: Any, **kw: Any) -> Any:
            found = real(*args, **kw)

            class Read:
                async def to_list(self, n: int) -> Any:
                    told = await found.to_list(n)
                    await update(claims.stock, *settle(Settle(Claim("untold", X, 1), None), TIMES), BOUNDS)
                    return told

            return Read()

    claims.folding.stock = Slow()  # type: ignore[assignment]
    assert not await claims.folding.fold(X)
    assert (await stands(database)).markers == TOLD | {"untold": replace(WAITING, q=1)}


async def test_every_step_finds_its_folded_marker(database: Database) -> None:
    claims = await claiming(database)
    gone, less, taken, lost = (Claim(mid, X, 1, dl=LONG_AGO, lost=3) for mid in ("untold", "taken", "asked", "other"))
    steps: list[Any] = [
        (GiveBack(gone), {mid: marker for mid, marker in folded(TOLD).items() if mid != "untold"}),
        (Settle(less, None), {"taken": replace(TOLD["taken"], q=1), "asked": replace(TOLD["asked"], folded=True)}),
        (Ack(X, taken.mid, 8, "1"), {"taken": replace(TOLD["taken"], q=1), "asked": replace(TOLD["asked"], k=8)}),
        (Withhold(less), {"taken": Marker(1, LONG_AGO, ok=True, asked=3, lost=True), "asked": replace(TOLD["asked"], k=8)}),
        (Withhold(lost), {"taken": Marker(1, LONG_AGO, ok=True, asked=3, lost=True), "asked": replace(TOLD["asked"], k=8)}),
    ]
    for step, left in steps:

        def program(step: Any = step) -> Any:
            return (yield step)

        assert await claims.run(program()) is (step != Withhold(lost))
        assert {mid: one for mid, one in (await stands(database)).markers.items() if one.q} == left


async def test_an_undo_that_expects_no_marker_does_not_take_a_folded_one_for_none(database: Database) -> None:
    claims = await claiming(database)
    step = GiveBack(Claim("untold", X, 2, dl=LATER))
    where, pipeline = give_back(step, TIMES)
    assert not (await update(claims.stock, where, pipeline, BOUNDS)).applied
    applied, found = await claims.markers.apply(step, (where, pipeline), Sight(None))
    assert (applied, found) == (True, Found(WAITING, surely=False))
    after = await stands(database)
    assert (after.free, after.markers["untold"].q, after.markers["taken"].folded) == (12, 0, True)


async def test_an_acknowledgement_that_is_counted_lifts_a_folded_marker(database: Database) -> None:
    claims = await claiming(database)
    step = Ack(X, "untold", 5, "1")
    assert await claims.markers.apply(step, ack(step, TIMES), None) == (True, Found(WAITING, covered=True))
    after = await stands(database)
    assert (after.free, after.markers) == (12, folded({mid: TOLD[mid] for mid in ("taken", "asked")}))


async def test_a_figure_and_a_pass_lift_what_is_folded(database: Database) -> None:
    await claiming(database)
    book = MongoStockBook(database, TIMES)
    await book.state_all(WMS, [Statement(X, 14, 0, 8, NOW, "1")])
    after = await stands(database)
    assert (after.free, after.markers) == (10, folded({mid: TOLD[mid] for mid in ("asked", "untold")}))
    claims = await claiming(database)
    await claims.acknowledged.note(X)
    assert await book.advance(WMS, [LocationCode("x")], Reach(7, "1", begun_ms=9)) == 2
    assert (await stands(database)).markers == folded({"untold": WAITING})


async def test_a_restored_source_is_forgotten_by_folded_markers_too(database: Database) -> None:
    await claiming(database)
    begun = datetime.fromtimestamp(1, UTC)
    await MongoStockBook(database, TIMES).state_all(WMS, [Statement(X, 16, 0, 1, NOW, "2", begun)])
    assert (await stands(database)).markers == folded(dict.fromkeys(TOLD, WAITING))


async def test_readers_see_folded_claims_as_units_without_an_end(database: Database) -> None:
    await claiming(database, TOLD | {"hold": APART["hold"]})
    book = MongoStockBook(database, TIMES)
    (state,) = [one async for one in book.scan()]
    ends = datetime.fromtimestamp(LATER / 1000, UTC)
    assert (state.free, set(state.markers)) == (10, {Told(1, ends), Told(6, None)})
    token = await book.stream_token()
    await database["stock"].update_one({"_id": X}, {"$set": {"free": 9, "q": 16}})
    changes = book.changes(token)
    assert isinstance(changes, AsyncGenerator)
    async with aclosing(changes), asyncio.timeout(20):
        async for change in changes:
            if change.state:
                assert (change.state.free, set(change.state.markers)) == (9, set(state.markers))
                break


async def test_a_position_with_an_arrival_is_seen_with_its_folded_claims(database: Database) -> None:
    await claiming(database, TOLD | {"pegged": APART["pegged"]})
    (state,) = [one async for one in MongoStockBook(database, TIMES).scan()]
    assert state.markers == (Told(6, None),)


async def test_scrub_and_inspection_look_at_folded_markers(database: Database) -> None:
    claims = await claiming(database)
    assert [key async for key in claims.marked()] == [X]
    drifts: list[Drift] = await claims.run(inspect_position(X))
    assert [(one.kind, one.mid) for one in drifts] == [("ORPHAN", "untold")]
    assert await claims.run(scrub(X)) == 1
    after = await stands(database)
    left = {mid: marker for mid, marker in after.markers.items() if marker.q}
    assert (after.free, left) == (12, folded({mid: TOLD[mid] for mid in ("taken", "asked")}))


async def test_a_crowd_folds_what_is_in_its_way(database: Database) -> None:
    await put(database, {f"OLD{n}_1_1": WAITING for n in range(120)})
    claims = MongoClaims(database, Times(deadline_ms=60_000))
    for crowd in "ab":  # the first is met, the second looks before it claims, and then writes
        answers = await asyncio.gather(*(claims.run(reserve(request(f"{crowd}{n}", Pick(X, 1)))) for n in range(3)))
        assert all(isinstance(one, OrderDoc) and one.st == "HELD" for one in answers)
    after = await stands(database)
    assert sum(marker.folded for marker in after.markers.values()) == 120
    assert after.free == 4
