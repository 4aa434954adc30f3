"""Rows that only confirmed what was known: not written one by one, but remembered, so that nothing older is applied over them.

While a pass runs, this process remembers each row; when the pass is complete, one watermark for the place of the source takes over. Another
process, which does not know the rows, tells an open pass of what it writes meanwhile: the pass then says its rows once more before it ends.
"""

import secrets
import time
from array import array
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.memory.stated import Watermark, milliseconds
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import LocationCode, SourceCode, StockKey, sku_and_location
from gateway.ports.ledger import Statement

Place = tuple[SourceCode, LocationCode]
Retell = Callable[[Sequence["Rows"], bool], Awaitable[None]]
"""Says rows again; True: every one is to be written."""
TRIES = 5
"""A pass that others disturb so often while it ends writes its rows one by one."""
LONGEST_PASS_MS = 24 * 3_600_000
"""A pass that was opened so long ago died with its process."""


@dataclass
class Rows:
    """Rows of one mark: 24 bytes each. Their keys are known by their hashes."""

    mark: Watermark
    begun_at: datetime | None
    hashes: "array[int]" = field(default_factory=lambda: array("q"))
    quantities: "array[int]" = field(default_factory=lambda: array("i"))
    unavailable: "array[int]" = field(default_factory=lambda: array("i"))
    as_of_ms: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, row: Statement) -> None:
        self.hashes.append(hash(row.key))
        self.quantities.append(row.quantity)
        self.unavailable.append(row.unavailable)
        self.as_of_ms.append(milliseconds(row.as_of))

    def statements(self, key_by_hash: Mapping[int, StockKey]) -> Iterator[Statement]:
        for hashed, quantity, unavailable, as_of_ms in zip(self.hashes, self.quantities, self.unavailable, self.as_of_ms, strict=True):
            if key := key_by_hash.get(hashed):
                as_of = datetime.fromtimestamp(as_of_ms / 1000, UTC)
                yield Statement(key, quantity, unavailable, self.mark.order, as_of, self.mark.epoch, self.begun_at)


@dataclass
class Standing:
    """What was confirmed of rows without being written, and `passes` of other processes, by place, that may be confirming more."""

    by_place: Mapping[LocationCode, Watermark]
    by_key: Mapping[StockKey, Sequence[Watermark]]
    passes: Mapping[LocationCode, Sequence[str]]

    def marks(self, key: StockKey) -> list[Watermark]:
        place = self.by_place.get(sku_and_location(key)[1])
        return [*self.by_key.get(key, ()), *([place] if place else ())]


