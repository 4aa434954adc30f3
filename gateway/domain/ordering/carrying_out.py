"""Goods that leave the store with their customer: placed and collected in one step."""

from dataclasses import replace
from datetime import datetime

from gateway.domain.order import Actor, Order
from gateway.domain.ordering.history import told
from gateway.domain.ordering.owed import WORK_MESSAGE, Owed
from gateway.domain.ordering.units import units_in_hand
from gateway.domain.ordering.working import Word, advanced, concluded

WORK = frozenset(WORK_MESSAGE.values())


def carried_out(order: Order, owed: Owed, at: datetime, actor: Actor) -> Order:
    """Return a routed order whose carry-out work is collected; the system that was given the work is told so after it."""
    groups = {group.id for group in order.groups if group.method == "CARRY_OUT"}
    word = Word(at, actor)
    for work in order.fulfillments:
        if work.group not in groups or work.state != "OFFERED":
            continue
        after = advanced(order, work.number, "COLLECTED", word)
        after = ready_at(after, work.number, at)
        after = told(after, "FULFILLMENT_COLLECTED", "The customer took the goods along.", at, actor, work.number)
        order = concluded(order, after, work.group, word)
        given = next((entry for entry in owed.entries if entry.leg == work.number and entry.kind in WORK), None)
        if given:
            told_units = units_in_hand(order, work)
            owed.add("STEP", given.source, f"{work.number}:COLLECTED", step="COLLECTED", told=told_units)
    return order


def ready_at(order: Order, number: str, at: datetime) -> Order:
    """Goods that are taken along were ready at once."""
    return replace(order, fulfillments=tuple(replace(work, ready_at=at) if work.number == number else work for work in order.fulfillments))
