"""What every StockBook does: the watermark rule, the event-time rule, lots, and what readers follow."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from gateway.domain.claims.documents import Marker as ClaimMarker
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.figures import Reach
from gateway.domain.claims.recording import outstanding
from gateway.domain.errors import Unavailable
from gateway.domain.ids import LocationCode, Rid, Sku, SourceCode, StockKey, sku_and_location, stock_key
from gateway.domain.movement import Movement
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Difference, Marker, Move, Outcome, Statement, StockBook, StockChange, StockState, Supply

WMS, POS, ERP = SourceCode("wms"), SourceCode("pos"), SourceCode("erp")
"""WMS numbers its changes, POS only times them."""
TIME_ORDERED = frozenset({POS})
DEPOT, SHOP = LocationCode("DEPOT"), LocationCode("SHOP")
SKU, OTHER = Sku("A|1"), Sku("B")
KEY, OTHER_KEY, SHOP_KEY = stock_key(SKU, DEPOT), stock_key(OTHER, DEPOT), stock_key(SKU, SHOP)
NOON = datetime(2025, 6, 26, 12, tzinfo=UTC)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def figure(quantity: int, order: int, *, key: StockKey = KEY, unavailable: int = 0, epoch: str = "", begun: int | None = None) -> Statement:
    """A figure of the numbering source; `begun`: the minute in which it was asked for."""
    return Statement(key, quantity, unavailable, order, at(order), epoch, None if begun is None else at(begun))


def count(quantity: int, minute: int) -> Statement:
    """A figure of the timing source, asked for at that minute."""
    return Statement(SHOP_KEY, quantity, 0, milliseconds(at(minute)), at(minute), begun_at=at(minute))


def sale(units: int, minute: int) -> Difference:
    return Difference(SHOP_KEY, f"event-{minute}", -units, at(minute))


def reach(order: int, epoch: str = "", begun: int | None = None) -> Reach:
    """How far a pass came; `begun`: the minute in which it was asked for."""
    return Reach(order, epoch, None if begun is None else milliseconds(at(begun)))


def named(feed: str, lot: Inbound) -> Inbound:
    """Return a lot as it is told, with the name that claims know it by."""
    return replace(lot, lot=f"{feed}#{lot.reference}")


class StockBookContract(ABC):
    """Inherit, and give `stock_book` (empty; POS is time-ordered), `plant` (writes a document as it is) and `movements`."""

    @pytest.fixture
    @abstractmethod
    def stock_book(self) -> StockBook: ...

    @abstractmethod
    async def plant(self, stock_book: StockBook, doc: StockDoc) -> None: ...

    @abstractmethod
    async def movements(self, stock_book: StockBook) -> list[Movement]: ...

    async def state(self, stock_book: StockBook, key: StockKey = KEY) -> StockState:
        return next(state for state in [state async for state in stock_book.scan()] if state.key == key)

    async def claimed(self, stock_book: StockBook, **marker: Any) -> None:
        """10 on hand as of sequence 5, and a claim of 3 on it."""
        await stock_book.state_all(WMS, [figure(10, 5)])
        doc = StockDoc(KEY, WMS, 10, 7, order=5, as_of_ms=milliseconds(at(5)), sync_ms=milliseconds(at(5)))
        await self.plant(stock_book, replace(doc, markers={"R_1_1": ClaimMarker(3, 1_000, None, ok=True, **marker)}))

    # --- absolute figures, numbered by their source

    async def test_new_rows_are_taken_in(self, stock_book: StockBook) -> None:
        rows = [figure(10, 0, unavailable=2), figure(0, 0, key=OTHER_KEY)]
        assert await stock_book.state_all(WMS, rows) == Outcome(applied=2)
        state = await self.state(stock_book)
        assert (state.quantity, state.unavailable, state.free, state.as_of, state.source) == (10, 2, 10, at(0), WMS)
        assert (await self.state(stock_book, OTHER_KEY)).quantity == 0

    async def test_a_newer_figure_wins_and_an_older_one_is_superseded(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5)])
        assert await stock_book.state_all(WMS, [figure(8, 7)]) == Outcome(applied=1)
        assert await stock_book.state_all(WMS, [figure(9, 6)]) == Outcome(superseded=1)
        assert (await self.state(stock_book)).free == 8

    async def test_an_unchanged_row_is_counted_as_such(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5), figure(4, 5, key=OTHER_KEY)])
        assert await stock_book.state_all(WMS, [figure(10, 6), figure(5, 6, key=OTHER_KEY)]) == Outcome(applied=1, unchanged=1)
        assert await stock_book.state_all(WMS, [figure(10, 6)]) == Outcome(unchanged=1)

    async def test_a_row_older_than_one_that_confirmed_the_figure_is_superseded(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5)])
        await stock_book.state_all(WMS, [figure(10, 8)])
        assert await stock_book.state_all(WMS, [figure(12, 7)]) == Outcome(superseded=1)
        assert (await self.state(stock_book)).quantity == 10

    async def test_a_big_pass_that_confirms_everything_keeps_out_what_is_older(self, stock_book: StockBook) -> None:
        rows = [figure(10, 5, key=stock_key(Sku(f"S{n:04}"), DEPOT)) for n in range(300)]
        assert await stock_book.state_all(WMS, rows) == Outcome(applied=300)
        assert await stock_book.state_all(WMS, [replace(row, order=9) for row in rows], of_pass=True) == Outcome(unchanged=300)
        late = Difference(rows[7].key, "late", -2, at(8), order=8)
        assert await stock_book.apply_differences(WMS, [late]) == Outcome(superseded=1)
        listed = frozenset(Sku(f"S{n:04}") for n in range(300))
        assert await stock_book.zero_unlisted(WMS, DEPOT, listed, reach(9), at(9)) == 0
        assert await stock_book.apply_differences(WMS, [late]) == Outcome(superseded=1)
        assert await stock_book.state_all(WMS, [replace(rows[8], quantity=11, order=8)]) == Outcome(superseded=1)
        assert await stock_book.apply_differences(WMS, [replace(late, order=10)]) == Outcome(applied=1)
        assert (await self.state(stock_book, rows[7].key)).quantity == 8

    async def test_a_new_epoch_counts_anew(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=9)
        assert await stock_book.state_all(WMS, [figure(6, 1, epoch="restored", begun=6)]) == Outcome(applied=1)
        state = await self.state(stock_book)
        assert (state.quantity, state.free, state.markers) == (6, 3, (Marker(3, None),))
        assert await stock_book.advance(WMS, [DEPOT], reach(9, "restored")) == 0
        assert await stock_book.state_all(WMS, [figure(8, 7, epoch="again", begun=5)]) == Outcome(superseded=1)
        assert await stock_book.apply_differences(WMS, [Difference(KEY, "e", -1, at(7), order=9, epoch="again")]) == Outcome(superseded=1)

    async def test_what_a_source_let_go_of_before_it_counted_anew_waits_for_what_is_asked_later(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=9, let_go=milliseconds(at(8)))
        assert await stock_book.state_all(WMS, [figure(10, 1, epoch="restored", begun=6)]) == Outcome(applied=1)
        assert (await self.state(stock_book)).free == 7
        assert await stock_book.state_all(WMS, [figure(10, 1, epoch="restored", begun=7)]) == Outcome(unchanged=1)
        assert await stock_book.advance(WMS, [DEPOT], reach(1, "restored", begun=8)) == 1
        assert (await self.state(stock_book)).free == 10

    async def test_a_pass_of_another_epoch_lifts_and_zeroes_as_its_own(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 50, epoch="1", begun=1), figure(4, 50, key=OTHER_KEY, epoch="1", begun=1)])
        await stock_book.state_all(WMS, [figure(9, 2, epoch="2", begun=2)])
        assert await stock_book.zero_unlisted(WMS, DEPOT, frozenset({SKU}), reach(2, "2", begun=2), at(2)) == 1
        assert (await self.state(stock_book, OTHER_KEY)).quantity == 0
        assert await stock_book.state_all(WMS, [figure(4, 51, key=OTHER_KEY, epoch="1", begun=9)]) == Outcome(superseded=1)

    # --- claims and the watermark

    async def test_a_claim_that_the_figure_does_not_include_stays_subtracted(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book)
        await stock_book.state_all(WMS, [figure(12, 8)])
        assert (await self.state(stock_book)).free == 9

    async def test_a_claim_that_the_figure_includes_is_lifted_in_the_same_update(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=8)
        await stock_book.state_all(WMS, [figure(10, 7)])
        assert (await self.state(stock_book)).free == 7
        await stock_book.state_all(WMS, [figure(7, 8)])
        state = await self.state(stock_book)
        assert (state.free, state.markers) == (7, ())

    async def test_a_row_that_carries_a_covered_claim_is_not_unchanged(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=8)
        assert await stock_book.state_all(WMS, [figure(10, 8)]) == Outcome(applied=1)
        assert (await self.state(stock_book)).free == 10

    async def test_a_complete_pass_lifts_what_it_covers_and_no_row_named(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=8)
        assert await stock_book.advance(WMS, [DEPOT], reach(7)) == 0
        assert await stock_book.advance(WMS, [SHOP], reach(8)) == 0
        assert await stock_book.advance(POS, [DEPOT], reach(8)) == 0
        assert await stock_book.advance(WMS, [DEPOT], reach(8)) == 1
        assert (await self.state(stock_book)).free == 10

    async def test_a_difference_that_carries_out_our_claim_changes_nothing_that_can_be_sold(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book)
        dispatch = Difference(KEY, "ship-1", -3, at(6), order=6, mid="R_1_1")
        assert await stock_book.apply_differences(WMS, [dispatch]) == Outcome(applied=1)
        assert await stock_book.apply_differences(WMS, [dispatch]) == Outcome(superseded=1)
        state = await self.state(stock_book)
        assert (state.quantity, state.free, state.markers) == (7, 7, ())

    async def test_units_that_were_not_found_are_lifted_by_their_own_row_alone_also_where_it_says_nothing_new(
        self, stock_book: StockBook
    ) -> None:
        await self.claimed(stock_book, lost=True, asked=milliseconds(at(8)))
        assert await stock_book.advance(WMS, [DEPOT], reach(9, begun=9)) == 0
        assert await stock_book.state_all(WMS, [figure(10, 5, begun=7)]) == Outcome(unchanged=1)
        assert (await self.state(stock_book)).free == 7
        assert await stock_book.state_all(WMS, [figure(10, 5, begun=8)]) == Outcome(applied=1)
        state = await self.state(stock_book)
        assert (state.free, state.markers) == (10, ())

    async def test_a_claim_without_a_place_is_lifted_by_a_pass_that_began_late_enough(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, asked=milliseconds(at(8)))
        assert await stock_book.advance(WMS, [DEPOT], reach(9, begun=7)) == 0
        assert await stock_book.advance(WMS, [DEPOT], reach(9, begun=8)) == 1
        assert (await self.state(stock_book)).free == 10

    async def test_more_sold_elsewhere_than_there_is_shows_as_debt(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book)
        await stock_book.state_all(WMS, [figure(1, 6)])
        assert (await self.state(stock_book)).free == -2

    # --- below zero

    async def test_a_position_below_zero_is_found_until_it_is_forgotten(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book)
        assert await stock_book.overdrawn() == []
        await stock_book.state_all(WMS, [figure(1, 6)])
        found = await stock_book.overdrawn()
        assert [(one.doc.key, one.doc.free, one.called, one.opened) for one in found] == [(KEY, -2, frozenset(), False)]
        await stock_book.forget_overdrawn(KEY)
        await stock_book.call(KEY, [Rid("R")])
        await stock_book.state_all(WMS, [figure(5, 7)])
        found = await stock_book.overdrawn()
        assert [(one.doc.free, one.called, one.opened) for one in found] == [(2, {"R"}, True)]
        await stock_book.forget_overdrawn(KEY)
        assert await stock_book.overdrawn() == []

    async def test_a_position_below_zero_is_not_forgotten(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book)
        await stock_book.apply_differences(WMS, [Difference(KEY, "e", -9, at(6), order=6)])
        await stock_book.forget_overdrawn(KEY)
        assert [one.doc.free for one in await stock_book.overdrawn()] == [-2]

    # --- differences

    async def test_numbered_differences_apply_in_their_order_and_once(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5)])
        told = [Difference(KEY, f"e{n}", change, at(n), order=n) for n, change in ((7, -2), (6, +5), (5, -9), (7, -2))]
        assert await stock_book.apply_differences(WMS, told) == Outcome(applied=2, superseded=2)
        assert (await self.state(stock_book)).quantity == 13

    async def test_every_arrival_order_of_counts_and_sales_ends_at_the_same_figure(self, stock_book: StockBook) -> None:
        told: list[Statement | Difference] = [count(102, 0), sale(2, 2), count(97, 3), sale(1, 4)]
        for n, order in enumerate(permutations(told)):
            key = stock_key(Sku(f"S{n}"), SHOP)
            arrivals = [replace(one, key=key) for one in order]
            for one in [*arrivals, *arrivals[::-1], arrivals[n % 4]]:
                await self.take(stock_book, one)
            assert (await self.state(stock_book, key)).free == 96, [type(one).__name__ for one in order]

    async def take(self, stock_book: StockBook, told: Statement | Difference) -> Outcome:
        if isinstance(told, Statement):
            return await stock_book.state_all(POS, [told])
        return await stock_book.apply_differences(POS, [told])

    async def test_a_count_that_confirms_takes_in_all_sales_before_it(self, stock_book: StockBook) -> None:
        for told in (count(97, 0), count(97, 3), sale(2, 2)):
            await self.take(stock_book, told)
        assert (await self.state(stock_book, SHOP_KEY)).quantity == 97

    async def test_a_difference_of_a_position_never_stated_counts_from_none(self, stock_book: StockBook) -> None:
        assert await self.take(stock_book, sale(-4, 2)) == Outcome(applied=1)
        assert (await self.state(stock_book, SHOP_KEY)).free == 4

    # --- what is no longer listed

    async def test_positions_that_a_full_pass_no_longer_lists_are_set_to_zero(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5), figure(4, 5, key=OTHER_KEY), figure(3, 5, key=SHOP_KEY)])
        assert await stock_book.zero_unlisted(WMS, DEPOT, frozenset({SKU}), reach(6), at(6)) == 1
        assert (await self.state(stock_book, OTHER_KEY)).quantity == 0
        assert (await self.state(stock_book)).quantity == 10
        assert (await self.state(stock_book, SHOP_KEY)).quantity == 3
        assert await stock_book.zero_unlisted(WMS, DEPOT, frozenset({SKU}), reach(7), at(7)) == 0

    async def test_what_was_stated_after_the_pass_began_is_not_zeroed(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5), figure(4, 9, key=OTHER_KEY)])
        assert await stock_book.zero_unlisted(WMS, DEPOT, frozenset({SKU}), reach(6), at(6)) == 0
        assert (await self.state(stock_book, OTHER_KEY)).quantity == 4

    # --- what is not believed at once

    async def test_rows_that_would_move_a_figure_are_held_back_and_the_others_taken_in(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5), figure(4, 5, key=OTHER_KEY)])
        rows = [figure(0, 6), figure(4, 6, key=OTHER_KEY), figure(7, 6, key=SHOP_KEY)]
        outcome = await stock_book.state_all(WMS, rows, holding=True)
        assert outcome == Outcome(applied=1, unchanged=1, held=(Move(rows[0], 10),))
        assert outcome.fresh == {SHOP_KEY}
        assert [(await self.state(stock_book, key)).quantity for key in (KEY, OTHER_KEY, SHOP_KEY)] == [10, 4, 7]
        assert [one.cause for one in await self.movements(stock_book) if one.key == KEY and one.change < 0] == []
        assert await stock_book.state_all(WMS, rows[:1]) == Outcome(applied=1)

    async def test_of_a_position_that_is_named_twice_every_row_is_held_back(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5)])
        rows = [figure(3, 7), figure(4, 6)]
        outcome = await stock_book.state_all(WMS, rows, holding=True)
        assert set(outcome.held) == {Move(row, 10) for row in rows}
        await stock_book.state_all(WMS, [move.statement for move in outcome.held])
        assert (await self.state(stock_book)).quantity == 3

    async def test_what_a_pass_that_is_not_believed_has_confirmed_counts_no_more(self, stock_book: StockBook) -> None:
        rows = [figure(10, 5, key=stock_key(Sku(f"S{n:04}"), DEPOT)) for n in range(300)]
        await stock_book.state_all(WMS, rows)
        garbage = [replace(row, quantity=0 if n == 0 else 10, order=9) for n, row in enumerate(rows)]
        await stock_book.state_all(WMS, garbage, holding=True, of_pass=True)
        await stock_book.abandon(WMS, DEPOT)
        again = [replace(row, order=8) for row in rows]
        await stock_book.state_all(WMS, again, holding=True, of_pass=True)
        assert await stock_book.zero_unlisted(WMS, DEPOT, frozenset(Sku(f"S{n:04}") for n in range(300)), reach(8), at(8)) == 0
        assert await stock_book.state_all(WMS, [replace(rows[0], quantity=9, order=9)]) == Outcome(applied=1)

    async def test_positions_that_a_feed_does_not_list_are_told_before_they_are_zeroed(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5), figure(4, 5, key=OTHER_KEY), figure(3, 5, key=SHOP_KEY)])
        assert await stock_book.unlisted(DEPOT, frozenset({SKU})) == {OTHER_KEY: 4}
        assert await stock_book.unlisted(DEPOT, frozenset({SKU, OTHER})) == {}

    # --- supply to come

    async def test_supply_to_come_is_told_by_feed_and_gone_when_its_feed_no_longer_says_so(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5), figure(4, 5, key=OTHER_KEY)])
        first, second = (Inbound("PURCHASE_ORDER", n, n, at(n), f"PO-{n}") for n in (5, 6))
        advice = Inbound("DESPATCH_ADVICE", 2, 2, at(1), "ASN-1")
        await stock_book.supply(WMS, [Supply(KEY, "wms/inbound", (advice,))])
        told = [Supply(KEY, "erp/inbound", (first, second)), Supply(OTHER_KEY, "erp/inbound", (second,))]
        assert await stock_book.supply(ERP, told) == Outcome(applied=3)
        assert await stock_book.supply(ERP, told) == Outcome(unchanged=3)
        advice, first, second = named("wms/inbound", advice), named("erp/inbound", first), named("erp/inbound", second)
        assert set((await self.state(stock_book)).lots) == {advice, first, second}
        assert await stock_book.supply(ERP, [Supply(KEY, "erp/inbound", (second,))]) == Outcome(applied=2)
        assert set((await self.state(stock_book)).lots) == {advice, second}
        assert (await self.state(stock_book, OTHER_KEY)).lots == ()
        await stock_book.supply(ERP, [])
        assert (await self.state(stock_book)).lots == (advice,)
        assert (await self.state(stock_book)).free == 10

    async def test_supply_of_a_position_never_stated_is_shown_at_its_places_owner(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 0)])
        lot = Inbound("PURCHASE_ORDER", 5, 5, at(5), "PO-1")
        await stock_book.supply(ERP, [Supply(OTHER_KEY, "erp/inbound", (lot,))])
        state = await self.state(stock_book, OTHER_KEY)
        assert (state.quantity, state.free, state.lots, state.source) == (0, 0, (named("erp/inbound", lot),), WMS)
        assert state.as_of.timestamp() == 0
        await stock_book.state_all(WMS, [figure(7, 0, key=OTHER_KEY)])
        assert (await self.state(stock_book, OTHER_KEY)).free == 7

    async def test_nothing_told_changes_nothing(self, stock_book: StockBook) -> None:
        assert await stock_book.state_all(WMS, []) == Outcome()
        assert await stock_book.apply_differences(WMS, []) == Outcome()
        assert await stock_book.supply(WMS, []) == Outcome()
        assert await stock_book.zero_unlisted(WMS, DEPOT, frozenset(), reach(1), at(1)) == 0
        assert await stock_book.advance(WMS, [], reach(1)) == 0

    # --- many at once

    async def test_writers_at_the_same_time_lose_nothing(self, stock_book: StockBook) -> None:
        await stock_book.state_all(POS, [count(100, 0)])
        sales = [sale(1, minute) for minute in range(1, 21)]
        await asyncio.gather(*(self.take(stock_book, one) for one in [*sales, *sales]))
        assert (await self.state(stock_book, SHOP_KEY)).free == 80

    # --- movements

    async def test_every_change_of_a_figure_is_one_movement_with_its_cause(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book)
        for _ in range(2):
            await stock_book.state_all(WMS, [figure(12, 6)])
            await stock_book.apply_differences(WMS, [Difference(KEY, "e7", -1, at(7), order=7)])
            await stock_book.apply_differences(WMS, [Difference(KEY, "e8", -3, at(8), order=8, mid="R_1_1")])
            await stock_book.zero_unlisted(WMS, DEPOT, frozenset(), reach(9), at(9))
        told = {(one.kind, one.change, one.quantity) for one in await self.movements(stock_book) if one.kind != "LOAD"}
        taken_and_moved = {("ORDER", 0, None), ("SYNC", 2, 12), ("ADJUST", -1, 11), ("DISPATCH", -3, 8), ("ZERO", -8, 0)}
        assert told - {("SYNC", 10, 10)} == taken_and_moved

    async def dispatched(self, stock_book: StockBook) -> list[tuple[str, int, int, str | None]]:
        told = [one for one in await self.movements(stock_book) if one.kind == "DISPATCH"]
        return [(one.cause, one.units, one.change, one.rid) for one in told]

    async def test_a_claim_lifted_by_a_figure_is_dispatched_and_the_figure_moves_once(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=8)
        await stock_book.state_all(WMS, [figure(10, 7)])
        assert await self.dispatched(stock_book) == []
        for _ in range(2):
            await stock_book.state_all(WMS, [figure(7, 8)])
        assert await self.dispatched(stock_book) == [("R_1_1", 3, 0, "R")]
        assert sum(one.change for one in await self.movements(stock_book)) == 7

    async def test_a_claim_lifted_by_a_figure_that_stayed_is_dispatched(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=8)
        await stock_book.state_all(WMS, [figure(10, 8)])
        assert await self.dispatched(stock_book) == [("R_1_1", 3, 0, "R")]

    async def test_a_claim_lifted_by_a_complete_pass_is_dispatched(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=8)
        for _ in range(2):
            await stock_book.advance(WMS, [DEPOT], reach(8))
        assert await self.dispatched(stock_book) == [("R_1_1", 3, 0, "R")]

    async def test_a_claim_lifted_as_its_position_is_zeroed_is_dispatched(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=8)
        assert await stock_book.zero_unlisted(WMS, DEPOT, frozenset(), reach(9), at(9)) == 1
        assert await self.dispatched(stock_book) == [("R_1_1", 3, 0, "R")]

    async def test_a_difference_that_carries_out_a_claim_is_its_dispatch(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book)
        await stock_book.apply_differences(WMS, [Difference(KEY, "e6", -3, at(6), order=6, mid="R_1_1")])
        assert await self.dispatched(stock_book) == [("R_1_1", 3, -3, "R")]

    async def test_a_claim_that_is_carried_out_in_parts_is_dispatched_part_by_part_and_keeps_nothing(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=9)
        for _ in range(2):
            await stock_book.apply_differences(WMS, [Difference(KEY, "e6", -1, at(6), order=6, mid="R_1_1")])
        assert await self.dispatched(stock_book) == [("R_1_1", 1, -1, "R")]
        await stock_book.apply_differences(WMS, [Difference(KEY, "e7", -1, at(7), order=7, mid="R_1_1")])
        await stock_book.state_all(WMS, [figure(7, 9)])
        assert await self.dispatched(stock_book) == [("R_1_1", 1, -1, "R"), ("R_1_1", 1, -1, "R"), ("R_1_1", 1, 0, "R")]
        movements = await self.movements(stock_book)
        assert outstanding(one for one in movements if one.cause == "R_1_1") == 0
        assert sum(one.change for one in movements) == 7

    # --- what an audit reads and puts right

    async def test_a_place_has_its_positions_and_a_heartbeat_is_none(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(1, 5, key=key) for key in (OTHER_KEY, SHOP_KEY, KEY)])
        await stock_book.beat(at(1))
        assert list(await stock_book.keys(sku_and_location(KEY)[1])) == sorted([KEY, OTHER_KEY])
        assert list(await stock_book.keys(sku_and_location(SHOP_KEY)[1])) == [SHOP_KEY]
        assert list(await stock_book.keys(LocationCode("NOWHERE"))) == []
        assert {key: doc.q for key, doc in (await stock_book.documents([KEY, stock_key(Sku("NONE"), DEPOT)])).items()} == {KEY: 1}

    async def test_a_load_of_many_positions_is_no_figure_of_any_of_them(self, stock_book: StockBook) -> None:
        keys = [stock_key(Sku(f"S{n:03}"), DEPOT) for n in range(150)]
        await stock_book.state_all(WMS, [figure(7, 1, key=key) for key in keys])
        assert {one.quantity for key in keys for one in await stock_book.figures(key, 9)} <= {7}
        await stock_book.state_all(WMS, [figure(9, 2, key=keys[0])])
        assert [one.quantity for one in await stock_book.figures(keys[0], 1)] == [9]

    async def test_the_last_figures_are_found_the_latest_first_and_what_was_left_out_is_added_once(self, stock_book: StockBook) -> None:
        for order, quantity in ((5, 10), (6, 8), (7, 9)):
            await stock_book.state_all(WMS, [figure(quantity, order)])
            await asyncio.sleep(0.002)
        assert [one.quantity for one in await stock_book.figures(KEY, 2)] == [9, 8]
        late = Movement(KEY, "SYNC", "left out", 1, 10, datetime.now(UTC) + timedelta(minutes=1), WMS)
        for _ in range(2):
            await stock_book.record([late])
        assert [one.quantity for one in await stock_book.figures(KEY, 9)].count(10) == 2

    async def test_a_figure_is_set_right_at_its_own_place_with_all_that_hangs_on_it(self, stock_book: StockBook) -> None:
        await self.claimed(stock_book, k=8)
        doc = (await stock_book.documents([KEY]))[KEY]
        await self.plant(stock_book, replace(doc, free=99))
        assert await stock_book.restate(WMS, figure(9, 4)) is False
        assert await stock_book.restate(WMS, figure(9, 5)) is True
        state = await self.state(stock_book)
        assert (state.quantity, state.free) == (9, 6)
        assert await stock_book.restate(WMS, figure(6, 8)) is True
        assert (await self.state(stock_book)).free == 6

    # --- what readers follow

    async def test_changes_after_a_token_are_told_and_heartbeats_between_them(self, stock_book: StockBook) -> None:
        await stock_book.state_all(WMS, [figure(10, 5)])
        token = await stock_book.stream_token()
        await stock_book.state_all(WMS, [figure(8, 6), figure(1, 6, key=OTHER_KEY)])
        changes = stock_book.changes(token)
        told = [await self.next_of(changes), await self.next_of(changes)]
        assert {(one.key, one.state.free if one.state else None) for one in told} == {(KEY, 8), (OTHER_KEY, 1)}
        await stock_book.beat(at(3))
        beat = await self.next_of(changes)
        assert (beat.key, beat.state, beat.beat_at) == (None, None, at(3))
        await stock_book.state_all(WMS, [figure(7, 7)])
        assert (await self.next_of(changes)).state == await self.state(stock_book)
        await self.closed(changes)

    async def test_changes_that_cannot_be_resumed_say_so(self, stock_book: StockBook) -> None:
        changes = stock_book.changes({"_data": "no such token"})
        with pytest.raises(Unavailable):
            await self.next_of(changes)

    async def next_of(self, changes: AsyncIterator[StockChange]) -> StockChange:
        async with asyncio.timeout(10):
            return await anext(changes)

    async def closed(self, changes: AsyncIterator[StockChange]) -> None:
        close: Callable[[], Awaitable[None]] | None = getattr(changes, "aclose", None)
        if close:
            await close()
