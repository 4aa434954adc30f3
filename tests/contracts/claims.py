"""What every interpreter of the claim protocol keeps: the same answers to the same programs, and the invariants of the ledger."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.claims.acknowledging import acknowledge
from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Acknowledged, Claim, Entry, Marker, OrderDoc, StockDoc
from gateway.domain.claims.keys import refuse
from gateway.domain.claims.limits import Crowded, Limit
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.programs import (
    Conflict,
    Fit,
    Gone,
    Pick,
    Planned,
    Request,
    Short,
    cancel,
    change,
    extend,
    place_hold,
    recover,
    reduce,
    reserve,
    retract,
)
from gateway.domain.claims.recording import outstanding
from gateway.domain.claims.references import Reference, Referred
from gateway.domain.claims.steps import (
    Ack,
    Cancel,
    Commit,
    Create,
    GiveBack,
    Open,
    PlaceHold,
    PullUndo,
    Settle,
    Settled,
    Step,
    Take,
    Withhold,
    Write,
)
from gateway.domain.delivery_group import GroupPlan, Plan
from gateway.domain.ids import Rid, SourceCode, StockKey, rid_of
from gateway.domain.movement import Movement
from gateway.domain.promise.refused import RefusedPromise
from gateway.ports.ledger import Claims
from tests.support.orders import order

HOLD_MS = 60_000
TIMES = Times(deadline_ms=400, skew_ms=300)
X, Y, Z = StockKey("sku|x"), StockKey("sku|y"), StockKey("sku|z")


def noted(seen: list[Plan], doc: OrderDoc) -> Entry:
    """Note by which plan a change is written."""
    seen.append(doc.change.plan if doc.change else ())
    return Entry()


class Elsewhere:
    """Plans what is short at the next of some places, or what there is where less will do."""

    def __init__(self, *keys: StockKey, partial: bool = False) -> None:
        self.keys, self.partial = keys, partial
        self.asked: list[tuple[StockKey, int]] = []

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int, plan: Plan) -> Planned | None:
        units = sum(pick.units for pick in short)
        self.asked.append((short[0].key, free))
        left = [key for key in self.keys if key not in tried]
        if left:
            return Planned([Pick(left[0], units)], plan)
        if self.partial:
            return Planned([Pick(short[0].key, min(units, free))] if free > 0 else [], plan)
        return None


class Killed(Exception):
    """The process died."""


def doubled(program: Generator[Step, Any, Any]) -> Generator[Step, Any, Any]:
    """Deliver every step on stock twice; the program hears of the first time."""
    step = next(program)
    while True:
        result = yield step
        if isinstance(step, Take | GiveBack | Settle | Ack):
            yield step
        try:
            step = program.send(result)
        except StopIteration as stop:
            return stop.value


def nothing(_order: OrderDoc) -> Entry:
    return Entry()


def named(reference: str) -> Write:
    """Return a write of an order with a reference."""
    return lambda doc: Entry(order(doc.rid, reference=reference))


def holder(answer: object) -> Rid | None:
    """Return the placed order that a reference was refused for."""
    assert isinstance(answer, Referred)
    return answer.order.rid if answer.order else None


def as_it_is(order: OrderDoc) -> Fit:
    return Fit(keep=order.claims)


def request(name: str, *picks: Pick, **kw: Any) -> Request:
    rid = rid_of("buyer", "reserve", name)
    return Request(
        rid,
        kw.pop("fp", "fp"),
        list(picks),
        kw.pop("planner", Elsewhere()),
        kw.pop("write", nothing),
        hold_ms=kw.pop("hold_ms", HOLD_MS),
        **kw,
    )


class ClaimsContract(ABC):
    """Inherit and name the interpreter, and how its documents are seen."""

    claims: Claims

    @abstractmethod
    async def put(self, stock: StockDoc) -> None: ...
    @abstractmethod
    async def stock(self, key: StockKey) -> StockDoc: ...
    @abstractmethod
    async def order(self, rid: Rid) -> OrderDoc | None: ...
    @abstractmethod
    async def movements(self) -> list[Movement]: ...
    @abstractmethod
    async def wait(self, ms: int) -> None:
        """Let the database's clock go on."""

    async def shelf(self, key: StockKey, units: int, **fields: Any) -> None:
        await self.put(StockDoc(key, SourceCode("wms"), units, units, order=1, **fields))

    async def free(self, key: StockKey) -> int:
        return (await self.stock(key)).free

    async def held(self, name: str, *picks: Pick, **kw: Any) -> OrderDoc:
        order = await self.claims.run(reserve(request(name, *picks, **kw)))
        assert isinstance(order, OrderDoc)
        return order

    async def crashed(self, program: Generator[Step, Any, Any], *, before: type[Any], skipped: int = 0) -> None:
        """Run a program and let it die before a step of a kind."""

        def dying() -> Generator[Step, Any, None]:
            left, step = skipped, next(program)
            while True:
                if isinstance(step, before):
                    if not left:
                        return
                    left -= 1
                result = yield step
                try:
                    step = program.send(result)
                except StopIteration:
                    pytest.fail(f"the program came to its end before {before.__name__}")

        await self.claims.run(dying())

    async def killed(self, program: Generator[Step, Any, Any], *, after: type[Any], skipped: int = 0) -> None:
        """Run a program in a process that dies when a step of a kind was carried out, before anything else."""

        def dying() -> Generator[Step, Any, None]:
            left, step = skipped, next(program)
            while True:
                result = yield step
                if isinstance(step, after):
                    if not left:
                        raise Killed
                    left -= 1
                step = program.send(result)

        with pytest.raises(Killed):
            await self.claims.run(dying())

    async def moved(self) -> list[tuple[str, str, int, Rid | None]]:
        """Return kind, claim, units and order of every movement."""
        return sorted((one.kind, one.cause, one.units, one.rid) for one in await self.movements())

    async def check(self, *keys: StockKey, orders: Sequence[Rid] = ()) -> None:
        """I1, I2, I3 and I4 at rest; and the movements of each claim leave what its marker holds."""
        documents = {key: await self.stock(key) for key in keys}
        claims: dict[str, tuple[Claim, OrderDoc]] = {}
        for rid in orders:
            order = await self.order(rid)
            assert order is not None
            assert (order.change, order.undo, order.unsettled) == (None, (), False)
            claims |= {claim.mid: (claim, order) for claim in order.claims}
        for key, stock in documents.items():
            assert stock.free >= 0, "I1"
            assert stock.free + sum(marker.q for marker in stock.markers.values()) == stock.q, "I2"
            for mid, marker in stock.markers.items():
                if marker.q:
                    claim, order = claims[mid]
                    assert (claim.key, claim.units, True, order.exp) == (key, marker.q, marker.ok, marker.exp), "I4"
        for mid, (claim, _) in claims.items():
            assert documents[claim.key].markers[mid].q == claim.units, "I3"
        movements = [one for one in await self.movements() if one.key in documents]
        for key, mid in {(one.key, one.cause) for one in movements}:
            left = outstanding(one for one in movements if (one.key, one.cause) == (key, mid))
            marker = documents[key].markers.get(mid)
            assert left == (marker.q if marker else 0), mid
        assert {mid for mid in claims if claims[mid][0].key in documents} <= {one.cause for one in movements}

    # reserving

    async def test_a_hold_takes_its_units_and_says_until_when(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2))
        assert order.st == "HELD"
        assert [(claim.key, claim.units) for claim in order.claims] == [(X, 2)]
        assert await self.free(X) == 3
        assert order.exp is not None
        assert 0 < order.exp - order.created_ms <= HOLD_MS
        await self.check(X, orders=[order.rid])

    async def test_a_repeat_gets_the_same_answer_and_takes_nothing_more(self) -> None:
        await self.shelf(X, 5)
        first = await self.held("a", Pick(X, 2))
        again = await self.held("a", Pick(X, 2))
        assert (again.claims, again.exp, again.att) == (first.claims, first.exp, first.att)
        assert await self.free(X) == 3

    async def test_twins_at_once_make_one_hold(self) -> None:
        await self.shelf(X, 9)
        twins = await asyncio.gather(*(self.held("a", Pick(X, 2)) for _ in range(5)))
        assert {order.st for order in twins} == {"HELD"}
        assert len({order.claims for order in twins}) == 1
        assert await self.free(X) == 7
        await self.check(X, orders=[twins[0].rid])

    async def test_another_input_under_the_same_key_conflicts_and_changes_nothing(self) -> None:
        await self.shelf(X, 5)
        first = await self.held("a", Pick(X, 2))
        answer = await self.claims.run(reserve(request("a", Pick(X, 3), fp="other")))
        assert answer == Conflict(first.created_ms)
        assert await self.free(X) == 3

    async def test_a_refusal_says_what_was_short_and_is_the_answer_for_ever(self) -> None:
        await self.shelf(X, 1)
        await self.shelf(Y, 5)
        refused = await self.held("a", Pick(Y, 1), Pick(X, 2))
        assert (refused.st, refused.why, refused.short, refused.claims) == ("VOID", "INSUFFICIENT", (X, 1), ())
        await self.shelf(X, 9)
        again = await self.held("a", Pick(Y, 1), Pick(X, 2))
        assert (again.why, again.short) == ("INSUFFICIENT", (X, 1))
        assert (await self.free(X), await self.free(Y)) == (9, 5)
        await self.check(X, Y, orders=[again.rid])

    async def test_without_a_first_plan_nothing_is_written_and_the_key_stays_free(self) -> None:
        await self.shelf(X, 5)
        empty = request("a")
        assert await self.claims.run(reserve(replace(empty, picks=None))) == Short()
        assert await self.order(empty.rid) is None
        assert (await self.held("a", Pick(X, 2))).st == "HELD"

    async def test_safety_stock_is_left_on_the_shelf(self) -> None:
        await self.shelf(X, 5)
        assert (await self.held("a", Pick(X, 3, safety=3))).why == "INSUFFICIENT"
        assert (await self.held("b", Pick(X, 2, safety=3))).st == "HELD"
        assert await self.free(X) == 3

    async def test_several_claims_on_one_shelf_are_taken_one_by_one(self) -> None:
        await self.shelf(X, 3)
        order = await self.held("a", Pick(X, 1), Pick(X, 2))
        assert [claim.units for claim in order.claims] == [1, 2]
        assert (await self.held("b", Pick(X, 1))).why == "INSUFFICIENT"
        await self.check(X, orders=[order.rid])

    async def test_what_is_short_is_planned_again_and_the_rest_keeps_its_claim(self) -> None:
        for key, units in ((X, 1), (Y, 0), (Z, 4)):
            await self.shelf(key, units)
        planner = Elsewhere(Y, Z)
        order = await self.held("a", Pick(X, 1), Pick(Y, 2), planner=planner)
        assert sorted((claim.key, claim.units) for claim in order.claims) == [(X, 1), (Z, 2)]
        assert planner.asked == [(Y, 0)]
        assert next(claim.mid for claim in order.claims if claim.key == X) == f"{order.rid}_1_1"
        await self.check(X, Y, Z, orders=[order.rid])

    async def test_where_less_will_do_the_hold_takes_what_there_is(self) -> None:
        await self.shelf(X, 3)
        await self.shelf(Y, 0)
        order = await self.held("a", Pick(X, 5), Pick(Y, 1), planner=Elsewhere(partial=True))
        assert [(claim.key, claim.units) for claim in order.claims] == [(X, 3)]
        assert await self.free(X) == 0
        await self.check(X, Y, orders=[order.rid])

    async def test_fifty_buyers_of_ten_units_buy_exactly_ten(self) -> None:
        await self.shelf(X, 10)
        orders = await asyncio.gather(*(self.held(f"buyer {n}", Pick(X, 1)) for n in range(50)))
        assert sorted(order.st if order.st == "HELD" else str(order.why) for order in orders) == ["HELD"] * 10 + ["INSUFFICIENT"] * 40
        assert await self.free(X) == 0
        await self.check(X, orders=[order.rid for order in orders])

    async def test_an_order_placed_at_once_holds_without_an_end(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        assert (order.st, order.exp, order.by) == ("PLACED", None, order.rid)
        (marker,) = (await self.stock(X)).markers.values()
        assert (marker.q, marker.exp, marker.ok) == (2, None, True)

    # crashes

    @pytest.mark.parametrize(("before", "skipped"), [(Take, 0), (Take, 1), (Settle, 0), (Settle, 1), (Settled, 0)])
    async def test_a_repeat_completes_what_a_crash_left(self, before: type[Any], skipped: int) -> None:
        await self.shelf(X, 2)
        await self.shelf(Y, 2)
        wish = request("a", Pick(X, 1), Pick(Y, 2))
        await self.crashed(reserve(wish), before=before, skipped=skipped)
        await self.claims.run(reserve(wish))
        await self.claims.run(recover(wish.rid))
        order = await self.order(wish.rid)
        assert order is not None
        assert order.st == "HELD"
        assert (await self.free(X), await self.free(Y)) == (1, 0)
        await self.check(X, Y, orders=[wish.rid])

    @pytest.mark.parametrize("skipped", [0, 1])
    async def test_recovery_gives_back_what_a_dead_attempt_took(self, skipped: int) -> None:
        await self.shelf(X, 2)
        await self.shelf(Y, 2)
        wish = request("a", Pick(X, 1), Pick(Y, 2))
        await self.crashed(reserve(wish), before=Take, skipped=skipped)
        await self.wait(TIMES.deadline_ms + TIMES.skew_ms + 50)
        await self.claims.run(recover(wish.rid))
        order = await self.order(wish.rid)
        assert order is not None
        assert (order.st, order.why) == ("VOID", "DEADLINE")
        assert (await self.free(X), await self.free(Y)) == (2, 2)
        await self.check(X, Y, orders=[wish.rid])

    async def test_an_attempt_that_ran_out_of_time_is_reopened_and_completed(self) -> None:
        await self.shelf(X, 2)
        wish = request("a", Pick(X, 2))
        await self.crashed(reserve(wish), before=Settle)
        other = request("b", Pick(X, 2))
        await self.crashed(reserve(other), before=Take)
        await self.wait(TIMES.deadline_ms + TIMES.skew_ms + 50)
        await self.claims.run(recover(other.rid))
        await self.claims.run(cancel(wish.rid))
        reopened = await self.claims.run(reserve(other))
        assert isinstance(reopened, OrderDoc)
        assert (reopened.st, reopened.why) == ("HELD", None)
        await self.check(X, orders=[other.rid, wish.rid])

    async def test_a_take_after_its_deadline_is_refused(self) -> None:
        await self.shelf(X, 2)
        wish = request("a", Pick(X, 1))
        program = reserve(wish)
        await self.crashed(program, before=Take)
        order = await self.order(wish.rid)
        assert order is not None
        assert order.change is not None
        await self.wait(TIMES.deadline_ms + 50)
        assert await self.one(Take(order.change.add[0], None)) is False
        assert await self.free(X) == 2

    async def test_a_take_that_comes_after_its_undo_finds_a_tombstone(self) -> None:
        await self.shelf(X, 2)
        claim = Claim("R_1_1", X, 1, dl=(await self.held("clock", Pick(X, 1))).created_ms + 60_000)
        assert await self.one(GiveBack(claim)) is True
        assert await self.one(Take(claim, None)) is False
        assert await self.one(GiveBack(claim)) is False
        assert await self.free(X) == 1

    async def test_a_step_that_is_delivered_twice_does_its_work_once(self) -> None:
        await self.shelf(X, 5)
        claim = Claim("R_1_1", X, 2, dl=(await self.held("clock", Pick(X, 1))).created_ms + 60_000)
        assert [await self.one(Take(claim, None)) for _ in range(2)] == [True, False]
        assert [await self.one(Settle(replace(claim, units=1), None)) for _ in range(2)] == [True, True]
        assert await self.free(X) == 3
        assert [await self.one(GiveBack(claim)) for _ in range(2)] == [True, False]
        assert await self.free(X) == 4

    async def test_a_short_buyer_gets_what_a_dead_attempt_left_behind(self) -> None:
        await self.shelf(X, 1)
        await self.crashed(reserve(request("dead", Pick(X, 1))), before=Settle)
        dead = rid_of("buyer", "reserve", "dead")
        await self.claims.run(recover(dead))
        wish = request("gone", Pick(X, 1), hold_ms=100)
        await self.claims.run(cancel(dead))
        assert isinstance(await self.claims.run(reserve(wish)), OrderDoc)
        await self.wait(150)
        order = await self.held("alive", Pick(X, 1))
        assert order.st == "HELD"
        await self.check(X, orders=[order.rid, wish.rid, dead])

    # movements

    async def story(self, delivered: Callable[[Program[Any]], Program[Any]] = lambda program: program) -> OrderDoc:
        """Hold two units, place them, and hear that their owner took them."""
        await self.shelf(X, 5)
        hold = await self.claims.run(delivered(reserve(request("a", Pick(X, 2)))))
        assert isinstance(hold, OrderDoc)
        await self.claims.run(delivered(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing)))
        await self.claims.run(delivered(acknowledge([Acknowledged(hold.claims[0], 1)])))
        return hold

    def told(self, order: OrderDoc, *kinds: str) -> list[tuple[str, str, int, Rid | None]]:
        return sorted((kind, f"{order.rid}_1_1", 2, order.rid) for kind in kinds)

    @pytest.mark.parametrize("delivered", [lambda program: program, doubled], ids=["once", "twice"])
    async def test_a_claim_leaves_one_movement_of_each_kind(self, delivered: Callable[[Program[Any]], Program[Any]]) -> None:
        hold = await self.story(delivered)
        assert await self.moved() == self.told(hold, "HOLD", "ORDER", "DISPATCH")
        await self.claims.run(acknowledge([Acknowledged(hold.claims[0], 1)]))
        await self.claims.run(recover(hold.rid))
        assert await self.moved() == self.told(hold, "HOLD", "ORDER", "DISPATCH")
        assert await self.free(X) == 5

    @pytest.mark.parametrize("delivered", [lambda program: program, doubled], ids=["once", "twice"])
    async def test_a_hold_given_back_leaves_what_was_taken_and_released(self, delivered: Callable[[Program[Any]], Program[Any]]) -> None:
        await self.shelf(X, 5)
        hold = await self.claims.run(delivered(reserve(request("a", Pick(X, 2)))))
        await self.claims.run(delivered(cancel(hold.rid)))
        assert await self.moved() == self.told(hold, "HOLD", "RELEASE")
        await self.check(X, orders=[hold.rid])

    @pytest.mark.parametrize("dies_after", [Create, Take])
    async def test_who_joins_writes_by_the_plan_that_the_claims_were_made_for(self, dies_after: type[Any]) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 5)
        seen: list[Plan] = []

        def planned(key: StockKey) -> Request:
            asked = request("a", Pick(key, 2))
            return replace(asked, plan=(GroupPlan(key, ()),), write=lambda doc: noted(seen, doc))

        await self.killed(reserve(planned(X)), after=dies_after)
        hold = await self.claims.run(reserve(planned(Y)))
        assert isinstance(hold, OrderDoc)
        assert [claim.key for claim in hold.claims] == [X]
        assert {plan[0].group for plan in seen} == {X}

    async def test_holds_at_once_of_one_caller_are_no_more_than_its_bound(self) -> None:
        await self.shelf(X, 50)

        def limited(name: str, *, owner: str = "caller") -> Request:
            return replace(request(name, Pick(X, 1)), limit=Limit(owner, lambda others: len(others) < 2, insistent=True))

        answers = await asyncio.gather(*(self.claims.run(reserve(limited(f"{n}"))) for n in range(6)))
        held = [one for one in answers if isinstance(one, OrderDoc) and one.st == "HELD"]
        crowded = [one for one in answers if isinstance(one, Crowded)]
        assert (len(held) <= 2, len(held) + len(crowded)) == (True, 6)
        assert await self.free(X) == 50 - len(held)
        for n in range(6):
            answer = await self.claims.run(reserve(limited(f"{n}")))
            held += [answer] if isinstance(answer, OrderDoc) and answer.st == "HELD" else []
        assert len({one.rid for one in held}) == 2
        other = await self.claims.run(reserve(limited("other", owner="other")))
        assert isinstance(other, OrderDoc)
        assert other.st == "HELD"
        await self.claims.run(cancel(held[0].rid))
        again = await self.claims.run(reserve(limited("more")))
        assert isinstance(again, OrderDoc)
        assert (again.st, await self.free(X)) == ("HELD", 47)

    async def test_a_refused_promise_is_the_answer_of_its_key_for_ever(self) -> None:
        await self.shelf(X, 5)
        wish = request("a", Pick(X, 2))
        first, second = (RefusedPromise(text, "NO_STOCK", ("deliveryGroups", "0")) for text in ("first", "second"))
        for told in (first, second):
            order = await self.claims.run(refuse(wish.rid, wish.fp, (told,)))
            assert isinstance(order, OrderDoc)
            assert (order.st, order.why, order.refused) == ("VOID", "INSUFFICIENT", (first,))
        placed = await self.claims.run(reserve(replace(wish, then="PLACED")))
        assert isinstance(placed, OrderDoc)
        assert (placed.st, placed.refused, await self.free(X)) == ("VOID", (first,), 5)
        assert isinstance(await self.claims.run(refuse(wish.rid, "other", (first,))), Conflict)

    async def test_what_was_placed_is_not_refused(self) -> None:
        await self.shelf(X, 5)
        placed = await self.held("a", Pick(X, 2), then="PLACED")
        order = await self.claims.run(refuse(placed.rid, "fp", (RefusedPromise("gone", "NO_STOCK", ()),)))
        assert isinstance(order, OrderDoc)
        assert (order.st, order.refused) == ("PLACED", ())

    async def test_who_joins_a_change_writes_by_its_plan_whatever_fits_now(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 5)
        hold, seen = await self.held("a", Pick(X, 2)), list[Plan]()

        def moved(key: StockKey, *, fits: bool = True) -> Program[Any]:
            fit = Fit((), (Pick(key, 2),), plan=(GroupPlan(key, ()),))
            return change(hold.rid, Rid("E1"), lambda _doc: fit if fits else None, lambda doc: noted(seen, doc))

        await self.killed(moved(Y), after=Open)
        changed = await self.claims.run(moved(X, fits=False))
        assert isinstance(changed, OrderDoc)
        assert ([claim.key for claim in changed.claims], Rid("E1") in changed.done) == ([Y], True)
        assert {plan[0].group for plan in seen} == {Y}

    @pytest.mark.parametrize("after", [Take, Commit, Settle, Settled])
    async def test_a_repeat_records_what_a_dead_process_had_taken(self, after: type[Any]) -> None:
        await self.shelf(X, 5)
        wish = request("a", Pick(X, 2))
        await self.killed(reserve(wish), after=after)
        assert await self.moved() == ([("HOLD", f"{wish.rid}_1_1", 2, wish.rid)] if after is Settled else [])
        await self.claims.run(reserve(wish))
        await self.claims.run(recover(wish.rid))
        assert await self.moved() == [("HOLD", f"{wish.rid}_1_1", 2, wish.rid)]
        await self.check(X, orders=[wish.rid])

    async def test_recovery_records_a_hold_that_became_an_order(self) -> None:
        await self.shelf(X, 5)
        await self.killed(reserve(request("a", Pick(X, 2))), after=Settle)
        hold = await self.order(rid_of("buyer", "reserve", "a"))
        assert hold is not None
        await self.killed(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing), after=PlaceHold)
        await self.claims.run(recover(hold.rid))
        assert await self.moved() == self.told(hold, "HOLD", "ORDER")

    @pytest.mark.parametrize("after", [Cancel, GiveBack, PullUndo])
    async def test_recovery_records_what_a_dead_process_had_given_back(self, after: type[Any]) -> None:
        await self.shelf(X, 5)
        hold = await self.held("a", Pick(X, 2))
        await self.killed(cancel(hold.rid), after=after)
        await self.claims.run(recover(hold.rid))
        assert await self.moved() == self.told(hold, "HOLD", "RELEASE")
        await self.check(X, orders=[hold.rid])

    async def test_a_repeated_word_of_the_owner_records_what_a_dead_process_had_lifted(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        word = [Acknowledged(order.claims[0], 1)]
        await self.killed(acknowledge(word), after=Ack)
        assert await self.moved() == self.told(order, "ORDER")
        await self.claims.run(acknowledge(word))
        assert await self.moved() == self.told(order, "ORDER", "DISPATCH")

    async def test_a_claim_that_the_figure_does_not_count_yet_is_not_dispatched(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        await self.claims.run(acknowledge([Acknowledged(order.claims[0], 2)]))
        assert await self.moved() == self.told(order, "ORDER")

    @pytest.mark.parametrize("dies", [False, True])
    async def test_units_given_back_in_parts_are_one_movement_a_part(self, dies: bool) -> None:  # noqa: FBT001 - a case
        await self.shelf(X, 9)
        order = await self.held("a", Pick(X, 5), then="PLACED")
        (claim,) = order.claims
        for left in (3, 1):
            current = await self.order(order.rid)
            assert current is not None
            if dies:
                await self.killed(reduce(order.rid, current.v, {claim.mid: left}, nothing), after=Settle)
                await self.claims.run(recover(order.rid))
            else:
                await self.claims.run(reduce(order.rid, current.v, {claim.mid: left}, nothing))
        expected = [("ORDER", 5, 0), ("RELEASE", 2, 1), ("RELEASE", 2, 3)]
        assert sorted((one.kind, one.units, one.left) for one in await self.movements()) == expected
        await self.check(X, orders=[order.rid])

    async def test_a_refusal_moves_only_what_it_had_taken(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 0)
        refused = await self.held("a", Pick(X, 2), Pick(Y, 1))
        assert await self.moved() == self.told(refused, "HOLD", "RELEASE")

    # placing a hold

    async def test_a_hold_is_placed_by_one_key_and_refused_to_the_other(self) -> None:
        await self.shelf(X, 2)
        hold = await self.held("a", Pick(X, 1))
        keys = [Rid("K1"), Rid("K2")]
        placed = await asyncio.gather(*(self.claims.run(place_hold(hold.rid, key, "fp", as_it_is, nothing)) for key in keys))
        assert {order.st for order in placed if isinstance(order, OrderDoc)} == {"PLACED"}
        assert len({order.by for order in placed if isinstance(order, OrderDoc)}) == 1
        assert await self.free(X) == 1
        await self.check(X, orders=[hold.rid])

    async def test_placing_again_under_the_key_answers_the_same(self) -> None:
        await self.shelf(X, 2)
        hold = await self.held("a", Pick(X, 1))
        first = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing))
        again = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing))
        assert isinstance(first, OrderDoc)
        assert isinstance(again, OrderDoc)
        assert (again.by, again.att) == (Rid("K1"), first.att)
        assert isinstance(await self.claims.run(place_hold(hold.rid, Rid("K1"), "other", as_it_is, nothing)), Conflict)

    async def test_a_hold_past_its_end_is_not_placed(self) -> None:
        await self.shelf(X, 2)
        hold = await self.held("a", Pick(X, 1), hold_ms=100)
        await self.wait(150)
        answer = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", as_it_is, nothing))
        assert isinstance(answer, OrderDoc)
        assert (answer.st, answer.why) == ("VOID", "EXPIRED")
        assert await self.free(X) == 2

    async def test_placing_fewer_units_gives_the_others_back(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 5)
        hold = await self.held("a", Pick(X, 3), Pick(Y, 1))

        def two_of_x(order: OrderDoc) -> Fit:
            return Fit(keep=(replace(order.claims[0], units=2),))

        placed = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", two_of_x, nothing))
        assert isinstance(placed, OrderDoc)
        assert [(claim.key, claim.units) for claim in placed.claims] == [(X, 2)]
        assert (await self.free(X), await self.free(Y)) == (3, 5)
        await self.check(X, Y, orders=[hold.rid])

    async def test_placing_more_units_takes_them_first(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 1)
        hold = await self.held("a", Pick(X, 3))

        def with_one_of_y(order: OrderDoc) -> Fit:
            return Fit(keep=order.claims, add=(Pick(Y, 1),))

        placed = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", with_one_of_y, nothing))
        assert isinstance(placed, OrderDoc)
        assert (placed.st, placed.by) == ("PLACED", Rid("K1"))
        assert [(claim.key, claim.units) for claim in placed.claims] == [(X, 3), (Y, 1)]
        await self.check(X, Y, orders=[hold.rid])

    async def test_placing_more_than_there_is_leaves_the_hold_as_it_was(self) -> None:
        await self.shelf(X, 5)
        hold = await self.held("a", Pick(X, 3))

        def with_nine_more(order: OrderDoc) -> Fit:
            return Fit(keep=order.claims, add=(Pick(X, 9),))

        answer = await self.claims.run(place_hold(hold.rid, Rid("K1"), "fp", with_nine_more, nothing))
        assert isinstance(answer, Short)
        assert (answer.key, answer.free) == (X, 2)
        order = await self.order(hold.rid)
        assert order is not None
        assert (order.st, order.claims) == ("HELD", hold.claims)
        await self.check(X, orders=[hold.rid])

    # changing

    async def test_a_move_takes_the_new_place_before_it_gives_the_old_one_back(self) -> None:
        await self.shelf(X, 2)
        await self.shelf(Y, 2)
        order = await self.held("a", Pick(X, 2), then="PLACED")

        def to_y(_order: OrderDoc) -> Fit:
            return Fit(keep=(), add=(Pick(Y, 2),))

        await self.crashed(change(order.rid, Rid("M1"), to_y, nothing), before=Settle)
        moved = await self.claims.run(change(order.rid, Rid("M1"), to_y, nothing))
        assert isinstance(moved, OrderDoc)
        assert [(claim.key, claim.units) for claim in moved.claims] == [(Y, 2)]
        assert moved.done[-1] == Rid("M1")
        await self.claims.run(recover(order.rid))
        assert (await self.free(X), await self.free(Y)) == (2, 0)
        await self.check(X, Y, orders=[order.rid])

    async def test_a_move_to_an_empty_place_changes_nothing_or_goes_to_the_next(self) -> None:
        for key, units in ((X, 2), (Y, 0), (Z, 2)):
            await self.shelf(key, units)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        nowhere = await self.claims.run(change(order.rid, Rid("M1"), lambda _: Fit(keep=(), add=(Pick(Y, 2),)), nothing))
        assert isinstance(nowhere, Short)
        moved = await self.claims.run(
            change(order.rid, Rid("M2"), lambda _: Fit(keep=(), add=(Pick(Y, 2),), planner=Elsewhere(Y, Z)), nothing)
        )
        assert isinstance(moved, OrderDoc)
        assert [(claim.key, claim.units) for claim in moved.claims] == [(Z, 2)]
        await self.check(X, Y, Z, orders=[order.rid])

    async def test_a_change_that_was_answered_is_not_made_again(self) -> None:
        await self.shelf(X, 9)
        order = await self.held("a", Pick(X, 2))

        def one_more(current: OrderDoc) -> Fit:
            return Fit(keep=current.claims, add=(Pick(X, 1),))

        for _ in range(3):
            changed = await self.claims.run(change(order.rid, Rid("C1"), one_more, nothing))
            assert isinstance(changed, OrderDoc)
            assert sum(claim.units for claim in changed.claims) == 3
        assert await self.free(X) == 6

    async def test_a_change_to_fewer_units_leaves_so_many_on_hold(self) -> None:
        await self.shelf(X, 9)
        order = await self.held("a", Pick(X, 5))

        def only_two(current: OrderDoc) -> Fit:
            return Fit(keep=(replace(current.claims[0], units=2),))

        changed = await self.claims.run(change(order.rid, Rid("C1"), only_two, nothing))
        assert isinstance(changed, OrderDoc)
        assert (changed.st, sum(claim.units for claim in changed.claims), changed.exp) == ("HELD", 2, order.exp)
        assert await self.free(X) == 7
        await self.check(X, orders=[order.rid])

    async def test_two_moves_at_once_leave_the_order_at_one_place(self) -> None:
        for key in (X, Y, Z):
            await self.shelf(key, 2)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        moves = [change(order.rid, Rid(f"M{key[-1]}"), lambda _, key=key: Fit(keep=(), add=(Pick(key, 2),)), nothing) for key in (Y, Z)]
        await asyncio.gather(*(self.claims.run(move) for move in moves))
        await self.wait(TIMES.deadline_ms + TIMES.skew_ms + 50)
        await self.claims.run(recover(order.rid))
        end = await self.order(order.rid)
        assert end is not None
        assert sum(claim.units for claim in end.claims) == 2
        assert sum([await self.free(key) for key in (X, Y, Z)]) == 4
        await self.check(X, Y, Z, orders=[order.rid])

    async def test_a_hold_is_extended_and_never_shortened(self) -> None:
        await self.shelf(X, 2)
        hold = await self.held("a", Pick(X, 1))
        shorter = await self.claims.run(extend(hold.rid, 10))
        longer = await self.claims.run(extend(hold.rid, 5 * HOLD_MS))
        assert isinstance(shorter, OrderDoc)
        assert isinstance(longer, OrderDoc)
        assert shorter.exp == hold.exp
        assert longer.exp is not None
        assert longer.exp >= longer.created_ms + 5 * HOLD_MS
        await self.check(X, orders=[hold.rid])

    # canceling

    async def test_a_released_hold_gives_everything_back_also_told_twice(self) -> None:
        await self.shelf(X, 5)
        hold = await self.held("a", Pick(X, 2))
        for _ in range(2):
            answer = await self.claims.run(cancel(hold.rid))
            assert isinstance(answer, OrderDoc)
            assert (answer.st, answer.why) == ("VOID", "CANCELED")
        assert await self.free(X) == 5
        assert (await self.held("a", Pick(X, 2))).why == "CANCELED"
        assert await self.claims.run(cancel(Rid("NOBODY"))) == Gone()
        await self.check(X, orders=[hold.rid])

    async def test_a_placed_order_is_not_released(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 2), then="PLACED")
        answer = await self.claims.run(cancel(order.rid))
        assert isinstance(answer, OrderDoc)
        assert answer.st == "PLACED"
        assert await self.free(X) == 3

    async def test_units_of_a_placed_order_are_canceled_on_the_content_that_was_read(self) -> None:
        await self.shelf(X, 5)
        order = await self.held("a", Pick(X, 3), then="PLACED")
        mid = order.claims[0].mid
        assert await self.claims.run(reduce(order.rid, order.v - 1, {mid: 1}, nothing)) is None
        less = await self.claims.run(reduce(order.rid, order.v, {mid: 1}, nothing))
        assert less is not None
        assert (less.claims[0].units, await self.free(X)) == (1, 4)
        none = await self.claims.run(reduce(order.rid, less.v, {mid: 0}, nothing))
        assert none is not None
        assert (none.st, none.claims, await self.free(X)) == ("PLACED", (), 5)
        await self.check(X, orders=[order.rid])

    async def test_what_an_order_turns_out_not_to_need_is_given_back_even_by_who_dies_once_it_is_decided(self) -> None:
        await self.shelf(X, 5)
        await self.shelf(Y, 5)

        def one_each(doc: OrderDoc) -> Entry:
            return Entry(spare=tuple((claim.mid, claim.units - 2) for claim in doc.claims))

        await self.killed(reserve(request("a", Pick(X, 2), Pick(Y, 3), then="PLACED", write=one_each)), after=Commit)
        order = await self.held("a", Pick(X, 2), Pick(Y, 3), then="PLACED")
        assert [(claim.key, claim.units) for claim in order.claims] == [(Y, 1)]
        await self.claims.run(recover(order.rid))
        assert (await self.free(X), await self.free(Y)) == (5, 4)
        assert (await self.stock(Y)).markers[order.claims[0].mid].ok
        await self.check(X, Y, orders=[order.rid])

    # the source's word

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

    # content

    async def test_content_is_written_with_the_decision_and_from_the_claims_that_were_taken(self) -> None:
        await self.shelf(X, 0)
        await self.shelf(Y, 2)
        seen: list[tuple[StockKey, ...]] = []

        def write(order: OrderDoc) -> Entry:
            seen.append(tuple(claim.key for claim in order.claims))
            return Entry()

        order = await self.held("a", Pick(X, 1), planner=Elsewhere(X, Y), write=write)
        assert order.v == 1
        assert set(seen) == {(Y,)}

    async def one(self, step: Step) -> Any:
        def program() -> Generator[Step, Any, Any]:
            return (yield step)

        return await self.claims.run(program())

    async def test_an_undo_is_forgotten_once(self) -> None:
        await self.shelf(X, 2)
        hold = await self.held("a", Pick(X, 1))
        await self.crashed(cancel(hold.rid), before=PullUndo)
        first = await self.one(PullUndo(hold.rid, hold.claims[0].mid))
        assert (first.undo, await self.one(PullUndo(hold.rid, hold.claims[0].mid))) == ((), None)
        await self.check(X, orders=[hold.rid])

    # references

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
