"""The scenes of the model: few actors on few units, each where an earlier text of the protocol failed or a rule has its reason."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from gateway.domain.ids import LocationCode, Rid, StockKey, capacity_key
from tests.campaigns.modeling.actors import res
from tests.campaigns.modeling.programs import ROOM, TTL, line
from tests.support.invariants import Owing
from tests.support.modeled_database import TIMES
from tests.support.scene import Actor, Scene

LATE = TIMES.deadline_ms + 1
"""Past the fence of what starts at 0, inside the skew."""
OVER = TIMES.deadline_ms + TIMES.skew_ms + 1
"""Past the skew, too."""
EXPIRED = TTL + 1
X, Y, XX = line("x"), line("y"), line("x", 2)
ROOM_AT_X_OR_Y = replace(ROOM, keys=(*ROOM.keys, capacity_key(LocationCode("y"), date(2026, 1, 1))))
XY, YZ = line("x y"), line("y z")
HELD_X, HELD_XX, HELD_2 = res("r1", X), res("r1", XX), res("r2", X)
PLACED_X, PLACED_XX = res("r1", X, then="PLACED"), res("r1", XX, then="PLACED")
ONE, TWO, UP_TO_2 = {"r1": {1}}, {"r1": {2}}, {"r1": {1, 2}}
GETS_IT = {"r1": {"HELD", "RETRY", "EXPIRED", "CANCELED"}, "c1": {"CANCELED", "UNKNOWN"}}
"""Nobody else wants these units: never a refusal."""


def scene(
    name: str,
    actors: Iterable[Actor],
    stock: str,
    clocks: tuple[int, ...],
    *,
    owed: Mapping[str, set[int]] | None = None,
    counted: Mapping[str, int] | None = None,
    answers: Mapping[str, set[Any]] | None = None,
    ever: Mapping[str, int] | None = None,
    short: Collection[str] = (),
    held_at_most: int | None = None,
    held_units_at_most: int | None = None,
    **more: Any,
) -> Scene:
    """`stock`: as "x3 y1"."""
    owing = Owing(
        {Rid(rid): frozenset(units) for rid, units in (owed or {}).items()},
        {Rid(rid): k for rid, k in (counted or {}).items()},
        {StockKey(key): units for key, units in (ever or {}).items()},
        frozenset(StockKey(key) for key in short),
        held_at_most,
        held_units_at_most,
    )
    shelves = {StockKey(one[0]): int(one[1:]) for one in stock.split()}
    allowed = {by: frozenset(told) for by, told in (answers or {}).items()}
    return Scene(name, tuple(actors), shelves, clocks, owing=owing, answers=allowed, **more)
