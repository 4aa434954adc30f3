"""What is asked of orders, as filters over the facts that each order document carries."""

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.domain.order_facts import sortable
from gateway.ports.order_book import FulfillmentQuery, HandOverQuery, OrderOrder, OrderQuery, WorkPlace

Filter = dict[str, Any]
DIGITS = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Of order numbers (base 32), in the order in which texts stand."""
PREFIX = 4
NUMBERED = len(DIGITS) ** PREFIX
FIELD_BY_SORT: dict[OrderOrder, str] = {
    "PLACED_AT_DESC": "facts.placed_at",
    "PLACED_AT": "facts.placed_at",
    "UPDATED_AT": "facts.updated_at",
    "PROMISED_UNTIL": "facts.promised_until",
}


@dataclass(frozen=True, slots=True)
class WorkList:
    """Orders that wait for a sweeper by since when (`since`): those of which that is `due`, and `beside` holds. `fields` are read."""

    since: str
    due: Filter
    beside: Filter = field(default_factory=dict)
    fields: Filter | None = None

    def behind(self, after: WorkPlace | None) -> Filter:
        """Return those behind a place; its bound is said of the field itself too, so that an index begins there."""
        if after is None:
            return {**self.beside, self.since: self.due}
        at, rid = after
        further = [{self.since: {"$gt": at}}, {"_id": {"$gt": rid}}]
        return {**self.beside, self.since: {**self.due, "$gte": at}, "$or": further}


def orders_that(query: OrderQuery) -> list[Filter]:
    """Return the conditions of a query but its search."""
    equal = {
        "owner": query.owner,
        "facts.channel": query.channel,
        "facts.attention": query.needs_attention,
        "facts.on_hold": query.on_hold,
        "facts.customer_reference": query.customer_reference,
        "facts.reference": query.reference,
        "facts.locations": query.location,
        "facts.skus": query.sku,
    }
    among = {"facts.channel": query.channels, "facts.status": query.statuses}
    placed = span(query.placed_from, query.placed_to)
    return [
        {"facts": {"$ne": None}},
        *({name: {"$eq": value}} for name, value in equal.items() if value is not None),
        *({name: {"$in": sorted(values)}} for name, values in among.items() if values is not None),
        *([{"facts.placed_at": placed}] if placed else []),
        *([{"facts.updated_at": span(query.updated_from, None)}] if query.updated_from else []),
    ]


def span(begin: datetime | None, end: datetime | None) -> Filter:
    return ({"$gte": sortable(begin)} if begin else {}) | ({"$lt": sortable(end)} if end else {})


def up_to(at: datetime) -> Filter:
    """Return the condition that a moment is not later; said as "before all text behind it": not every server finds equals by `$lte`."""
    return {"$lt": f"{sortable(at)}~"}


def beginning(field: str, words: tuple[str, ...]) -> Filter:
    """Return the condition that each word begins one of a field's words."""
    return {"$and": [{field: {"$regex": f"^{re.escape(word)}"}} for word in words]}


def orders_with_work(query: FulfillmentQuery) -> list[Filter]:
    among = {"location": query.locations, "state": query.states, "task": query.tasks, "method": query.methods}
    work: Filter = {name: {"$in": sorted(values)} for name, values in among.items() if values is not None}
    if query.due_before:
        work["due_at"] = {"$lt": sortable(query.due_before)}
    if query.updated_from:
        work["updated_at"] = {"$gte": sortable(query.updated_from)}
    numbers = [{"facts.number": {"$in": sorted(query.order_numbers)}}] if query.order_numbers is not None else []
    return [*numbers, *elements("facts.work", work)]


def message_that(query: HandOverQuery) -> Filter:
    """Return what a query asks of one message."""
    among = {"source": query.sources, "state": query.states}
    return {name: {"$in": sorted(values)} for name, values in among.items() if values is not None}


def orders_with_messages(query: HandOverQuery) -> list[Filter]:
    number = [{"facts.number": {"$eq": query.order_number}}] if query.order_number is not None else []
    return [*number, *elements("messages", message_that(query)), {"facts": {"$ne": None}}]


def elements(field: str, wanted: Filter) -> list[Filter]:
    """Return the conditions that one element of a list is as wanted; said of each field too, since not every server looks into them."""
    among = [{f"{field}.{name}": how} for name, how in wanted.items()]
    return [*among, {field: {"$elemMatch": wanted} if wanted else {"$exists": True, "$ne": []}}]


def together(conditions: Sequence[Filter]) -> Filter:
    """Return the conditions as one filter: side by side where they can be, since not every server finds an index behind `$and`."""
    whole: Filter = {}
    for condition in conditions:
        if condition.keys() & whole.keys():
            return {"$and": list(conditions)}
        whole |= condition
    return whole


def stretch(share: float) -> Filter:
    """Return a range of order numbers that holds about this share of them, beginning anywhere."""
    width = min(math.ceil(NUMBERED * share), NUMBERED)
    start = random.SystemRandom().randrange(NUMBERED - width + 1)
    return {"$gte": beginning_of(start)} | ({"$lt": beginning_of(start + width)} if start + width < NUMBERED else {})


def beginning_of(place: int) -> str:
    """Return how the order number begins at which this part of all stands behind it."""
    digits = [DIGITS[place // len(DIGITS) ** power % len(DIGITS)] for power in reversed(range(PREFIX))]
    return "".join(digits)
