"""What every interpreter keeps of changes of an order: new claims before old ones, units given back once."""

import asyncio
from abc import ABC
from dataclasses import replace

from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import (
    Fit,
    Gone,
    Pick,
    Short,
    cancel,
    change,
    extend,
    recover,
    reduce,
    reserve,
)
from gateway.domain.claims.steps import (
    Commit,
    Settle,
)
from gateway.domain.ids import Rid
from tests.contracts.claims import (
    HOLD_MS,
    TIMES,
    ClaimsBench,
    Elsewhere,
    X,
    Y,
    Z,
    nothing,
    request,
)


class ChangedClaims(ClaimsBench, ABC):
    async def test_a_move_takes_the_new_place_before_it_gives_the_old_one_back(self) -> None:
        await self.shelf(X, 2)
        await self.shelf(Y, 2)
        order = await self.held("a", Pick(X, 2), then="PLACED")

        def to_y(_order: OrderDoc) -> Fit:
            return Fit(keep=(), add=(Pick(Y, 2),))

        await self.crashed(change(order.rid, Rid("M1"), to_y, nothing), before=Settle)
        moved = await self.claims.run(change(order.rid, Rid("M1"), to_y, nothing))
        assert isinstance(moved, OrderDoc)
        assert [(claim.key, claim.units) for claim in moved.claims] == [(Y, 2)]
        assert moved.done[-1] == Rid("M1")
        await self.claims.run(recover(order.rid))
        assert (await self.free(X), await self.free(Y)) == (2, 0)
        await self.check(X, Y, orders=[order.rid])

    async def test_a_move_to_an_empty_place_changes_nothing_or_goes_to_the_next(self) -> None:
        for key, units in ((X, 2), (Y, 0), (Z, 2)):
            await self.shelf(key, units)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        nowhere = await self.claims.run(change(order.rid, Rid("M1"), lambda _: Fit(keep=(), add=(Pick(Y, 2),)), nothing))
        assert isinstance(nowhere, Short)
        moved = await self.claims.run(
            change(order.rid, Rid("M2"), lambda _: Fit(keep=(), add=(Pick(Y, 2),), planner=Elsewhere(Y, Z)), nothing)
        )
        assert isinstance(moved, OrderDoc)
        assert [(claim.key, claim.units) for claim in moved.claims] == [(Z, 2)]
        await self.check(X, Y, Z, orders=[order.rid])

    async def test_a_change_that_was_answered_is_not_made_again(self) -> None:
        await self.shelf(X, 9)
        order = await self.held("a", Pick(X, 2))

        def one_more(current: OrderDoc) -> Fit:
            return Fit(keep=current.claims, add=(Pick(X, 1),))

        for _ in range(3):
            changed = await self.claims.run(change(order.rid, Rid("C1"), one_more, nothing))
            assert isinstance(changed, OrderDoc)
            assert sum(claim.units for claim in changed.claims) == 3
        assert await self.free(X) == 6

    async def test_a_change_to_fewer_units_leaves_so_many_on_hold(self) -> None:
        await self.shelf(X, 9)
        order = await self.held("a", Pick(X, 5))

        def only_two(current: OrderDoc) -> Fit:
            return Fit(keep=(replace(current.claims[0], units=2),))

        changed = await self.claims.run(change(order.rid, Rid("C1"), only_two, nothing))
        assert isinstance(changed, OrderDoc)
        assert (changed.st, sum(claim.units for claim in changed.claims), changed.exp) == ("HELD", 2, order.exp)
        assert await self.free(X) == 7
        await self.check(X, orders=[order.rid])

    async def test_two_moves_at_once_leave_the_order_at_one_place(self) -> None:
        for key in (X, Y, Z):
            await self.shelf(key, 2)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        moves = [change(order.rid, Rid(f"M{key[-1]}"), lambda _, key=key: Fit(keep=(), add=(Pick(key, 2),)), nothing) for key in (Y, Z)]
        await asyncio.gather(*(self.claims.run(move) for move in moves))
        await self.wait(TIMES.deadline_ms + TIMES.skew_ms + 50)
        await self.claims.run(recover(order.rid))
        end = await self.order(order.rid)
        assert end is not None
        assert sum(claim.units for claim in end.claims) == 2
        assert sum([await self.free(key) for key in (X, Y, Z)]) == 4
        await self.check(X, Y, Z, orders=[order.rid])

    async def test_a_hold_is_extended_and_never_shortened(self) -> None:
        await self.shelf(X, 2)
        hold = await self.held("a", Pick(X, 1))
        shorter = await self.claims.run(extend(hold.rid, 10))
        longer = await self.claims.run(extend(hold.rid, 5 * HOLD_MS))
        assert isinstance(shorter, OrderDoc)
        assert isinstance(longer, OrderDoc)
        assert shorter.exp == hold.exp
        assert longer.exp is not None
        assert longer.exp >= longer.created_ms + 5 * HOLD_MS
        await self.check(X, orders=[hold.rid])

    async def test_a_released_hold_gives_everything_back_also_told_twice(self) -> None:
        await self.shelf(X, 5)
        hold = await self.held("a", Pick(X, 2))
        for _ in range(2):
            answer = await self.claims.run(cancel(hold.rid))
            assert isinstance(answer, OrderDoc)
            assert (answer.st, answer.why) == ("VOID", "CANCELED")
        assert await self.free(X) == 5
        assert (await self.held("a", Pick(X, 2))).why == "CANCELED"
        assert await self.claims.run(cancel(Rid("NOBODY"))) == Gone()
        await self.check(X, orders=[hold.rid])

    async def test_a_placed_order_is_not_released(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        answer = await self.claims.run(cancel(order.rid))
        assert isinstance(answer, OrderDoc)
        assert answer.st == "PLACED"
        assert await self.free(X) == 3

    async def test_units_of_a_placed_order_are_canceled_on_the_content_that_was_read(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 3), then="PLACED")
        mid = order.claims[0].mid
        assert await self.claims.run(reduce(order.rid, order.v - 1, {mid: 1}, nothing)) is None
        less = await self.claims.run(reduce(order.rid, order.v, {mid: 1}, nothing))
        assert less is not None
        assert (less.claims[0].units, await self.free(X)) == (1, 4)
        none = await self.claims.run(reduce(order.rid, less.v, {mid: 0}, nothing))
        assert none is not None
        assert (none.st, none.claims, await self.free(X)) == ("PLACED", (), 5)
        await self.check(X, orders=[order.rid])

    async def test_what_an_order_turns_out_not_to_need_is_given_back_even_by_who_dies_once_it_is_decided(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 5)

        def one_each(doc: OrderDoc) -> Entry:
            return Entry(spare=tuple((claim.mid, claim.units - 2) for claim in doc.claims))

        await self.killed(reserve(request("a", Pick(X, 2), Pick(Y, 3), then="PLACED", write=one_each)), after=Commit)
        order = await self.held("a", Pick(X, 2), Pick(Y, 3), then="PLACED")
        assert [(claim.key, claim.units) for claim in order.claims] == [(Y, 1)]
        await self.claims.run(recover(order.rid))
        assert (await self.free(X), await self.free(Y)) == (5, 4)
        assert (await self.stock(Y)).markers[order.claims[0].mid].ok
        await self.check(X, Y, orders=[order.rid])
