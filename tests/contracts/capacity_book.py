"""What a CapacityBook does, wherever it is kept."""

import asyncio
from abc import ABC, abstractmethod
from datetime import date

import pytest

from gateway.domain.capacity import Room
from gateway.domain.claims.carrying import Pick, Program
from gateway.domain.claims.documents import Claim, Entry, OrderDoc, rid_of_mid
from gateway.domain.claims.programs import content, reduce, reserve
from gateway.domain.claims.steps import ReadOrder
from gateway.domain.ids import LocationCode, capacity_key
from gateway.ports.ledger import CapacityBook, Claims
from tests.contracts.claims import request


def read(claim: Claim) -> Program[OrderDoc | None]:
    order: OrderDoc | None = yield ReadOrder(rid_of_mid(claim.mid))
    return order


LYON, NANTES = LocationCode("LYO"), LocationCode("NTE")
SUNDAY, MONDAY = date(2026, 3, 1), date(2026, 3, 2)


class CapacityBookContract(ABC):
    """Inherit, and give `book` and `claims` over one empty database."""

    @pytest.fixture
    @abstractmethod
    def book(self) -> CapacityBook: ...

    @pytest.fixture
    @abstractmethod
    def claims(self) -> Claims: ...

    async def booked(self, claims: Claims, who: str, units: int, room: int) -> tuple[Claim, ...]:
        pick = Pick(capacity_key(LYON, MONDAY), units, room=room)
        order = await claims.run(reserve(request(who, pick, then="PLACED")))
        assert isinstance(order, OrderDoc)
        return order.claims

    async def test_what_is_booked_is_told_from_a_day_on(self, book: CapacityBook, claims: Claims) -> None:
        assert await book.rooms(SUNDAY) == {}
        await self.booked(claims, "a", 2, 5)
        assert await book.rooms(SUNDAY) == {LYON: {(MONDAY, 0): Room(5, 3)}}
        assert await book.rooms(date(2026, 3, 3)) == {}

    async def test_what_is_set_stands_over_the_rule_and_what_is_booked_stays_booked(self, book: CapacityBook, claims: Claims) -> None:
        await book.set_room(capacity_key(NANTES, MONDAY, 1), 4)
        await self.booked(claims, "a", 2, 5)
        await book.set_room(capacity_key(LYON, MONDAY), 1)
        assert await book.rooms(MONDAY) == {LYON: {(MONDAY, 0): Room(1, -1)}, NANTES: {(MONDAY, 1): Room(4, 4)}}
        assert await self.booked(claims, "b", 1, 5) == ()
        await book.set_room(capacity_key(LYON, MONDAY), 3)
        assert len(await self.booked(claims, "c", 1, 5)) == 1

    async def test_what_is_free_is_added_up_by_what_is_booked(self, book: CapacityBook, claims: Claims) -> None:
        (claim,) = await self.booked(claims, "a", 2, 5)
        (doc,) = (await book.documents([claim.key, capacity_key(NANTES, MONDAY)])).values()
        assert (doc.key, doc.q, doc.free, doc.markers[claim.mid].q) == (claim.key, 5, 3, 2)
        assert (await book.add_up(claim.key), await book.add_up(capacity_key(NANTES, MONDAY))) == (True, False)
        assert await book.rooms(MONDAY) == {LYON: {(MONDAY, 0): Room(5, 3)}}

    async def test_days_that_are_over_are_forgotten_so_many_at_a_time(self, book: CapacityBook, claims: Claims) -> None:
        await self.booked(claims, "a", 2, 5)
        for place in (LYON, NANTES):
            await book.set_room(capacity_key(place, SUNDAY), 4)
        assert [await book.purge(SUNDAY, 9), await book.purge(MONDAY, 1), await book.purge(MONDAY, 9)] == [0, 1, 1]
        assert await book.rooms(SUNDAY) == {LYON: {(MONDAY, 0): Room(5, 3)}}

    async def test_what_was_booked_of_a_forgotten_day_is_given_up_without_a_trace(self, book: CapacityBook, claims: Claims) -> None:
        (claim,) = await self.booked(claims, "a", 2, 5)
        assert await book.purge(date(2026, 3, 3), 9) == 1
        order = await claims.run(read(claim))
        assert order
        assert await claims.run(reduce(order.rid, order.v, {claim.mid: 0}, content(Entry())))
        after = await claims.run(read(claim))
        assert after
        assert (after.claims, after.undo, after.unsettled) == ((), (), False)
        assert await book.rooms(SUNDAY) == {}

    async def test_set_by_several_at_once_it_is_as_one_of_them_said(self, book: CapacityBook) -> None:
        await asyncio.gather(*(book.set_room(capacity_key(LYON, MONDAY), units) for units in (3, 4, 5)))
        ((_, room),) = (await book.rooms(MONDAY))[LYON].items()
        assert room.units == room.free
        assert room.units in {3, 4, 5}
