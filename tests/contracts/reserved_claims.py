"""What every interpreter keeps of taking a hold, or an order at once."""

import asyncio
from abc import ABC
from dataclasses import replace

from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import (
    Conflict,
    Pick,
    Short,
    cancel,
    reserve,
)
from gateway.domain.claims.steps import (
    PullUndo,
)
from gateway.domain.ids import StockKey
from tests.contracts.claims import (
    HOLD_MS,
    ClaimsBench,
    Elsewhere,
    X,
    Y,
    Z,
    request,
)


class ReservedClaims(ClaimsBench, ABC):
    async def test_a_hold_takes_its_units_and_says_until_when(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2))
        assert order.st == "HELD"
        assert [(claim.key, claim.units) for claim in order.claims] == [(X, 2)]
        assert await self.free(X) == 3
        assert order.exp is not None
        assert 0 < order.exp - order.created_ms <= HOLD_MS
        await self.check(X, orders=[order.rid])

    async def test_a_repeat_gets_the_same_answer_and_takes_nothing_more(self) -> None:
        await self.shelf(X, 5)
        first = await self.held("a", Pick(X, 2))
        again = await self.held("a", Pick(X, 2))
        assert (again.claims, again.exp, again.att) == (first.claims, first.exp, first.att)
        assert await self.free(X) == 3

    async def test_twins_at_once_make_one_hold(self) -> None:
        await self.shelf(X, 9)
        twins = await asyncio.gather(*(self.held("a", Pick(X, 2)) for _ in range(5)))
        assert {order.st for order in twins} == {"HELD"}
        assert len({order.claims for order in twins}) == 1
        assert await self.free(X) == 7
        await self.check(X, orders=[twins[0].rid])

    async def test_another_input_under_the_same_key_conflicts_and_changes_nothing(self) -> None:
        await self.shelf(X, 5)
        first = await self.held("a", Pick(X, 2))
        answer = await self.claims.run(reserve(request("a", Pick(X, 3), fp="other")))
        assert answer == Conflict(first.created_ms)
        assert await self.free(X) == 3

    async def test_a_refusal_says_what_was_short_and_is_the_answer_for_ever(self) -> None:
        await self.shelf(X, 1)
        await self.shelf(Y, 5)
        refused = await self.held("a", Pick(Y, 1), Pick(X, 2))
        assert (refused.st, refused.why, refused.short, refused.claims) == ("VOID", "INSUFFICIENT", (X, 1), ())
        await self.shelf(X, 9)
        again = await self.held("a", Pick(Y, 1), Pick(X, 2))
        assert (again.why, again.short) == ("INSUFFICIENT", (X, 1))
        assert (await self.free(X), await self.free(Y)) == (9, 5)
        await self.check(X, Y, orders=[again.rid])

    async def test_without_a_first_plan_nothing_is_written_and_the_key_stays_free(self) -> None:
        await self.shelf(X, 5)
        empty = request("a")
        assert await self.claims.run(reserve(replace(empty, picks=None))) == Short()
        assert await self.order(empty.rid) is None
        assert (await self.held("a", Pick(X, 2))).st == "HELD"

    async def test_safety_stock_is_left_on_the_shelf(self) -> None:
        await self.shelf(X, 5)
        assert (await self.held("a", Pick(X, 3, safety=3))).why == "INSUFFICIENT"
        assert (await self.held("b", Pick(X, 2, safety=3))).st == "HELD"
        assert await self.free(X) == 3

    async def test_several_claims_on_one_shelf_are_taken_one_by_one(self) -> None:
        await self.shelf(X, 3)
        order = await self.held("a", Pick(X, 1), Pick(X, 2))
        assert [claim.units for claim in order.claims] == [1, 2]
        assert (await self.held("b", Pick(X, 1))).why == "INSUFFICIENT"
        await self.check(X, orders=[order.rid])

    async def test_what_is_short_is_planned_again_and_the_rest_keeps_its_claim(self) -> None:
        for key, units in ((X, 1), (Y, 0), (Z, 4)):
            await self.shelf(key, units)
        planner = Elsewhere(Y, Z)
        order = await self.held("a", Pick(X, 1), Pick(Y, 2), planner=planner)
        assert sorted((claim.key, claim.units) for claim in order.claims) == [(X, 1), (Z, 2)]
        assert planner.asked == [(Y, 0)]
        assert next(claim.mid for claim in order.claims if claim.key == X) == f"{order.rid}_1_1"
        await self.check(X, Y, Z, orders=[order.rid])

    async def test_where_less_will_do_the_hold_takes_what_there_is(self) -> None:
        await self.shelf(X, 3)
        await self.shelf(Y, 0)
        order = await self.held("a", Pick(X, 5), Pick(Y, 1), planner=Elsewhere(partial=True))
        assert [(claim.key, claim.units) for claim in order.claims] == [(X, 3)]
        assert await self.free(X) == 0
        await self.check(X, Y, orders=[order.rid])

    async def test_fifty_buyers_of_ten_units_buy_exactly_ten(self) -> None:
        await self.shelf(X, 10)
        orders = await asyncio.gather(*(self.held(f"buyer {n}", Pick(X, 1)) for n in range(50)))
        assert sorted(order.st if order.st == "HELD" else str(order.why) for order in orders) == ["HELD"] * 10 + ["INSUFFICIENT"] * 40
        assert await self.free(X) == 0
        await self.check(X, orders=[order.rid for order in orders])

    async def test_an_order_placed_at_once_holds_without_an_end(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        assert (order.st, order.exp, order.by) == ("PLACED", None, order.rid)
        (marker,) = (await self.stock(X)).markers.values()
        assert (marker.q, marker.exp, marker.ok) == (2, None, True)

    async def test_content_is_written_with_the_decision_and_from_the_claims_that_were_taken(self) -> None:
        await self.shelf(X, 0)
        await self.shelf(Y, 2)
        seen: list[tuple[StockKey, ...]] = []

        def write(order: OrderDoc) -> Entry:
            seen.append(tuple(claim.key for claim in order.claims))
            return Entry()

        order = await self.held("a", Pick(X, 1), planner=Elsewhere(X, Y), write=write)
        assert order.v == 1
        assert set(seen) == {(Y,)}

    async def test_an_undo_is_forgotten_once(self) -> None:
        await self.shelf(X, 2)
        hold = await self.held("a", Pick(X, 1))
        await self.crashed(cancel(hold.rid), before=PullUndo)
        first = await self.one(PullUndo(hold.rid, hold.claims[0].mid))
        assert (first.undo, await self.one(PullUndo(hold.rid, hold.claims[0].mid))) == ((), None)
        await self.check(X, orders=[hold.rid])
