"""Faults that are seeded into the product's own adapter and its connection: the simulation must catch each of them."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager as Context
from typing import Any
from unittest import mock

from pymongo import ReplaceOne
from pymongo.errors import PyMongoError

from adapters.mongo import claims, combined_steps, combiner, folding, grouped_journal, marker_steps, stock_steps, writes
from adapters.mongo.moment import expression
from gateway.domain.claims import carrying
from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.steps import GiveBack, ReadOrder, Reap, Settle, Take
from tests.campaigns.simulation.clock import MachineTime
from tests.campaigns.simulation.driver import Slips
from tests.campaigns.simulation.seeds import Outcome, Trial


def update_with(module: Any, changed: Callable[[Any], Any]) -> Context[Any]:
    """Let a module's updates have another filter."""
    real = writes.update

    async def update(collection: Any, where: Any, pipeline: Any, bounds: Any, *, upsert: bool = False) -> Any:
        return await real(collection, where if upsert else changed(where), pipeline, bounds, upsert=upsert)

    return mock.patch.object(module, "update", update)


def without(*names: str) -> Callable[[Any], Any]:
    return lambda where: {name: value for name, value in where.items() if name.split(".")[0] not in names}


def taken_for_done() -> Context[Any]:
    """A step on a marker whose outcome is unknown counts as done."""
    real = writes.update

    async def update(collection: Any, where: Any, pipeline: Any, bounds: Any) -> Any:
        try:
            return await real(collection, where, pipeline, bounds)
        except PyMongoError:
            return writes.Told(matched=True, applied=True)

    return mock.patch.object(marker_steps, "update", update)


@contextlib.contextmanager
def fenced_by(now: Callable[[], int]) -> Iterator[None]:
    """Let the deadline of a take be compared with another time than the server's."""
    alone, together = stock_steps.take, combined_steps.written

    def take(step: Any, times: Times) -> Any:
        with mock.patch.object(stock_steps, "NOW", {"$literal": now()}):
            return alone(step, times)

    def written(key: Any, wishes: Any, times: Times) -> Any:
        with mock.patch.object(combined_steps, "NOW_MS", {"$literal": now()}):
            return together(key, wishes, times)

    with mock.patch.object(claims, "take", take), mock.patch.object(combiner, "written", written):
        yield


def judged_by_our_clock() -> Context[Any]:
    return fenced_by(lambda: MachineTime.time_ns() // 1_000_000)


def unfenced() -> Context[Any]:
    return fenced_by(lambda: 0)


@contextlib.contextmanager
def repeated_blindly(module: Any, *kinds: type[Any]) -> Iterator[None]:
    """Let steps of these kinds apply whatever marker stands."""
    real = combined_steps.expectation
    blind = mock.patch.object(combined_steps, "expectation", lambda wish: True if isinstance(wish.step, kinds) else real(wish))
    with blind, update_with(module, without("m")):
        yield


def overwritten_orders() -> Context[Any]:
    def statements(changes: Any) -> list[Any]:
        return [
            {"q": {"_id": one.rid}, "u": [{"$replaceWith": {"$cond": [one.fence or True, expression(one.document), "$$ROOT"]}}]}
            for one in changes
        ]

    return mock.patch.object(grouped_journal, "statements", statements)


def overwritten_figures() -> Context[Any]:
    return mock.patch("adapters.mongo.stock_store.ReplaceOne", lambda where, document: ReplaceOne({"_id": where["_id"]}, document))


@contextlib.contextmanager
def given_back_before_decided() -> Iterator[None]:
    """Recovery gives back what an open change has taken, and decides then."""

    def recover(rid: Any) -> Any:
        order: OrderDoc | None = yield ReadOrder(rid)
        for claim in order.change.add if order and order.change else ():
            yield GiveBack(claim)
        order = (yield Reap(rid)) or (yield ReadOrder(rid))
        if order:
            yield from carrying.finish(order)

    with mock.patch("tests.campaigns.simulation.shop.recover", recover), mock.patch("gateway.domain.claims.programs.recover", recover):
        yield


@contextlib.contextmanager
def no_tombstones() -> Iterator[None]:
    """Giving back where no marker was leaves nothing."""
    alone, together = stock_steps.give_back, combined_steps.combined

    def give_back(step: Any, times: Times) -> Any:
        where, pipeline = alone(step, times)
        return {**where, f"m.{step.claim.mid}.q": {"$gt": 0}}, pipeline

    def combined(wishes: Any, times: Times) -> Any:
        whole = together(wishes, times)
        absent = {wish.mid for wish in wishes if wish.marker is None and isinstance(wish.step, GiveBack)}
        whole.markers = {mid: marker for mid, marker in (whole.markers or {}).items() if mid not in absent}
        return whole

    with mock.patch.object(claims, "give_back", give_back), mock.patch.object(combined_steps, "combined", combined):
        yield


def unfolded_blindly() -> Context[Any]:
    """A marker is unfolded from a text that stands no more."""
    return update_with(folding, without("folds"))


def folded_over() -> Context[Any]:
    """What was read is folded over what others wrote since."""
    return update_with(folding, without("rev", "folds"))


FAULTS: dict[str, tuple[Slips, Times, Callable[[], Context[Any]]]] = {
    "reads weaker than a majority": (Slips(local_reads=True), Times(), contextlib.nullcontext),
    "writes of one member": (Slips(one_writer=True), Times(), contextlib.nullcontext),
    "a write concern's time-out taken for done": (Slips(deaf=True), Times(), contextlib.nullcontext),
    "a skew shorter than the longest command": (Slips(), Times(skew_ms=0), contextlib.nullcontext),
    "the deadline judged by our clock": (Slips(), Times(), judged_by_our_clock),
    "no fence": (Slips(), Times(), unfenced),
    "no tombstone": (Slips(), Times(), no_tombstones),
    "a take that is repeated blindly": (Slips(), Times(), lambda: repeated_blindly(claims, Take)),
    "a step on a marker that is repeated blindly": (Slips(), Times(), lambda: repeated_blindly(marker_steps, GiveBack, Settle)),
    "a marker unfolded from a text that is gone": (Slips(), Times(), unfolded_blindly),
    "markers folded over what was written since": (Slips(), Times(), folded_over),
    "an order written over what stands": (Slips(), Times(), overwritten_orders),
    "a figure written over what stands": (Slips(), Times(), overwritten_figures),
    "an unknown outcome taken for done": (Slips(), Times(), taken_for_done),
    "given back before it was decided": (Slips(), Times(), given_back_before_decided),
}
RARE = frozenset(
    {"a skew shorter than the longest command", "the deadline judged by our clock", "no fence", "given back before it was decided"}
)
"""Faults that need several things to meet: caught in the full form alone."""


def with_fault(name: str, seed: int) -> Outcome:
    slips, times, seeded = FAULTS[name]
    with seeded():
        try:
            return Trial(seed, slips, times).run()
        except Exception as error:  # noqa: BLE001 - whatever breaks has been noticed
            return Outcome(violations=[f"the run failed: {error!r}"])
