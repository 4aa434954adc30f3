"""Scenes of plans: whoever carries a change to its end, what is written is what its claims were made for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import Fit, Pick, Planned, Request, change, reserve
from gateway.domain.claims.steps import Write
from gateway.domain.delivery_group import GroupPlan, Plan
from gateway.domain.ids import Rid, StockKey
from gateway.domain.order import Order
from tests.campaigns.modeling.actors import first, once, rec
from tests.campaigns.modeling.programs import R1, TTL, heard, owing
from tests.campaigns.modeling.terms import HELD_2, ONE, OVER, scene
from tests.support.scene import Actor


@dataclass(frozen=True)
class Routed:
    """As much of an order as a plan leaves of it."""

    reference: str
    places: tuple[str, ...]


def plan_of(places: Sequence[StockKey]) -> Plan:
    return tuple(GroupPlan(place, ()) for place in places)


def by_plan(own: Plan, *, messages: bool = True) -> Write:
    """Return a write that goes by the plan of the change that it ends, else by the caller's own."""

    def write(order: OrderDoc) -> Entry:
        plan = order.change.plan if order.change else own
        content = cast("Order", Routed(order.rid, tuple(one.group for one in plan)))
        return replace(owing(order) if messages else Entry(), order=content)

    return write


@dataclass(frozen=True)
class FirstOf:
    """Plans one unit at the first of some places that was not tried."""

    places: tuple[StockKey, ...]

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int, plan: Plan) -> Planned | None:
        left = [place for place in self.places if place not in tried]
        return Planned((Pick(left[0], 1),), plan_of(left[:1])) if left else None


def placing_by_plan(rid: Rid, places: tuple[StockKey, ...]) -> Program[str]:
    plan = plan_of(places[:1])
    request = Request(rid, "fp", [Pick(places[0], 1)], FirstOf(places), by_plan(plan), "PLACED", TTL, plan=plan)
    return heard((yield from reserve(request)))


def moving_by_plan(by: Rid, places: tuple[StockKey, ...]) -> Program[str]:
    """Move what the order claims to the first of these places that has it."""
    plan = plan_of(places[:1])

    def fitting(_order: OrderDoc) -> Fit:
        return Fit((), (Pick(places[0], 1),), FirstOf(places), plan)

    order = yield from change(R1, by, fitting, by_plan(plan, messages=False))
    return "MOVED" if isinstance(order, OrderDoc) and by in order.done else "NOT MOVED"


def place(places: str) -> Actor:
    return Actor(once(placing_by_plan, R1, tuple(StockKey(one) for one in places.split())), R1)


def move(places: str) -> Actor:
    return Actor(once(moving_by_plan, Rid("m1"), tuple(StockKey(one) for one in places.split())), R1, "m1")


PLANS = (
    scene("placed by one of two plans", (place("x y"), place("y x"), rec()), "x1 y1", (0, OVER), doubles=1, owed=ONE),
    scene("placed by one of two plans, rival", (place("x y"), place("y x"), HELD_2), "x1 y1", (0,), doubles=1, owed=ONE),
    scene("moved by one of two plans", (move("y z"), move("z y"), rec()), "x1 y1 z1", (0, OVER), before=(first(place("x")),), owed=ONE),
)
