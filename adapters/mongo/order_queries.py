"""What is asked of orders, as filters over the facts that each order document carries."""

import re
from datetime import datetime
from typing import Any

from gateway.domain.order_facts import sortable
from gateway.ports.order_book import FulfillmentQuery, HandOverQuery, OrderOrder, OrderQuery

Filter = dict[str, Any]
FIELD_BY_SORT: dict[OrderOrder, str] = {
    "PLACED_AT_DESC": "facts.placed_at",
    "PLACED_AT": "facts.placed_at",
    "UPDATED_AT": "facts.updated_at",
    "PROMISED_UNTIL": "facts.promised_until",
}


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
    return [{"facts.work": {"$elemMatch": work} if work else {"$exists": True, "$ne": []}}, *numbers]


def message_that(query: HandOverQuery) -> Filter:
    """Return what a query asks of one message."""
    among = {"source": query.sources, "state": query.states}
    return {name: {"$in": sorted(values)} for name, values in among.items() if values is not None}


def orders_with_messages(query: HandOverQuery) -> list[Filter]:
    message = message_that(query)
    number = [{"facts.number": {"$eq": query.order_number}}] if query.order_number is not None else []
    return [{"facts": {"$ne": None}}, {"messages": {"$elemMatch": message} if message else {"$exists": True, "$ne": []}}, *number]
