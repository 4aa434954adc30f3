"""Orders compared in several processes at once, told of as they go."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from gateway.domain.simulation import Comparison, PastOrder, compared, joined
from resolvers.simulating import Prepared

CHUNK = 500
"""Orders that a process is given at a time."""
ALONE = 2 * CHUNK
"""So few are compared in this process: to start others takes longer."""
_known: list[Prepared] = []


def comparison(prepared: Prepared, processes: int | None, progress: Callable[[int], None]) -> Comparison:
    """Return the whole; `processes`: as many as there are processors, when None."""
    chunks = list(chunked(prepared.orders))
    count = min(processes or os.cpu_count() or 1, len(chunks))
    if count <= 1 or len(prepared.orders) <= ALONE:
        return joined([one_after_the_other(chunk, prepared, progress) for chunk in chunks])
    parts = []
    shared = Prepared((), prepared.rivals, prepared.now)
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_know, initargs=(shared,)) as pool:
        for chunk, part in zip(chunks, pool.map(_compare, chunks), strict=True):
            parts.append(part)
            progress(len(chunk))
    return joined(parts)


def one_after_the_other(orders: Sequence[PastOrder], prepared: Prepared, progress: Callable[[int], None]) -> Comparison:
    part = compared(orders, prepared.rivals, prepared.now)
    progress(len(orders))
    return part


def chunked(orders: Sequence[PastOrder]) -> Iterator[tuple[PastOrder, ...]]:
    """Yield the orders in parts, neighbors together."""
    ordered = sorted(orders, key=lambda order: (order.channel, order.where))
    for start in range(0, len(ordered), CHUNK):
        yield tuple(ordered[start : start + CHUNK])


def _know(prepared: Prepared) -> None:
    _known[:] = [prepared]


def _compare(orders: tuple[PastOrder, ...]) -> Comparison:
    return compared(orders, _known[0].rivals, _known[0].now)
