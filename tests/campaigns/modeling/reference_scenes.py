"""Scenes of references: one is placed once in every order of steps, whoever dies, and is free again when its order came to nothing."""

from dataclasses import dataclass, replace
from typing import Any, cast

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import Fit, Pick, Request, place_hold, reserve
from gateway.domain.claims.references import Reference, Referred
from gateway.domain.claims.steps import Write
from gateway.domain.ids import Rid, StockKey
from gateway.domain.order import Order
from tests.campaigns.modeling.actors import first, once, rec
from tests.campaigns.modeling.programs import R1, TTL, Next, canceling, heard, owing
from tests.campaigns.modeling.terms import EXPIRED, HELD_X, OVER, scene
from tests.support.scene import Actor

KEY = Reference(Rid("ref"), "PO-1", "fp", insistent=True)
OTHER = replace(KEY, key=Rid("other"), text="PO-2")


@dataclass(frozen=True)
class Named:
    """As much of an order as the protocol looks at."""

    reference: str


def naming(reference: Reference) -> Write:
    def write(order: OrderDoc) -> Entry:
        return replace(owing(order), order=cast("Order", Named(reference.text)))

    return write


def told_of(answer: Any) -> str:
    return "REFERRED" if isinstance(answer, Referred) else heard(answer)


def placing_with(rid: Rid, key: StockKey) -> Program[str]:
    return told_of((yield from reserve(Request(rid, "fp", [Pick(key, 1)], Next(), naming(KEY), "PLACED", TTL, KEY))))


def putting_with(by: Rid, reference: Reference) -> Program[str]:
    def as_it_is(order: OrderDoc) -> Fit:
        return Fit(order.claims)

    return told_of((yield from place_hold(R1, by, "fp", as_it_is, naming(reference), reference)))


def in_turn(*actors: Actor) -> Actor:
    """One caller of several calls; it is told the last answer."""

    def program() -> Program[Any]:
        answer = None
        for actor in actors:
            answer = yield from actor.program()
        return answer

    return replace(actors[-1], program=once(program))


def place(rid: str, key: str) -> Actor:
    return Actor(once(placing_with, Rid(rid), StockKey(key)), Rid(rid))


def put(by: str, reference: Reference = KEY) -> Actor:
    return Actor(once(putting_with, Rid(by), reference))


def release() -> Actor:
    return Actor(once(canceling, R1))


REFERENCES = (
    scene("reference, two at once", (place("r1", "x"), place("r2", "y")), "x1 y1", (0, OVER)),
    scene("reference, two at once, recovery", (place("r1", "x"), place("r2", "y"), rec()), "x1 y1", (0,), doubles=1),
    scene("reference, two at once for one unit", (place("r1", "x"), place("r2", "x")), "x1", (0,)),
    scene("reference, repeated call", (in_turn(place("r1", "x"), place("r1", "x")), place("r2", "y")), "x1 y1", (0,)),
    scene("reference, twin", (place("r1", "x"), in_turn(place("r1", "x"), place("r2", "y"))), "x1 y1", (0,)),
    scene("reference, hold that ends", (put("k1"), place("r2", "y")), "x1 y1", (0, EXPIRED), before=(first(HELD_X),)),
    scene("reference, hold that is released", (put("k1"), in_turn(release(), place("r2", "y"))), "x1 y1", (0,), before=(first(HELD_X),)),
    scene("reference, hold by two keys", (put("k1"), in_turn(put("k2"), place("r2", "y"))), "x1 y1", (0,), before=(first(HELD_X),)),
    scene("reference, another one", (put("k1"), in_turn(put("k2", OTHER), place("r2", "y"))), "x1 y1", (0,), before=(first(HELD_X),)),
)
