"""What is told of an order: one vocabulary for its history, its feed and its webhooks."""

from dataclasses import replace
from datetime import datetime

from gateway.domain.catalogue import Attribute
from gateway.domain.order import SYSTEM, Actor, Attention, Event, Order
from gateway.domain.order_terms import AttentionCode, EventType


def told(
    order: Order,
    kind: EventType,
    summary: str,
    at: datetime,
    actor: Actor = SYSTEM,
    fulfillment: str | None = None,
    attributes: tuple[Attribute, ...] = (),
) -> Order:
    """Return the order with one more event; its id counts within the order."""
    event = Event(f"{order.number}/{len(order.history) + 1}", at, kind, summary, actor, fulfillment, attributes)
    return replace(order, history=(*order.history, event), updated_at=max(order.updated_at, at))


def needing(order: Order, code: AttentionCode, message: str, at: datetime, fulfillment: str | None = None) -> Order:
    """Return the order with something that a person must decide; said once."""
    if any(one.code == code and one.fulfillment == fulfillment for one in order.attention):
        return order
    order = replace(order, attention=(*order.attention, Attention(code, message, at, fulfillment)))
    return told(order, "ORDER_NEEDS_ATTENTION", message, at, fulfillment=fulfillment)


def no_longer(order: Order, code: AttentionCode, fulfillment: str | None = None) -> Order:
    kept = tuple(one for one in order.attention if not (one.code == code and one.fulfillment == fulfillment))
    return order if kept == order.attention else replace(order, attention=kept)
