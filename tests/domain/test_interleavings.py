"""The protocol's programs keep their invariants in every order of their steps; the scenes are those where earlier texts of it failed."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.claims.carrying import Program, recover
from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.programs import Fit, Pick, Request, cancel, change, extend, place_hold, reduce, reserve, retract
from gateway.domain.claims.steps import ReadOrder, Step
from gateway.domain.ids import Rid, StockKey
from tests.contracts.claims import Elsewhere, as_it_is, nothing
from tests.support.interleavings import Actor, Scene, explore

R1, R2 = Rid("r1"), Rid("r2")
X, Y = StockKey("x"), StockKey("y")
LATE, OVER, ENDED = 5, 8, 13


def hold(rid: Rid, *picks: Pick, then: Any = "HELD", elsewhere: tuple[StockKey, ...] = ()) -> Actor:
    request = Request(rid, "fp", list(picks), Elsewhere(*elsewhere), nothing, then, hold_ms=12)
    return lambda: reserve(request)


def put(key: str) -> Actor:
    return lambda: place_hold(R1, Rid(key), "fp", as_it_is, nothing)


def move(by: str, place: StockKey = Y) -> Actor:
    def fitting(order: OrderDoc) -> Fit | None:
        units = sum(claim.units for claim in order.claims if claim.key == X)
        return Fit(keep=tuple(claim for claim in order.claims if claim.key != X), add=(Pick(place, units),)) if units else None

    return lambda: change(R1, Rid(by), fitting, nothing)


def fewer(by: str, units: int) -> Actor:
    def fitting(order: OrderDoc) -> Fit:
        return Fit(keep=tuple(replace(claim, units=min(claim.units, units)) for claim in order.claims))

    return lambda: change(R1, Rid(by), fitting, nothing)


def cut(units: int) -> Actor:
    def program() -> Program[Any]:
        order: OrderDoc = yield ReadOrder(R1)
        return (yield from reduce(R1, order.v, {order.claims[0].mid: units}, nothing)) if order.claims else None

    return program


def word(lost: int | None) -> Actor:
    def program() -> Generator[Step, Any, Any]:
        order: OrderDoc = yield ReadOrder(R1)
        return (yield from retract(R1, order.v, frozenset(claim.mid for claim in order.claims), nothing, lost=lost))

    return program


def again() -> Actor:
    return lambda: recover(R1)


ONE, TWO = Pick(X, 1), Pick(X, 2)
SCENES = {
    "twins": Scene([hold(R1, ONE), hold(R1, ONE)], {X: 2}, (0, LATE, OVER), owed={R1: {1}}),
    "twins, recovery": Scene([hold(R1, ONE), hold(R1, ONE), again()], {X: 1}, (0, OVER), owed={R1: {1}}),
    "rivals crosswise": Scene([hold(R1, ONE, Pick(Y, 1)), hold(R2, Pick(Y, 1), ONE)], {X: 1, Y: 1}, owed={R1: {2}, R2: {2}}),
    "re-plan against a rival": Scene([hold(R1, ONE, elsewhere=(X, Y)), hold(R2, ONE), again()], {X: 1, Y: 1}, owed={R1: {1}}),
    "cancel against its own attempt": Scene([hold(R1, ONE), lambda: cancel(R1), again()], {X: 1}, owed={R1: {1}}),
    "place by two keys at the end": Scene([put("k1"), put("k2"), again()], {X: 1}, (0, ENDED), [hold(R1, ONE)], {R1: {1}}),
    "move of a hold against its placing": Scene([move("m1"), put("k1")], {X: 1, Y: 1}, (0, ENDED), [hold(R1, ONE)], {R1: {1}}),
    "two moves": Scene(
        [move("m1"), move("m2", StockKey("z"))], {X: 1, Y: 1, StockKey("z"): 1}, (0,), [hold(R1, ONE, then="PLACED")], {R1: {1}}
    ),
    "fewer units against a buyer": Scene([fewer("c1", 1), hold(R2, ONE), again()], {X: 2}, (0, OVER), [hold(R1, TWO)], {R1: {1, 2}}),
    "fewer units against a placing": Scene([fewer("c1", 1), put("k1"), again()], {X: 2}, (0, ENDED), [hold(R1, TWO)], {R1: {1, 2}}),
    "fewer units against canceled ones": Scene(
        [fewer("c1", 1), cut(0)], {X: 2}, (0, OVER), [hold(R1, TWO, then="PLACED")], {R1: {0, 1, 2}}
    ),
    "move against canceled units": Scene([move("m1"), cut(1)], {X: 2, Y: 2}, (0, OVER), [hold(R1, TWO, then="PLACED")], {R1: {1, 2}}),
    "extension against the end": Scene([lambda: extend(R1, 20), put("k1"), again()], {X: 1}, (11, ENDED), [hold(R1, ONE)], {R1: {1}}),
    "given back against a move": Scene(
        [word(None), move("m1"), hold(R2, ONE)], {X: 1, Y: 1}, (0,), [hold(R1, ONE, then="PLACED")], {R1: {0, 1}}
    ),
    "not found against a buyer": Scene([word(0), hold(R2, ONE), again()], {X: 2}, (0, OVER), [hold(R1, ONE, then="PLACED")], {R1: {0, 1}}),
}


@pytest.mark.parametrize("scene", SCENES)
def test_no_order_of_steps_breaks_an_invariant(scene: str) -> None:
    states, told = explore(SCENES[scene])
    assert states > 20
    assert told


def test_rivals_for_one_unit_are_never_both_served() -> None:
    _, told = explore(Scene([hold(R1, ONE), hold(R2, ONE)], {X: 1}, (0,)))
    held = ("HELD", None)
    assert {held, ("VOID", "INSUFFICIENT")} in [set(answers) for answers in told]
    assert (held, held) not in told


def test_units_that_were_not_found_are_sold_to_nobody_until_a_later_figure() -> None:
    _, told = explore(Scene([word(0), hold(R2, ONE)], {X: 1}, (0,), [hold(R1, ONE, then="PLACED")]))
    assert {answers[1] for answers in told} == {("VOID", "INSUFFICIENT")}
