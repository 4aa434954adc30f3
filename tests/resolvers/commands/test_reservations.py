"""Holds: each kept once under its key, refused exactly, changed without letting go, ended by call or by hour."""

import asyncio
import contextlib
from datetime import timedelta
from itertools import count

import pytest

from gateway.domain.errors import DomainError, IdempotencyConflict, InsufficientStock
from gateway.domain.ids import Sku
from gateway.ports.order_book import Record
from resolvers.commands.change_reservation import change_reservation
from resolvers.commands.extend_reservation import extend_reservation
from resolvers.commands.inputs import ChangeReservation, ExtendReservation, ReleaseReservation, ReserveLine, ReserveStock
from resolvers.commands.release_reservation import release_reservation
from resolvers.commands.reserve_stock import reserve_stock
from resolvers.questions.reservations import state
from tests.domain.retailer import LYON, NANTES, WAREHOUSE, WEB
from tests.support.dying import dies
from tests.support.memory_shop import CLERK, OTHER_SHOPPER, A, B, MemoryShop, check_ledger

KEY = "k" * 22
OTHER_KEY = "o" * 22


def ask(*lines: ReserveLine, key: str = KEY, **more: object) -> ReserveStock:
    return ReserveStock(key, lines, **more)  # type: ignore[arg-type]


def line(sku: Sku, quantity: int, location: str | None = None) -> ReserveLine:
    return ReserveLine(sku, quantity, location)


def claimed(record: Record) -> dict[str, int]:
    return {claim.key: claim.units for claim in record.claims}


def units_of(record: Record) -> int:
    return sum(claim.units for claim in record.claims)


def told(error: DomainError) -> list[tuple[str, tuple[str, ...] | None]]:
    return [(one.refusal, one.field) for one in error.each]


