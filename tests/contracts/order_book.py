"""What every order book keeps: orders are found by what they are, in pages that neither skip nor repeat, and written on what was read."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.claims.documents import Acknowledged, Entry, OrderDoc, Seen, StockDoc
from gateway.domain.claims.programs import Pick, Request, cancel, recover, reduce, reserve
from gateway.domain.claims.readings import CountHolds
from gateway.domain.claims.steps import ReadStock, Step, Take
from gateway.domain.errors import BadInput
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku, SourceCode, StockKey, rid_of
from gateway.domain.location import Address
from gateway.domain.order import Attention, OrderHold, OrderLine, UnitGroup
from gateway.domain.order_facts import order_facts
from gateway.domain.outbox import OutboxEntry
from gateway.domain.personal import PersonalData
from gateway.domain.reservation import Reservation, ReservedLine
from gateway.ports.ledger import Claims
from gateway.ports.order_book import FulfillmentQuery, OrderBook, OrderQuery, Page, Record
from tests.contracts.claims import Elsewhere
from tests.support.orders import HERE, NOW, THERE, message, order, promise, work

SHELF = StockKey("sku|here")
LONG_AGO, FAR_OFF = datetime(1969, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


def only(step: Step) -> Generator[Step, Any, Any]:
    return (yield step)


class Ordered(ABC):
    """Orders and holds in one database, made by the protocol itself."""

    book: OrderBook
    claims: Claims

    @abstractmethod
    async def put(self, stock: StockDoc) -> None: ...

    async def placed(self, name: str, outbox: Sequence[OutboxEntry] = (), **fields: Any) -> Record:
        """Place an order of one unit; `fields` of its content, or a function of its rid."""
        rid = rid_of("buyer", "placeOrder", name)
        await self.stocked()
        content = order(rid, **{key: value(rid) if callable(value) else value for key, value in fields.items()})
        messages = tuple(outbox)
        request = Request(rid, "fp", [Pick(SHELF, 1)], Elsewhere(), lambda _doc: Entry(content, outbox=messages), then="PLACED")
        assert isinstance(await self.claims.run(reserve(request)), OrderDoc)
        return await self.record(rid)

    async def stocked(self) -> None:
        if not getattr(self, "_stocked", False):
            self._stocked = True
            await self.put(StockDoc(SHELF, SourceCode("wms"), 1_000, 1_000))

    async def hold(self, name: str, owner: str = "storefront/s1", hold_ms: int = 60_000) -> Record:
        rid = rid_of("buyer", "reserveStock", name)
        await self.stocked()
        content = Reservation(rid, ChannelCode("web"), owner, (ReservedLine(Sku("sku"), 1),), NOW)
        write = Entry(reservation=content)
        request = Request(rid, "fp", [Pick(SHELF, 1)], Elsewhere(), lambda _doc: write, hold_ms=hold_ms)
        assert isinstance(await self.claims.run(reserve(request)), OrderDoc)
        return await self.record(rid)

    async def record(self, rid: Rid) -> Record:
        return (await self.book.records([rid]))[rid]


class OrderBookContract(Ordered):
    """Inherit and name the book and the claims of one database."""

    async def names(self, query: OrderQuery) -> set[Rid]:
        return {record.rid for record in (await self.book.orders(query, 50, None)).records}

    async def test_an_order_is_read_as_it_was_written(self) -> None:
        outbox = (message(Rid("R"), mids=("R_1_1",), next_at=NOW, step=None, ambiguous_at=NOW),)
        record = await self.placed("a", outbox, fulfillments=lambda rid: (work(rid),), hold=OrderHold("PAYMENT", until=NOW))
        expected = order(record.rid, fulfillments=(work(record.rid),), hold=OrderHold("PAYMENT", until=NOW))
        assert (record.order, record.outbox, record.state, record.v) == (expected, outbox, "PLACED", 1)
        assert record.placed_by_rid == record.rid
        assert [claim.units for claim in record.claims] == [1]

    async def test_a_hold_is_read_as_it_was_written(self) -> None:
        record = await self.hold("a")
        assert (record.state, record.order, record.why) == ("HELD", None, None)
        assert record.reservation is not None
        assert record.reservation.lines == (ReservedLine(Sku("sku"), 1),)
        assert record.expires_at is not None
        assert record.expires_at - record.created_at <= timedelta(minutes=1)

    async def test_orders_are_found_by_number_and_by_their_owner_s_reference(self) -> None:
        record = await self.placed("a", reference="REF-1")
        assert record.order is not None
        assert await self.book.by_number([record.order.number, "NOBODY"]) == {record.order.number: record}
        assert await self.book.by_reference("storefront/s1", "REF-1") == record
        assert await self.book.by_reference("partner/p1", "REF-1") is None
        assert await self.book.records([Rid("NOBODY")]) == {}

    async def test_content_is_written_on_what_was_read_or_not_at_all(self) -> None:
        record = await self.placed("a")
        assert record.order is not None
        later = replace(record.order, reference="later")
        written = await self.book.write(record, later, [message(record.rid)])
        assert written is not None
        assert (written.v, written.order, len(written.outbox)) == (record.v + 1, later, 1)
        assert await self.book.write(record, replace(later, reference="too late")) is None
        assert await self.record(record.rid) == written

    async def test_of_two_writers_at_once_one_is_told_to_read_again(self) -> None:
        record = await self.placed("a")
        assert record.order is not None
        written = await asyncio.gather(*(self.book.write(record, replace(record.order, reference=str(n))) for n in range(5)))
        assert len([one for one in written if one]) == 1

    async def test_waiting_messages_are_dropped_with_the_write_others_are_not(self) -> None:
        rid = rid_of("buyer", "placeOrder", "a")
        record = await self.placed("a", [message(rid, 1), message(rid, 2, state="ACKNOWLEDGED")])
        assert record.order is not None
        written = await self.book.write(record, record.order, drop_waiting=[1, 2])
        assert written is not None
        assert [entry.state for entry in written.outbox] == ["DROPPED", "ACKNOWLEDGED"]

    async def test_what_was_taken_is_written_with_it_once_and_told_to_the_ledger_by_recovery(self) -> None:
        record = await self.placed("a")
        assert record.order is not None
        claim = record.claims[0]
        first = await self.book.write(record, record.order, taken=[Acknowledged(claim, asked=1)])
        assert first is not None
        assert await self.book.write(first, record.order, taken=[Acknowledged(claim, asked=2)]) is not None
        await self.later()
        assert list(await self.book.overdue(10)) == [record.rid]
        await self.claims.run(recover(record.rid))
        assert list(await self.book.overdue(10)) == []
        seen: Seen = await self.claims.run(only(ReadStock(claim)))
        assert seen.marker is not None
        assert seen.marker.asked == 1

    async def test_a_list_is_paged_without_gap_or_repeat(self) -> None:
        records = [await self.placed(str(n), placed_at=NOW + timedelta(minutes=n // 2)) for n in range(7)]
        found: list[Rid] = []
        page: Page | None = None
        while page is None or page.more:
            page = await self.book.orders(OrderQuery(), 3, page.end if page else None)
            assert page.total == 7
            assert len(page.keys) == len(page.records)
            found += [record.rid for record in page.records]
        newest_first = sorted(records, key=lambda one: (one.order.placed_at, one.order.number) if one.order else (), reverse=True)
        assert found == [record.rid for record in newest_first]

    async def test_a_list_is_sorted_as_asked(self) -> None:
        for n in (2, 0, 1):
            at = NOW + timedelta(hours=n)
            await self.placed(str(n), placed_at=at, updated_at=NOW - timedelta(hours=n), reference=str(n), groups=())
        unpromised = await self.placed("3", groups=(), reference="3", placed_at=NOW - timedelta(days=1))
        assert await self.references("PLACED_AT") == ["3", "0", "1", "2"]
        assert (await self.references("UPDATED_AT"))[:2] == ["2", "1"]
        record = await self.placed("4", reference="4", groups=(replace(order(unpromised.rid).groups[0], promise=promise(1)),))
        assert record.order is not None
        assert (await self.references("PROMISED_UNTIL"))[0] == "4"

    async def references(self, sort: Any) -> list[str | None]:
        page = await self.book.orders(OrderQuery(sort=sort), 50, None)
        return [record.order.reference for record in page.records if record.order]

    async def test_a_cursor_of_another_list_is_refused(self) -> None:
        await self.placed("a")
        with pytest.raises(BadInput, match="cursor"):
            await self.book.orders(OrderQuery(), 3, ("one",))

    async def test_a_list_is_filtered_by_every_condition(self) -> None:
        plain = (await self.placed("plain")).rid
        rid = (
            await self.placed(
                "rich",
                owner="partner/p1",
                channel=ChannelCode("shop"),
                customer_reference="C-7",
                reference="REF",
                attention=(Attention("UNSOURCED", "no place", NOW),),
                hold=OrderHold("FRAUD"),
                placed_at=NOW + timedelta(days=1),
                updated_at=NOW + timedelta(days=1),
                fulfillments=lambda rid: (work(rid, place=THERE),),
                lines=lambda rid: (replace(order(rid).lines[0], sku=Sku("other")),),
            )
        ).rid
        day = NOW + timedelta(days=1)
        for query in (
            OrderQuery(owner="partner/p1"),
            OrderQuery(channel="shop"),
            OrderQuery(channels=frozenset({"shop", "x"})),
            OrderQuery(needs_attention=True),
            OrderQuery(on_hold=True),
            OrderQuery(location=THERE),
            OrderQuery(customer_reference="C-7"),
            OrderQuery(reference="REF"),
            OrderQuery(sku="other"),
            OrderQuery(placed_from=day),
            OrderQuery(updated_from=day),
        ):
            assert await self.names(query) == {rid}, query
        for query in (OrderQuery(needs_attention=False), OrderQuery(on_hold=False), OrderQuery(placed_to=day), OrderQuery(sku="sku")):
            assert await self.names(query) == {plain}, query
        assert await self.names(OrderQuery(statuses=("PLACED", "CANCELED"))) == {plain, rid}
        assert await self.names(OrderQuery(statuses=("CANCELED",))) == set()
        assert await self.names(OrderQuery(owner="partner/p1", sku="sku")) == set()

    @pytest.mark.parametrize(
        "search", ["élodie", "ELODIE PET", "elodie@", "+33 6 12 34 56 78", "0612345678", "{number}", "{bare}", "ref-4"]
    )
    async def test_an_order_is_searched_by_its_numbers_and_its_customer(self, search: str) -> None:
        await self.placed("other", reference="REF-1")
        record = await self.placed("a", reference="REF-42")
        assert record.order is not None
        home = Address("FR", "Élodie Petit", "1 rue X", postal_code="69001", city="Lyon")
        data = PersonalData(
            record.rid, name="Élodie Petit", email="Elodie@example.com", phone="+33 6 12 34 56 78", address_by_group={"1": home}
        )
        await self.book.save_personal(data)
        assert await self.book.personal([record.rid, Rid("NOBODY")]) == {record.rid: data}
        asked = search.format(number=record.order.number.lower(), bare=record.order.number.replace("-", ""))
        assert await self.names(OrderQuery(search=asked)) == {record.rid}

    async def test_an_address_is_kept_beside_those_that_are_there(self) -> None:
        record = await self.placed("a")
        home, away = Address("FR", "Élodie Petit", "1 rue X", city="Lyon"), Address("FR", "Jean Roux", "2 rue Y", city="Paris")
        await self.book.add_address(record.rid, "1", home)
        await self.book.save_personal(PersonalData(record.rid, name="Élodie Petit", address_by_group={"1": home}))
        await asyncio.gather(*(self.book.add_address(record.rid, name, away) for name in ("1/K-9", "2")))
        kept = (await self.book.personal([record.rid]))[record.rid]
        assert (kept.name, kept.address_by_group) == ("Élodie Petit", {"1": home, "1/K-9": away, "2": away})
        assert await self.names(OrderQuery(search="jean rou")) == {record.rid}

    @pytest.mark.parametrize("search", [".*", "$ne", "^", "nobody", "elodie petit durand"])
    async def test_a_search_is_text_never_a_pattern(self, search: str) -> None:
        record = await self.placed("a")
        await self.book.save_personal(PersonalData(record.rid, name="Elodie Petit"))
        assert await self.names(OrderQuery(search=search)) == set()

    async def test_work_lists_name_the_most_urgent_order_first(self) -> None:
        late = await self.placed("late", fulfillments=lambda rid: (work(rid, due_h=5), work(rid, 2, due_h=1, state="CANCELED")))
        soon = await self.placed("soon", fulfillments=lambda rid: (work(rid, due_h=2),))
        other = await self.placed("other", fulfillments=lambda rid: (work(rid, place=THERE, due_h=3, task="HAND_OVER", state="ACCEPTED"),))
        assert await self.work(FulfillmentQuery()) == [soon.rid, other.rid, late.rid]
        assert await self.work(FulfillmentQuery(locations=frozenset({HERE}))) == [soon.rid, late.rid]
        assert await self.work(FulfillmentQuery(locations=frozenset({HERE}), states=("ACCEPTED",))) == []
        assert await self.work(FulfillmentQuery(tasks=("HAND_OVER",), methods=("SHIP",))) == [other.rid]
        assert await self.work(FulfillmentQuery(due_before=NOW + timedelta(hours=2, minutes=1), states=("OFFERED",))) == [soon.rid]
        assert await self.work(FulfillmentQuery(updated_from=NOW + timedelta(hours=1))) == []
        assert late.order is not None
        assert await self.work(FulfillmentQuery(order_numbers=(late.order.number,))) == [late.rid]
        page = await self.book.with_fulfillments(FulfillmentQuery(), 1, None)
        rest = await self.book.with_fulfillments(FulfillmentQuery(), 5, page.end)
        assert [record.rid for record in rest.records] == [other.rid, late.rid]

    async def work(self, query: FulfillmentQuery) -> list[Rid]:
        return [record.rid for record in (await self.book.with_fulfillments(query, 50, None)).records]

    async def test_the_router_gets_orders_that_wait_and_are_not_on_hold(self) -> None:
        second = await self.placed("second", placed_at=NOW + timedelta(minutes=1))
        first = await self.placed("first")
        await self.placed("routed", routed=True)
        await self.placed("held", hold=OrderHold("PAYMENT"))
        await self.placed("held for long", hold=OrderHold("CUSTOMER", NOW + timedelta(hours=2)))
        ended = await self.placed("held till then", hold=OrderHold("CUSTOMER", NOW + timedelta(hours=1)))
        await self.placed("future", placed_at=NOW + timedelta(days=1))
        waiting = await self.book.unrouted(NOW + timedelta(hours=1), 10)
        assert [record.rid for record in waiting] == [first.rid, second.rid, ended.rid]
        assert len(await self.book.unrouted(NOW + timedelta(hours=1), 1)) == 1
        assert second.order
        behind = (order_facts(second.order).routes_from, second.rid)
        assert [record.rid for record in await self.book.unrouted(NOW + timedelta(hours=1), 10, behind)] == [ended.rid]
        assert [record.rid for record in await self.book.unrouted(NOW + timedelta(hours=1), 1, None, 1)] == [second.rid]

    async def test_orders_that_wait_for_supply_are_told_page_by_page(self) -> None:
        def bought(*units: UnitGroup) -> tuple[OrderLine, ...]:
            return (OrderLine("1", Sku("sku"), sum(one.quantity for one in units), Decimal("9.90"), "1", units=units),)

        waiting = UnitGroup(2, "BACKORDERED", LocationCode("here"), mid="m", expected_at=NOW)
        rids = [(await self.placed(name, lines=bought(waiting, UnitGroup(1, "ALLOCATED")))).rid for name in ("one", "two", "three")]
        await self.placed("at hand", lines=bought(UnitGroup(1, "ALLOCATED")))
        await self.placed("later by its place", lines=bought(replace(waiting, fulfillment="F-1")))
        first = await self.book.awaiting_supply(None, 2)
        rest = await self.book.awaiting_supply(first[-1].rid, 2)
        assert [record.rid for record in (*first, *rest)] == sorted(rids)

    async def test_offers_are_looked_for_whose_time_has_ended_by_the_database_s_clock(self) -> None:
        def offers(*ends: datetime | None, **fields: Any) -> Any:
            return lambda rid: tuple(work(rid, n, lapses_at=end, **fields) for n, end in enumerate(ends, 1))

        second = await self.placed("second", fulfillments=offers(FAR_OFF, LONG_AGO + timedelta(hours=1)))
        first = await self.placed("first", fulfillments=offers(LONG_AGO, FAR_OFF))
        await self.placed("waits", fulfillments=offers(None))
        await self.placed("open", fulfillments=offers(FAR_OFF))
        await self.placed("accepted", fulfillments=offers(LONG_AGO, state="ACCEPTED"))
        await self.placed("asked back", fulfillments=offers(LONG_AGO, asked_back_at=NOW))
        found = await self.book.lapsing(10)
        assert [record.rid for record in found.records] == [first.rid, second.rid]
        assert LONG_AGO < found.at < FAR_OFF
        assert [record.rid for record in (await self.book.lapsing(1)).records] == [first.rid]
        assert first.order
        behind = (order_facts(first.order).lapses_at, first.rid)
        assert [record.rid for record in (await self.book.lapsing(10, behind)).records] == [second.rid]
        assert [record.rid for record in (await self.book.lapsing(10, None, 1)).records] == [second.rid]

    async def test_recovery_is_told_of_dead_attempts_ended_holds_and_what_was_not_carried_out(self) -> None:
        await self.placed("done")
        await self.hold("fresh")
        ended = await self.hold("ended", hold_ms=1)
        dead = rid_of("buyer", "reserveStock", "dead")
        program = reserve(Request(dead, "fp", [Pick(SHELF, 1)], Elsewhere(), lambda _doc: Entry(), hold_ms=60_000))

        def dying() -> Any:
            step = next(program)
            while not isinstance(step, Take):
                step = program.send((yield step))

        await self.claims.run(dying())
        await self.later()
        due = await self.book.overdue(10)
        assert set(due) == {ended.rid, dead}
        (one, since), (other, _) = due.items()
        assert (list(await self.book.overdue(1)), list(await self.book.overdue(10, None, 1))) == ([one], [other])
        assert list(await self.book.overdue(10, (since, one))) == [other]

    async def test_a_sample_holds_placed_orders_with_claims_and_no_more_than_asked(self) -> None:
        assert list(await self.book.sample(2)) == []
        placed = {(await self.placed(name)).rid for name in ("first", "second", "third")}
        await self.hold("held")
        assert set(await self.book.sample(1_000)) == placed
        assert len(await self.book.sample(2)) <= 2
        seen = {rid for _ in range(200) for rid in await self.book.sample(2)}
        assert seen == placed

    async def test_what_holds_claims_is_walked_through_in_the_order_of_its_rid(self) -> None:
        kept = [await self.placed("a"), await self.hold("b"), await self.placed("c"), await self.hold("d")]
        gone = await self.hold("released")
        assert isinstance(await self.claims.run(cancel(gone.rid)), OrderDoc)
        nothing = await self.placed("emptied")
        assert await self.claims.run(reduce(nothing.rid, nothing.v, {nothing.claims[0].mid: 0}, lambda _doc: Entry()))
        rids = sorted(record.rid for record in kept)
        assert list(await self.book.claiming(None, 10)) == rids
        walked: list[Rid] = []
        while page := await self.book.claiming(walked[-1] if walked else None, 3):
            walked += page
        assert (walked, list(await self.book.claiming(rids[-1], 3))) == (rids, [])

    @abstractmethod
    async def later(self) -> None:
        """Let a deadline and skew pass."""

    async def test_a_caller_s_holds_are_counted_while_they_last(self) -> None:
        await self.hold("a")
        await self.hold("b")
        await self.hold("other", owner="partner/p1")
        released = await self.hold("released")
        await self.claims.run(cancel(released.rid))
        holdings = await self.claims.run(only(CountHolds("storefront/s1")))
        assert sum(units for one in holdings for _, units in one.units) == len(holdings) == 2
        assert await self.claims.run(only(CountHolds("nobody"))) == ()

    async def test_personal_data_without_an_order_is_purged_once_it_is_old(self) -> None:
        placed, held, void = await self.placed("a"), await self.hold("b"), await self.hold("c")
        await self.claims.run(cancel(void.rid))
        absent = rid_of("buyer", "placeOrder", "died")
        everyone = [placed.rid, held.rid, void.rid, absent]
        for rid in everyone:
            await self.book.save_personal(PersonalData(rid, name="Ana"))
        assert await self.book.purge_personal(placed.created_at - timedelta(hours=1), 9) == 0
        assert set(await self.book.personal(everyone)) == set(everyone)
        assert await self.book.purge_personal(placed.created_at + timedelta(hours=1), 9) == 4
        assert set(await self.book.personal(everyone)) == {placed.rid, held.rid}
        await self.claims.run(cancel(held.rid))
        assert await self.book.purge_personal(placed.created_at + timedelta(hours=1), 9) == 1
        assert set(await self.book.personal(everyone)) == {placed.rid}

    async def test_personal_data_is_purged_in_parts_the_oldest_first(self) -> None:
        rids = [rid_of("buyer", "placeOrder", str(n)) for n in range(3)]
        for rid in rids:
            await self.book.save_personal(PersonalData(rid, name="Ana"))
            await self.later()
        soon = (await self.placed("a")).created_at + timedelta(hours=1)
        assert await self.book.purge_personal(soon, 2) == 2
        assert set(await self.book.personal(rids)) == {rids[2]}
        assert await self.book.purge_personal(soon, 2) == 1
        assert await self.book.purge_personal(soon, 2) == 0

    async def test_what_came_of_promises_is_counted_by_service_and_places(self) -> None:
        late = replace(promise(2), state="LATE", fulfilled_at=NOW + timedelta(days=3))
        kept = replace(promise(2), state="KEPT", fulfilled_at=NOW + timedelta(days=1))
        for name, promised in (("a", kept), ("b", kept), ("c", late), ("d", promise(1)), ("e", promise(9))):
            group = replace(order(Rid("R")).groups[0], promise=promised)
            await self.placed(name, groups=(group,), fulfillments=lambda rid: (work(rid, place=THERE),))

        async def told(since: datetime, until: datetime, most: int = 10) -> dict[tuple[str, ...], int]:
            found = await self.book.outcomes(since, until, most)
            assert {(one.channel, one.service, one.places) for one in found} <= {("web", "standard", (THERE,))}
            return {(one.verdict,): one.count for one in found}

        assert await told(NOW, NOW + timedelta(days=5)) == {("KEPT",): 2, ("BROKEN",): 1, ("OPEN",): 1}
        assert await told(NOW + timedelta(days=2), NOW + timedelta(days=3)) == {}
        assert await told(NOW, NOW + timedelta(days=5), most=1) == {("BROKEN",): 1}

    async def test_whoever_watches_is_told_of_each_order_that_changes(self) -> None:
        record = await self.placed("a")
        assert record.order is not None
        seen: asyncio.Queue[Rid] = asyncio.Queue()

        async def follow() -> None:
            async for rid in self.book.watch():
                seen.put_nowait(rid)

        follower = asyncio.create_task(follow())
        try:
            current: Record | None = record
            for n in range(20):
                current = await self.book.write(current, replace(record.order, reference=str(n))) if current else None
                if not seen.empty():
                    break
                await asyncio.sleep(0.1)
            assert await asyncio.wait_for(seen.get(), 5) == record.rid
        finally:
            follower.cancel()

    async def test_places_of_an_order_are_where_it_is_worked_on_and_collected(self) -> None:
        group = replace(order(Rid("R")).groups[0], method="PICKUP", pickup_location=LocationCode("lyon"))
        record = await self.placed("a", groups=(group,), fulfillments=lambda rid: (work(rid, place=THERE),))
        for place in ("lyon", THERE, HERE):
            assert await self.names(OrderQuery(location=LocationCode(place))) == {record.rid}
