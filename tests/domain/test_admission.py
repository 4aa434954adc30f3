"""Before anything is written, a request plans around the places that are known to be sold out."""

from collections.abc import Generator, Sequence
from typing import Any

from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import Conflict, Pick, Request, Short, reserve
from gateway.domain.claims.readings import Admit
from gateway.domain.claims.steps import Create, ReadOrder, Step
from gateway.domain.ids import Rid, StockKey
from tests.contracts.claims import Elsewhere

X, Y, Z = StockKey("sku|x"), StockKey("sku|y"), StockKey("sku|z")


class Desk:
    """Answers a program's first steps: what is to be had where, and which order stands."""

    def __init__(self, units: dict[StockKey, int], standing: OrderDoc | None = None) -> None:
        self.units, self.standing = units, standing
        self.created: Create | None = None

    def run(self, program: Generator[Step, Any, Any]) -> Any:
        """Return the program's answer, or None when it went on to claim."""
        step = next(program)
        while not isinstance(step, Create) or self.standing:
            try:
                step = program.send(self.outcome(step))
            except StopIteration as stop:
                return stop.value
        self.created = step
        return None

    def outcome(self, step: Step) -> Any:
        if isinstance(step, Admit):
            wanted = {key: sum(claim.units for claim in step.claims if claim.key == key) for key in {claim.key for claim in step.claims}}
            return next(((key, self.units[key]) for key, units in sorted(wanted.items()) if self.units.get(key, units) < units), None)
        return self.standing if isinstance(step, ReadOrder) else None


def request(*picks: Pick, planner: Elsewhere | None = None) -> Request:
    return Request(Rid("R"), "fp", list(picks), planner or Elsewhere(), lambda _: Entry())


def created(desk: Desk) -> list[tuple[StockKey, int]]:
    assert desk.created
    return [(claim.key, claim.units) for claim in desk.created.add]


def test_where_nothing_is_known_to_be_short_the_plan_is_claimed() -> None:
    desk = Desk({})
    assert desk.run(reserve(request(Pick(X, 2), Pick(Y, 1)))) is None
    assert created(desk) == [(X, 2), (Y, 1)]


def test_what_is_known_to_be_short_is_planned_elsewhere_and_the_rest_stays() -> None:
    desk = Desk({X: 1, Y: 0})
    assert desk.run(reserve(request(Pick(X, 2), Pick(Z, 1), planner=Elsewhere(Y, Z)))) is None
    assert created(desk) == [(Z, 1), (Z, 2)]


def test_less_is_taken_where_less_will_do() -> None:
    desk = Desk({X: 1})
    assert desk.run(reserve(request(Pick(X, 2), planner=Elsewhere(partial=True)))) is None
    assert created(desk) == [(X, 1)]


def test_without_another_place_it_is_told_what_is_to_be_had_and_nothing_is_written() -> None:
    desk = Desk({X: 1})
    assert desk.run(reserve(request(Pick(X, 2)))) == Short(X, 1)
    assert desk.created is None


def test_an_order_that_stands_is_answered_by_itself() -> None:
    held = OrderDoc(Rid("R"), "fp", "HELD")
    assert Desk({X: 0}, held).run(reserve(request(Pick(X, 2)))) == held
    assert isinstance(Desk({X: 0}, OrderDoc(Rid("R"), "other", "HELD")).run(reserve(request(Pick(X, 2)))), Conflict)


def test_it_gives_up_after_as_many_plans_as_a_claim_would() -> None:
    places: Sequence[StockKey] = [StockKey(f"sku|{n}") for n in range(9)]
    planner = Elsewhere(*places)
    answer = Desk(dict.fromkeys((X, *places), 0)).run(reserve(request(Pick(X, 1), planner=planner)))
    assert isinstance(answer, Short)
    assert len(planner.asked) == 3
