"""Keeps with an order which requests it has answered."""

from dataclasses import replace

from gateway.domain.done import Done
from gateway.domain.order import Order


def with_done(order: Order, done: Done) -> Order:
    return replace(order, done=(*order.done, done), updated_at=max(order.updated_at, done.at))
