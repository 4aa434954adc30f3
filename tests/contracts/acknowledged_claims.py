"""What every interpreter keeps of the source's word: lifted, given back, or withheld until a later figure."""

from abc import ABC
from dataclasses import replace

from gateway.domain.claims.documents import Marker
from gateway.domain.claims.programs import (
    Pick,
    retract,
)
from gateway.domain.claims.steps import (
    Ack,
    Withhold,
)
from tests.contracts.claims import ClaimsBench, X, Y, nothing


class AcknowledgedClaims(ClaimsBench, ABC):
    async def test_an_acknowledged_claim_is_lifted_once_the_figure_includes_it(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        mid = order.claims[0].mid
        assert await self.one(Ack(X, mid, 7)) is True
        assert (await self.free(X), (await self.stock(X)).markers[mid].k) == (3, 7)
        assert await self.one(Ack(X, mid, 1)) is True
        assert (await self.stock(X)).markers.get(mid, Marker(0, 0)).q == 0
        assert await self.one(Ack(X, mid, 1)) is False
        assert await self.free(X) == 5

    async def test_a_claim_that_its_source_gave_back_is_free_again(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 5)
        order = await self.held("a", Pick(X, 2), Pick(Y, 1), then="PLACED")
        back = await self.claims.run(retract(order.rid, order.v, frozenset({order.claims[0].mid}), nothing))
        assert back is not None
        assert [claim.key for claim in back.claims] == [Y]
        assert (await self.free(X), await self.free(Y)) == (5, 4)
        await self.check(X, Y, orders=[order.rid])

    async def test_units_that_their_source_did_not_find_stay_subtracted_until_a_later_figure(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        mid = order.claims[0].mid
        back = await self.claims.run(retract(order.rid, order.v, frozenset({mid}), nothing, lost=7))
        assert back is not None
        after = await self.order(order.rid)
        assert after is not None
        assert (after.claims, after.undo) == ((), ())
        assert await self.free(X) == 3
        marker = (await self.stock(X)).markers[mid]
        assert (marker.k, marker.asked, marker.lost) == (None, 7, True)
        await self.one(Withhold(replace(order.claims[0], lost=9)))
        assert (await self.stock(X)).markers[mid].asked == 7
        assert await self.one(Ack(X, mid, 1)) is False
        assert await self.free(X) == 3

    async def test_what_its_source_had_taken_and_let_go_of_waits_for_a_later_word(self) -> None:
        await self.shelf(X, 5)
        unheard, heard = await self.held("a", Pick(X, 1), then="PLACED"), await self.held("b", Pick(X, 2), then="PLACED")
        assert await self.one(Ack(X, heard.claims[0].mid, 9))
        for one in (unheard, heard):
            mids = frozenset(claim.mid for claim in one.claims)
            back = await self.claims.run(retract(one.rid, one.v, mids, nothing, lost=7, let_go=True))
            assert back is not None
            after = await self.order(one.rid)
            assert after is not None
            assert (after.claims, after.undo) == ((), ())
        markers = (await self.stock(X)).markers
        assert [(markers[one.claims[0].mid].k, markers[one.claims[0].mid].asked) for one in (unheard, heard)] == [(None, 7), (9, None)]
        assert [markers[one.claims[0].mid].lost for one in (unheard, heard)] == [False, False]
        assert [markers[one.claims[0].mid].let_go for one in (unheard, heard)] == [7, 7]
        assert await self.free(X) == 2
        for one in (unheard, heard):
            await self.one(Withhold(replace(one.claims[0], lost=9, let_go=True), found=True))
            assert await self.one(Ack(X, one.claims[0].mid, 8))
        markers = (await self.stock(X)).markers
        assert [(markers[one.claims[0].mid].let_go, markers[one.claims[0].mid].k) for one in (unheard, heard)] == [(7, 8), (7, 8)]

    async def test_a_claim_that_was_taken_at_no_place_waits_for_what_is_asked_later(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        claim = order.claims[0]
        for asked in (7, 9):
            await self.one(Withhold(replace(claim, lost=asked), found=True))
            marker = (await self.stock(X)).markers[claim.mid]
            assert (marker.k, marker.asked, marker.lost, marker.q) == (None, 7, False, 2)
        assert await self.free(X) == 3

    async def test_a_place_that_the_source_named_before_counts(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        claim = order.claims[0]
        await self.one(Ack(X, claim.mid, 9))
        await self.one(Withhold(replace(claim, lost=7), found=True))
        marker = (await self.stock(X)).markers[claim.mid]
        assert (marker.k, marker.asked) == (9, None)

    async def test_a_word_of_an_epoch_that_is_not_known_yet_is_remembered_and_one_that_is_over_means_nothing(self) -> None:
        await self.shelf(X, 5, epoch="2", past=("1",))
        order = await self.held("a", Pick(X, 2), then="PLACED")
        mid = order.claims[0].mid
        assert await self.one(Ack(X, mid, 1, "1")) is False
        assert (await self.stock(X)).markers[mid].k is None
        assert await self.one(Ack(X, mid, 1, "3")) is True
        marker = (await self.stock(X)).markers[mid]
        assert (marker.q, marker.k, marker.epoch) == (2, 1, "3")
        assert await self.one(Ack(X, mid, 1, "2")) is True
        assert await self.free(X) == 5
