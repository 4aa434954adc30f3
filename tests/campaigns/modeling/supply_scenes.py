"""Scenes of what sources say, of a place's capacity and of supply to come."""

from dataclasses import replace
from typing import Any

from gateway.domain.claims.documents import Marker, StockDoc
from gateway.domain.claims.figures import Figure
from gateway.domain.claims.steps import Commit, Take
from gateway.domain.claims.supply import peg_of
from gateway.domain.ids import StockKey
from tests.campaigns.modeling.actors import back, can, come, cut, first, fold, more, mov, put, rec, res, room, scr, src, told, word_of
from tests.campaigns.modeling.programs import (
    FEED,
    FIRST,
    LOT_AT,
    ROOM,
    acknowledging_and_returning,
    announcing,
    carrying_out,
    letting_go,
    letting_go_before_a_restore,
    lot,
    restored,
    taking_and_returning,
    taking_by_hand,
)
from tests.campaigns.modeling.terms import (
    EXPIRED,
    HELD_2,
    HELD_X,
    LATE,
    ONE,
    OVER,
    PLACED_X,
    PLACED_XX,
    ROOM_AT_X_OR_Y,
    TWO,
    UP_TO_2,
    XX,
    X,
    scene,
)
from tests.support.modeled_database import Stated, Supplied, document_of

