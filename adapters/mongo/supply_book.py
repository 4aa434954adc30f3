"""Supply to come, written into the stock documents of its positions; a feed that says nothing new writes nothing."""

from collections.abc import Iterable, Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.memory.lots import with_lots
from adapters.memory.stated import is_stated
from adapters.mongo.revision import Judged, revise
from adapters.mongo.stock_store import StockStore
from adapters.mongo.supplied import Supplied, Told, digest
from adapters.mongo.writes import Bounds, Document
from gateway.domain.claims.documents import StockDoc
from gateway.domain.ids import LocationCode, SourceCode, StockKey, sku_and_location, stock_key
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Outcome, Supply

ASKED = 20
"""Positions of a place that are looked at to find whose place it is."""


class SupplyBook:
    def __init__(self, database: AsyncIOMotorDatabase[Document], store: StockStore, bounds: Bounds) -> None:
        self._store, self._supplied = store, Supplied(database, bounds)

    async def supply(self, source: SourceCode, supplies: Sequence[Supply]) -> Outcome:
        told = {(supply.key, supply.feed): supply.lots for supply in supplies}
        digests = {name: digest(lots) for name, lots in told.items()}
        known = await self._supplied.known(source)
        changed = {name: told[name] for name in told if known.get(name) != digests[name]}
        gone = known.keys() - told.keys()
        fresh = changed.keys() - known.keys()
        await self._supplied.expect({name: digests[name] for name in fresh})
        await self._write(source, {**changed, **dict.fromkeys(gone, ())})
        await self._supplied.settle(fresh, {name: digests[name] for name in changed.keys() - fresh}, gone)
        unchanged = sum(len(lots) for name, lots in told.items() if name not in changed)
        return Outcome(applied=sum(map(len, changed.values())) + len(gone), unchanged=unchanged)

    async def _write(self, source: SourceCode, lots_by_name: dict[Told, tuple[Inbound, ...]]) -> None:
        feeds_by_key: dict[StockKey, dict[str, tuple[Inbound, ...]]] = {}
        for (key, feed), lots in lots_by_name.items():
            feeds_by_key.setdefault(key, {})[feed] = lots
        owners = await self._owners(source, feeds_by_key)

        def judge(key: StockKey, known: StockDoc | None) -> Judged:
            doc = known
            for feed, lots in feeds_by_key[key].items():
                doc = with_lots(doc, key, owners.get(sku_and_location(key)[1], source), feed, lots) or doc
            return Judged(doc if doc is not known else None)

        await revise(self._store, list(feeds_by_key), judge)

    async def _owners(self, source: SourceCode, keys: Iterable[StockKey]) -> dict[LocationCode, SourceCode]:
        """Return whose stock each place is, as stated positions there tell; who supplies it where none does yet."""
        owners: dict[LocationCode, SourceCode] = {}
        for place in {sku_and_location(key)[1] for key in keys}:
            skus = sorted(await self._store.rosters.skus(place))[:ASKED]
            found = await self._store.read([stock_key(sku, place) for sku in skus])
            stated = (one.doc.source for one in found.values() if one.doc and is_stated(one.doc))
            owners[place] = next(stated, source)
        return owners
