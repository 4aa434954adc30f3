"""Scenes of orders and holds: few actors on few units, each where an earlier text of the protocol failed or a rule has its reason."""

from gateway.domain.claims.steps import Commit, Take
from tests.campaigns.modeling.actors import add, back, buy, can, cut, edit, ext, first, make, mov, put, rec, ref, res
from tests.campaigns.modeling.programs import line
from tests.campaigns.modeling.terms import (
    EXPIRED,
    GETS_IT,
    HELD_2,
    HELD_X,
    HELD_XX,
    LATE,
    ONE,
    OVER,
    PLACED_X,
    PLACED_XX,
    TWO,
    UP_TO_2,
    XX,
    XY,
    YZ,
    X,
    Y,
    scene,
)

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
    scene("refused and placed by twins, recovery", (PLACED_X, ref(), rec()), "x1", (0, LATE, OVER), owed=ONE),
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
        before=(first(res("r1", X, YZ), Take), first(res("r3", Y))),
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
    scene(
        "cancel of all units before settle",
        (cut(0), rec(), rec()),
        "x2",
        (0, OVER),
        before=(first(PLACED_XX, Commit),),
        owed={"r1": {0, 2}},
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
    scene("dead attempt, one buyer", (HELD_2,), "x1", (OVER,), before=(first(HELD_X, Take),), answers={"r2": {"HELD"}}),
    scene("dead attempt, two buyers", (HELD_2, res("r3", X)), "x1", (OVER,), before=(first(HELD_X, Take),)),
    scene("unsettled place, short buyer", (HELD_2, put("k1"), rec()), "x1", (0, OVER, EXPIRED), before=(first(HELD_X, Commit),)),
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
    scene("two inputs of one key", (make(2), make(3), rec()), "x4", (0, OVER), before=(first(HELD_X),), owed={"r1": {1, 2, 3}}),
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
