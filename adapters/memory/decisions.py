"""Decisions on where units come from, in this process alone."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from adapters.memory.stated import milliseconds
from gateway.domain.ids import Rid
from gateway.domain.sourcing.decision import Decision


class MemoryDecisions:
    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._kept: dict[Rid, Decision] = {}
        self._waits: dict[Rid, int] = {}

    async def save(self, decisions: Sequence[Decision]) -> None:
        for one in decisions:
            self._kept.pop(one.id, None)
            self._kept[one.id], self._waits[one.id] = one, self._now_ms()

    async def of(self, rid: Rid, limit: int) -> Sequence[Decision]:
        found = [one for one in self._kept.values() if one.rid == rid]
        return sorted(found, key=lambda one: (one.decided_at, one.group, one.id), reverse=True)[:limit]

    async def decision(self, decision_id: Rid) -> Decision | None:
        return self._kept.get(decision_id)

    async def waiting(self, saved_before: datetime, limit: int) -> Mapping[Rid, int]:
        since: dict[Rid, int] = {}
        for key, at in sorted(self._waits.items(), key=lambda one: one[1]):
            if at < milliseconds(saved_before):
                since[self._kept[key].rid] = max(at, since.get(self._kept[key].rid, at))
        return dict(list(since.items())[:limit])

    async def settle(self, since_by_rid: Mapping[Rid, int], kept: Collection[Rid], orphans: Collection[Rid]) -> None:
        for key, at in list(self._waits.items()):
            rid = self._kept[key].rid
            if rid not in since_by_rid or at > since_by_rid[rid]:
                continue
            if rid in kept:
                del self._waits[key]
            elif rid in orphans:
                del self._waits[key], self._kept[key]
            else:
                self._waits[key] = self._now_ms()
