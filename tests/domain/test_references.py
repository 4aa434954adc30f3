"""A reference is placed once in every order of steps, whoever dies, and is free again when its order came to nothing."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from gateway.domain.claims import references
from gateway.domain.claims.documents import Entry, KeyDoc, OrderDoc
from gateway.domain.claims.programs import Pick, Request, cancel, place_hold, recover, reserve
from gateway.domain.claims.references import Reference, Referred
from gateway.domain.claims.steps import Step, Write
from gateway.domain.ids import Rid, StockKey
from gateway.domain.order import Order
from tests.contracts.claims import Elsewhere, as_it_is, nothing
from tests.support.interleavings import Actor, Scene, explore

R1, R2 = Rid("r1"), Rid("r2")
X, Y = StockKey("x"), StockKey("y")
KEY = Reference(Rid("ref"), "PO-1", "fp", insistent=True)
OVER = 8


@dataclass(frozen=True)
class Named:
    """As much of an order as the protocol looks at."""

    reference: str


def naming(reference: Reference) -> Write:
    return lambda _order: Entry(order=cast("Order", Named(reference.text)))


def place(rid: Rid, key: StockKey) -> Actor:
    return lambda: reserve(Request(rid, "fp", [Pick(key, 1)], Elsewhere(), naming(KEY), "PLACED", reference=KEY))


def put(by: str, reference: Reference = KEY) -> Actor:
    return lambda: place_hold(R1, Rid(by), "fp", as_it_is, naming(reference), reference)


def in_turn(*actors: Actor) -> Actor:
    """One caller of several calls."""

    def program() -> Generator[Step, Any, Any]:
        for actor in actors:
            answer = yield from actor()
        return answer

    return program


def release(rid: Rid) -> Actor:
    return lambda: cancel(rid)


def reserved() -> Generator[Step, Any, Any]:
    return reserve(Request(R1, "fp", [Pick(X, 1)], Elsewhere(), nothing, hold_ms=12))


PLENTY, ENDED = {X: 1, Y: 1}, 13
ANOTHER = replace(KEY, key=Rid("other"), text="PO-2")
SCENES = {
    "two at once": Scene([place(R1, X), place(R2, Y)], PLENTY, (0, OVER)),
    "two at once, recovery": Scene([place(R1, X), place(R2, Y), lambda: recover(R1)], PLENTY, (0,)),
    "two at once for one unit": Scene([place(R1, X), place(R2, X)], {X: 1}, (0,)),
    "a call that is repeated": Scene([in_turn(place(R1, X), place(R1, X)), place(R2, Y)], PLENTY, (0,)),
    "a twin": Scene([place(R1, X), in_turn(place(R1, X), place(R2, Y))], PLENTY, (0,)),
    "a hold that ends": Scene([put("k1"), place(R2, Y)], PLENTY, (0, ENDED), [reserved]),
    "a hold that is released": Scene([put("k1"), in_turn(release(R1), place(R2, Y))], PLENTY, (0,), [reserved]),
    "a hold by two keys": Scene([put("k1"), in_turn(put("k2"), place(R2, Y))], PLENTY, (0,), [reserved]),
    "a hold that gets another reference": Scene([put("k1"), in_turn(put("k2", ANOTHER), place(R2, Y))], PLENTY, (0,), [reserved]),
}


@pytest.mark.parametrize("scene", SCENES)
def test_no_order_of_steps_places_two_orders_with_one_reference(scene: str) -> None:
    states, told = explore(SCENES[scene])
    assert states > 100
    assert any(("PLACED", None) in answers for answers in told)


def test_a_caller_is_refused_only_for_an_order_that_is_placed_or_may_be() -> None:
    _, told = explore(Scene([place(R1, X), place(R2, Y)], {X: 1, Y: 1}, (0,)))
    assert ("PLACED", None) not in {one for answers in told if len(set(answers)) == 1 for one in answers}
    assert {("PLACED", None), Referred.__name__} in [set(answers) for answers in told]


def never_idle(_order: OrderDoc | None, _key: KeyDoc) -> bool:
    return False


def given_up_unless_placed(order: OrderDoc | None, _key: KeyDoc, reference: Reference) -> bool:
    return order is None or not references.is_placed_with(order, reference)


@pytest.mark.parametrize("scene", ["two at once", "a hold that ends"])
def test_a_holder_that_could_still_act_on_what_it_read_would_place_a_second_one(scene: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker sees what the rule is there for."""
    monkeypatch.setattr(references, "is_idle", never_idle)
    monkeypatch.setattr(references, "is_given_up", given_up_unless_placed)
    with pytest.raises(AssertionError, match="two orders of one reference"):
        explore(SCENES[scene])
