"""Bounds on what one caller holds at a time, kept exactly however many of its calls run at once.

A hold is counted from its beginning on, and each call counts what its caller has begun or holds after it has begun, before it decides. So
of any holds that together go beyond the bound, the one that was counted last has seen all others. The oldest wait for the youngest to
give up.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.claims.documents import Holding, OrderDoc
from gateway.domain.claims.readings import CountHolds
from gateway.domain.claims.steps import Fail, Step
from gateway.domain.ids import Rid


@dataclass(frozen=True, slots=True)
class Limit:
    """`fits`: whether a hold may stand beside these others. `insistent`: nobody is waited for any longer."""

    owner: str
    fits: Callable[[Sequence[Holding]], bool]
    insistent: bool = False

    def others(self, rid: Rid) -> Generator[Step, Any, tuple[Holding, ...]]:
        found: tuple[Holding, ...] = yield CountHolds(self.owner)
        return tuple(one for one in found if one.rid != rid)


@dataclass(frozen=True, slots=True)
class Crowded:
    """There is no room beside these others. `ended`: the hold, which has given up; None: it is to be asked for again in a moment."""

    others: tuple[Holding, ...]
    ended: OrderDoc | None = None


def crowding(order: OrderDoc, att: int, limit: Limit) -> Generator[Step, Any, Crowded | None]:
    """Count the others; a hold that goes beyond the bound even beside the older ones alone gives up, and may be begun anew."""
    others = yield from limit.others(order.rid)
    if limit.fits(others):
        return None
    older = [one for one in others if (one.created_ms, one.rid) < (order.created_ms, order.rid)]
    if not limit.insistent and limit.fits(older):
        return Crowded(others)
    ended: OrderDoc | None = yield Fail(order.rid, att, "DEADLINE")
    return Crowded(others, ended)
