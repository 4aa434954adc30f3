"""Work on fulfillments: whatever is done in whatever order, no unit is lost or made, and what the state forbids changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.cancellation import CancellationRequest
from gateway.domain.delivery_group import DeliveryGroup, DeliveryPromise
from gateway.domain.errors import DomainError, IllegalTransition
from gateway.domain.feeds import Item, NewsLine, NewsParcel, WorkNews, WorkStep
from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku, SourceCode, order_number
from gateway.domain.lifecycle import STEPS, FulfillmentTask
from gateway.domain.order import Actor, Fulfillment, FulfillmentLine, Milestone, Order, OrderLine, UnitGroup
from gateway.domain.order_status import order_status
from gateway.domain.ordering.accepting import LineAnswer, accepted
from gateway.domain.ordering.collecting import collected
from gateway.domain.ordering.news import Names, with_news
from gateway.domain.ordering.postponing import Later
from gateway.domain.ordering.preparing import Packed, packed, picked, ready
from gateway.domain.ordering.refusing import rejected
from gateway.domain.ordering.sending import Sent, reported, shipped
from gateway.domain.ordering.units import held, units_of
from gateway.domain.ordering.working import Word

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WORD = Word(NOW, Actor("STAFF", "Lyon"))
RID = Rid("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
NUMBER = f"{order_number(RID)}-1"
A, B = Sku("A"), Sku("B")
HERE = LocationCode("101")
HOLD = timedelta(days=5)
NAMES = Names(SourceCode("pos"), {})
STEPS_OF_NEWS: tuple[WorkStep, ...] = (
    "ACKNOWLEDGED", "ACCEPTED", "BACKORDERED", "REJECTED", "PICKED", "PACKED", "SHIPPED",
    "DELIVERED", "UNDELIVERABLE", "READY_FOR_PICKUP", "COLLECTED", "NOT_COLLECTED", "CANCELED",
)  # fmt: skip


def offered(task: FulfillmentTask = "SHIP", first: int = 3, second: int = 2) -> Order:
    """Return an order of two lines, all of it offered to one place."""
    parts = (("1", A, first, "m_1_1"), ("2", B, second, "m_1_2"))
    promise = DeliveryPromise(NOW, NOW + timedelta(days=2), "DAY", "Europe/Paris", NOW)
    due = NOW + timedelta(hours=4)
    steps = ("ACCEPT", "PICK", "PACK", "HAND_TO_CARRIER", "DELIVER") if task == "SHIP" else ("ACCEPT", "PICK", "READY_FOR_PICKUP")
    work = Fulfillment(
        NUMBER,
        task,
        "OFFERED",
        "1",
        HERE,
        tuple(FulfillmentLine(name, name, sku, units, mid) for name, sku, units, mid in parts),
        NOW,
        NOW,
        milestones=tuple(Milestone(step, due) for step in steps),  # type: ignore[arg-type]
    )
    return Order(
        RID,
        order_number(RID),
        ChannelCode("web"),
        "EUR",
        NOW,
        NOW,
        tuple(
            OrderLine(name, sku, units, Decimal(10), "1", units=(UnitGroup(units, "OFFERED", HERE, NUMBER, mid),))
            for name, sku, units, mid in parts
        ),
        (DeliveryGroup("1", "standard", "SHIP" if task == "SHIP" else "PICKUP", Decimal(5), promise=promise),),
        "storefront",
        Actor("STOREFRONT", "web"),
        fulfillments=(work,),
        routed=True,
    )


def work_of(order: Order) -> Fulfillment:
    return order.fulfillments[0]


def states(order: Order, line: int = 0) -> dict[str, int]:
    return {units.state: units.quantity for units in order.lines[line].units}


def done(order: Order) -> set[str]:
    return {one.step for one in work_of(order).milestones if one.done_at}


def news(step: WorkStep, **more: object) -> WorkNews:
    return WorkNews(f"e-{step}", NUMBER, step, NOW, **more)  # type: ignore[arg-type]


def after(order: Order, told: WorkNews, names: Names = NAMES) -> Order:
    return with_news(order, told, NOW, names, HOLD)


def all_packed(order: Order) -> tuple[Packed, ...]:
    work = work_of(order)
    return (Packed(tuple((line.id, n) for line in work.lines if (n := units_of(order, work, line)))),)


def on_the_way(order: Order | None = None) -> Order:
    order = picked(accepted(order or offered(), NUMBER, None, WORD), NUMBER, None, WORD)
    order = packed(order, NUMBER, [Packed((("1", 3),)), Packed((("2", 2),), 700)], WORD)
    return shipped(order, NUMBER, [Sent("post/parcel", f"{NUMBER}-P1", "X1"), Sent("post/parcel", f"{NUMBER}-P2", "X2")], WORD)


def laid_ready() -> Order:
    return ready(picked(accepted(offered("HAND_OVER"), NUMBER, None, WORD), NUMBER, None, WORD), NUMBER, HOLD, WORD)


Doing = Callable[[Order], Order]


@st.composite
def doings(draw: st.DrawFn) -> Doing:  # noqa: PLR0911 - one return per kind of step
    """Draw a step with some input, fitting or not."""
    some = st.integers(-1, 4)
    name = st.sampled_from(["1", "2", "9"])
    kind = draw(st.sampled_from(["accept", "reject", "pick", "pack", "ship", "report", "ready", "collect", "news"]))
    lines = draw(st.none() | st.lists(st.tuples(name, some), max_size=3))
    answers = None if lines is None else [LineAnswer(line, units) for line, units in lines]
    if kind == "accept":
        later = draw(some)
        return lambda order: accepted(order, NUMBER, with_later(answers, later), WORD)
    if kind == "reject":
        return lambda order: rejected(order, NUMBER, "CLOSED", WORD)
    if kind == "pick":
        return lambda order: picked(order, NUMBER, answers, WORD)
    if kind == "pack":
        return lambda order: packed(order, NUMBER, all_packed(order) if answers is None else [Packed(tuple(lines or ()))], WORD)
    if kind == "ship":
        return lambda order: shipped(order, NUMBER, [Sent("post/parcel")], WORD)
    if kind == "report":
        outcome = draw(st.sampled_from(["DELIVERED", "LOST"]))
        return lambda order: reported(order, NUMBER, outcome, None, WORD)
    if kind == "ready":
        return lambda order: ready(order, NUMBER, HOLD, WORD)
    if kind == "collect":
        return lambda order: collected(order, NUMBER, lines, WORD)
    step, units = draw(st.sampled_from(STEPS_OF_NEWS)), draw(st.none() | st.integers(0, 4))
    told = news(
        step, lines=() if units is None else (NewsLine(Item(sku="A"), units),), expected_at=NOW + timedelta(days=1), reason="CLOSED"
    )
    return lambda order: after(order, told, Names(SourceCode("pos"), {A: None, B: None}))  # type: ignore[dict-item]


def with_later(answers: list[LineAnswer] | None, units: int) -> list[LineAnswer] | None:
    return answers and [replace(answers[0], later=(Later(units, NOW + timedelta(days=1)),)), *answers[1:]]


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(["SHIP", "HAND_OVER"]), st.lists(doings(), max_size=9))
def test_no_unit_is_lost_or_made_and_no_state_is_reached_that_the_table_does_not_lead_to(task: FulfillmentTask, steps: list[Doing]) -> None:
    order = offered(task)
    for step in steps:
        before = order
        try:
            order = step(order)
        except DomainError:
            continue
        assert [sum(units.quantity for units in line.units) for line in order.lines] == [3, 2]
        assert all(units.quantity > 0 for line in order.lines for units in line.units)
        assert all(held(order).get(mid, 0) <= units for mid, units in held(before).items())
        assert held(order).keys() <= held(before).keys()
        assert reachable(task, work_of(before).state, work_of(order).state)
        for line in work_of(order).lines:
            assert line.rejected + line.missing <= line.quantity
        assert len({event.id for event in order.history}) == len(order.history)


def reachable(task: FulfillmentTask, state: str, to: str) -> bool:
    ahead, seen = [state], {state}
    while ahead:
        for following in STEPS[task].get(ahead.pop(), ()):  # type: ignore[call-overload]
            if following not in seen:
                seen.add(following)
                ahead.append(following)
    return to in seen


def test_a_parcel_order_goes_from_offer_to_door() -> None:
    order = on_the_way()
    assert (work_of(order).state, states(order), done(order)) == ("SHIPPED", {"SHIPPED": 3}, {"ACCEPT", "PICK", "PACK", "HAND_TO_CARRIER"})
    order = reported(order, NUMBER, "DELIVERED", None, WORD)
    assert (work_of(order).state, order_status(order)) == ("DELIVERED", "FULFILLED")
    assert order.groups[0].promise
    assert (order.groups[0].promise.state, order.groups[0].promise.fulfilled_at) == ("KEPT", NOW)
    assert [event.type for event in order.history] == [
        "FULFILLMENT_ACCEPTED",
        "FULFILLMENT_PROGRESSED",
        "FULFILLMENT_PROGRESSED",
        "FULFILLMENT_SHIPPED",
        "FULFILLMENT_DELIVERED",
        "ORDER_FULFILLED",
    ]


def test_a_promise_is_late_when_the_last_parcel_is() -> None:
    order = reported(on_the_way(), NUMBER, "DELIVERED", f"{NUMBER}-P1", WORD)
    assert (work_of(order).state, states(order), states(order, 1)) == ("SHIPPED", {"DELIVERED": 3}, {"SHIPPED": 2})
    order = reported(order, NUMBER, "DELIVERED", f"{NUMBER}-P2", Word(NOW + timedelta(days=3), WORD.actor))
    assert order.groups[0].promise
    assert (work_of(order).state, order.groups[0].promise.state) == ("DELIVERED", "LATE")


def test_a_lost_parcel_is_refunded_and_reported_once() -> None:
    order = reported(on_the_way(), NUMBER, "LOST", f"{NUMBER}-P2", WORD)
    assert (states(order), states(order, 1), order.refunds[0].amount) == ({"SHIPPED": 3}, {"CANCELED": 2}, Decimal("20.00"))
    with pytest.raises(DomainError, match="reported already"):
        reported(order, NUMBER, "LOST", f"{NUMBER}-P2", WORD)
    order = reported(order, NUMBER, "DELIVERED", None, WORD)
    assert (work_of(order).state, order_status(order)) == ("DELIVERED", "FULFILLED")


def test_parcels_that_are_all_lost_end_undeliverable() -> None:
    order = reported(on_the_way(), NUMBER, "RETURNED_TO_SENDER", None, WORD)
    assert (work_of(order).state, order_status(order)) == ("UNDELIVERABLE", "CANCELED")
    assert order.groups[0].promise
    assert order.groups[0].promise.state == "CANCELED"


def test_what_an_acceptance_leaves_over_waits_for_another_place() -> None:
    order = accepted(offered(), NUMBER, [LineAnswer("1", 1, reason="DAMAGED")], WORD)
    assert (states(order), states(order, 1)) == ({"ACCEPTED": 1, "UNSOURCED": 2}, {"UNSOURCED": 2})
    assert [(one.reason, [(line.sku, line.quantity) for line in one.lines]) for one in work_of(order).rejections] == [
        ("DAMAGED", [("A", 2)]),
        ("OTHER", [("B", 2)]),
    ]
    assert (work_of(order).state, order.routed, order_status(order)) == ("ACCEPTED", False, "IN_FULFILLMENT")


def test_silence_calls_a_person_until_anything_is_heard_and_not_after_an_answer() -> None:
    silent = after(offered(), news("UNREAD"))
    assert [(one.code, one.fulfillment) for one in silent.attention] == [("HAND_OVER_UNKNOWN", NUMBER)]
    assert after(silent, news("UNREAD")) == silent
    assert after(silent, news("READ")).attention == ()
    assert (answered := after(silent, news("ACCEPTED"))).attention == ()
    assert after(answered, news("UNREAD")) == answered


def test_a_place_that_goes_on_with_canceled_work_is_asked_no_more_and_a_person_is_told() -> None:
    order = accepted(offered(), NUMBER, None, WORD)
    assert after(order, news("KEPT")) == order
    wanted = tuple(replace(line, cancel_requested=line.quantity) for line in work_of(order).lines)
    asked = replace(work_of(order), lines=wanted, cancellation=CancellationRequest((), "CUSTOMER", NOW))
    kept = after(replace(order, fulfillments=(asked,)), news("KEPT"))
    assert [one.code for one in kept.attention] == ["CANCELLATION_REFUSED"]
    assert (work_of(kept).cancellation, {line.cancel_requested for line in work_of(kept).lines}) == (None, {0})


def test_an_acceptance_of_nothing_is_a_rejection() -> None:
    order = accepted(offered(), NUMBER, [LineAnswer("1", 0), LineAnswer("2", 0)], WORD)
    assert (work_of(order).state, held(order)) == ("REJECTED", {})


@pytest.mark.parametrize("answers", [None, [LineAnswer("1", 0)], [LineAnswer("1", 1)]])
def test_an_illegal_step_is_named_as_it_was_asked_for(answers: list[LineAnswer] | None) -> None:
    refused = rejected(offered(), NUMBER, "CLOSED", WORD)
    for step, attempted in ((accepted, "ACCEPTED"), (picked, "PICKED")):
        with pytest.raises(IllegalTransition) as illegal:
            step(refused, NUMBER, answers, WORD)
        assert (illegal.value.state, illegal.value.attempted) == ("REJECTED", attempted)


def test_a_step_of_no_line_at_all_is_refused() -> None:
    for step, order in ((accepted, offered()), (picked, accepted(offered(), NUMBER, None, WORD))):
        with pytest.raises(DomainError) as refused:
            step(order, NUMBER, [], WORD)
        assert [(one.refusal, one.field) for one in refused.value.each] == [("REQUIRED", ("lines",))]


def test_units_that_come_later_have_their_date() -> None:
    later = NOW + timedelta(days=4)
    order = accepted(offered(), NUMBER, [LineAnswer("1", 1, (Later(2, later),)), LineAnswer("2", 2)], WORD)
    assert states(order) == {"BACKORDERED": 2, "ACCEPTED": 1}
    assert (work_of(order).lines[0].backordered, work_of(order).lines[0].expected_at) == (2, later)
    promise = order.groups[0].promise
    assert promise
    assert (promise.latest, promise.earlier[0].latest) == (NOW + timedelta(days=2 + 4), NOW + timedelta(days=2))
    assert [event.summary for event in order.history if event.type == "PROMISE_MOVED"] == ["The order comes later: by 2026-03-08."]


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ([LineAnswer("1", 4)], [("OUT_OF_RANGE", ("lines", "0", "quantity"))]),
        ([LineAnswer("1", -1)], [("OUT_OF_RANGE", ("lines", "0", "quantity"))]),
        ([LineAnswer("1", 1), LineAnswer("1", 1)], [("DUPLICATE", ("lines", "1", "lineId"))]),
        ([LineAnswer("7", 1)], [("NOT_FOUND", ("lines", "0", "lineId"))]),
        ([LineAnswer("1", 1, (Later(1, NOW),))], [("OUT_OF_RANGE", ("lines", "0", "later", "0", "expectedAt"))]),
    ],
)
def test_answers_that_do_not_fit_are_refused_by_their_place(answers: list[LineAnswer], codes: list[tuple[str, tuple[str, ...]]]) -> None:
    with pytest.raises(DomainError) as refused:
        accepted(offered(), NUMBER, answers, WORD)
    assert [(one.refusal, one.field) for one in refused.value.each] == codes


def test_what_is_short_on_the_shelf_is_missing() -> None:
    order = picked(accepted(offered(), NUMBER, None, WORD), NUMBER, [LineAnswer("1", 2), LineAnswer("2", 2)], WORD)
    assert (states(order), work_of(order).lines[0].picked, work_of(order).lines[0].missing) == ({"UNSOURCED": 1, "PICKED": 2}, 2, 1)
    assert work_of(order).rejections[0].reason == "STOCK_NOT_FOUND"


def test_each_unit_goes_into_one_parcel() -> None:
    order = picked(accepted(offered(), NUMBER, None, WORD), NUMBER, None, WORD)
    with pytest.raises(DomainError, match="2 of the 3 units of line 1"):
        packed(order, NUMBER, [Packed((("1", 2), ("2", 2)))], WORD)
    with pytest.raises(DomainError) as refused:
        packed(order, NUMBER, [Packed((("1", 3),))] * 51, WORD)
    assert refused.value.refusal == "TOO_MANY"


def test_all_packed_parcels_leave_together() -> None:
    order = picked(accepted(offered(), NUMBER, None, WORD), NUMBER, None, WORD)
    order = packed(order, NUMBER, [Packed((("1", 3),)), Packed((("2", 2),))], WORD)
    for parcels, refusal in (
        ([Sent("post")], "REQUIRED"),
        ([Sent("post", f"{NUMBER}-P1")], "REQUIRED"),
        ([Sent("post", "P9")], "NOT_FOUND"),
        ([Sent("post", f"{NUMBER}-P1"), Sent("post", f"{NUMBER}-P1")], "DUPLICATE"),
    ):
        with pytest.raises(DomainError) as refused:
            shipped(order, NUMBER, parcels, WORD)
        assert refused.value.each[0].refusal == refusal


def test_a_mutation_may_not_skip_a_step() -> None:
    with pytest.raises(IllegalTransition) as refused:
        shipped(offered(), NUMBER, [Sent("post")], WORD)
    assert (refused.value.state, refused.value.attempted) == ("OFFERED", "SHIPPED")
    assert refused.value.allowed == ("ACCEPTED", "REJECTED", "LAPSED", "CANCELED")


def test_collected_goods_are_promised_to_be_ready_not_to_be_fetched() -> None:
    order = laid_ready()
    assert (work_of(order).ready_at, work_of(order).pickup_expires_at) == (NOW, NOW + HOLD)
    order = collected(order, NUMBER, None, Word(NOW + timedelta(days=4), WORD.actor))
    assert order.groups[0].promise
    assert (order_status(order), order.groups[0].promise.state) == ("FULFILLED", "KEPT")


def test_what_the_customer_leaves_is_canceled_and_refunded() -> None:
    order = collected(laid_ready(), NUMBER, [("1", 2)], WORD)
    assert (states(order), states(order, 1)) == ({"CANCELED": 1, "COLLECTED": 2}, {"CANCELED": 2})
    assert (order.refunds[0].amount, order.refunds[0].lines) == (Decimal("30.00"), (("1", 1), ("2", 2)))


def test_news_skips_forward_and_never_back() -> None:
    told = news("SHIPPED", parcels=(NewsParcel("XP1", "CHRONO", "XP1", "https://track.example/XP1", 2480),))
    order = after(offered(), told)
    work = work_of(order)
    assert (work.state, states(order), done(order)) == ("SHIPPED", {"SHIPPED": 3}, {"ACCEPT", "PICK", "PACK", "HAND_TO_CARRIER"})
    assert [(one.tracking_number, one.carrier_service, one.shipped_at) for one in work.parcels] == [("XP1", "CHRONO", NOW)]
    assert [(part.sku, part.quantity) for part in work.parcels[0].lines] == [("A", 3), ("B", 2)]
    for late in ("ACCEPTED", "PICKED", "PACKED", "SHIPPED", "REJECTED", "CANCELED", "READY_FOR_PICKUP"):
        assert after(order, news(late)) is order  # type: ignore[arg-type]
    assert order_status(after(order, news("DELIVERED"))) == "FULFILLED"


def test_one_answer_in_three_parts_leaves_each_line_as_its_part_said() -> None:
    names = Names(SourceCode("pos"), {A: None, B: None})  # type: ignore[dict-item]
    first = news("REJECTED", lines=(NewsLine(Item(sku="B"), 2),), reason="STOCK_NOT_FOUND")
    second = news("BACKORDERED", lines=(NewsLine(Item(sku="A"), 1),), expected_at=NOW + timedelta(days=3))
    third = news("ACCEPTED", lines=(NewsLine(Item(sku="A"), 2),))
    order = offered()
    for told in (first, first, second, third, third):
        order = after(order, told, names)
    assert (states(order), states(order, 1)) == ({"BACKORDERED": 1, "ACCEPTED": 2}, {"UNSOURCED": 2})
    assert (work_of(order).state, work_of(order).lines[1].rejected) == ("ACCEPTED", 2)
    assert states(after(order, news("SHIPPED"))) == {"SHIPPED": 3}


def test_work_that_its_place_gives_up_waits_for_another_place() -> None:
    order = after(accepted(offered(), NUMBER, None, WORD), news("CANCELED"))
    assert (work_of(order).state, states(order), order.routed) == ("CANCELED", {"UNSOURCED": 3}, False)


def test_an_article_that_the_order_has_not_is_refused() -> None:
    with pytest.raises(DomainError, match="no article 999"):
        after(offered(), news("ACCEPTED", lines=(NewsLine(Item(gtin="999"), 1),)))