ANNOUNCED: dict[str, Any] = {"before": (first(PLACED_X), first(word_of(announcing))), "owed": {"r1": {0, 1}}, "counted": {"r1": 1}}
"""An order of one unit that its source was told of, and whose figure counts it from its first number on."""
SOURCES = (
    scene("lift, figure first", (PLACED_X, PLACED_X, src(3, figure_first=True)), "x3", (0, LATE, OVER), counted={"r1": 1}),
    scene("lift, acknowledgement first", (PLACED_X, PLACED_X, src(3, figure_first=False)), "x3", (0, LATE, OVER), counted={"r1": 1}),
    scene(
        "settle, lift, recovery, rival",
        (src(2, figure_first=False), rec(), rec(), HELD_2),
        "x2",
        (0, OVER),
        before=(first(PLACED_X, Commit),),
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
        before=(first(PLACED_X, Commit),),
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
WORDS = (
    scene(
        "difference that carries out, buyers",
        (word_of(carrying_out, 2), HELD_2, rec()),
        "x2",
        (0, OVER),
        before=(first(PLACED_X),),
        counted={"r1": 1},
    ),
    scene(
        "taken by hand, recovery, cancel of units",
        (word_of(taking_by_hand), rec(), rec(), cut(0)),
        "x1",
        (0, OVER),
        before=(first(PLACED_X),),
        owed={"r1": {0, 1}},
    ),
    scene(
        "taken by hand, given back, buyer",
        (word_of(taking_by_hand), word_of(letting_go, by="answer"), HELD_2, rec()),
        "x1",
        (0, OVER),
        before=(first(PLACED_X),),
        owed={"r1": {0, 1}},
    ),
    scene(
        "refused by its source after all, buyer",
        (word_of(taking_and_returning, 1), word_of(acknowledging_and_returning, by="answer", let_go=False), HELD_2),
        "x1",
        (0, OVER),
        **ANNOUNCED,
        short="x",
    ),
    scene(
        "canceled by its source, buyer",
        (word_of(taking_and_returning, 1), word_of(acknowledging_and_returning, by="answer", let_go=True), HELD_2),
        "x1",
        (0, OVER),
        **ANNOUNCED,
    ),
    scene(
        "canceled by its source before it was heard of, buyer",
        (word_of(taking_and_returning, 1), word_of(letting_go, by="answer"), HELD_2),
        "x1",
        (0, OVER),
        **ANNOUNCED,
    ),
    scene(
        "not found, later figure, buyer",
        (back(0), told(Stated(StockKey("x"), Figure(1, 0, 1, 1, begun_ms=1))), HELD_2),
        "x2",
        (0, OVER),
        before=(first(PLACED_XX),),
        owed={"r1": {0, 2}},
        counted={"r1": 1},
    ),
    scene(
        "source restored from a backup, buyer",
        (word_of(restored, 1), HELD_2, rec()),
        "",
        (0, OVER),
        documents=(replace(document_of(StockKey("x"), 1), epoch=FIRST),),
        before=(first(PLACED_X),),
        owed=ONE,
        counted={"r1": 2},
        answers={"r2": {"INSUFFICIENT", "RETRY"}},
    ),
    scene(
        "source restored after it canceled, buyer",
        (word_of(letting_go_before_a_restore, 1), HELD_2),
        "",
        (0, OVER),
        documents=(replace(document_of(StockKey("x"), 1), epoch=FIRST),),
        **ANNOUNCED,
    ),
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
    scene(
        "full place, goods of another",
        (room("r1", X, ROOM, "y"), HELD_2),
        "x1 y1",
        (0, OVER),
        doubles=1,
        before=(first(res("r3", ROOM, then="PLACED")),),
        owed=ONE,
    ),
    scene(
        "full place, goods of another, twins",
        (room("r1", X, ROOM, "y"), room("r1", X, ROOM, "y"), rec()),
        "x1 y1",
        (0, OVER),
        doubles=1,
        before=(first(res("r2", ROOM, then="PLACED")),),
        owed=ONE,
    ),
    scene(
        "full place, part of the goods of another",
        (room("r1", XX, ROOM, "y"), res("r2", ROOM, then="PLACED"), rec()),
        "x2 y1",
        (0, OVER),
        doubles=1,
        owed=TWO,
    ),
    scene("capacity, other place", (res("r1", ROOM_AT_X_OR_Y, then="PLACED"), res("r2", ROOM, then="PLACED"), rec()), "", (0, OVER)),
)
PEG = peg_of(FEED, lot(1))
TO_COME, TWO_TO_COME = replace(X, peg=PEG), replace(XX, peg=PEG)
EARLY = LOT_AT - 1
"""Shortly before the lot's date: it can be promised still, and what comes is taken to be of it."""


def awaiting(units: int, free: int = 0) -> StockDoc:
    return replace(document_of(StockKey("x"), free), lots={FEED: (lot(units),)})


FORSAKEN = replace(document_of(StockKey("x"), 1), free=0, markers={"r9_1_1": Marker(1, 0)})
SCRUBBING = (
    scene("scrub, marker of nobody", (scr(), HELD_2, rec("r2")), "", (0, OVER), documents=[FORSAKEN], scrubbed=True),
    scene(
        "scrub, move, recovery",
        (scr(), scr("y"), mov("m1", "y"), rec()),
        "x1 y1",
        (OVER, 3 * OVER),
        doubles=1,
        before=(first(PLACED_X),),
        owed=ONE,
        scrubbed=True,
    ),
    scene("scrub, hold, buyer", (scr(), HELD_X, HELD_2), "x1", (0, OVER), doubles=1, scrubbed=True),
    scene(
        "scrub, not found, buyer",
        (scr(), back(0), HELD_2),
        "x1",
        (OVER,),
        before=(first(PLACED_X),),
        answers={"r2": {"INSUFFICIENT", "RETRY"}},
        scrubbed=True,
    ),
)
PLACED_ROOM, ROOM_KEY = res("r1", ROOM, then="PLACED"), ROOM.keys[0]
FOLDING = (
    scene(
        "folded, hand-over, cut, late doubles",
        (fold(), src(2, figure_first=False), cut(1), fold()),
        "x2",
        (0, OVER),
        before=(first(PLACED_XX),),
        owed=UP_TO_2,
        counted={"r1": 1},
    ),
    scene(
        "folded, re-route, buyer",
        (fold(), mov("m1", "y"), HELD_2, rec()),
        "x1 y1",
        (0, OVER),
        before=(first(PLACED_X),),
        owed=ONE,
    ),
    scene("folded capacity, twins, recovery", (fold(ROOM_KEY), PLACED_ROOM, PLACED_ROOM, rec()), "", (0, LATE, OVER), owed={"r1": {0, 1}}),
    scene(
        "folded capacity, cut, buyer",
        (fold(ROOM_KEY), cut(0), res("r2", ROOM, then="PLACED"), rec()),
        "",
        (0, OVER),
        doubles=1,
        before=(first(PLACED_ROOM),),
        owed={"r1": {0, 1}, "r2": {0, 1}},
    ),
    scene("folded, twins, recovery", (fold(), PLACED_X, PLACED_X, rec()), "x2", (0, LATE, OVER), owed=ONE),
    scene(
        "folded, scrub, move, recovery",
        (fold(), scr(), mov("m1", "y"), rec()),
        "x1 y1",
        (OVER, 3 * OVER),
        doubles=1,
        before=(first(PLACED_X),),
        owed=ONE,
        scrubbed=True,
    ),
    scene(
        "folded, not found, buyer",
        (fold(), back(0), told(Stated(StockKey("x"), Figure(1, 0, 1, 1, begun_ms=1))), HELD_2),
        "x2",
        (0, OVER),
        before=(first(PLACED_XX),),
        owed={"r1": {0, 2}},
        counted={"r1": 1},
    ),
    scene(
        "folded, canceled by its source",
        (fold(), word_of(taking_and_returning, 1), word_of(acknowledging_and_returning, by="answer", let_go=True)),
        "x1",
        (OVER,),
        **ANNOUNCED,
    ),
    scene(
        "folded, source restored from a backup, buyer",
        (fold(), word_of(restored, 1), HELD_2),
        "",
        (OVER,),
        documents=(replace(document_of(StockKey("x"), 1), epoch=FIRST),),
        before=(first(PLACED_X),),
        owed=ONE,
        counted={"r1": 2},
        answers={"r2": {"INSUFFICIENT", "RETRY"}},
    ),
    scene(
        "folded, difference that carries out",
        (fold(), word_of(carrying_out, 2), HELD_2),
        "x2",
        (OVER,),
        before=(first(PLACED_X),),
        counted={"r1": 1},
    ),
    scene(
        "folded, a hold's end, buyer",
        (fold(), HELD_2),
        "x1",
        (OVER, EXPIRED),
        doubles=1,
        before=(first(HELD_X),),
        answers={"r2": {"HELD", "INSUFFICIENT", "RETRY", "EXPIRED"}},
    ),
    scene(
        "folded, a hold that ended, buyer",
        (HELD_2,),
        "x1",
        (EXPIRED,),
        doubles=1,
        before=(first(HELD_X), first(fold(), at=OVER)),
        answers={"r2": {"HELD"}},
    ),
    scene(
        "folded, dead attempt, buyer",
        (HELD_2,),
        "x1",
        (OVER,),
        doubles=1,
        before=(first(PLACED_X, Take), first(fold(), at=OVER)),
        answers={"r2": {"HELD"}},
    ),
)
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
