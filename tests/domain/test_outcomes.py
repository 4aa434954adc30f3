"""Promises judged: by the window that was promised first, at the places that were to keep it; shares only of enough of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.delivery_group import PlannedShipment, PromiseRevision
from gateway.domain.ids import ChannelCode, LocationCode, Rid
from gateway.domain.order import Order, Parcel
from gateway.domain.ordering.outcomes import FEWEST_JUDGED, Outcome, OutcomeCount, kept_shares, outcomes
from tests.domain.retailer import LYON, NANTES, PLACES, WAREHOUSE
from tests.support.orders import HERE, NOW, THERE, order, promise, work

R = Rid("R" * 26)
WEB = ChannelCode("web")
DAY = timedelta(days=1)
END = NOW + 2 * DAY


def ended(state: str, at: Any, *, works: Any = None, method: str = "SHIP", earlier: Any = ()) -> Order:
    promised = replace(promise(2), state=state, fulfilled_at=at, earlier=tuple(earlier))
    group = replace(order(R).groups[0], promise=promised, method=method)
    return order(R, groups=(group,), fulfillments=works or (work(R, state="DELIVERED"),))


def moved(to: Any, cause: Any) -> Any:
    """Return a promise that ended first at END and was replaced."""
    return PromiseRevision(NOW, to, NOW, cause)


CASES: list[tuple[Order, Any]] = [
    (ended("KEPT", END), ("KEPT", END)),
    (ended("LATE", END + DAY), ("BROKEN", END + DAY)),
    (ended("ON_TRACK", None, works=(work(R),)), ("OPEN", END)),
    # kept in the window that we moved it to, and yet not as it was promised
    (ended("KEPT", NOW + 1.5 * DAY, earlier=[moved(NOW + DAY, "INBOUND_LATE")]), ("BROKEN", NOW + 1.5 * DAY)),
    # moved for nothing: it came in the first window all the same
    (ended("KEPT", NOW + DAY, earlier=[moved(NOW + DAY, "INBOUND_LATE")]), ("KEPT", NOW + DAY)),
    # the customer's own change begins anew
    (ended("KEPT", NOW + 1.5 * DAY, earlier=[moved(NOW + DAY, "CUSTOMER_CHANGE")]), ("KEPT", NOW + 1.5 * DAY)),
    # collected long after it was ready, which is the customer's matter
    (
        ended("KEPT", END + DAY, method="PICKUP", works=(work(R, task="HAND_OVER", state="COLLECTED", ready_at=NOW + DAY),)),
        ("KEPT", END + DAY),
    ),
    (
        ended("CANCELED", END + DAY, method="PICKUP", works=(work(R, task="HAND_OVER", state="NOT_COLLECTED", ready_at=END + DAY),)),
        ("BROKEN", END + DAY),
    ),
    # one of two parcels was lost
    (ended("KEPT", NOW + DAY, works=(work(R, state="DELIVERED", parcels=(Parcel("P", lost_at=NOW),)),)), ("BROKEN", NOW + DAY)),
    (ended("CANCELED", None, works=(work(R, state="CANCELED"),)), None),
]


@pytest.mark.parametrize(("judged", "expected"), CASES)
def test_a_promise_is_judged_by_the_window_that_was_promised_first(judged: Order, expected: Any) -> None:
    assert [(one.verdict, one.at) for one in outcomes(judged)] == ([expected] if expected else [])


def test_a_promise_belongs_to_the_places_that_it_was_made_on() -> None:
    refused = (work(R, 1, state="REJECTED"), work(R, 2, place=THERE, state="DELIVERED", attempt=2))
    assert [one.places for one in outcomes(ended("LATE", END + DAY, works=refused))] == [(HERE,)]
    planned = PlannedShipment(THERE, (), None, NOW, NOW, NOW)
    waiting = order(R, groups=(replace(order(R).groups[0], plan=(planned,)),))
    assert outcomes(waiting) == (Outcome("standard", (THERE,), "OPEN", END),)


def counts(kept: int, broken: int, *places: LocationCode, service: str = "standard", still: int = 0) -> list[OutcomeCount]:
    return [
        OutcomeCount(WEB, service, places, "KEPT", kept),
        OutcomeCount(WEB, service, places, "BROKEN", broken),
        OutcomeCount(WEB, service, places, "OPEN", still),
    ]


def test_a_share_is_told_of_enough_promises_of_the_same_service_and_kinds() -> None:
    known = [*counts(60, 10, LYON), *counts(20, 9, NANTES, still=1), *counts(99, 0, WAREHOUSE), *counts(500, 0, LocationCode("GONE"))]
    assert kept_shares(known, PLACES) == {(WEB, "standard", frozenset({"STORE"})): 0.8}
    enough = [*known, *counts(1, 0, WAREHOUSE), *counts(FEWEST_JUDGED, 0, LYON, WAREHOUSE, service="express")]
    assert kept_shares(enough, PLACES) == {
        (WEB, "standard", frozenset({"STORE"})): 0.8,
        (WEB, "standard", frozenset({"WAREHOUSE"})): 1.0,
        (WEB, "express", frozenset({"STORE", "WAREHOUSE"})): 1.0,
    }
