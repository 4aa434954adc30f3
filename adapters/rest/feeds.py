"""A feed as batches of our records: every part mapped, its bad rows told beside the good."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from adapters.mapping.rows import Maker, RowMapping
from adapters.rest.config import FanOut, Feed
from adapters.rest.paging import Part, parts
from adapters.rest.system import Scope, System
from gateway.domain.errors import SourceGarbage
from gateway.domain.feeds import Batch

Row = TypeVar("Row")


@dataclass(frozen=True)
class FeedReader(Generic[Row]):
    """Reads one feed of a system; `live`: its calls are bounded as any read's, not as a feed's."""

    system: System
    feed: Feed
    make: Maker[Row]
    live: bool = False

    async def batches(self, scope: Scope, accepts: frozenset[int] = frozenset()) -> AsyncIterator[tuple[Batch[Row], Part]]:
        """Yield batches with the part each came from; only the last is complete. At least one is yielded."""
        waiting: tuple[Batch[Row], Part] | None = None
        async for part in self._parts(scope, accepts):
            if waiting:
                yield replace(waiting[0], complete=False), waiting[1]
            waiting = (self.batch(part), part)
        if waiting:
            yield waiting

    def batch(self, part: Part) -> Batch[Row]:
        """Return a part's rows as ours, with the place in its source's order as of which they hold."""
        return replace(self.read(part), sequence=self.whole(self.system.value(self.feed.page.sequence, part.answer.content)))

    def read(self, part: Part) -> Batch[Row]:
        """Return a part's rows as ours."""
        content = part.answer.content
        around = {"_page": content, "_each": list(part.each), "_source": self.system.source.code}
        rows, rejected = self.mapping.mapped(part.rows, self.system.words, around, self._constants(content))
        epoch = self.system.value(self.feed.page.epoch, content)
        return Batch(
            rows=tuple(rows),
            rejected=tuple(rejected),
            asked_at=part.asked_at,
            epoch="" if epoch is None else str(epoch),
            total=part.total,
        )

    @property
    def mapping(self) -> RowMapping[Row]:
        return RowMapping(self.feed.ways(), self.make)

    def whole(self, number: Any) -> int | None:
        if number is None:
            return None
        if isinstance(number, bool) or not isinstance(number, int):
            raise SourceGarbage(self.system.source.code, f"its sequence {str(number)[:30]!r} is no whole number")
        return number

    def _constants(self, content: Any) -> Mapping[str, Any]:
        as_of = self.system.value(self.feed.page.as_of, content)
        return {} if as_of is None else {"as_of": as_of}

    async def _parts(self, scope: Scope, accepts: frozenset[int]) -> AsyncIterator[Part]:
        if self.feed.each is None:
            async for part in parts(self.system, self.feed, scope, accepts, live=self.live):
                yield part
            return
        values = await fanned_out(self.system, self.feed.each, scope)
        if not values:
            raise SourceGarbage(self.system.source.code, f"lists nothing at {self.feed.each.rows.text} to ask for")
        for chunk in chunks(values, self.feed.each.batch):
            async for part in parts(self.system, self.feed, {**scope, "each": list(chunk)}, accepts, live=self.live):
                yield replace(part, each=chunk)


async def fanned_out(system: System, each: FanOut, scope: Scope) -> list[Any]:
    """Return the values that a feed is asked for one by one (or in batches)."""
    found: list[Any] = []
    async for part in parts(system, each, scope):
        found += part.rows
    return list(dict.fromkeys(value for value in found if value is not None))


def chunks(values: Iterable[Any], size: int) -> Iterable[tuple[Any, ...]]:
    listed = list(values)
    return (tuple(listed[start : start + size]) for start in range(0, len(listed), size))
