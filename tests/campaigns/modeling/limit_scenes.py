"""Scenes of bounds on what one caller holds: never more stand at a time, whoever begins, joins, dies or begins anew."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Holding, OrderDoc, holding_of
from gateway.domain.claims.limits import Crowded, Limit
from gateway.domain.claims.programs import Fit, Pick, Request, change, reserve
from gateway.domain.claims.steps import ReadOrder
from gateway.domain.ids import Rid, StockKey
from tests.campaigns.modeling.actors import first, once, rec
from tests.campaigns.modeling.programs import TTL, Next, heard, silent
from tests.campaigns.modeling.terms import OVER, scene
from tests.support.scene import Actor

OWNER = "one caller"


def alone(others: Sequence[Holding]) -> bool:
    return not others


@dataclass(frozen=True)
class ReadOneByOne(Limit):
    """Counts by reading one document after the other, as a database may that changes meanwhile."""

    rids: tuple[str, ...] = ()

    def others(self, rid: Rid) -> Generator[Any, Any, tuple[Holding, ...]]:
        found: tuple[Holding, ...] = ()
        for other in self.rids:
            order: OrderDoc | None = (yield ReadOrder(Rid(other))) if other != rid else None
            if order and order.is_held_by(self.owner, 0):
                found = (*found, holding_of(order))
        return found


def holding(rid: Rid, rids: tuple[str, ...]) -> Program[str]:
    """Hold a unit, if the caller holds nothing else; those who are older are waited for once."""
    answer: Any = None
    for insistent in (False, True):
        limit = ReadOneByOne(OWNER, alone, insistent, rids)
        answer = yield from reserve(Request(rid, "fp", [Pick(StockKey("x"), 1)], Next(), silent, hold_ms=TTL, limit=limit))
        if not isinstance(answer, Crowded) or answer.ended:
            break
    return "CROWDED" if isinstance(answer, Crowded) else heard(answer)


def growing(rid: Rid, rids: tuple[str, ...]) -> Program[str]:
    """Add a unit to a hold, if the caller's other holds have one unit at most."""

    def few(others: Sequence[Holding]) -> bool:
        return sum(units for one in others for _, units in one.units) <= 1

    def fitting(order: OrderDoc) -> Fit:
        return Fit(order.claims, (Pick(StockKey("x"), 1),))

    answer: Any = None
    for insistent in (False, True):
        answer = yield from change(rid, Rid(f"k{rid}"), fitting, silent, ReadOneByOne(OWNER, few, insistent, rids))
        if not isinstance(answer, Crowded) or answer.ended:
            break
    return "CROWDED" if isinstance(answer, Crowded) else heard(answer)


def grow(rid: str) -> Actor:
    return Actor(once(growing, Rid(rid), ("r1", "r2")), Rid(rid), f"k{rid}")


def freely(_others: Sequence[Holding]) -> bool:
    return True


def beginning(rid: Rid) -> Program[str]:
    limit = ReadOneByOne(OWNER, freely)
    return heard((yield from reserve(Request(rid, "fp", [Pick(StockKey("x"), 1)], Next(), silent, hold_ms=TTL, limit=limit))))


def begun(rid: str) -> Actor:
    """A hold that stands, of the same caller."""
    return Actor(once(beginning, Rid(rid)))


def hold(rid: str, among: str = "r1 r2") -> Actor:
    return Actor(once(holding, Rid(rid), tuple(among.split())), Rid(rid))


LIMITS = (
    scene("one hold a caller, two calls", (hold("r1"), hold("r2"), rec()), "x3", (0, OVER), doubles=1, held_at_most=1),
    scene(
        "one hold a caller, three calls", tuple(hold(rid, "r1 r2 r3") for rid in ("r1", "r2", "r3")), "x3", (0,), doubles=0, held_at_most=1
    ),
    scene("one hold a caller, twins", (hold("r1"), hold("r1"), hold("r2")), "x3", (0,), doubles=0, held_at_most=1),
    scene(
        "three units a caller, two holds grow",
        (grow("r1"), grow("r2"), rec()),
        "x9",
        (0, OVER),
        doubles=1,
        before=(first(begun("r1")), first(begun("r2"))),
        held_units_at_most=3,
    ),
)
