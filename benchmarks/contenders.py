"""Three ways to hold stock on one database: the claim protocol combined, the same caller by caller, a multi-document transaction."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pymongo.errors import DuplicateKeyError, OperationFailure

from adapters.mongo.claims import MongoClaims
from adapters.mongo.client import Database
from adapters.mongo.combining import Combining
from adapters.mongo.indexes import ensure_order_indexes
from adapters.mongo.order_documents import order_document
from adapters.mongo.projection_indexes import ensure_projection_indexes
from adapters.mongo.stock_documents import stock_document
from adapters.mongo.writes import Bounds
from gateway.domain.claims.carrying import claims_of
from gateway.domain.claims.documents import Entry, Marker, OrderDoc, StockDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.programs import NoOtherPlace, Pick, Request, Short, content, reserve
from gateway.domain.ids import Rid, SourceCode, StockKey, rid_of

HOLD_MS = 15 * 60_000
TIMES, BOUNDS = Times(deadline_ms=120_000), Bounds(command_s=20.0, patience_s=60.0)
"""Patience for the slowest contender: nobody is refused for being late."""
Reserve: TypeAlias = Callable[[Rid, Sequence[Pick]], Awaitable[bool]]
"""Holds the units of a buyer, or tells that there are not enough."""


@dataclass(frozen=True)
class Contender:
    name: str
    begin: Callable[[Database], Reserve]


async def filled(database: Database, units_by_key: dict[StockKey, int], standing: int = 0, *, live: bool = False) -> None:
    """Begin with so many units of each sku, and beside them units that are claimed already by so many placed orders, or live holds."""
    ends_ms = round(time.time() * 1000) + HOLD_MS if live else None
    claimed = {f"{rid_of('buyer', 'before', str(n))}_1_1": Marker(1, 1, ends_ms, ok=True) for n in range(standing)}
    await ensure_order_indexes(database)
    await ensure_projection_indexes(database)
    await database["stock"].insert_many(
        [
            stock_document(StockDoc(key, SourceCode("wms"), units + standing, units, order=1, markers=claimed))
            for key, units in units_by_key.items()
        ]
    )


def claiming(combining: Combining) -> Callable[[Database], Reserve]:
    def begin(database: Database) -> Reserve:
        claims = MongoClaims(database, TIMES, BOUNDS, combining)

        async def held(rid: Rid, picks: Sequence[Pick]) -> bool:
            answer = await claims.run(reserve(Request(rid, "fp", picks, NoOtherPlace(), content(Entry()), hold_ms=HOLD_MS)))
            if isinstance(answer, OrderDoc) and answer.st == "HELD":
                return True
            if isinstance(answer, Short) or (isinstance(answer, OrderDoc) and answer.why == "INSUFFICIENT"):
                return False
            raise RuntimeError(f"a buyer was left with {answer}")

        return held

    return begin


def transacting(database: Database) -> Reserve:
    """Return the textbook way: stock and order in one transaction, begun again when it meets another."""
    stock, orders = database["stock"], database["orders"]

    async def once(rid: Rid, picks: Sequence[Pick]) -> bool:
        async with await database.client.start_session() as session:
            session.start_transaction()
            for claim in claims_of(rid, 1, picks):
                marker: dict[str, Any] = {"q": claim.units, "dl": 0, "ok": True}
                change = {"$inc": {"free": -claim.units, "rev": 1}, "$set": {f"m.{claim.mid}": marker}}
                told = await stock.update_one({"_id": claim.key, "free": {"$gte": claim.units}}, change, session=session)
                if not told.modified_count:
                    await session.abort_transaction()
                    return False
            held = OrderDoc(rid, "fp", "HELD", att=1, claims=claims_of(rid, 1, picks))
            await orders.insert_one({**order_document(held), "marks": []}, session=session)
            await session.commit_transaction()
            return True

    async def held(rid: Rid, picks: Sequence[Pick]) -> bool:
        pause = 0.005
        while True:
            try:
                return await once(rid, picks)
            except DuplicateKeyError:
                return True
            except OperationFailure as error:
                if not error.has_error_label("TransientTransactionError"):
                    raise
            await asyncio.sleep(random.uniform(0, pause))
            pause = min(1.0, pause * 2)

    return held


CONTENDERS = (
    Contender("combined", claiming(Combining())),
    Contender("plain", claiming(Combining(most=1, admission_s=0, folded_from=0))),
    Contender("transaction", transacting),
)
