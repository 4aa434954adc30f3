"""What every StockBook does when supply comes: what was promised of it is served in the same write, and nothing is promised twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.domain.claims.documents import Marker as ClaimMarker
from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.supply import peg_of
from gateway.domain.stock import Inbound
from gateway.ports.ledger import Difference, Marker, StockBook, Supply
from tests.contracts.stock_book import ERP, KEY, WMS, StockBookContract, at, figure, milliseconds

FEED = "erp/inbound"
SOON = datetime.now(UTC) + timedelta(hours=1)
LATER = SOON + timedelta(days=10)


def lot(units: int, expected_at: datetime = SOON, reference: str = "PO1") -> Inbound:
    return Inbound("PURCHASE_ORDER", units, units, expected_at, reference)


class ArrivalContract(StockBookContract):
    """Inherit as the whole contract of a StockBook."""

    async def promised(self, stock_book: StockBook, *claims: tuple[str, int], lots: tuple[Inbound, ...]) -> None:
        """10 on hand as of sequence 5, all of them held, and claims on the first lot in the order of their making."""
        await stock_book.state_all(WMS, [figure(10, 5)])
        await stock_book.supply(ERP, [Supply(KEY, FEED, lots)])
        peg = peg_of(FEED, lots[0])
        markers = {mid: ClaimMarker(units, n, None, ok=True, peg=peg, due=units) for n, (mid, units) in enumerate(claims)}
        held = {"H_1_1": ClaimMarker(10, 1, milliseconds(LATER), ok=True)}
        doc = StockDoc(KEY, WMS, 10, 0, order=5, as_of_ms=milliseconds(at(5)), sync_ms=milliseconds(at(5)))
        await self.plant(stock_book, replace(doc, lots={FEED: lots}, markers={**markers, **held}))

    async def left(self, stock_book: StockBook) -> tuple[int, int, list[int], list[tuple[int, int]]]:
        """Return the figure, what is free, the units that claims take from the shelf (without the hold), lots by quantity and available."""
        state = await self.state(stock_book)
        ordered = sorted(marker.units for marker in state.markers if marker.expires_at is None)
        return state.quantity, state.free, ordered, [(one.quantity, one.available) for one in state.lots]

    async def test_readers_see_what_of_a_lot_is_promised_and_no_claim_on_the_shelf(self, stock_book: StockBook) -> None:
        await self.promised(stock_book, ("A_1_1", 4), lots=(lot(6), lot(5, LATER, "PO2")))
        assert await self.left(stock_book) == (10, 0, [], [(6, 2), (5, 5)])
        assert [one.units for one in (await self.state(stock_book)).markers] == [10]

    async def test_what_comes_serves_the_oldest_promise_first_and_closes_its_lot(self, stock_book: StockBook) -> None:
        await self.promised(stock_book, ("B_1_1", 4), ("A_1_1", 2), lots=(lot(6),))
        await stock_book.state_all(WMS, [figure(15, 6)])
        assert await self.left(stock_book) == (15, 0, [1, 4], [(1, 0)])
        await stock_book.state_all(WMS, [figure(16, 7)])
        assert await self.left(stock_book) == (16, 0, [2, 4], [])

    async def test_a_difference_is_an_arrival_too(self, stock_book: StockBook) -> None:
        await self.promised(stock_book, ("A_1_1", 4), lots=(lot(6),))
        await stock_book.apply_differences(WMS, [Difference(KEY, "receipt", 6, at(6), order=6)])
        assert await self.left(stock_book) == (16, 2, [4], [])

    async def test_a_lot_that_came_is_promised_again_only_when_its_source_speaks(self, stock_book: StockBook) -> None:
        await self.promised(stock_book, lots=(lot(6),))
        await stock_book.state_all(WMS, [figure(16, 6)])
        assert (await self.state(stock_book)).lots == ()
        await stock_book.supply(ERP, [Supply(KEY, FEED, (lot(6),))])
        assert (await self.state(stock_book)).lots == ()
        await stock_book.supply(ERP, [Supply(KEY, FEED, (lot(4, LATER),))])
        assert await self.left(stock_book) == (16, 6, [], [(4, 4)])

    async def test_a_rise_long_before_a_lot_is_due_is_none_of_it(self, stock_book: StockBook) -> None:
        await self.promised(stock_book, ("A_1_1", 4), lots=(lot(6, LATER),))
        await stock_book.state_all(WMS, [figure(13, 6)])
        assert await self.left(stock_book) == (13, 3, [], [(6, 2)])

    async def test_what_a_lot_does_not_bring_any_more_is_served_from_the_shelf(self, stock_book: StockBook) -> None:
        await self.promised(stock_book, ("A_1_1", 4), lots=(lot(6, LATER),))
        await stock_book.state_all(WMS, [figure(13, 6)])
        await stock_book.supply(ERP, [])
        assert await self.left(stock_book) == (13, 0, [3], [])
        await stock_book.state_all(WMS, [figure(16, 7)])
        assert await self.left(stock_book) == (16, 2, [4], [])

    async def test_what_a_claim_explains_is_no_arrival(self, stock_book: StockBook) -> None:
        await self.promised(stock_book, ("A_1_1", 4), lots=(lot(6),))
        await stock_book.apply_differences(WMS, [Difference(KEY, "issue", -10, at(6), order=6, mid="H_1_1")])
        assert await self.left(stock_book) == (0, 0, [], [(6, 2)])
        assert Marker(4, None) not in (await self.state(stock_book)).markers
