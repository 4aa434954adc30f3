"""What every interpreter keeps of references: one order for each, and free again when it comes to nothing."""

import asyncio
from abc import ABC
from dataclasses import replace
from typing import Any

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import OrderDoc
from gateway.domain.claims.programs import (
    Pick,
    place_hold,
    reserve,
)
from gateway.domain.claims.references import Reference, Referred
from gateway.domain.claims.steps import (
    Commit,
    Create,
    PlaceHold,
)
from gateway.domain.ids import rid_of
from tests.contracts.claims import (
    TIMES,
    ClaimsBench,
    X,
    as_it_is,
    holder,
    named,
    request,
)


class ReferredClaims(ClaimsBench, ABC):
    def referred(self, name: str, *picks: Pick, insistent: bool = False) -> Program[Any]:
        wanted = request(name, *picks, then="PLACED")
        reference = Reference(rid_of("buyer", "reference", "PO-1"), "PO-1", wanted.fp, insistent)
        return reserve(replace(wanted, write=named("PO-1"), reference=reference))

    async def test_of_two_orders_at_once_with_one_reference_one_is_placed(self) -> None:
        await self.shelf(X, 9)
        names = [f"n{n}" for n in range(6)]
        await asyncio.gather(*(self.claims.run(self.referred(name, Pick(X, 1))) for name in names))
        answers = [await self.claims.run(self.referred(name, Pick(X, 1), insistent=True)) for name in names]
        placed = [answer for answer in answers if isinstance(answer, OrderDoc)]
        assert [order.st for order in placed] == ["PLACED"]
        assert [holder(answer) for answer in answers if isinstance(answer, Referred)] == [placed[0].rid] * 5
        assert await self.free(X) == 8

    async def test_an_order_that_came_to_nothing_frees_its_reference(self) -> None:
        await self.shelf(X, 1)
        assert (await self.claims.run(self.referred("a", Pick(X, 2)))).why == "INSUFFICIENT"
        assert (await self.claims.run(self.referred("b", Pick(X, 1)))).st == "PLACED"
        assert (await self.claims.run(self.referred("a", Pick(X, 2)))).why == "INSUFFICIENT"

    async def test_the_reference_of_a_call_that_died_before_its_order_goes_to_who_insists(self) -> None:
        await self.shelf(X, 5)
        await self.crashed(self.referred("a", Pick(X, 1)), before=Create)
        assert await self.claims.run(self.referred("b", Pick(X, 1))) == Referred()
        placed = await self.claims.run(self.referred("b", Pick(X, 1), insistent=True))
        assert placed.st == "PLACED"
        assert holder(await self.claims.run(self.referred("a", Pick(X, 1)))) == placed.rid
        assert await self.free(X) == 4

    async def test_a_call_that_died_and_is_repeated_before_another_insists_gets_its_reference(self) -> None:
        await self.shelf(X, 5)
        await self.crashed(self.referred("a", Pick(X, 1)), before=Create)
        placed = await self.claims.run(self.referred("a", Pick(X, 1)))
        assert holder(await self.claims.run(self.referred("b", Pick(X, 1), insistent=True))) == placed.rid

    async def test_the_reference_of_a_call_that_died_in_its_change_is_free_after_its_deadline(self) -> None:
        await self.shelf(X, 5)
        await self.crashed(self.referred("a", Pick(X, 1)), before=Commit)
        assert await self.claims.run(self.referred("b", Pick(X, 1), insistent=True)) == Referred()
        await self.wait(TIMES.deadline_ms + TIMES.skew_ms + 50)
        placed = await self.claims.run(self.referred("b", Pick(X, 1)))
        assert placed.st == "PLACED"
        assert holder(await self.claims.run(self.referred("a", Pick(X, 1)))) == placed.rid
        await self.check(X, orders=[placed.rid])

    async def test_a_hold_that_was_not_placed_loses_the_reference_and_is_not_placed_with_it(self) -> None:
        await self.shelf(X, 5)
        hold = await self.held("a", Pick(X, 1))
        reference = Reference(rid_of("buyer", "reference", "PO-1"), "PO-1", "fp")
        placing = lambda: place_hold(hold.rid, rid_of("buyer", "place", "k"), "fp", as_it_is, named("PO-1"), reference)  # noqa: E731
        await self.crashed(placing(), before=PlaceHold)
        placed = await self.claims.run(self.referred("b", Pick(X, 1)))
        assert placed.st == "PLACED"
        assert holder(await self.claims.run(placing())) == placed.rid
        still = await self.order(hold.rid)
        assert still is not None
        assert still.st == "HELD"
        await self.check(X, orders=[placed.rid, hold.rid])
