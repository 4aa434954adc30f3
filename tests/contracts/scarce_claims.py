"""What every interpreter keeps of claims on supply to come and on a place's capacity: the steps of the shelf, on other documents."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from gateway.domain.claims.documents import Marker, OrderDoc, Peg, StockDoc
from gateway.domain.claims.programs import Fit, Pick, Planned, Short, cancel, change, extend, place_hold, recover, reduce, reserve, retract
from gateway.domain.claims.scrubbing import scrub
from gateway.domain.claims.steps import Ack, Commit, GiveBack, PullUndo, Settle, Settled, Take
from gateway.domain.claims.supply import peg_of
from gateway.domain.ids import LocationCode, Rid, SourceCode, StockKey, capacity_key
from gateway.domain.stock import Inbound
from tests.contracts.claims import TIMES, ClaimsBench, Elsewhere, X, as_it_is, nothing, request

FEED = "erp/inbound"
HOUR_MS = 3_600_000
ROOM = capacity_key(LocationCode("x"), date(2026, 3, 2))
OTHER_ROOM = capacity_key(LocationCode("y"), date(2026, 3, 2))


class ScarceClaims(ClaimsBench, ABC):
    """Its claims on supply wait on a lot, those on capacity on a shift; `capacity` tells how a shift is seen."""

    @abstractmethod
    async def capacity(self, key: StockKey) -> StockDoc | None: ...

    async def now_ms(self) -> int:
        """Return the database's time, as it stamps a journal entry."""
        return (await self.held("clock", Pick(capacity_key(LocationCode("clock"), date(2026, 1, 1)), 1, room=1_000))).created_ms

    async def expected(self, units: int, *, after_ms: int = HOUR_MS, shelf: int = 0, reference: str = "PO.1") -> Peg:
        """Let units of X be on the shelf and to come; return what a claim on them waits for."""
        at = datetime.fromtimestamp((await self.now_ms() + after_ms) / 1000, UTC)
        lot = Inbound("PURCHASE_ORDER", units, units, at, reference)
        known = (await self.stock(X)).lots.get(FEED, ()) if shelf < 0 else ()
        await self.put(StockDoc(X, SourceCode("wms"), max(0, shelf), max(0, shelf), order=1, as_of_ms=1, lots={FEED: (*known, lot)}))
        return peg_of(FEED, lot)

    def sums(self, stock: StockDoc) -> tuple[int, int]:
        """Return the units that are free, and those that are promised of what is to come; I2."""
        assert stock.free + sum(marker.shelf for marker in stock.markers.values()) == stock.q
        return stock.free, sum(marker.due for marker in stock.markers.values())

    # supply to come

    async def test_a_lot_is_promised_up_to_its_units_and_takes_nothing_from_the_shelf(self) -> None:
        peg = await self.expected(3, shelf=2)
        orders = await asyncio.gather(*(self.held(f"buyer {n}", Pick(X, 1, peg=peg)) for n in range(5)))
        assert sorted(order.st for order in orders) == ["HELD", "HELD", "HELD", "VOID", "VOID"]
        assert {order.short for order in orders if order.st == "VOID"} == {(X, 0)}
        assert self.sums(await self.stock(X)) == (2, 3)

    async def test_a_lot_past_its_date_is_not_promised(self) -> None:
        peg = await self.expected(3, after_ms=-1)
        assert (await self.held("a", Pick(X, 1, peg=peg))).why == "INSUFFICIENT"

    async def test_a_lot_is_not_promised_when_its_source_tells_it_no_more(self) -> None:
        peg = await self.expected(3)
        await self.expected(3, reference="PO.2")
        assert (await self.held("a", Pick(X, 1, peg=peg))).why == "INSUFFICIENT"

    async def test_what_is_owed_on_the_shelf_is_not_promised_again(self) -> None:
        peg = await self.expected(3)
        await self.put(replace(await self.stock(X), q=-2, free=-2))
        assert (await self.held("a", Pick(X, 2, peg=peg))).short == (X, 1)
        assert (await self.held("b", Pick(X, 1, peg=peg))).st == "HELD"

    async def test_a_promise_that_ends_gives_back_what_it_promised_and_nothing_else(self) -> None:
        peg = await self.expected(3, shelf=2)
        hold = await self.held("a", Pick(X, 3, peg=peg), Pick(X, 1))
        assert self.sums(await self.stock(X)) == (1, 3)
        await self.claims.run(cancel(hold.rid))
        assert self.sums(await self.stock(X)) == (2, 0)
        assert (await self.held("b", Pick(X, 3, peg=peg))).st == "HELD"

    async def test_a_promise_is_placed_and_cut_like_any_claim(self) -> None:
        peg = await self.expected(3)
        hold = await self.held("a", Pick(X, 3, peg=peg))
        placed = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing))
        assert isinstance(placed, OrderDoc)
        assert await self.claims.run(reduce(hold.rid, placed.v, {hold.claims[0].mid: 1}, nothing))
        (marker,) = (await self.stock(X)).markers.values()
        assert (marker.q, marker.due, marker.exp, marker.peg) == (1, 1, None, peg)

    async def test_units_that_came_stay_when_a_promise_is_cut(self) -> None:
        peg = await self.expected(3)
        hold = await self.held("a", Pick(X, 3, peg=peg), then="PLACED")
        stock = await self.stock(X)
        (mid,) = stock.markers
        await self.put(replace(stock, q=1, markers={mid: replace(stock.markers[mid], due=2)}, arrived={peg.lot: 1}))
        assert await self.claims.run(reduce(hold.rid, hold.v, {mid: 2}, nothing))
        assert ((await self.stock(X)).markers[mid].q, (await self.stock(X)).markers[mid].due) == (2, 1)
        assert self.sums(await self.stock(X)) == (0, 1)

    async def test_a_source_that_counts_a_promise_in_part_come_lifts_it_whole(self) -> None:
        peg = await self.expected(3)
        await self.held("a", Pick(X, 3, peg=peg), then="PLACED")
        stock = await self.stock(X)
        (mid,) = stock.markers
        await self.put(replace(stock, q=1, markers={mid: replace(stock.markers[mid], due=2)}))
        assert await self.one(Ack(X, mid, 1)) is True
        assert self.sums(await self.stock(X)) == (1, 0)

    async def test_a_take_of_a_lot_is_refused_after_its_deadline_and_done_once(self) -> None:
        peg = await self.expected(3)
        now = await self.now_ms()
        hold = await self.held("a", Pick(X, 1, peg=peg))
        late = replace(hold.claims[0], mid="LATE_1_1", dl=now - 1)
        assert await self.one(Take(late, None)) is False
        again = replace(hold.claims[0], mid="AGAIN_1_1", dl=now + HOUR_MS)
        assert [await self.one(Take(again, None)) for _ in range(2)] == [True, False]
        assert await self.one(GiveBack(again)) is True
        assert [await self.one(step) for step in (GiveBack(again), Take(again, None), Settle(again, None))] == [False, False, False]

    async def test_a_crash_between_promise_and_decision_is_recovered(self) -> None:
        peg = await self.expected(3)
        hold = await self.held("a", Pick(X, 1, peg=peg))

        def one_more(order: OrderDoc) -> Fit:
            return Fit(order.claims, (Pick(X, 2, peg=peg),))

        await self.crashed(change(hold.rid, Rid("C1"), one_more, nothing), before=Settled)
        await self.claims.run(recover(hold.rid))
        order = await self.order(hold.rid)
        assert order is not None
        assert (sum(claim.units for claim in order.claims), order.unsettled) == (3, False)
        assert self.sums(await self.stock(X)) == (0, 3)

    # scrub

    async def long_over(self) -> None:
        await self.wait(3 * (TIMES.deadline_ms + TIMES.skew_ms) + 100)

    async def test_a_scrub_gives_back_what_no_order_names_and_nothing_else(self) -> None:
        await self.shelf(X, 9)
        orders = [await self.held("a", Pick(X, 1)), await self.held("b", Pick(X, 2), then="PLACED")]
        lost = await self.held("c", Pick(X, 1), then="PLACED")
        assert await self.claims.run(retract(lost.rid, lost.v, frozenset({lost.claims[0].mid}), nothing, lost=0))
        stock = await self.stock(X)
        await self.put(replace(stock, free=stock.free - 3, markers={**stock.markers, "NOBODY_1_1": Marker(3, 1)}))
        await self.wait(TIMES.deadline_ms + TIMES.skew_ms + 50)
        assert X in [key async for key in self.claims.marked()]
        assert [await self.claims.run(scrub(X)) for _ in range(2)] == [1, 0]
        assert {mid: one.q for mid, one in (await self.stock(X)).markers.items() if one.q} == {
            orders[0].claims[0].mid: 1,
            orders[1].claims[0].mid: 2,
            lost.claims[0].mid: 1,
        }
        assert (await self.free(X), ("RELEASE", "NOBODY_1_1", 3, Rid("NOBODY")) in await self.moved()) == (5, True)

    async def test_a_scrub_leaves_the_claims_of_a_change_that_is_open(self) -> None:
        await self.shelf(X, 9)
        wish = request("a", Pick(X, 2))
        await self.crashed(reserve(wish), before=Commit)
        await self.wait(TIMES.deadline_ms + TIMES.skew_ms + 50)
        assert await self.claims.run(scrub(X)) == 0
        assert await self.free(X) == 7

    async def test_a_scrub_records_what_a_crash_left_out(self) -> None:
        await self.shelf(X, 9)
        hold = await self.held("a", Pick(X, 2))
        (mid,) = (claim.mid for claim in hold.claims)
        await self.killed(cancel(hold.rid), after=GiveBack)
        await self.one(PullUndo(hold.rid, mid))
        assert await self.moved() == [("HOLD", mid, 2, hold.rid)]
        await self.long_over()
        for _ in range(2):
            await self.claims.run(scrub(X))
            assert await self.moved() == [("HOLD", mid, 2, hold.rid), ("RELEASE", mid, 2, hold.rid)]

    async def test_a_scrub_frees_the_room_that_no_order_names(self) -> None:
        hold = await self.held("a", Pick(ROOM, 1, room=2))
        await self.one(Take(replace(hold.claims[0], mid="NOBODY_1_1", dl=await self.now_ms() + 5 * TIMES.deadline_ms), None))
        assert (await self.used(ROOM), ROOM in [key async for key in self.claims.marked()]) == (2, True)
        await self.wait(6 * TIMES.deadline_ms + TIMES.skew_ms)
        assert await self.claims.run(scrub(ROOM)) == 1
        assert await self.used(ROOM) == 1

    # capacity

    async def used(self, key: StockKey) -> int:
        room = await self.capacity(key)
        assert room is not None
        assert room.free + sum(marker.q for marker in room.markers.values()) == room.q
        return room.q - room.free

    async def test_a_day_takes_as_much_work_as_it_has_room_for(self) -> None:
        orders = await asyncio.gather(*(self.held(f"order {n}", Pick(ROOM, 1, room=3), then="PLACED") for n in range(6)))
        assert sorted(order.st for order in orders) == ["PLACED"] * 3 + ["VOID"] * 3
        assert await self.used(ROOM) == 3
        assert await self.movements() == []

    async def test_a_hold_claims_no_room_and_placing_it_does(self) -> None:
        await self.shelf(X, 5)
        hold = await self.held("a", Pick(X, 1))
        assert await self.capacity(ROOM) is None

        def with_room(order: OrderDoc) -> Fit:
            return Fit(order.claims, (Pick(ROOM, 1, room=1),))

        placed = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", with_room, nothing))
        assert isinstance(placed, OrderDoc)
        assert (placed.st, await self.used(ROOM)) == ("PLACED", 1)
        other = await self.held("b", Pick(X, 1))
        assert isinstance(await self.claims.run(place_hold(other.rid, Rid("K2"), "fp", with_room, nothing)), Short)
        assert (await self.used(ROOM), await self.free(X)) == (1, 3)

    async def test_a_full_day_sends_the_work_to_the_next_place(self) -> None:
        await self.held("a", Pick(ROOM, 1, room=1), then="PLACED")

        class NextPlace(Elsewhere):
            def again(self, *_: Any) -> Planned:
                return Planned([Pick(OTHER_ROOM, 1, room=1)])

        order = await self.held("b", Pick(ROOM, 1, room=1), planner=NextPlace(), then="PLACED")
        assert [claim.key for claim in order.claims] == [OTHER_ROOM]
        assert (await self.used(ROOM), await self.used(OTHER_ROOM)) == (1, 1)

    async def test_work_that_is_taken_back_leaves_its_room_also_when_its_units_were_not_found(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(ROOM, 1, room=1), Pick(X, 1), then="PLACED")
        back = await self.claims.run(retract(order.rid, order.v, frozenset(claim.mid for claim in order.claims), nothing, lost=0))
        assert back is not None
        assert (await self.used(ROOM), await self.free(X)) == (0, 4)

    async def test_room_of_a_hold_is_extended_and_ends_with_it(self) -> None:
        hold = await self.held("a", Pick(ROOM, 1, room=1))
        await self.claims.run(extend(hold.rid, 10 * HOUR_MS))
        order, room = await self.order(hold.rid), await self.capacity(ROOM)
        assert order is not None
        assert room is not None
        assert room.markers[hold.claims[0].mid] == Marker(1, hold.claims[0].dl, order.exp, ok=True)
        await self.claims.run(cancel(hold.rid))
        assert await self.used(ROOM) == 0
