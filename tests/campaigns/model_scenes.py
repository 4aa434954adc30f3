"""The scenes of the model: few actors on few units, each where an earlier text of the protocol failed or a rule has its reason."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.figures import Figure
from gateway.domain.claims.supply import peg_of
from gateway.domain.ids import LocationCode, Rid, StockKey, capacity_key
from tests.campaigns.model_programs import (
    FEED,
    LOT_AT,
    ROOM,
    TTL,
    add,
    back,
    buy,
    can,
    come,
    cut,
    edit,
    ext,
    first,
    line,
    lot,
    more,
    mov,
    put,
    rec,
    res,
    src,
    told,
)
from tests.support.invariants import Owing
from tests.support.modeled_database import TIMES, Stated, Supplied, document_of
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
    **more: Any,
) -> Scene:
    """`stock`: as "x3 y1"."""
    owing = Owing(
        {Rid(rid): frozenset(units) for rid, units in (owed or {}).items()},
        {Rid(rid): k for rid, k in (counted or {}).items()},
        {StockKey(key): units for key, units in (ever or {}).items()},
        frozenset(StockKey(key) for key in short),
    )
    shelves = {StockKey(one[0]): int(one[1:]) for one in stock.split()}
    allowed = {by: frozenset(told) for by, told in (answers or {}).items()}
    return Scene(name, tuple(actors), shelves, clocks, owing=owing, answers=allowed, **more)


RESERVING = (
    scene("twins, plenty", (res("r1", X), res("r1", X), rec()), "x3", (0, LATE, OVER), owed=ONE, answers=GETS_IT),
    scene("twins, two keys", (res("r1", X, Y), res("r1", X, Y), rec()), "x1 y1", (0, LATE, OVER), owed=TWO, answers=GETS_IT),
    scene(
        "twins, scarce, freed meanwhile",
        (res("r1", X, Y), res("r1", X, Y), can("r2")),
        "x1 y1",
        (0, OVER),
        owed=TWO,
        before=(first(res("r2", Y)),),
    ),
    scene("rivals crosswise", (res("r1", X, Y), res("r2", Y, X), rec()), "x1 y1", (0, OVER), owed={"r1": {2}, "r2": {2}}),
    scene("rivals, 2 of 3 units", (res("r1", XX), res("r2", XX), rec()), "x3", (0, LATE, OVER)),
    scene("placed at once, recovery", (PLACED_X, PLACED_X, rec()), "x2", (0, LATE, OVER), owed=ONE),
    scene("two claims on one document", (res("r1", X, X), res("r1", X, X), rec()), "x2", (0, LATE, OVER), owed=TWO, answers=GETS_IT),
    scene("two claims, cancel", (res("r1", X, X), can("r1"), rec()), "x3", (0, OVER), owed=TWO, answers=GETS_IT),
    scene("cancel, twins, recovery", (can("r1"), HELD_X, HELD_X, rec()), "x1", (0, OVER), owed=ONE, answers=GETS_IT),
    scene("cancel, late doubles", (HELD_X, can("r1"), rec()), "x2", (0, LATE, OVER), owed=ONE, answers=GETS_IT),
)
PLANNING_AGAIN = (
    scene("re-plan, twins, rival", (res("r1", XY), res("r1", line("y x")), HELD_2), "x1 y1", (0,), owed=ONE),
    scene(
        "re-plan, twins, freed meanwhile", (res("r1", XY), res("r1", XY), can("r2")), "x1 y1", (0, OVER), before=(first(HELD_2),), owed=ONE
    ),
    scene("re-plan, rival, recovery", (res("r1", XY), HELD_2, rec()), "x1 y1", (0, LATE, OVER), owed=ONE),
    scene(
        "re-plan of one line of two, twins",
        (res("r1", X, YZ), res("r1", X, YZ), res("r2", Y)),
        "x1 y1 z1",
        (0, OVER),
        doubles=1,
        owed=TWO,
        answers=GETS_IT,
    ),
    scene(
        "re-plan of one line of two, recovery",
        (res("r1", X, YZ), res("r2", Y), rec()),
        "x1 y1 z1",
        (0, LATE, OVER),
        owed=TWO,
        answers=GETS_IT,
    ),
    scene(
        "re-plan keeps what it has",
        (res("r1", X, YZ), HELD_2),
        "x1 y1 z1",
        (0,),
        owed=TWO,
        answers=GETS_IT,
        before=(first(res("r1", X, YZ), 2), first(res("r3", Y))),
    ),
    scene("reopen after a deadline", (HELD_X, rec(), res("r1", XY)), "x1 y1", (0, OVER, 2 * OVER), owed=ONE),
)
PLACING = (
    scene("hold, place, expiry", (buy("k1", X), rec(), rec()), "x1", (0, OVER, EXPIRED), owed=ONE),
    scene("place by two keys", (put("k1"), put("k2"), put("k2"), rec()), "x1", (0, EXPIRED), before=(first(HELD_X),), owed=ONE),
    scene(
        "place fewer, expiry",
        (put("k1", units=2), put("k2"), rec()),
        "x2 y2",
        (0, EXPIRED),
        before=(first(res("r1", XX, Y)),),
        owed={"r1": {2, 3}},
    ),
    scene(
        "place fewer of one claim",
        (put("k1", units=1), put("k2", units=1), rec(), rec()),
        "x2",
        (0, EXPIRED),
        before=(first(HELD_XX),),
        owed=UP_TO_2,
    ),
)
CHANGING = (
    scene(
        "re-route, twins, recovery",
        (mov("m1", "y"), mov("m1", "y"), rec()),
        "x1 y1",
        (OVER, OVER + LATE, 2 * OVER),
        before=(first(PLACED_X),),
        owed=ONE,
    ),
    scene("re-route, short, re-plan", (mov("m1", "y z"), res("r2", Y), rec()), "x1 y1 z1", (0, OVER), before=(first(PLACED_X),), owed=ONE),
    scene("two re-routes", (mov("m1", "y"), mov("m2", "z"), rec()), "x1 y1 z1", (0, LATE, OVER), before=(first(PLACED_X),), owed=ONE),
    scene(
        "move of a hold, expiry",
        (mov("m1", "y"), rec(), rec()),
        "x1 y1",
        (EXPIRED - 2, EXPIRED, EXPIRED + OVER),
        before=(first(HELD_X),),
        owed=ONE,
    ),
    scene("move of a hold, place", (mov("m1", "y"), put("k1"), rec()), "x1 y1", (0, EXPIRED), before=(first(HELD_X),), owed=ONE),
    scene(
        "move of a hold, place, cancel",
        (mov("m1", "y"), put("k1"), can("r1"), rec()),
        "x1 y1",
        (0, EXPIRED),
        doubles=1,
        before=(first(HELD_X),),
        owed=ONE,
    ),
    scene("re-route, cancel of units", (mov("m1", "y"), cut(1), rec()), "x2 y2", (0, OVER), before=(first(PLACED_XX),), owed=UP_TO_2),
    scene(
        "two cancels of units",
        (cut(2), cut(1), rec()),
        "x3",
        (0,),
        before=(first(res("r1", line("x", 3), then="PLACED")),),
        owed={"r1": {1, 2, 3}},
    ),
    scene("cancel of all units before settle", (cut(0), rec(), rec()), "x2", (0, OVER), before=(first(PLACED_XX, 3),), owed={"r1": {0, 2}}),
)
SOURCES = (
    scene("lift, figure first", (PLACED_X, PLACED_X, src(3, figure_first=True)), "x3", (0, LATE, OVER), counted={"r1": 1}),
    scene("lift, acknowledgement first", (PLACED_X, PLACED_X, src(3, figure_first=False)), "x3", (0, LATE, OVER), counted={"r1": 1}),
    scene(
        "settle, lift, recovery, rival",
        (src(2, figure_first=False), rec(), rec(), HELD_2),
        "x2",
        (0, OVER),
        before=(first(PLACED_X, 3),),
        counted={"r1": 1},
    ),
    scene(
        "lift, cancel of units", (src(2, figure_first=True), cut(1), rec()), "x2", (0, OVER), before=(first(PLACED_XX),), counted={"r1": 1}
    ),
    scene(
        "lift, rivals for the rest",
        (src(2, figure_first=True), rec(), HELD_2, res("r3", X)),
        "x2",
        (0, OVER),
        before=(first(PLACED_X, 3),),
        counted={"r1": 1},
    ),
    scene(
        "hand-over, re-route, buyer",
        (mov("m1", "y"), src(1, figure_first=True), HELD_2, rec()),
        "x1 y1",
        (0, OVER),
        doubles=1,
        before=(first(PLACED_X),),
        owed=ONE,
        counted={"r1": 1},
    ),
    scene(
        "hand-over, cancel of units, buyer",
        (cut(1), src(2, figure_first=False), HELD_2),
        "x2",
        (0, OVER),
        before=(first(PLACED_XX),),
        owed=UP_TO_2,
        counted={"r1": 1},
    ),
)
NOBODY_SWEEPS = (
    scene(
        "lapsed hold",
        (HELD_2, put("k1")),
        "x1",
        (EXPIRED,),
        before=(first(HELD_X),),
        answers={"r2": {"HELD"}, "k1": {"NOT PLACED", "EXPIRED"}},
    ),
    scene("dead attempt, one buyer", (HELD_2,), "x1", (OVER,), before=(first(HELD_X, 2),), answers={"r2": {"HELD"}}),
    scene("dead attempt, two buyers", (HELD_2, res("r3", X)), "x1", (OVER,), before=(first(HELD_X, 2),)),
    scene("unsettled place, short buyer", (HELD_2, put("k1"), rec()), "x1", (0, OVER, EXPIRED), before=(first(HELD_X, 3),)),
)
MORE_OF_EVERYTHING = (
    scene(
        "reopen, two keys",
        (res("r1", X, Y), rec(), res("r1", X, Y)),
        "x1 y1",
        (0, LATE, OVER, OVER + LATE),
        doubles=1,
        owed=TWO,
        answers=GETS_IT,
    ),
    scene(
        "re-route twins, cancel of units",
        (mov("m1", "y"), mov("m1", "y"), cut(1)),
        "x2 y2",
        (0, OVER),
        doubles=1,
        before=(first(PLACED_XX),),
        owed=UP_TO_2,
    ),
    scene("twins, sweepers, rival", (HELD_X, HELD_X, rec(), rec(), HELD_2), "x1", (0, OVER), doubles=1, owed=ONE),
    scene("twins re-plan, rival, sweeper", (res("r1", XY), res("r1", XY), HELD_2, rec()), "x1 y1", (0, OVER), doubles=1, owed=ONE),
    scene(
        "hold, move, place, expiry, buyer",
        (mov("m1", "y"), put("k1"), rec(), HELD_2),
        "x1 y1",
        (0, EXPIRED),
        doubles=1,
        before=(first(HELD_X),),
        owed=ONE,
    ),
)
STEPS_OF_ORDERS = (
    scene("fewer units, buyer", (edit("e1", 1), HELD_2, rec()), "x2", (0, OVER), before=(first(HELD_XX),), owed=UP_TO_2),
    scene("fewer units, place", (edit("e1", 1), put("k1"), rec()), "x2", (0, EXPIRED), before=(first(HELD_XX),), owed=UP_TO_2),
    scene(
        "fewer units, cancel of units", (edit("e1", 1), cut(0), rec()), "x2", (0, OVER), before=(first(PLACED_XX),), owed={"r1": {0, 1, 2}}
    ),
    scene("one more, asked twice", (add("e1"), add("e1"), rec()), "x3", (0, OVER), before=(first(HELD_X),), owed=UP_TO_2),
    scene(
        "one more by two, place", (add("e1"), add("e2"), put("k1")), "x3", (0,), doubles=1, before=(first(HELD_X),), owed={"r1": {1, 2, 3}}
    ),
    scene("extension, place, end", (ext(20), put("k1"), rec()), "x1", (EXPIRED - 2, EXPIRED), before=(first(HELD_X),), owed=ONE),
    scene("extension twice, buyer", (ext(20), ext(30), HELD_2), "x1", (0, EXPIRED), before=(first(HELD_X),), owed=ONE),
    scene("given back, move, buyer", (back(None), mov("m1", "y"), HELD_2), "x1 y1", (0,), before=(first(PLACED_X),), owed={"r1": {0, 1}}),
    scene(
        "not found, buyer",
        (back(0), HELD_2, rec()),
        "x1",
        (0, OVER),
        before=(first(PLACED_X),),
        owed={"r1": {0, 1}},
        answers={"r2": {"INSUFFICIENT", "RETRY"}},
    ),
    scene("safety stock, rivals", (res("r1", line("x", 1, 1)), res("r2", line("x", 1, 1)), rec()), "x2", (0, OVER)),
    scene("safety stock, last unit", (res("r1", line("x", 1, 1)), can("r2")), "x1", (0,), answers={"r1": {"INSUFFICIENT"}}),
)
CAPACITY = (
    scene(
        "capacity, two holds", (more("k1", ROOM), more("k2", ROOM, rid="r2"), rec()), "x2", (0, OVER), before=(first(HELD_X), first(HELD_2))
    ),
    scene(
        "capacity, expiry",
        (more("k1", ROOM), more("k1", ROOM), rec()),
        "x1",
        (EXPIRED - 2, EXPIRED, EXPIRED + OVER),
        before=(first(HELD_X),),
    ),
    scene("capacity or without, two keys", (more("k1", ROOM), put("k2"), rec()), "x1", (0, EXPIRED), before=(first(HELD_X),)),
    scene(
        "capacity, other key short",
        (res("r1", ROOM, X, then="PLACED"), res("r1", ROOM, X, then="PLACED"), rec()),
        "x0",
        (0, LATE),
    ),
    scene(
        "capacity last, other key freed",
        (res("r1", X, ROOM, then="PLACED"), res("r1", X, ROOM, then="PLACED"), can("r2")),
        "x1",
        (0,),
        before=(first(HELD_2),),
    ),
    scene("capacity, other place", (res("r1", ROOM_AT_X_OR_Y, then="PLACED"), res("r2", ROOM, then="PLACED"), rec()), "", (0, OVER)),
)
PEG = peg_of(FEED, lot(1))
TO_COME, TWO_TO_COME = replace(X, peg=PEG), replace(XX, peg=PEG)
EARLY = LOT_AT - 1
"""Shortly before the lot's date: it can be promised still, and what comes is taken to be of it."""


