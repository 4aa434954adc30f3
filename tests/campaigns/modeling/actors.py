"""Actors of the model by short names, so that its scenes read as sentences."""

from typing import Any

from gateway.domain.claims.carrying import recover
from gateway.domain.claims.scrubbing import scrub
from gateway.domain.ids import Rid, StockKey
from tests.campaigns.modeling.programs import (
    R1,
    Line,
    adding,
    arriving,
    canceling,
    cutting,
    editing,
    extending,
    giving_back,
    holding_and_placing,
    making,
    moving,
    placing,
    placing_where_is_room,
    refusing,
    reserving,
    sourcing,
    telling,
)
from tests.support.modeled_database import Fold, SourceWord
from tests.support.scene import Actor, Before


def res(rid: str, *lines: Line, then: Any = "HELD") -> Actor:
    return Actor(once(reserving, Rid(rid), lines, then), Rid(rid))


def room(rid: str, goods: Line, at: Line, other: str) -> Actor:
    return Actor(once(placing_where_is_room, Rid(rid), goods, at, StockKey(other)), Rid(rid))


def rec(rid: str = "r1") -> Actor:
    return Actor(once(recover, Rid(rid)))


def put(by: str, rid: str = "r1", units: int | None = None) -> Actor:
    return Actor(once(placing, Rid(rid), Rid(by), units), Rid(rid), by)


def buy(by: str, *lines: Line, rid: str = "r1") -> Actor:
    return Actor(once(holding_and_placing, Rid(rid), Rid(by), lines), Rid(rid), by)


def more(by: str, *lines: Line, rid: str = "r1") -> Actor:
    return Actor(once(placing, Rid(rid), Rid(by), None, lines), Rid(rid), by)


def mov(by: str, targets: str, rid: str = "r1") -> Actor:
    return Actor(once(moving, Rid(rid), Rid(by), StockKey("x"), tuple(StockKey(key) for key in targets.split())), Rid(rid), by)


def edit(by: str, units: int, rid: str = "r1") -> Actor:
    return Actor(once(editing, Rid(rid), Rid(by), units), Rid(rid), by)


def add(by: str, key: str = "x", rid: str = "r1") -> Actor:
    return Actor(once(adding, Rid(rid), Rid(by), StockKey(key)), Rid(rid), by)


def ref(rid: str = "r1") -> Actor:
    return Actor(once(refusing, Rid(rid)), Rid(rid))


def make(units: int, by: str = "e1", rid: str = "r1") -> Actor:
    return Actor(once(making, Rid(rid), Rid(by), units), Rid(rid), f"{by} {units}")


def can(rid: str = "r1") -> Actor:
    return Actor(once(canceling, Rid(rid)), Rid(rid), "c1")


def cut(left: int, rid: str = "r1") -> Actor:
    return Actor(once(cutting, Rid(rid), left), Rid(rid), "cut")


def ext(hold_ms: int, rid: str = "r1") -> Actor:
    return Actor(once(extending, Rid(rid), hold_ms), Rid(rid), "extension")


def src(total: int, *, figure_first: bool) -> Actor:
    return Actor(once(sourcing, R1, StockKey("x"), total, figure_first=figure_first), R1)


def word_of(program: Any, *args: Any, by: str = "source", **named: Any) -> Actor:
    """A source that says more than one word."""
    return Actor(once(program, R1, StockKey("x"), *args, **named), R1, by)


def come(*figures: int, figures_first: bool) -> Actor:
    return Actor(once(arriving, StockKey("x"), figures, figures_first=figures_first), R1, "arrival")


def scr(key: str = "x") -> Actor:
    return Actor(once(scrub, StockKey(key)))


def told(word: SourceWord) -> Actor:
    return Actor(once(telling, word))


def back(lost: int | None, rid: str = "r1") -> Actor:
    return Actor(once(giving_back, Rid(rid), lost), Rid(rid), "source")


def fold(key: str = "x") -> Actor:
    return told(Fold(StockKey(key)))


def first(actor: Actor, until: type[Any] | None = None, at: int = 0) -> Before:
    return Before(actor.program, until, at)


_programs: dict[Any, Any] = {}


def once(program: Any, *args: Any, **named: Any) -> Any:
    """Return the same program for the same arguments: actors of one program are the same to each other."""
    key = (program, args, tuple(sorted(named.items())))
    return _programs.setdefault(key, lambda: program(*args, **named))
