"""What every outbox keeps: one relay at a time holds a message, in sequence per order and source, and no message is lost or doubled."""

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.domain.claims.documents import StockDoc
from gateway.domain.claims.programs import Fit, Pick, change
from gateway.domain.claims.steps import Step, Take
from gateway.domain.done import Done
from gateway.domain.ids import Rid, SourceCode, StockKey, rid_of
from gateway.domain.network import HandOverClass
from gateway.domain.outbox import HandOverState, OutboxEntry, Resolution
from gateway.ports.order_book import HandOverQuery, Outbox, Record
from tests.contracts.claims import nothing
from tests.contracts.order_book import Ordered
from tests.support.orders import ERP, NOW, WMS, message

LEASE_S = 30.0
BOTH = (ERP, WMS)


class OutboxContract(Ordered):
    """Inherit and name the outbox, the book and the claims of one database."""

    outbox: Outbox

    async def owing(self, *entries: OutboxEntry, name: str = "a") -> Record:
        return await self.placed(name, entries)

    async def claimed(self, at: datetime = NOW, sources: Sequence[SourceCode] = BOTH, relay: str = "r1") -> tuple[Record, OutboxEntry]:
        claimed = await self.outbox.claim(relay, sources, at, LEASE_S)
        assert claimed is not None
        return claimed

    async def sending(self, at: datetime = NOW) -> tuple[Record, OutboxEntry]:
        record, entry = await self.claimed(at)
        announced = await self.outbox.announce(record, entry, at, LEASE_S)
        assert announced is not None
        return announced, next(one for one in announced.outbox if one.n == entry.n)

    async def state(self, rid: Rid, n: int = 1) -> OutboxEntry:
        return next(entry for entry in (await self.record(rid)).outbox if entry.n == n)

    async def test_a_message_is_held_by_one_relay_at_a_time(self) -> None:
        await self.owing(message(Rid("R")))
        claims = await asyncio.gather(*(self.outbox.claim(f"r{n}", BOTH, NOW, LEASE_S) for n in range(4)))
        assert len([one for one in claims if one]) == 1
        assert await self.outbox.claim("late", BOTH, NOW + timedelta(seconds=29), LEASE_S) is None
        _, again = await self.claimed(NOW + timedelta(seconds=31), relay="late")
        assert (again.n, again.ambiguous_at) == (1, None)

    async def test_what_a_relay_may_take_is_judged_by_the_time_that_the_outbox_tells(self) -> None:
        now = await self.outbox.now()
        await self.owing(
            message(Rid("R"), 1, next_at=now - timedelta(seconds=1)), message(Rid("R"), 2, ERP, next_at=now + timedelta(hours=1))
        )
        assert (await self.claimed(await self.outbox.now()))[1].n == 1
        assert await self.outbox.claim("r", BOTH, await self.outbox.now(), LEASE_S) is None
        assert (await self.outbox.now()) >= now

    async def test_many_relays_share_many_messages_without_doubling(self) -> None:
        for n in range(6):
            await self.owing(message(Rid("R"), key=str(n)), name=str(n))

        async def relay(name: str) -> list[str]:
            keys = []
            while claimed := await self.outbox.claim(name, BOTH, NOW, LEASE_S):
                keys.append(claimed[1].key)
            return keys

        keys = [key for found in await asyncio.gather(*(relay(f"r{n}") for n in range(3))) for key in found]
        assert sorted(keys) == list("012345")

    async def test_messages_of_one_order_to_one_source_go_in_sequence_others_at_once(self) -> None:
        await self.owing(message(Rid("R"), 1), message(Rid("R"), 2), message(Rid("R"), 3, ERP))
        taken = [await self.claimed(), await self.claimed()]
        assert sorted(entry.n for _, entry in taken) == [1, 3]
        assert await self.outbox.claim("r", BOTH, NOW, LEASE_S) is None
        record, first = next(one for one in taken if one[1].n == 1)
        assert await self.outbox.settle(record.rid, replace(first, state="ACKNOWLEDGED", reference="W-1"))
        assert (await self.claimed())[1].n == 2

    async def test_only_sources_asked_for_and_only_what_is_due_is_taken(self) -> None:
        await self.owing(message(Rid("R"), 1, next_at=NOW + timedelta(minutes=1)))
        assert await self.outbox.claim("r", BOTH, NOW, LEASE_S) is None
        assert await self.outbox.claim("r", [ERP], NOW + timedelta(minutes=2), LEASE_S) is None
        assert await self.outbox.claim("r", [], NOW + timedelta(minutes=2), LEASE_S) is None
        assert (await self.claimed(NOW + timedelta(minutes=2)))[1].n == 1

    async def test_a_parked_message_blocks_its_source_a_dead_one_only_its_own_work(self) -> None:
        await self.owing(message(Rid("R"), 1, state="PARKED"), message(Rid("R"), 2))
        assert await self.outbox.claim("r", BOTH, NOW, LEASE_S) is None
        dead = message(Rid("R"), 1, state="DEAD", leg="X-1")
        other = await self.owing(dead, message(Rid("R"), 2, leg="X-1:PICKED"), message(Rid("R"), 3, leg="X-2"), name="b")
        record, entry = await self.claimed()
        assert (record.rid, entry.n) == (other.rid, 3)

    async def test_announcing_counts_the_attempt_extends_the_lease_and_marks_the_claims_as_sent(self) -> None:
        rid = rid_of("buyer", "placeOrder", "a")
        await self.owing(message(rid, mids=(f"{rid}_1_1",)))
        at = NOW + timedelta(seconds=20)
        record, entry = await self.claimed()
        announced = await self.outbox.announce(record, entry, at, LEASE_S)
        assert announced is not None
        assert announced.sent == {f"{rid}_1_1"}
        flying = announced.outbox[0]
        assert (flying.state, flying.attempts, flying.lease_until) == ("SENDING", 1, at + timedelta(seconds=30))
        assert announced.v == record.v

    async def test_a_relay_without_the_lease_may_not_send(self) -> None:
        await self.owing(message(Rid("R")))
        record, entry = await self.claimed()
        late = NOW + timedelta(seconds=31)
        assert await self.outbox.announce(record, entry, late, LEASE_S) is None
        await self.claimed(late, relay="other")
        assert await self.outbox.announce(record, entry, NOW, LEASE_S) is None
        assert not await self.outbox.settle(record.rid, replace(entry, state="ACKNOWLEDGED"))

    async def test_a_message_made_from_older_content_is_not_sent(self) -> None:
        await self.owing(message(Rid("R")))
        record, entry = await self.claimed()
        assert record.order is not None
        await self.book.write(record, replace(record.order, reference="new"))
        assert await self.outbox.announce(record, entry, NOW, LEASE_S) is None
        again, _ = await self.sending()
        assert again.order is not None
        assert again.order.reference == "new"

    async def test_claims_that_an_open_change_drops_are_not_announced_and_announced_ones_not_dropped(self) -> None:
        rid = rid_of("buyer", "placeOrder", "a")
        await self.owing(message(rid, mids=(f"{rid}_1_1",)))
        elsewhere = StockKey("sku|there")
        await self.put(StockDoc(elsewhere, WMS, 5, 5))
        moving = change(rid, Rid("M1"), lambda _doc: Fit(keep=(), add=(Pick(elsewhere, 1),)), nothing)

        def dying() -> Generator[Step, Any, None]:
            step = next(moving)
            while not isinstance(step, Take):
                step = moving.send((yield step))

        record, entry = await self.claimed()
        await self.claims.run(dying())
        assert await self.outbox.announce(record, entry, NOW, LEASE_S) is None
        assert (await self.state(rid)).next_at == NOW + timedelta(seconds=1)
        finished = await self.claims.run(change(rid, Rid("M1"), lambda _doc: Fit(keep=(), add=(Pick(elsewhere, 1),)), nothing))
        assert [claim.key for claim in getattr(finished, "claims", ())] == [elsewhere]

    async def test_an_announced_claim_is_only_moved_on_its_source_s_word(self) -> None:
        rid = rid_of("buyer", "placeOrder", "a")
        await self.owing(message(rid, mids=(f"{rid}_1_1",)))
        await self.sending()
        elsewhere = StockKey("sku|there")
        await self.put(StockDoc(elsewhere, WMS, 5, 5))
        await self.claims.run(change(rid, Rid("M1"), lambda _doc: Fit(keep=(), add=(Pick(elsewhere, 1),)), nothing))
        assert [claim.mid for claim in (await self.record(rid)).claims] == [f"{rid}_1_1"]

    async def test_what_became_of_an_attempt_is_written_back_and_the_lease_let_go(self) -> None:
        record = await self.owing(message(Rid("R")))
        _, flying = await self.sending()
        later = NOW + timedelta(seconds=5)
        assert await self.outbox.settle(record.rid, replace(flying, state="WAITING", next_at=later, last_error="busy"))
        waiting = await self.state(record.rid)
        assert (waiting.state, waiting.next_at, waiting.attempts, waiting.last_error, waiting.lease) == ("WAITING", later, 1, "busy", None)
        assert await self.outbox.claim("r", BOTH, NOW, LEASE_S) is None
        assert (await self.claimed(later))[1].n == 1

    async def test_a_message_that_waits_for_a_person_calls_one_to_its_order_until_it_gets_through(self) -> None:
        record = await self.owing(message(Rid("R")))
        for state, called in (("DEAD", ["HAND_OVER_DEAD"]), ("PARKED", ["HAND_OVER_UNKNOWN"]), ("ACKNOWLEDGED", [])):
            _, flying = await self.sending()
            assert await self.outbox.settle(record.rid, replace(flying, state=state))  # type: ignore[arg-type] # one of its states
            order = (await self.record(record.rid)).order
            assert order is not None
            assert [one.code for one in order.attention][-1:] == called
            if state != "ACKNOWLEDGED":
                await self.outbox.resolve(record.rid, 1, Resolution("WAITING"))

    async def test_a_dead_message_of_unknown_effect_stays_doubtful_when_it_is_resent_a_parked_one_does_not(self) -> None:
        entries = (message(Rid("R"), 1, state="DEAD", ambiguous_at=NOW), message(Rid("R"), 2, ERP, state="PARKED", ambiguous_at=NOW))
        record = await self.owing(*entries)
        resent = [await self.outbox.resolve(record.rid, n, Resolution("WAITING")) for n in (1, 2)]
        assert [one.ambiguous_at for one in resent if one] == [NOW, None]

    async def test_a_message_whose_relay_died_while_sending_is_taken_over_as_doubtful(self) -> None:
        await self.owing(message(Rid("R")))
        _, flying = await self.sending()
        _, again = await self.claimed(NOW + timedelta(seconds=31), relay="r2")
        assert (again.state, again.ambiguous_at, again.attempts) == ("WAITING", flying.lease_until, 1)

    async def test_a_person_confirms_resends_or_drops_what_is_parked_or_dead_and_nothing_else(self) -> None:
        entries = (
            message(Rid("R"), 1, state="PARKED", ambiguous_at=NOW),
            message(Rid("R"), 2, ERP, state="DEAD", attempts=40),
            message(Rid("R"), 3),
        )
        record = await self.owing(*entries)
        confirmed = await self.outbox.resolve(record.rid, 1, Resolution("ACKNOWLEDGED", "W-9", "called them"))
        assert confirmed is not None
        assert (confirmed.state, confirmed.reference, confirmed.ambiguous_at) == ("ACKNOWLEDGED", "W-9", None)
        assert confirmed.acknowledged_at is not None
        resent = await self.outbox.resolve(record.rid, 2, Resolution("WAITING"))
        assert resent is not None
        assert (resent.state, resent.attempts, resent.key) == ("WAITING", 0, entries[1].key)
        assert await self.outbox.resolve(record.rid, 3, Resolution("DROPPED")) is None
        assert await self.outbox.resolve(Rid("NOBODY"), 1, Resolution("DROPPED")) is None

    async def test_a_person_s_word_leaves_the_request_that_it_came_by_on_the_order(self) -> None:
        record = await self.owing(message(Rid("R"), state="DEAD"))
        done = Done(Rid("CALL"), "fp", NOW)
        assert await self.outbox.resolve(record.rid, 1, Resolution("DROPPED", done=done))
        after = await self.record(record.rid)
        assert after.order is not None
        assert (after.order.done, after.outbox[0].state, after.v) == ((done,), "DROPPED", record.v + 1)
        assert await self.outbox.resolve(record.rid, 1, Resolution("DROPPED", done=done)) is None

    async def test_what_its_source_speaks_of_has_arrived_if_it_was_ever_tried(self) -> None:
        states = ("WAITING", "SENDING", "PARKED", "DEAD", "ACKNOWLEDGED", "DROPPED")
        tried = [message(Rid("R"), n, state=state, attempts=1, ambiguous_at=NOW) for n, state in enumerate(states, 1)]  # type: ignore[arg-type] # its states
        record = await self.owing(*tried, message(Rid("R"), 7))
        told = [await self.outbox.vouch(record.rid, n, "W-9") for n in range(1, 8)]
        assert [one is not None for one in told] == [True, True, True, True, False, False, False]
        after = await self.record(record.rid)
        assert {(one.state, one.reference, one.ambiguous_at) for one in after.outbox[:4]} == {("ACKNOWLEDGED", "W-9", None)}
        assert await self.outbox.vouch(Rid("NOBODY"), 1, None) is None

    @pytest.mark.parametrize(("hand_over", "state", "doubtful"), [("A", "WAITING", False), ("B", "WAITING", True), ("C", "PARKED", False)])
    async def test_what_its_source_may_have_forgotten_is_back_in_line_as_its_class_allows(
        self,
        hand_over: HandOverClass,
        state: HandOverState,
        doubtful: bool,  # noqa: FBT001 - a case
    ) -> None:
        through = message(
            Rid("R"), state="ACKNOWLEDGED", attempts=2, tried_since=NOW, reference="W-1", acknowledged_at=NOW, mids=("m_1_1",)
        )
        record = await self.owing(through)
        again = await self.outbox.doubt(record.rid, 1, hand_over)
        assert again is not None
        assert again == await self.state(record.rid)
        assert (again.state, again.reference, again.acknowledged_at, again.tried_since) == (state, None, None, None)
        assert (again.key, again.mids, again.ambiguous_at is not None) == (through.key, through.mids, doubtful)
        assert (await self.outbox.doubt(record.rid, 1, hand_over)) is None

    async def test_a_person_is_called_to_what_cannot_be_asked_after(self) -> None:
        record = await self.owing(message(Rid("R"), state="ACKNOWLEDGED"))
        assert await self.outbox.doubt(record.rid, 1, None)
        after = (await self.record(record.rid)).order
        assert after is not None
        assert [one.code for one in after.attention] == ["HAND_OVER_UNKNOWN"]

    async def test_nothing_is_doubted_that_was_not_acknowledged(self) -> None:
        states = ("WAITING", "SENDING", "PARKED", "DEAD", "DROPPED")
        record = await self.owing(*(message(Rid("R"), n, state=state) for n, state in enumerate(states, 1)))  # type: ignore[arg-type] # its states
        assert [await self.outbox.doubt(record.rid, n, "A") for n in range(1, 7)] == [None] * 6
        assert await self.outbox.doubt(Rid("NOBODY"), 1, "A") is None
        assert (await self.record(record.rid)).outbox == record.outbox

    async def test_a_relay_whose_message_was_vouched_for_has_nothing_left_to_say(self) -> None:
        record = await self.owing(message(Rid("R")))
        _, flying = await self.sending()
        assert await self.outbox.vouch(record.rid, 1, "W-9")
        assert not await self.outbox.settle(record.rid, replace(flying, state="PARKED"))
        assert (await self.state(record.rid)).state == "ACKNOWLEDGED"

    async def test_a_message_about_work_that_nobody_is_to_do_any_more_leaves_the_line(self) -> None:
        told_off = message(Rid("R"), 4, kind="CANCEL", source=ERP, leg="X-2")
        entries = (
            message(Rid("R"), 1, mids=("gone_1_1",)),
            message(Rid("R"), 2, mids=("gone_1_1",), ambiguous_at=NOW, attempts=1, leg="X-3"),
            message(Rid("R"), 3, ERP, mids=("gone_1_1",), ambiguous_at=NOW, attempts=1, leg="X-2"),
        )
        record = await self.owing(*entries, told_off)
        for _ in range(3):
            claimed, entry = await self.claimed()
            assert await self.outbox.announce(claimed, entry, NOW, LEASE_S) is None
        after = await self.record(record.rid)
        assert [one.state for one in after.outbox] == ["DROPPED", "PARKED", "DROPPED", "WAITING"]
        assert after.order is not None
        assert [one.code for one in after.order.attention] == ["HAND_OVER_UNKNOWN"]
        assert (await self.claimed())[1].n == 4

    async def test_the_first_of_a_message_s_tries_is_remembered_until_a_person_begins_anew(self) -> None:
        record = await self.owing(message(Rid("R")))
        _, flying = await self.sending()
        await self.outbox.settle(record.rid, replace(flying, state="WAITING"))
        later = NOW + timedelta(hours=1)
        _, again = await self.sending(later)
        assert again.tried_since == NOW
        await self.outbox.settle(record.rid, replace(again, state="DEAD"))
        fresh = await self.outbox.resolve(record.rid, 1, Resolution("WAITING"))
        assert fresh is not None
        assert (fresh.attempts, fresh.tried_since) == (0, None)

    async def test_orders_with_messages_that_fit_are_listed_and_open_ones_counted(self) -> None:
        first = await self.owing(message(Rid("R"), 1), message(Rid("R"), 2, ERP, state="DEAD"), name="a")
        second = await self.owing(message(Rid("R"), 1, state="ACKNOWLEDGED"), message(Rid("R"), 2, state="PARKED"), name="b")
        await self.owing(name="c")
        assert await self.listed(HandOverQuery()) == {first.rid, second.rid}
        assert await self.listed(HandOverQuery(states=("DEAD",))) == {first.rid}
        assert await self.listed(HandOverQuery(sources=(WMS,), states=("DEAD",))) == set()
        assert first.order is not None
        assert await self.listed(HandOverQuery(order_number=first.order.number)) == {first.rid}
        assert await self.outbox.counts() == {WMS: {"WAITING": 1, "PARKED": 1}, ERP: {"DEAD": 1}}

    async def test_the_total_counts_messages_and_not_orders(self) -> None:
        await self.owing(*(message(Rid("R"), n, state="DEAD") for n in (1, 2, 3)), message(Rid("R"), 4), name="a")
        await self.owing(message(Rid("R"), 1, state="DEAD"), message(Rid("R"), 2, ERP, state="DEAD"), name="b")
        totals = [
            (await self.outbox.entries(query, 1, None)).total
            for query in (
                HandOverQuery(),
                HandOverQuery(states=("DEAD",)),
                HandOverQuery(sources=(ERP,)),
                HandOverQuery(states=("PARKED",)),
            )
        ]
        assert totals == [6, 5, 1, 0]

    async def listed(self, query: HandOverQuery) -> set[Rid]:
        return {record.rid for record in (await self.outbox.entries(query, 50, None)).records}
