"""What every interpreter records of claims: each movement once, whoever dies."""

import asyncio
from abc import ABC
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.claims.acknowledging import acknowledge
from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Acknowledged, OrderDoc
from gateway.domain.claims.keys import refuse
from gateway.domain.claims.limits import Crowded, Limit
from gateway.domain.claims.programs import (
    Conflict,
    Fit,
    Pick,
    Request,
    cancel,
    change,
    place_hold,
    recover,
    reduce,
    reserve,
)
from gateway.domain.claims.steps import (
    Ack,
    Cancel,
    Commit,
    Create,
    GiveBack,
    Open,
    PlaceHold,
    PullUndo,
    Settle,
    Settled,
    Take,
)
from gateway.domain.delivery_group import GroupPlan, Plan
from gateway.domain.ids import Rid, StockKey, rid_of
from gateway.domain.promise.refused import RefusedPromise
from tests.contracts.claims import (
    ClaimsBench,
    X,
    Y,
    as_it_is,
    doubled,
    noted,
    nothing,
    request,
)


class RecordedClaims(ClaimsBench, ABC):
    async def story(self, delivered: Callable[[Program[Any]], Program[Any]] = lambda program: program) -> OrderDoc:
        """Hold two units, place them, and hear that their owner took them."""
        await self.shelf(X, 5)
        hold = await self.claims.run(delivered(reserve(request("a", Pick(X, 2)))))
        assert isinstance(hold, OrderDoc)
        await self.claims.run(delivered(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing)))
        await self.claims.run(delivered(acknowledge([Acknowledged(hold.claims[0], 1)])))
        return hold

    def told(self, order: OrderDoc, *kinds: str) -> list[tuple[str, str, int, Rid | None]]:
        return sorted((kind, f"{order.rid}_1_1", 2, order.rid) for kind in kinds)

    @pytest.mark.parametrize("delivered", [lambda program: program, doubled], ids=["once", "twice"])
    async def test_a_claim_leaves_one_movement_of_each_kind(self, delivered: Callable[[Program[Any]], Program[Any]]) -> None:
        hold = await self.story(delivered)
        assert await self.moved() == self.told(hold, "HOLD", "ORDER", "DISPATCH")
        await self.claims.run(acknowledge([Acknowledged(hold.claims[0], 1)]))
        await self.claims.run(recover(hold.rid))
        assert await self.moved() == self.told(hold, "HOLD", "ORDER", "DISPATCH")
        assert await self.free(X) == 5

    @pytest.mark.parametrize("delivered", [lambda program: program, doubled], ids=["once", "twice"])
    async def test_a_hold_given_back_leaves_what_was_taken_and_released(self, delivered: Callable[[Program[Any]], Program[Any]]) -> None:
        await self.shelf(X, 5)
        hold = await self.claims.run(delivered(reserve(request("a", Pick(X, 2)))))
        await self.claims.run(delivered(cancel(hold.rid)))
        assert await self.moved() == self.told(hold, "HOLD", "RELEASE")
        await self.check(X, orders=[hold.rid])

    @pytest.mark.parametrize("dies_after", [Create, Take])
    async def test_who_joins_writes_by_the_plan_that_the_claims_were_made_for(self, dies_after: type[Any]) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 5)
        seen: list[Plan] = []

        def planned(key: StockKey) -> Request:
            asked = request("a", Pick(key, 2))
            return replace(asked, plan=(GroupPlan(key, ()),), write=lambda doc: noted(seen, doc))

        await self.killed(reserve(planned(X)), after=dies_after)
        hold = await self.claims.run(reserve(planned(Y)))
        assert isinstance(hold, OrderDoc)
        assert [claim.key for claim in hold.claims] == [X]
        assert {plan[0].group for plan in seen} == {X}

    async def test_holds_at_once_of_one_caller_are_no_more_than_its_bound(self) -> None:
        await self.shelf(X, 50)

        def limited(name: str, *, owner: str = "caller") -> Request:
            return replace(request(name, Pick(X, 1)), limit=Limit(owner, lambda others: len(others) < 2, insistent=True))

        answers = await asyncio.gather(*(self.claims.run(reserve(limited(f"{n}"))) for n in range(6)))
        held = [one for one in answers if isinstance(one, OrderDoc) and one.st == "HELD"]
        crowded = [one for one in answers if isinstance(one, Crowded)]
        assert (len(held) <= 2, len(held) + len(crowded)) == (True, 6)
        assert await self.free(X) == 50 - len(held)
        for n in range(6):
            answer = await self.claims.run(reserve(limited(f"{n}")))
            held += [answer] if isinstance(answer, OrderDoc) and answer.st == "HELD" else []
        assert len({one.rid for one in held}) == 2
        other = await self.claims.run(reserve(limited("other", owner="other")))
        assert isinstance(other, OrderDoc)
        assert other.st == "HELD"
        await self.claims.run(cancel(held[0].rid))
        again = await self.claims.run(reserve(limited("more")))
        assert isinstance(again, OrderDoc)
        assert (again.st, await self.free(X)) == ("HELD", 47)

    async def test_a_refused_promise_is_the_answer_of_its_key_for_ever(self) -> None:
        await self.shelf(X, 5)
        wish = request("a", Pick(X, 2))
        first, second = (RefusedPromise(text, "NO_STOCK", ("deliveryGroups", "0")) for text in ("first", "second"))
        for told in (first, second):
            order = await self.claims.run(refuse(wish.rid, wish.fp, (told,)))
            assert isinstance(order, OrderDoc)
            assert (order.st, order.why, order.refused) == ("VOID", "INSUFFICIENT", (first,))
        placed = await self.claims.run(reserve(replace(wish, then="PLACED")))
        assert isinstance(placed, OrderDoc)
        assert (placed.st, placed.refused, await self.free(X)) == ("VOID", (first,), 5)
        assert isinstance(await self.claims.run(refuse(wish.rid, "other", (first,))), Conflict)

    async def test_what_was_placed_is_not_refused(self) -> None:
        await self.shelf(X, 5)
        placed = await self.held("a", Pick(X, 2), then="PLACED")
        order = await self.claims.run(refuse(placed.rid, "fp", (RefusedPromise("gone", "NO_STOCK", ()),)))
        assert isinstance(order, OrderDoc)
        assert (order.st, order.refused) == ("PLACED", ())

    async def test_who_joins_a_change_writes_by_its_plan_whatever_fits_now(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 5)
        hold, seen = await self.held("a", Pick(X, 2)), list[Plan]()

        def moved(key: StockKey, *, fits: bool = True) -> Program[Any]:
            fit = Fit((), (Pick(key, 2),), plan=(GroupPlan(key, ()),))
            return change(hold.rid, Rid("E1"), lambda _doc: fit if fits else None, lambda doc: noted(seen, doc))

        await self.killed(moved(Y), after=Open)
        changed = await self.claims.run(moved(X, fits=False))
        assert isinstance(changed, OrderDoc)
        assert ([claim.key for claim in changed.claims], Rid("E1") in changed.done) == ([Y], True)
        assert {plan[0].group for plan in seen} == {Y}

    @pytest.mark.parametrize("after", [Take, Commit, Settle, Settled])
    async def test_a_repeat_records_what_a_dead_process_had_taken(self, after: type[Any]) -> None:
        await self.shelf(X, 5)
        wish = request("a", Pick(X, 2))
        await self.killed(reserve(wish), after=after)
        assert await self.moved() == ([("HOLD", f"{wish.rid}_1_1", 2, wish.rid)] if after is Settled else [])
        await self.claims.run(reserve(wish))
        await self.claims.run(recover(wish.rid))
        assert await self.moved() == [("HOLD", f"{wish.rid}_1_1", 2, wish.rid)]
        await self.check(X, orders=[wish.rid])

    async def test_recovery_records_a_hold_that_became_an_order(self) -> None:
        await self.shelf(X, 5)
        await self.killed(reserve(request("a", Pick(X, 2))), after=Settle)
        hold = await self.order(rid_of("buyer", "reserve", "a"))
        assert hold is not None
        await self.killed(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing), after=PlaceHold)
        await self.claims.run(recover(hold.rid))
        assert await self.moved() == self.told(hold, "HOLD", "ORDER")

    @pytest.mark.parametrize("after", [Cancel, GiveBack, PullUndo])
    async def test_recovery_records_what_a_dead_process_had_given_back(self, after: type[Any]) -> None:
        await self.shelf(X, 5)
        hold = await self.held("a", Pick(X, 2))
        await self.killed(cancel(hold.rid), after=after)
        await self.claims.run(recover(hold.rid))
        assert await self.moved() == self.told(hold, "HOLD", "RELEASE")
        await self.check(X, orders=[hold.rid])

    async def test_a_repeated_word_of_the_owner_records_what_a_dead_process_had_lifted(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        word = [Acknowledged(order.claims[0], 1)]
        await self.killed(acknowledge(word), after=Ack)
        assert await self.moved() == self.told(order, "ORDER")
        await self.claims.run(acknowledge(word))
        assert await self.moved() == self.told(order, "ORDER", "DISPATCH")

    async def test_a_claim_that_the_figure_does_not_count_yet_is_not_dispatched(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        await self.claims.run(acknowledge([Acknowledged(order.claims[0], 2)]))
        assert await self.moved() == self.told(order, "ORDER")

    @pytest.mark.parametrize("dies", [False, True])
    async def test_units_given_back_in_parts_are_one_movement_a_part(self, dies: bool) -> None:  # noqa: FBT001 - a case
        await self.shelf(X, 9)
        order = await self.held("a", Pick(X, 5), then="PLACED")
        (claim,) = order.claims
        for left in (3, 1):
            current = await self.order(order.rid)
            assert current is not None
            if dies:
                await self.killed(reduce(order.rid, current.v, {claim.mid: left}, nothing), after=Settle)
                await self.claims.run(recover(order.rid))
            else:
                await self.claims.run(reduce(order.rid, current.v, {claim.mid: left}, nothing))
        expected = [("ORDER", 5, 0), ("RELEASE", 2, 1), ("RELEASE", 2, 3)]
        assert sorted((one.kind, one.units, one.left) for one in await self.movements()) == expected
        await self.check(X, orders=[order.rid])

    async def test_a_refusal_moves_only_what_it_had_taken(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 0)
        refused = await self.held("a", Pick(X, 2), Pick(Y, 1))
        assert await self.moved() == self.told(refused, "HOLD", "RELEASE")
