"""What every interpreter keeps of calls that died: a repeat completes them, recovery gives back."""

from abc import ABC
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.claims.documents import Claim, OrderDoc
from gateway.domain.claims.programs import (
    Pick,
    cancel,
    recover,
    reserve,
)
from gateway.domain.claims.steps import (
    GiveBack,
    Settle,
    Settled,
    Take,
)
from gateway.domain.ids import rid_of
from tests.contracts.claims import TIMES, ClaimsBench, X, Y, request


class CrashedClaims(ClaimsBench, ABC):
    @pytest.mark.parametrize(("before", "skipped"), [(Take, 0), (Take, 1), (Settle, 0), (Settle, 1), (Settled, 0)])
    async def test_a_repeat_completes_what_a_crash_left(self, before: type[Any], skipped: int) -> None:
        await self.shelf(X, 2)
        await self.shelf(Y, 2)
        wish = request("a", Pick(X, 1), Pick(Y, 2))
        await self.crashed(reserve(wish), before=before, skipped=skipped)
        await self.claims.run(reserve(wish))
        await self.claims.run(recover(wish.rid))
        order = await self.order(wish.rid)
        assert order is not None
        assert order.st == "HELD"
        assert (await self.free(X), await self.free(Y)) == (1, 0)
        await self.check(X, Y, orders=[wish.rid])

    @pytest.mark.parametrize("skipped", [0, 1])
    async def test_recovery_gives_back_what_a_dead_attempt_took(self, skipped: int) -> None:
        await self.shelf(X, 2)
        await self.shelf(Y, 2)
        wish = request("a", Pick(X, 1), Pick(Y, 2))
        await self.crashed(reserve(wish), before=Take, skipped=skipped)
        await self.wait(TIMES.deadline_ms + TIMES.skew_ms + 50)
        await self.claims.run(recover(wish.rid))
        order = await self.order(wish.rid)
        assert order is not None
        assert (order.st, order.why) == ("VOID", "DEADLINE")
        assert (await self.free(X), await self.free(Y)) == (2, 2)
        await self.check(X, Y, orders=[wish.rid])

    async def test_an_attempt_that_ran_out_of_time_is_reopened_and_completed(self) -> None:
        await self.shelf(X, 2)
        wish = request("a", Pick(X, 2))
        await self.crashed(reserve(wish), before=Settle)
        other = request("b", Pick(X, 2))
        await self.crashed(reserve(other), before=Take)
        await self.wait(TIMES.deadline_ms + TIMES.skew_ms + 50)
        await self.claims.run(recover(other.rid))
        await self.claims.run(cancel(wish.rid))
        reopened = await self.claims.run(reserve(other))
        assert isinstance(reopened, OrderDoc)
        assert (reopened.st, reopened.why) == ("HELD", None)
        await self.check(X, orders=[other.rid, wish.rid])

    async def test_a_take_after_its_deadline_is_refused(self) -> None:
        await self.shelf(X, 2)
        wish = request("a", Pick(X, 1))
        program = reserve(wish)
        await self.crashed(program, before=Take)
        order = await self.order(wish.rid)
        assert order is not None
        assert order.change is not None
        await self.wait(TIMES.deadline_ms + 50)
        assert await self.one(Take(order.change.add[0], None)) is False
        assert await self.free(X) == 2

    async def test_a_take_that_comes_after_its_undo_finds_a_tombstone(self) -> None:
        await self.shelf(X, 2)
        claim = Claim("R_1_1", X, 1, dl=(await self.held("clock", Pick(X, 1))).created_ms + 60_000)
        assert await self.one(GiveBack(claim)) is True
        assert await self.one(Take(claim, None)) is False
        assert await self.one(GiveBack(claim)) is False
        assert await self.free(X) == 1

    async def test_a_step_that_is_delivered_twice_does_its_work_once(self) -> None:
        await self.shelf(X, 5)
        claim = Claim("R_1_1", X, 2, dl=(await self.held("clock", Pick(X, 1))).created_ms + 60_000)
        assert [await self.one(Take(claim, None)) for _ in range(2)] == [True, False]
        assert [await self.one(Settle(replace(claim, units=1), None)) for _ in range(2)] == [True, True]
        assert await self.free(X) == 3
        assert [await self.one(GiveBack(claim)) for _ in range(2)] == [True, False]
        assert await self.free(X) == 4

    async def test_a_short_buyer_gets_what_a_dead_attempt_left_behind(self) -> None:
        await self.shelf(X, 1)
        await self.crashed(reserve(request("dead", Pick(X, 1))), before=Settle)
        dead = rid_of("buyer", "reserve", "dead")
        await self.claims.run(recover(dead))
        wish = request("gone", Pick(X, 1), hold_ms=100)
        await self.claims.run(cancel(dead))
        assert isinstance(await self.claims.run(reserve(wish)), OrderDoc)
        await self.wait(150)
        order = await self.held("alive", Pick(X, 1))
        assert order.st == "HELD"
        await self.check(X, orders=[order.rid, wish.rid, dead])
