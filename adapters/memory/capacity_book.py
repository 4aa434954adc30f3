"""What places can prepare, in memory."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from adapters.memory.claims import NOBODY
from adapters.memory.database import MemoryDatabase
from gateway.domain.capacity import Room, Rooms, Shift
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.supply import on_shelf
from gateway.domain.ids import LocationCode, StockKey, capacity_named


class MemoryCapacityBook:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def rooms(self, since: date) -> Mapping[LocationCode, Rooms]:
        found: dict[LocationCode, dict[Shift, Room]] = defaultdict(dict)
        for key, doc in self._database.capacity.items():
            location, day, shift = capacity_named(key)
            if day >= since:
                found[location][day, shift] = Room(doc.q, doc.free)
        return found

    async def set_room(self, key: StockKey, units: int) -> None:
        known = self._database.capacity.get(key, StockDoc(key, NOBODY, 0, 0))
        self._database.capacity[key] = replace(known, q=units, free=known.free + units - known.q)

    async def documents(self, keys: Collection[StockKey]) -> dict[StockKey, StockDoc]:
        return {key: self._database.capacity[key] for key in keys if key in self._database.capacity}

    async def add_up(self, key: StockKey) -> bool:
        doc = self._database.capacity.get(key)
        if doc:
            self._database.capacity[key] = replace(doc, free=doc.q - on_shelf(doc.markers))
        return doc is not None

    async def purge(self, before: date, limit: int) -> int:
        past = [key for key in self._database.capacity if capacity_named(key)[1] < before][:limit]
        for key in past:
            del self._database.capacity[key]
        return len(past)
