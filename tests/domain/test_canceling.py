"""What a location's word makes of work that it gives back, and which units may be canceled how."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from gateway.domain.ids import Rid
from gateway.domain.order import Fulfillment, FulfillmentLine, Order, OrderLine, UnitGroup
from gateway.domain.order_status import order_status
from gateway.domain.ordering.cancelable import cut
from gateway.domain.ordering.canceling import Wish, canceled, given_back
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.routing import Surroundings
from tests.support.orders import HERE, NOW, THERE, WMS, order, work

RID = Rid("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
NOWHERE = Surroundings({}, {}, frozenset({WMS}), None)


def in_work(*units: UnitGroup, state: str = "ACCEPTED") -> Order:
    """Return an order of one line whose units are in one fulfillment, a line of it for each claim."""
    quantity = sum(part.quantity for part in units)
    parts = [part for part in units if part.fulfillment]
    lines = tuple(FulfillmentLine(str(n), "1", bare().lines[0].sku, part.quantity, part.mid) for n, part in enumerate(parts, 1))
    bought = OrderLine("1", bare().lines[0].sku, quantity, Decimal("9.90"), "1", units=units)
    return order(RID, lines=(bought,), fulfillments=(work(RID, lines=lines, state=state),), routed=True)


def bare() -> Order:
    return order(RID)


def accepted(quantity: int, mid: str) -> UnitGroup:
    return UnitGroup(quantity, "ACCEPTED", HERE, work(RID).number, mid)


def asked(given: Order, units: int | None) -> Order:
    taken = cut(given, set(), None if units is None else {"1": units})
    return canceled(given, taken, Wish("CUSTOMER", NOW), Owed(RID, (), NOW), NOWHERE)


def only(given: Order) -> Fulfillment:
    return given.fulfillments[0]


def states(given: Order) -> list[tuple[str, int]]:
    return sorted((units.state, units.quantity) for units in given.lines[0].units)


def test_granted_units_are_canceled_and_the_others_look_for_a_place() -> None:
    before = asked(in_work(accepted(2, "m1"), accepted(1, "m2")), 1)
    after = given_back(before, only(before).number, NOW + timedelta(hours=1))
    assert states(after) == [("CANCELED", 1), ("UNSOURCED", 1), ("UNSOURCED", 1)]
    assert (only(after).state, only(after).cancellation, only(after).rejections, after.routed) == ("CANCELED", None, (), False)
    assert [(refund.amount, refund.lines) for refund in after.refunds] == [(Decimal("9.90"), (("1", 1),))]


def test_a_place_that_gives_up_of_its_own_accord_counts_as_a_refuser() -> None:
    before = in_work(accepted(2, "m1"))
    after = given_back(before, only(before).number, NOW)
    assert states(after) == [("UNSOURCED", 2)]
    assert [(one.reason, one.lines[0].quantity) for one in only(after).rejections] == [("OTHER", 2)]
    assert after.refunds == ()


def test_all_of_an_order_granted_ends_it() -> None:
    before = asked(in_work(accepted(2, "m1")), None)
    after = given_back(before, only(before).number, NOW)
    assert (order_status(after), after.routed, after.refunds[0].amount) == ("CANCELED", True, Decimal("24.80"))


def test_an_order_whose_last_open_units_are_canceled_is_fulfilled_and_judged_by_what_came() -> None:
    came = work(RID, state="DELIVERED", updated_at=NOW + timedelta(days=1))
    units = (UnitGroup(1, "DELIVERED", HERE, came.number, "m1"), UnitGroup(1, "UNSOURCED"))
    before = replace(in_work(*units), fulfillments=(came,))
    after = canceled(before, cut(before, {"m1"}, {"1": 1}), Wish("CUSTOMER", NOW + timedelta(days=9)), Owed(RID, (), NOW), NOWHERE)
    promise = after.groups[0].promise
    assert promise
    assert (order_status(after), promise.state, promise.fulfilled_at) == ("FULFILLED", "KEPT", NOW + timedelta(days=1))
    assert [event.type for event in after.history] == ["ORDER_CHANGED", "ORDER_FULFILLED", "REFUND_DUE"]


def test_what_has_left_cannot_be_given_back() -> None:
    sent = in_work(UnitGroup(2, "SHIPPED", HERE, work(RID).number, "m1"), state="SHIPPED")
    assert given_back(sent, only(sent).number, NOW) is sent
    assert cut(sent, set()).asked == ()


def test_units_are_taken_where_the_least_was_done() -> None:
    waiting = UnitGroup(1, "ALLOCATED", THERE, mid="m2")
    given = in_work(accepted(2, "m1"), waiting, UnitGroup(1, "UNSOURCED"))
    taken = cut(given, set(), {"1": 3})
    assert [(part.units.state, part.quantity) for part in taken.at_once] == [("UNSOURCED", 1), ("ALLOCATED", 1)]
    assert [(part.units.state, part.quantity) for part in taken.asked] == [("ACCEPTED", 1)]
    assert taken.units_by_mid({"m1": 2, "m2": 1}, set()) == {"m2": 0}


def test_a_claim_that_two_groups_share_falls_by_both() -> None:
    first, second = UnitGroup(1, "ALLOCATED", HERE, mid="m1"), UnitGroup(2, "ALLOCATED", HERE, mid="m1", expected_at=NOW)
    given = replace(bare(), lines=(replace(bare().lines[0], quantity=3, units=(first, second)),))
    assert cut(given, set()).units_by_mid({"m1": 5}, set()) == {"m1": 2}


def test_units_of_an_announced_claim_without_work_cannot_be_canceled() -> None:
    given = replace(bare(), lines=(replace(bare().lines[0], units=(UnitGroup(1, "ALLOCATED", HERE, mid="m1"),)),))
    taken = cut(given, {"m1"}, {"1": 1})
    assert (taken.at_once, taken.asked, taken.missing) == ((), (), {"1": 1})
