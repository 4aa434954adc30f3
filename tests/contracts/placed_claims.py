"""What every interpreter keeps of placing a hold: as it is, with less, or with more."""

import asyncio
from abc import ABC
from dataclasses import replace

from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.programs import (
    Conflict,
    Fit,
    Pick,
    Short,
    place_hold,
)
from gateway.domain.ids import Rid
from tests.contracts.claims import (
    ClaimsBench,
    X,
    Y,
    as_it_is,
    nothing,
)


class PlacedClaims(ClaimsBench, ABC):
    async def test_a_hold_is_placed_by_one_key_and_refused_to_the_other(self) -> None:
        await self.shelf(X, 2)
        hold = await self.held("a", Pick(X, 1))
        keys = [Rid("K1"), Rid("K2")]
        placed = await asyncio.gather(*(self.claims.run(place_hold(hold.rid, key, "fp", as_it_is, nothing)) for key in keys))
        assert {order.st for order in placed if isinstance(order, OrderDoc)} == {"PLACED"}
        assert len({order.by for order in placed if isinstance(order, OrderDoc)}) == 1
        assert await self.free(X) == 1
        await self.check(X, orders=[hold.rid])

    async def test_placing_again_under_the_key_answers_the_same(self) -> None:
        await self.shelf(X, 2)
        hold = await self.held("a", Pick(X, 1))
        first = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing))
        again = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing))
        assert isinstance(first, OrderDoc)
        assert isinstance(again, OrderDoc)
        assert (again.by, again.att) == (Rid("K1"), first.att)
        assert isinstance(await self.claims.run(place_hold(hold.rid, Rid("K1"), "other", as_it_is, nothing)), Conflict)

    async def test_a_hold_past_its_end_is_not_placed(self) -> None:
        await self.shelf(X, 2)
        hold = await self.held("a", Pick(X, 1), hold_ms=100)
        await self.wait(150)
        answer = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing))
        assert isinstance(answer, OrderDoc)
        assert (answer.st, answer.why) == ("VOID", "EXPIRED")
        assert await self.free(X) == 2

    async def test_placing_fewer_units_gives_the_others_back(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 5)
        hold = await self.held("a", Pick(X, 3), Pick(Y, 1))

        def two_of_x(order: OrderDoc) -> Fit:
            return Fit(keep=(replace(order.claims[0], units=2),))

        placed = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", two_of_x, nothing))
        assert isinstance(placed, OrderDoc)
        assert [(claim.key, claim.units) for claim in placed.claims] == [(X, 2)]
        assert (await self.free(X), await self.free(Y)) == (3, 5)
        await self.check(X, Y, orders=[hold.rid])

    async def test_placing_more_units_takes_them_first(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 1)
        hold = await self.held("a", Pick(X, 3))

        def with_one_of_y(order: OrderDoc) -> Fit:
            return Fit(keep=order.claims, add=(Pick(Y, 1),))

        placed = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", with_one_of_y, nothing))
        assert isinstance(placed, OrderDoc)
        assert (placed.st, placed.by) == ("PLACED", Rid("K1"))
        assert [(claim.key, claim.units) for claim in placed.claims] == [(X, 3), (Y, 1)]
        await self.check(X, Y, orders=[hold.rid])

    async def test_placing_more_than_there_is_leaves_the_hold_as_it_was(self) -> None:
        await self.shelf(X, 5)
        hold = await self.held("a", Pick(X, 3))

        def with_nine_more(order: OrderDoc) -> Fit:
            return Fit(keep=order.claims, add=(Pick(X, 9),))

        answer = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", with_nine_more, nothing))
        assert isinstance(answer, Short)
        assert (answer.key, answer.free) == (X, 2)
        order = await self.order(hold.rid)
        assert order is not None
        assert (order.st, order.claims) == ("HELD", hold.claims)
        await self.check(X, orders=[hold.rid])