def awaiting(units: int, free: int = 0) -> StockDoc:
    return replace(document_of(StockKey("x"), free), lots={FEED: (lot(units),)})


SUPPLY = (
    scene("lot, two buyers", (res("r1", TO_COME), res("r2", TO_COME), rec()), "", (0, LATE), documents=[awaiting(1)], ever={"x": 1}),
    scene(
        "lot comes, figure first",
        (res("r1", TO_COME), come(1, figures_first=True), HELD_2),
        "",
        (EARLY, EARLY + OVER),
        documents=[awaiting(1)],
        ever={"x": 1},
    ),
    scene(
        "lot comes, its end first",
        (res("r1", TO_COME), come(1, figures_first=False), HELD_2),
        "",
        (EARLY, EARLY + OVER),
        documents=[awaiting(1)],
        ever={"x": 1},
    ),
    scene(
        "lot comes in parts, promised before",
        (come(1, 2, figures_first=True), HELD_2, res("r3", TO_COME), can("r1")),
        "",
        (EARLY,),
        doubles=1,
        documents=[awaiting(2)],
        before=(first(res("r1", TWO_TO_COME)),),
        ever={"x": 2},
    ),
    scene(
        "lot comes, hold on it ends",
        (come(2, figures_first=True), put("k1"), HELD_2, rec()),
        "",
        (EARLY, EXPIRED),
        doubles=1,
        documents=[awaiting(2)],
        before=(first(res("r1", TWO_TO_COME)),),
        ever={"x": 2},
    ),
    scene(
        "lot comes, units canceled",
        (come(1, 2, figures_first=True), cut(1), HELD_2),
        "",
        (EARLY,),
        doubles=1,
        documents=[awaiting(2)],
        before=(first(res("r1", TWO_TO_COME, then="PLACED")),),
        ever={"x": 2},
        owed=UP_TO_2,
    ),
    scene("lot past its date", (res("r1", TO_COME),), "", (LOT_AT,), documents=[awaiting(1)], answers={"r1": {"INSUFFICIENT"}}),
    scene(
        "lot that is owed to another's promise",
        (res("r1", replace(X, peg=peg_of(FEED, lot(2, "po2")))),),
        "",
        (0,),
        documents=[awaiting(2)],
        before=(first(res("r2", TWO_TO_COME)), first(told(Supplied(StockKey("x"), FEED, (lot(2, "po2"),))))),
        answers={"r1": {"INSUFFICIENT"}},
    ),
    scene(
        "lot that is owed to the shelf",
        (res("r1", TO_COME),),
        "",
        (0,),
        documents=[awaiting(1, 1)],
        before=(first(res("r2", X, then="PLACED")), first(told(Stated(StockKey("x"), Figure(0, 0, 1, 1))))),
        short="x",
        answers={"r1": {"INSUFFICIENT"}},
    ),
)
SCENES = (
    *RESERVING,
    *PLANNING_AGAIN,
    *PLACING,
    *CHANGING,
    *SOURCES,
    *NOBODY_SWEEPS,
    *STEPS_OF_ORDERS,
    *CAPACITY,
    *SUPPLY,
    *MORE_OF_EVERYTHING,
)
SHORT = (
    "twins, plenty",
    "twins, scarce, freed meanwhile",
    "rivals, 2 of 3 units",
    "re-plan, twins, rival",
    "re-plan keeps what it has",
    "reopen after a deadline",
    "place by two keys",
    "move of a hold, expiry",
    "one more, asked twice",
    "extension twice, buyer",
    "not found, buyer",
    "lift, figure first",
    "settle, lift, recovery, rival",
    "hand-over, cancel of units, buyer",
    "dead attempt, two buyers",
)
"""Scenes of the short form: small ones of every kind."""