class Confirmations:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds) -> None:
        self._watermarks, self._bounds = database["watermarks"], bounds
        self._name = f"p{secrets.token_hex(6)}"
        self._noted: dict[Place, dict[tuple[Watermark, datetime | None], Rows]] = {}
        self._opened: set[Place] = set()

    def note(self, source: SourceCode, rows: Sequence[Statement], mark: Watermark) -> None:
        for row in rows:
            marks = self._noted.setdefault((source, sku_and_location(row.key)[1]), {})
            marks.setdefault((mark, row.begun_at), Rows(mark, row.begun_at)).add(row)

    async def standing(self, source: SourceCode, keys: Sequence[StockKey], *, look_at_rows: bool) -> Standing:
        """`look_at_rows`: also at those that a pass of this process has confirmed. Rows of a pass itself are no older than its others."""
        places = {sku_and_location(key)[1] for key in keys}
        asked = {name_of(source, place): place for place in places}
        query = {"_id": {"$in": list(asked)}} if len(asked) > 1 else {"_id": next(iter(asked), "")}
        found = await repeated(lambda: self._watermarks.find(query).to_list(None), self._bounds)
        by_place = {asked[one["_id"]]: Watermark(one["epoch"], one["order"], one["as_of"]) for one in found if "order" in one}
        passes = {asked[one["_id"]]: self._others(one) for one in found}
        return Standing(by_place, self._rows_noted(source, places, keys) if look_at_rows else {}, passes)

    def _others(self, document: Document) -> list[str]:
        return [name for name, one in document.get("passes", {}).items() if name != self._name and not one["disturbed"]]

    def _rows_noted(
        self, source: SourceCode, places: Collection[LocationCode], keys: Sequence[StockKey]
    ) -> dict[StockKey, list[Watermark]]:
        key_by_hash, found = {hash(key): key for key in keys}, dict[StockKey, list[Watermark]]()
        for place in places:
            for rows in self._noted.get((source, place), {}).values():
                for hashed in (
                    key_by_hash.keys() & set(rows.hashes) if len(keys) > 1 else [one for one in key_by_hash if one in rows.hashes]
                ):
                    found.setdefault(key_by_hash[hashed], []).append(rows.mark)
        return found

    async def open(self, source: SourceCode, places: Collection[LocationCode]) -> None:
        """Let other processes know that rows of these places may be confirmed from now on; to be said before any of them is read."""
        for place in [place for place in places if (source, place) not in self._opened]:
            opened = {f"passes.{self._name}": {"at": time.time_ns() // 1_000_000, "disturbed": False}}
            await self._update(source, place, {}, {"$set": opened}, upsert=True)
            self._opened.add((source, place))

    async def disturb(self, source: SourceCode, standing: Standing) -> bool:
        """Tell the passes of other processes that something is written; False when one has ended since it was looked at."""
        told = True
        for place, names in standing.passes.items():
            for name in names:
                open_pass = {f"passes.{name}": {"$exists": True}}
                told &= await self._update(source, place, open_pass, {"$set": {f"passes.{name}.disturbed": True}})
        return told

    async def forget(self, source: SourceCode, place: LocationCode) -> None:
        self._noted.pop((source, place), None)
        if (source, place) in self._opened:
            await self._update(source, place, {}, {"$unset": {f"passes.{self._name}": ""}})
            self._opened.discard((source, place))

    async def close(self, source: SourceCode, place: LocationCode, retell: Retell) -> None:
        """Let the place's watermark stand for its rows, as of the earliest of them; what others wrote over them is set right first."""
        marks = list(self._noted.get((source, place), {}).values())
        if marks:
            epoch = max(marks, key=lambda rows: rows.mark.order).mark.epoch
            last = sorted((rows for rows in marks if rows.mark.epoch == epoch), key=lambda rows: rows.mark.order)
            await self._closed(source, place, last, retell)
        await self.forget(source, place)

    async def _closed(self, source: SourceCode, place: LocationCode, rows: Sequence[Rows], retell: Retell) -> None:
        undisturbed, disturbed = ({f"passes.{self._name}.disturbed": value} for value in (False, True))
        for _ in range(TRIES):
            if await self._update(source, place, undisturbed, [{"$set": raised(rows)}]):
                return
            await self._update(source, place, disturbed, {"$set": undisturbed})
            await retell(rows, False)
        await retell(rows, True)

    async def _update(
        self, source: SourceCode, place: LocationCode, where: Document, change: Document | list[Document], *, upsert: bool = False
    ) -> bool:
        query = {"_id": name_of(source, place), **where}
        return bool((await repeated(lambda: self._watermarks.update_one(query, change, upsert=upsert), self._bounds)).matched_count)


def name_of(source: SourceCode, place: LocationCode) -> str:
    return f"{source}|{place}"


def raised(rows: Sequence[Rows]) -> Document:
    """Return a watermark's fields, which never fall in one numbering: a pass that was begun earlier may end later."""
    told = {"order": min(one.mark.order for one in rows), "as_of": min(one.mark.as_of_ms for one in rows)}
    same = {"$eq": ["$epoch", {"$literal": rows[0].mark.epoch}]}
    fields: Document = {name: {"$cond": [same, {"$max": [f"${name}", value]}, value]} for name, value in told.items()}
    return {**fields, "epoch": {"$literal": rows[0].mark.epoch}}
