"""What came of what was promised: each delivery group's promise as kept or not, and the share of kept ones among those like it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.domain.delivery_group import DeliveryGroup, DeliveryPromise
from gateway.domain.ids import ChannelCode, LocationCode
from gateway.domain.location import Location, LocationKind
from gateway.domain.order import Fulfillment, Order
from gateway.domain.order_terms import UNDECIDED
from gateway.domain.ordering.working import reached_at

Verdict = Literal["KEPT", "BROKEN", "OPEN"]
FEWEST_JUDGED = 100
"""Under so many promises alike no share is told."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One promise. `places`: those that were to keep it as it was given. `at`: when it was known, of an OPEN one when it ends."""

    service: str
    places: tuple[LocationCode, ...]
    verdict: Verdict
    at: datetime


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """So many promises of a kind in a window of time; OPEN ones are those that have ended in it, with nothing delivered."""

    channel: ChannelCode
    service: str
    places: tuple[LocationCode, ...]
    verdict: Verdict
    count: int


Likeness = tuple[ChannelCode, str, frozenset[LocationKind]]
"""What makes promises alike: the channel's service, and the kinds of place that are to keep it."""


def outcomes(order: Order) -> tuple[Outcome, ...]:
    """Return what came of an order's promises.

    Kept: all of the group that was not canceled was there (of collected goods: ready) by the end of the window that was promised first.
    A window that we moved stays what it was, one that the customer changed begins anew. Lost or returned parcels break the promise; what
    is canceled before it ended says nothing.
    """
    return tuple(found for group in order.groups if group.promise and (found := _outcome(order, group, group.promise)))


def _outcome(order: Order, group: DeliveryGroup, promise: DeliveryPromise) -> Outcome | None:
    works = [work for work in order.fulfillments if work.group == group.id]
    latest, places = first_promised(promise), asked_first(group, works)
    if promise.state in UNDECIDED:
        return Outcome(group.service, places, "OPEN", latest)
    lost = any(work.state == "UNDELIVERABLE" or any(parcel.lost_at for parcel in work.parcels) for work in works)
    at = promise.fulfilled_at or max((work.updated_at for work in works), default=order.updated_at)
    if lost:
        return Outcome(group.service, places, "BROKEN", at)
    ready = [work.ready_at for work in works if work.state == "NOT_COLLECTED" and work.ready_at]
    if promise.state == "CANCELED" and not ready:
        return None
    there_at = max(ready) if promise.state == "CANCELED" else reached_at(order, group.id, at)
    return Outcome(group.service, places, "KEPT" if there_at <= latest else "BROKEN", at)


def first_promised(promise: DeliveryPromise) -> datetime:
    """Return the end of the window that was promised before we moved it, since the customer changed the delivery last."""
    by_customer = [n for n, revision in enumerate(promise.earlier) if revision.cause == "CUSTOMER_CHANGE"]
    ours = promise.earlier[by_customer[-1] + 1 :] if by_customer else promise.earlier
    return ours[0].latest if ours else promise.latest


def asked_first(group: DeliveryGroup, works: Iterable[Fulfillment]) -> tuple[LocationCode, ...]:
    """Return the places that a promise was made on: those asked before any refused, or planned where none was asked yet."""
    supplying = [work for work in works if work.attempt == 1 and (work.task != "HAND_OVER" or group.method != "SHIP_TO_STORE")]
    standing = [work for work in supplying if work.state != "CANCELED"] or supplying
    return tuple(sorted({work.location for work in standing} or {shipment.location for shipment in group.plan}))


def kept_shares(counts: Iterable[OutcomeCount], locations: Mapping[LocationCode, Location]) -> dict[Likeness, float]:
    """Return the kept share of promises that are alike, of those of which there are enough; places that are gone count for none."""
    kept, judged = Counter[Likeness](), Counter[Likeness]()
    for one in counts:
        if one.places and all(place in locations for place in one.places):
            likeness = one.channel, one.service, kinds_of(one.places, locations)
            judged[likeness] += one.count
            kept[likeness] += one.count if one.verdict == "KEPT" else 0
    return {likeness: kept[likeness] / count for likeness, count in judged.items() if count >= FEWEST_JUDGED}


def kinds_of(places: Iterable[LocationCode], locations: Mapping[LocationCode, Location]) -> frozenset[LocationKind]:
    return frozenset(locations[place].kind for place in places)
