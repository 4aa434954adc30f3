"""A delivery group that is to go another way, or elsewhere: as long as nobody has begun to work on it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from gateway.domain.delivery_group import DeliveryChange, DeliveryGroup, DeliveryPromise, PromiseRevision
from gateway.domain.errors import IllegalTransition
from gateway.domain.lifecycle import UnitState
from gateway.domain.location import Address
from gateway.domain.order import Actor, Order
from gateway.domain.ordering.answering import asked_to_redirect
from gateway.domain.ordering.drafts import GroupDraft
from gateway.domain.ordering.history import no_longer, told
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.rerouting import WAITING, Loose, loose_units
from gateway.domain.ordering.routing import Surroundings
from gateway.domain.ordering.withdrawing import withdrawn
from gateway.domain.ordering.working import Word

READDRESSABLE: frozenset[UnitState] = WAITING | {"UNSOURCED", "ACCEPTED", "PICKED"}
"""Until its goods are packed a parcel may get another label."""


def redirectable(order: Order, group: str, sent: Collection[str]) -> tuple[Loose, ...]:
    """Return the open units of a group, of which none may be begun; raises IllegalTransition."""
    loose = tuple(one for one in loose_units(order, sent, WAITING) if one.group == group)
    free = sum(one.units.quantity for one in loose)
    states = [units for line in order.lines if line.group == group for units in line.units if units.quantity and units.state != "CANCELED"]
    if free < sum(units.quantity for units in states) or not loose:
        begun = next((units.state for units in states if units.state not in WAITING), "ACCEPTED" if states else "CANCELED")
        raise IllegalTransition(state=begun, attempted="CHANGED", allowed=(), field=("deliveryGroupId",))
    return loose


def readdressable(order: Order, group: str, sent: Collection[str]) -> frozenset[str]:
    """Return the claims that must not be announced meanwhile; raises IllegalTransition for what is packed, or its system was told of."""
    open_units = [units for line in order.lines if line.group == group for units in line.units if units.state != "CANCELED"]
    for units in open_units:
        if units.state not in READDRESSABLE or units.mid in sent:
            raise IllegalTransition(state=units.state, attempted="CHANGED", allowed=(), field=("deliveryGroupId",))
    return frozenset(units.mid for units in open_units if units.mid)


def readdressed(order: Order, group: str, address: str, at: datetime, actor: Actor) -> Order:
    """Return the order with a group that goes to another door of the same postal code, by the name of its address."""
    groups = tuple(replace(one, address_key=address) if one.id == group else one for one in order.groups)
    return told(replace(order, groups=groups), "ORDER_CHANGED", f"Delivery {group} goes to another address.", at, actor)


def askable(order: Order, group: str, sent: Collection[str]) -> tuple[tuple[Loose, ...], frozenset[str]]:
    """Return the open units of a group, and the work that must be given back before they can go another way.

    Raises IllegalTransition for what is packed, or further, and where nothing is open.
    """
    goods = [(line, units) for line in order.lines if line.group == group for units in line.units if units.state != "CANCELED"]
    packed = next((units.state for _, units in goods if units.quantity and units.state not in READDRESSABLE), None)
    if packed or not goods:
        raise IllegalTransition(state=packed or "CANCELED", attempted="CHANGED", allowed=(), field=("deliveryGroupId",))
    free = {one.units for one in loose_units(order, sent, WAITING) if one.group == group}
    begun = frozenset(units.fulfillment for _, units in goods if units not in free and units.fulfillment)
    return tuple(Loose(line.id, group, line.sku, units) for line, units in goods if units.quantity), begun


def asked_to_change(
    order: Order, group: str, change: DeliveryChange, begun: Collection[str], owed: Owed, world: Surroundings, word: Word
) -> Order:
    """Return the order whose delivery changes once what has begun is given back; what was only offered is taken back at once."""
    offers = {work.number for work in order.fulfillments if work.group == group and work.state == "OFFERED"} - set(begun)
    order = withdrawn(order, offers, word.at)
    groups = tuple(replace(one, change=change) if one.id == group else one for one in order.groups)
    order = replace(order, groups=groups)
    for number in sorted(begun):
        order = asked_to_redirect(order, number, owed, world, word)
    return order


def redirected(order: Order, group: str, draft: GroupDraft, address: str | None, at: datetime, actor: Actor) -> Order:
    """Return the order with a group as its new draft says: its offers are taken back, its promise begins anew. The fee stays as paid.

    `address`: the name of the customer's address that it goes to; None: the one that it had.
    """
    works = {work.number for work in order.fulfillments if work.group == group and work.state == "OFFERED"}
    order = no_longer(withdrawn(order, works, at), "PROMISE_LOST")
    groups = tuple(
        replace(_as_drafted(one, draft, at), address_key=address or one.address_key) if one.id == group else one for one in order.groups
    )
    sentence = f"Delivery {group} was changed: it comes by {draft.latest.date().isoformat()}."
    return told(replace(order, groups=groups), "ORDER_CHANGED", sentence, at, actor)


def _as_drafted(group: DeliveryGroup, draft: GroupDraft, at: datetime) -> DeliveryGroup:
    old = group.promise
    earlier = (*old.earlier, PromiseRevision(old.earliest, old.latest, at, "CUSTOMER_CHANGE")) if old else ()
    return replace(
        group,
        service=draft.service,
        method=draft.method,
        country_code=draft.country_code,
        postal_code=draft.postal_code,
        pickup_location=draft.pickup_location,
        pickup_point=draft.pickup_point,
        collect_by=draft.collect_by,
        promise=DeliveryPromise(draft.earliest, draft.latest, draft.precision, draft.time_zone, at, earlier),
        plan=draft.plan,
        change=None,
    )


def same_place(group: DeliveryGroup, address: Address) -> bool:
    """Tell whether carriers see no difference."""
    return (group.country_code, group.postal_code) == (address.country_code, address.postal_code)