async def test_a_hold_takes_its_units_until_its_end(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    record = await reserve_stock(shop.context(), ask(line(A, 3), hold_seconds=600))
    assert (record.state, claimed(record)) == ("HELD", {"A|WH": 3})
    assert record.expires_at == shop.clock.now() + timedelta(seconds=600)
    assert (shop.free(A, WAREHOUSE), shop.held(A, WAREHOUSE)) == (7, 3)
    check_ledger(shop.database)


async def test_a_hold_lasts_as_long_as_its_channel_says_when_no_time_is_asked_for(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1)
    record = await reserve_stock(shop.context(), ask(line(A, 1)))
    assert record.expires_at == shop.clock.now() + timedelta(minutes=15)


async def test_the_same_call_three_times_is_one_hold(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    answers = [await reserve_stock(shop.context(), ask(line(A, 3))) for _ in range(3)]
    assert len({answer.rid for answer in answers}) == 1
    assert shop.free(A, WAREHOUSE) == 7


async def test_a_key_used_with_other_goods_is_refused_and_holds_nothing_more(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    await reserve_stock(shop.context(), ask(line(A, 3)))
    with pytest.raises(IdempotencyConflict) as refused:
        await reserve_stock(shop.context(), ask(line(A, 4)))
    assert refused.value.first_used_at == shop.clock.now()
    assert shop.free(A, WAREHOUSE) == 7


async def test_the_same_key_of_another_shopper_is_another_hold(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    mine = await reserve_stock(shop.context(), ask(line(A, 1)))
    theirs = await reserve_stock(shop.context(OTHER_SHOPPER), ask(line(A, 1)))
    assert mine.rid != theirs.rid
    assert shop.free(A, WAREHOUSE) == 8


async def test_of_two_callers_racing_for_the_last_unit_one_gets_it_and_one_is_refused(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1)
    callers = (shop.context(), shop.context(OTHER_SHOPPER))
    answers = await asyncio.gather(*(reserve_stock(context, ask(line(A, 1))) for context in callers), return_exceptions=True)
    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == ["InsufficientStock", "Record"]
    assert shop.free(A, WAREHOUSE) == 0
    check_ledger(shop.database)


async def test_units_that_are_gone_at_the_planned_place_are_taken_from_another(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 2)
    shop.shelf(A, LYON, 2)
    shop.view.freeze()
    shop.shelf(A, WAREHOUSE, 0)
    record = await reserve_stock(shop.context(), ask(line(A, 2)))
    assert claimed(record) == {"A|LYO": 2}
    check_ledger(shop.database)


async def test_a_named_place_that_turns_out_short_is_refused_and_stays_refused_for_the_key(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 2)
    shop.view.freeze()
    shop.shelf(A, LYON, 1)
    for _ in range(2):
        with pytest.raises(InsufficientStock) as refused:
            await reserve_stock(shop.context(), ask(line(A, 2, "LYO")))
        assert (refused.value.sku, refused.value.requested, refused.value.available, refused.value.location) == ("A", 2, 1, "LYO")
    assert shop.free(A, LYON) == 1
    check_ledger(shop.database)


async def test_every_short_line_is_told_and_nothing_is_held(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1)
    with pytest.raises(DomainError) as refused:
        await reserve_stock(shop.context(), ask(line(A, 2), line(B, 1)))
    assert told(refused.value) == [
        ("INSUFFICIENT_STOCK", ("lines", "0", "quantity")),
        ("INSUFFICIENT_STOCK", ("lines", "1", "quantity")),
    ]
    assert shop.free(A, WAREHOUSE) == 1
    assert shop.database.orders == {}


async def test_less_is_held_where_the_caller_allows_it(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 2)
    record = await reserve_stock(shop.context(), ask(line(A, 5), line(B, 1), allow_partial=True))
    assert claimed(record) == {"A|WH": 2}
    assert record.reservation is not None
    assert [(one.sku, one.requested) for one in record.reservation.lines] == [("A", 5), ("B", 1)]


async def test_all_that_is_wrong_with_a_hold_is_told_at_once(shop: MemoryShop) -> None:
    lines = (line(A, 0), line(Sku("GHOST"), 1), line(Sku("NO-PRICE"), 1), line(A, 1, "MOON"), line(A, 2_000_000))
    with pytest.raises(DomainError) as refused:
        await reserve_stock(shop.context(), ask(*lines, hold_seconds=1_801))
    assert told(refused.value) == [
        ("OUT_OF_RANGE", ("lines", "0", "quantity")),
        ("NOT_FOUND", ("lines", "1", "sku")),
        ("NOT_SOLD", ("lines", "2", "sku")),
        ("NOT_FOUND", ("lines", "3", "locationCode")),
        ("OUT_OF_RANGE", ("lines", "4", "quantity")),
        ("OUT_OF_RANGE", ("holdSeconds",)),
    ]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (ask(), [("REQUIRED", ("lines",))]),
        (ask(*[line(A, 1)] * 201), [("TOO_MANY", ("lines",))]),
        (ask(line(A, 1), key="short"), [("IDEMPOTENCY_KEY_INVALID", ("idempotencyKey",))]),
        (ask(line(A, 1), key="with spaces in between it"), [("IDEMPOTENCY_KEY_INVALID", ("idempotencyKey",))]),
        (ask(line(A, 1), channel_code="nowhere"), [("NOT_FOUND", ("channelCode",))]),
        (ask(line(A, 1), channel_code="market"), [("NOT_ALLOWED_HERE", ("channelCode",))]),
        (ask(line(A, 1), promise_tokens=("forged",)), [("TOKEN_INVALID", ("promiseTokens", "0"))]),
    ],
)
async def test_a_hold_that_cannot_be_asked_for_is_refused_by_name(
    shop: MemoryShop, command: ReserveStock, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    with pytest.raises(DomainError) as refused:
        await reserve_stock(shop.context(), command)
    assert told(refused.value) == expected
    assert shop.database.orders == {}


async def test_a_shopper_who_keeps_twenty_baskets_gets_no_other(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 50)
    for n in range(20):
        await reserve_stock(shop.context(), ask(line(A, 1), key=f"{n:022}"))
    with pytest.raises(DomainError) as refused:
        await reserve_stock(shop.context(), ask(line(A, 1)))
    assert refused.value.refusal == "LIMIT_REACHED"
    assert shop.free(A, WAREHOUSE) == 30


async def test_a_changed_hold_keeps_what_is_in_both_and_gives_the_rest_back(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    shop.shelf(B, LYON, 4)
    held = await reserve_stock(shop.context(), ask(line(A, 3)))
    mid = held.claims[0].mid
    changed = await change_reservation(shop.context(), ChangeReservation(OTHER_KEY, held.rid, (line(A, 2), line(B, 4))))
    assert claimed(changed) == {"A|WH": 2, "B|LYO": 4}
    assert mid in {claim.mid for claim in changed.claims}
    assert (shop.free(A, WAREHOUSE), shop.free(B, LYON)) == (1, 0)
    assert changed.expires_at == held.expires_at
    check_ledger(shop.database)


async def test_a_change_repeated_is_one_change_and_with_other_lines_refused(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 9)
    held = await reserve_stock(shop.context(), ask(line(A, 3)))
    for _ in range(3):
        changed = await change_reservation(shop.context(), ChangeReservation(OTHER_KEY, held.rid, (line(A, 5),)))
        assert sum(claim.units for claim in changed.claims) == 5
    with pytest.raises(IdempotencyConflict):
        await change_reservation(shop.context(), ChangeReservation(OTHER_KEY, held.rid, (line(A, 6),)))
    assert shop.free(A, WAREHOUSE) == 4


async def test_the_key_of_a_change_is_good_for_no_other_hold(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    first, other = [await reserve_stock(shop.context(), ask(line(A, 1), key=key)) for key in (KEY, OTHER_KEY)]
    await change_reservation(shop.context(), ChangeReservation(KEY, first.rid, (line(A, 2),)))
    with pytest.raises(IdempotencyConflict):
        await change_reservation(shop.context(), ChangeReservation(KEY, other.rid, (line(A, 3),)))
    assert claimed(await shop.record(other.rid)) == {"A|WH": 1}


async def test_two_changes_at_once_under_one_key_are_one_and_a_conflict(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    held = await reserve_stock(shop.context(), ask(line(A, 1)))
    calls = (change_reservation(shop.context(), ChangeReservation(KEY, held.rid, (line(A, units),))) for units in (2, 5))
    done, refused = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(done, Record)
    assert isinstance(refused, IdempotencyConflict)
    assert units_of(await shop.record(held.rid)) == units_of(done) == 2


async def test_another_input_under_the_key_of_a_change_that_died_changes_nothing() -> None:
    refused = 0
    for steps in count(1):
        shop = await MemoryShop().fill()
        shop.shelf(A, WAREHOUSE, 10)
        held = await reserve_stock(shop.context(), ask(line(A, 1)))
        if not await dies(change_reservation(shop.context(), ChangeReservation(KEY, held.rid, (line(A, 2),))), steps):
            break
        with contextlib.suppress(IdempotencyConflict):
            await change_reservation(shop.context(), ChangeReservation(KEY, held.rid, (line(A, 5),)))
        after = await shop.record(held.rid)
        assert after.reservation is not None
        refused += after.reservation.lines[0].requested != 5
        assert units_of(after) == after.reservation.lines[0].requested
    assert refused


async def test_a_change_that_cannot_be_supplied_leaves_the_hold_as_it_was(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    held = await reserve_stock(shop.context(), ask(line(A, 2)))
    with pytest.raises(InsufficientStock) as refused:
        await change_reservation(shop.context(), ChangeReservation(OTHER_KEY, held.rid, (line(A, 5),)))
    assert (refused.value.requested, refused.value.available) == (5, 3)
    assert claimed(await shop.record(held.rid)) == {"A|WH": 2}
    assert shop.free(A, WAREHOUSE) == 1
    check_ledger(shop.database)


async def test_a_named_place_in_a_change_moves_the_units_there(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    shop.shelf(A, NANTES, 3)
    held = await reserve_stock(shop.context(), ask(line(A, 2)))
    changed = await change_reservation(shop.context(), ChangeReservation(OTHER_KEY, held.rid, (line(A, 2, "NTE"),)))
    assert claimed(changed) == {"A|NTE": 2}
    assert (shop.free(A, WAREHOUSE), shop.free(A, NANTES)) == (3, 1)
    check_ledger(shop.database)


async def test_another_shoppers_hold_is_not_found(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    held = await reserve_stock(shop.context(), ask(line(A, 1)))
    other = shop.context(OTHER_SHOPPER)
    for call in (
        change_reservation(other, ChangeReservation(KEY, held.rid, (line(A, 2),))),
        extend_reservation(other, ExtendReservation(KEY, held.rid, 60)),
        release_reservation(other, ReleaseReservation(KEY, held.rid)),
    ):
        with pytest.raises(DomainError) as refused:
            await call
        assert told(refused.value) == [("NOT_FOUND", ("id",))]
    assert shop.held(A, WAREHOUSE) == 1


async def test_a_hold_is_extended_once_per_key_and_never_shortened(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    held = await reserve_stock(shop.context(), ask(line(A, 1), hold_seconds=600))
    shop.clock.pass_by(timedelta(minutes=5))
    extended = await extend_reservation(shop.context(), ExtendReservation(OTHER_KEY, held.rid, 900))
    until = shop.clock.now() + timedelta(minutes=15)
    assert extended.expires_at == until
    shop.clock.pass_by(timedelta(minutes=1))
    assert (await extend_reservation(shop.context(), ExtendReservation(OTHER_KEY, held.rid, 900))).expires_at == until
    assert (await extend_reservation(shop.context(), ExtendReservation("x" * 22, held.rid, 1))).expires_at == until


async def test_a_hold_is_not_extended_beyond_what_its_channel_allows_in_all(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    held = await reserve_stock(shop.context(), ask(line(A, 1), hold_seconds=1_800))
    for n in range(3):
        shop.clock.pass_by(timedelta(minutes=29))
        extended = await extend_reservation(shop.context(), ExtendReservation(f"{n:022}", held.rid, 1_800))
    shop.clock.pass_by(timedelta(minutes=29))
    for _ in range(2):
        with pytest.raises(DomainError) as refused:
            await extend_reservation(shop.context(), ExtendReservation(OTHER_KEY, held.rid, 1_800))
        assert told(refused.value) == [("LIMIT_REACHED", ("holdSeconds",))]
    assert (
        await extend_reservation(shop.context(), ExtendReservation("2".rjust(22, "0"), held.rid, 1_800))
    ).expires_at == extended.expires_at
    last = await extend_reservation(shop.context(), ExtendReservation("y" * 22, held.rid, 120))
    assert last.expires_at == shop.clock.now() + timedelta(seconds=120)
    shop.clock.pass_by(timedelta(seconds=121))
    with pytest.raises(DomainError) as refused:
        await extend_reservation(shop.context(), ExtendReservation("z" * 22, held.rid, 1_800))
    assert refused.value.refusal == "RESERVATION_EXPIRED"


async def test_a_shopper_holds_no_more_than_a_share_of_the_stock_in_all_baskets(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 60)
    shop.shelf(A, LYON, 40)
    shop.shelf(B, WAREHOUSE, 5)
    await reserve_stock(shop.context(), ask(line(A, 30), key="1" * 22))
    held = await reserve_stock(shop.context(), ask(line(A, 20), key="2" * 22))
    for partly in (False, True):
        with pytest.raises(DomainError) as refused:
            await reserve_stock(shop.context(), ask(line(B, 1), line(A, 1), key=f"{partly}".ljust(22, "-"), allow_partial=partly))
        assert told(refused.value) == [("LIMIT_REACHED", ("lines", "1", "quantity"))]
    with pytest.raises(DomainError) as refused:
        await change_reservation(shop.context(), ChangeReservation(OTHER_KEY, held.rid, (line(A, 21),)))
    assert told(refused.value) == [("LIMIT_REACHED", ("lines", "0", "quantity"))]
    fewer = await change_reservation(shop.context(), ChangeReservation("f" * 22, held.rid, (line(A, 19),)))
    assert sum(claim.units for claim in fewer.claims) == 19
    assert await reserve_stock(shop.context(), ask(line(A, 1), key="3" * 22))
    other = await reserve_stock(shop.context(OTHER_SHOPPER), ask(line(A, 25), key="4" * 22))
    assert sum(claim.units for claim in other.claims) == 25
    check_ledger(shop.database)


async def test_of_holds_asked_for_at_once_no_more_stand_than_a_caller_may_have(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 1_000)
    keys = [f"{n:022d}" for n in range(3 * WEB.most_holds)]
    told = await asyncio.gather(*(reserve_stock(shop.context(), ask(line(A, 1), key=key)) for key in keys), return_exceptions=True)
    refused = [one.refusal for one in told if isinstance(one, DomainError)]
    assert (len(told) - len(refused), set(refused)) == (WEB.most_holds, {"LIMIT_REACHED"})
    assert shop.held(A, WAREHOUSE) == WEB.most_holds
    check_ledger(shop.database)


async def test_of_holds_asked_for_at_once_a_shopper_has_no_more_than_a_share(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 100)
    keys = [f"{n:022d}" for n in range(8)]
    told = await asyncio.gather(*(reserve_stock(shop.context(), ask(line(A, 20), key=key)) for key in keys), return_exceptions=True)
    assert {one.refusal for one in told if isinstance(one, DomainError)} == {"LIMIT_REACHED"}
    assert 0 < shop.held(A, WAREHOUSE) <= 100 * WEB.max_held_share
    check_ledger(shop.database)


async def test_of_changes_at_once_a_shopper_has_no_more_than_a_share(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 100)
    held = [await reserve_stock(shop.context(), ask(line(A, 5), key=f"{n:022d}")) for n in range(4)]
    changes = (ChangeReservation(f"{n:022d}", one.rid, (line(A, 25),)) for n, one in enumerate(held))
    told = await asyncio.gather(*(change_reservation(shop.context(), change) for change in changes), return_exceptions=True)
    assert {one.refusal for one in told if isinstance(one, DomainError)} == {"LIMIT_REACHED"}
    assert 20 < shop.held(A, WAREHOUSE) <= 100 * WEB.max_held_share
    check_ledger(shop.database)


async def test_few_units_are_held_freely_and_what_is_short_is_told_as_such(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 10)
    shop.shelf(B, WAREHOUSE, 14)
    assert claimed(await reserve_stock(shop.context(), ask(line(A, 10)))) == {"A|WH": 10}
    with pytest.raises(InsufficientStock):
        await reserve_stock(shop.context(), ask(line(B, 15), key="1" * 22))
    with pytest.raises(DomainError) as refused:
        await reserve_stock(shop.context(), ask(line(B, 15), key="2" * 22, allow_partial=True))
    assert refused.value.refusal == "LIMIT_REACHED"
    assert claimed(await reserve_stock(shop.context(CLERK), ask(line(B, 14), key="3" * 22, channel_code="web"))) == {"B|WH": 14}


async def test_an_ended_hold_can_be_neither_extended_nor_changed(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    held = await reserve_stock(shop.context(), ask(line(A, 1), hold_seconds=60))
    shop.clock.pass_by(timedelta(seconds=61))
    for call in (
        extend_reservation(shop.context(), ExtendReservation(OTHER_KEY, held.rid, 900)),
        change_reservation(shop.context(), ChangeReservation(OTHER_KEY, held.rid, (line(A, 2),))),
    ):
        with pytest.raises(DomainError) as refused:
            await call
        assert told(refused.value) == [("RESERVATION_EXPIRED", ("id",))]
    assert shop.held(A, WAREHOUSE) == 0
    check_ledger(shop.database)


async def test_a_released_hold_gives_its_units_back_once(shop: MemoryShop) -> None:
    shop.shelf(A, WAREHOUSE, 3)
    held = await reserve_stock(shop.context(), ask(line(A, 2)))
    for _ in range(3):
        released = await release_reservation(shop.context(), ReleaseReservation(OTHER_KEY, held.rid))
        assert state(released, shop.clock.now()) == "RELEASED"
    assert shop.free(A, WAREHOUSE) == 3
    check_ledger(shop.database)


async def test_figures_that_are_too_old_hold_nothing_and_are_told_apart_from_an_empty_shelf(shop: MemoryShop) -> None:
    shop.shelf(A, LYON, 5)
    shop.clock.pass_by(timedelta(hours=25))
    with pytest.raises(DomainError) as refused:
        await reserve_stock(shop.context(), ask(line(A, 1)))
    assert (refused.value.refusal, refused.value.message) == (
        "INSUFFICIENT_STOCK",
        "The figures of A are too old to promise its stock. Try again shortly.",
    )
