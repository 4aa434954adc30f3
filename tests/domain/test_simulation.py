"""Past orders under two profiles: each is sourced by the one engine, and the sums are those of the orders."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from benchmarks.past_orders import HELD, NOW, TRIED
from benchmarks.past_orders import facts as made_up
from benchmarks.past_orders import orders as past_orders
from gateway.domain.ids import ChannelCode
from gateway.domain.promise.options import Destination, PromiseFacts, PromiseRequest
from gateway.domain.promise.passages import Passages
from gateway.domain.promise.quote import delivery_options
from gateway.domain.quantities import SkuQuantity
from gateway.domain.simulation import Comparison, PastGroup, PastOrder, Rivals, Totals, compared
from gateway.domain.sourcing.problem import Outlook
from gateway.domain.sourcing_terms import SourcingProfile, Strategy
from gateway.simulate import spread
from resolvers.simulating import Prepared
from tests.domain.retailer import LYON, LYON_HOME, NANTES, THURSDAY_8, WAREHOUSE, A, B, facts

WEB = ChannelCode("web")
SHOPS_FIRST = SourcingProfile("shops", (WEB,), strategies=(Strategy("shops", kinds=("STORE",)), Strategy("any")))
STOCK = {(A, WAREHOUSE): 5, (A, LYON): 2, (B, LYON): 1, (B, NANTES): 4}


def order(number: str, **units: int) -> PastOrder:
    lines = tuple(SkuQuantity(sku, units[sku]) for sku in (A, B) if sku in units)
    return PastOrder(number, WEB, (PastGroup("standard", lines, LYON_HOME),))


def rivals(profile: SourcingProfile = SHOPS_FIRST, **changes: object) -> dict[ChannelCode, Rivals]:
    held = facts(STOCK, **changes)
    return {WEB: Rivals(held, replace(held, profile=profile))}


ORDERS = (order("1", A=1), order("2", A=1, B=2), order("3", A=9), order("4", B=1))


def cost(known: PromiseFacts, one: PastOrder) -> Decimal:
    group = one.groups[0]
    found = delivery_options(PromiseRequest(group.lines, group.destination, services=(group.service,)), known, THURSDAY_8)
    return found.options[0].cost


def test_sums_are_those_of_what_the_engine_says_of_each_order() -> None:
    known = rivals()[WEB]
    told = compared(ORDERS, rivals(), THURSDAY_8)
    sourced = [ORDERS[0], ORDERS[1], ORDERS[3]]
    assert (told.held.orders, told.neither, told.only_held, told.only_tried) == (3, 1, 0, 0)
    assert told.held.cost == sum(cost(known.held, one) for one in sourced)
    assert told.tried.cost == sum(cost(known.tried, one) for one in sourced)
    assert sorted(told.differences) == sorted(cost(known.tried, one) - cost(known.held, one) for one in sourced)
    assert told.tried.store_share == 1.0 > told.held.store_share


def test_the_same_profile_differs_in_nothing() -> None:
    told = compared(ORDERS, rivals(SourcingProfile("same", (WEB,))), THURSDAY_8)
    assert told.held == told.tried
    assert set(told.differences) == {Decimal(0)}


def test_an_order_that_only_one_of_them_sources_is_counted_apart() -> None:
    strict = SourcingProfile("strict", (WEB,), strategies=(Strategy("shops", kinds=("STORE",)),))
    told = compared([order("1", A=3), order("2", A=1)], rivals(strict), THURSDAY_8)
    assert (told.only_held, told.held.orders, told.tried.units) == (1, 1, 1)


def test_parcels_splits_lateness_and_markdowns_are_summed() -> None:
    outlook = {A: Outlook({LYON: 0.0}, Decimal(4), {}, 20.0, Decimal(10))}
    told = compared([order("1", A=1, B=2)], rivals(outlook_by_sku=outlook), THURSDAY_8)
    assert (told.held.parcels, told.held.shipments, told.held.splits, told.held.units) == (2, 2, 1, 3)
    assert told.held.markdown_units == pytest.approx(1.0)


def test_orders_of_other_channels_are_left_out() -> None:
    assert compared([replace(ORDERS[0], channel=ChannelCode("other"))], rivals(), THURSDAY_8) == Comparison()
    assert Totals().store_share == 0


def test_several_processes_find_the_same_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    many = tuple(replace(one, number=f"{one.number}-{n}") for n in range(4) for one in ORDERS)
    ready = Prepared(many, rivals(), THURSDAY_8)
    seen: list[int] = []
    alone = spread.comparison(ready, 1, seen.append)
    monkeypatch.setattr(spread, "CHUNK", 6)
    monkeypatch.setattr(spread, "ALONE", 0)
    together = spread.comparison(ready, 2, seen.append)
    assert (together.held, together.tried, sorted(together.differences)) == (alone.held, alone.tried, sorted(alone.differences))
    assert sum(seen) == 2 * len(many)


def test_destinations_of_many_orders_do_not_mix() -> None:
    corsica = Destination("FR", "20000")
    far = replace(ORDERS[0], number="far", groups=(replace(ORDERS[0].groups[0], destination=corsica),))
    both = compared([ORDERS[0], far], rivals(), THURSDAY_8)
    apart = [compared([one], rivals(), THURSDAY_8) for one in (ORDERS[0], far)]
    assert both.held == apart[0].held + apart[1].held


def test_past_orders_cost_what_each_is_quoted_alone_without_any_memory() -> None:
    """The plain path: every order by itself, every place reckoned anew and one by one."""
    known = made_up(random.Random(3))  # noqa: S311 - a seeded example
    held, tried = (replace(known, profile=profile) for profile in (HELD, TRIED))
    placed = past_orders(40)
    with_memory = replace(known, passages=Passages())
    found = compared(placed, {WEB: Rivals(replace(with_memory, profile=HELD), replace(with_memory, profile=TRIED))}, NOW)
    plain = [(alone(held, one), alone(tried, one)) for one in placed]
    both = [(one, other) for one, other in plain if one is not None and other is not None]
    assert (found.held.cost, found.tried.cost) == (sum(one for one, _ in both), sum(other for _, other in both))
    assert sorted(found.differences) == sorted(other - one for one, other in both)
    assert found.neither == sum(one is None and other is None for one, other in plain)


def alone(known: PromiseFacts, one: PastOrder) -> Decimal | None:
    total = Decimal(0)
    for group in one.groups:
        options = delivery_options(PromiseRequest(group.lines, group.destination, services=(group.service,)), known, NOW).options
        if not options:
            return None
        total += options[0].cost
    return total
