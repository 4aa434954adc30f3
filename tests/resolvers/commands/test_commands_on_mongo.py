"""The commands on a real database: what is decided in memory is decided there too, and comes back as it was written."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.claims import MongoClaims
from adapters.mongo.indexes import ensure_order_indexes
from adapters.mongo.order_book import MongoOrderBook
from adapters.mongo.outbox import MongoOutbox
from adapters.mongo.stock_documents import stock_document, stock_of
from gateway.domain.errors import DomainError, IdempotencyConflict, PromiseChanged
from gateway.domain.promise.options import Quote
from gateway.ports.order_book import Record
from resolvers.commands.change_reservation import change_reservation
from resolvers.commands.extend_reservation import extend_reservation
from resolvers.commands.inputs import (
    ChangeReservation,
    CustomerInput,
    DeliveryGroupInput,
    ExtendReservation,
    ReleaseReservation,
    ReserveLine,
    ReserveStock,
)
from resolvers.commands.place_order import place_order
from resolvers.commands.release_reservation import release_reservation
from resolvers.commands.reserve_stock import reserve_stock
from resolvers.questions.reservations import state
from tests.domain.retailer import LYON, WAREHOUSE
from tests.resolvers.commands.test_place_order import HOME, line, order, quote, shipped
from tests.support.memory_shop import MARKETPLACE, A, B, MemoryShop, SteppedClock, caller, check_sums, order_of

KEY, OTHER_KEY = "k" * 22, "o" * 22


class MongoShop(MemoryShop):
    """The shop with its ledger and its orders in MongoDB; what it sees of stock is as it was filled."""

    async def on(self, database: AsyncIOMotorDatabase[dict[str, Any]]) -> "MongoShop":
        await self.fill()
        await ensure_order_indexes(database)
        self.mongo = database
        self.world = replace(self.world, claims=MongoClaims(database), orders=MongoOrderBook(database), outbox=MongoOutbox(database))
        return self

    async def stored(self) -> None:
        for doc in self.database.stock.values():
            await self.mongo["stock"].replace_one({"_id": doc.key}, stock_document(doc), upsert=True)

    async def free_units(self, key: str) -> int:
        found = await self.mongo["stock"].find_one({"_id": key})
        assert found is not None
        doc = stock_of(found)
        assert doc.free + sum(marker.q for marker in doc.markers.values()) == doc.q
        return doc.free


@pytest.fixture
async def real(database: AsyncIOMotorDatabase[dict[str, Any]]) -> MongoShop:
    shop = await MongoShop(clock=SteppedClock(datetime.now(UTC).replace(microsecond=0))).on(database)
    shop.shelf(A, WAREHOUSE, 6)
    shop.shelf(A, LYON, 2)
    shop.shelf(B, WAREHOUSE, 3)
    await shop.stored()
    return shop


async def test_a_hold_is_changed_extended_placed_and_repeated(real: MongoShop) -> None:
    held = await reserve_stock(real.context(), ReserveStock(KEY, (ReserveLine(A, 3),), hold_seconds=600))
    again = await reserve_stock(real.context(), ReserveStock(KEY, (ReserveLine(A, 3),), hold_seconds=600))
    assert again == held
    command = ChangeReservation(KEY, held.rid, (ReserveLine(A, 2), ReserveLine(B, 1)))
    changed = await change_reservation(real.context(), command)
    assert (await change_reservation(real.context(), command)).claims == changed.claims
    assert {claim.key: claim.units for claim in changed.claims} == {"A|WH": 2, "B|WH": 1}
    with pytest.raises(IdempotencyConflict):
        await change_reservation(real.context(), replace(command, lines=(ReserveLine(A, 1),)))
    extended = await extend_reservation(real.context(), ExtendReservation(KEY, held.rid, 1_200))
    repeated = await extend_reservation(real.context(), ExtendReservation(KEY, held.rid, 1_200))
    assert held.expires_at is not None
    assert extended.expires_at is not None
    assert extended.expires_at > held.expires_at
    assert repeated.expires_at == extended.expires_at
    place = order(shipped(line(A, 2), line(B, 2)), reservation_id=held.rid, customer=CustomerInput(name="Camille"), reference="R-1")
    answers = [await place_order(real.context(), place) for _ in range(3)]
    assert answers[0].record == answers[1].record == answers[2].record
    assert answers[0].record == (await real.world.orders.records([held.rid]))[held.rid]
    check_sums(order_of(answers[0].record))
    assert (await real.world.orders.personal([held.rid]))[held.rid].name == "Camille"
    assert [await real.free_units(key) for key in ("A|WH", "A|LYO", "B|WH")] == [4, 2, 1]


async def test_a_refused_promise_is_told_with_the_same_option_again(real: MongoShop) -> None:
    quoted = await quote(real, "SHIP", A, 1)
    elsewhere = DeliveryGroupInput((line(A, 1),), promise_token=quoted.token, address=replace(HOME, postal_code="20000"))
    tokens = []
    for _ in range(2):
        with pytest.raises(PromiseChanged) as refused:
            await place_order(real.context(), order(elsewhere))
        assert isinstance(refused.value.option, Quote)
        tokens.append((refused.value.option.token, refused.value.option.option.shipments, refused.value.option.expires_at))
        real.clock.pass_by(timedelta(minutes=5))
    assert tokens[0] == tokens[1]


async def test_two_changes_at_once_under_one_key_are_one_and_a_conflict(real: MongoShop) -> None:
    held = await reserve_stock(real.context(), ReserveStock(KEY, (ReserveLine(A, 1),), hold_seconds=600))
    calls = (change_reservation(real.context(), ChangeReservation(KEY, held.rid, (ReserveLine(A, units),))) for units in (2, 5))
    told = await asyncio.gather(*calls, return_exceptions=True)
    (done,) = [one for one in told if isinstance(one, Record)]
    assert sum(isinstance(one, IdempotencyConflict) for one in told) == 1
    assert done.reservation is not None
    assert sum(claim.units for claim in done.claims) == done.reservation.lines[0].requested


async def test_a_released_hold_gives_its_units_back(real: MongoShop) -> None:
    held = await reserve_stock(real.context(), ReserveStock(KEY, (ReserveLine(A, 3),)))
    for _ in range(2):
        released = await release_reservation(real.context(), ReleaseReservation(OTHER_KEY, held.rid))
        assert state(released, real.clock.now()) == "RELEASED"
    assert await real.free_units("A|WH") == 6


async def test_a_rush_sells_each_unit_once(real: MongoShop) -> None:
    calls = (place_order(real.context(caller("STOREFRONT", session=f"s{n}")), order(shipped(line(A, 1)))) for n in range(12))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    kinds = [type(answer).__name__ for answer in answers]
    assert (kinds.count("Placed"), kinds.count("InsufficientStock")) == (8, 4)
    assert [await real.free_units(key) for key in ("A|WH", "A|LYO")] == [0, 0]


async def test_orders_placed_at_once_with_one_reference_are_one_order(real: MongoShop) -> None:
    keys = [f"{letter}" * 22 for letter in "abcd"]
    calls = (place_order(real.context(MARKETPLACE), order(shipped(line(A, 1)), key=key, reference="M-1")) for key in keys)
    answers = await asyncio.gather(*calls, return_exceptions=True)
    told = Counter(answer.refusal if isinstance(answer, DomainError) else type(answer).__name__ for answer in answers)
    assert told == {"Placed": 1, "DUPLICATE": 3}
    assert await real.free_units("A|WH") == 5
