"""Offers that nobody answers in time: taken back where no system was told of them, asked back where one was."""

from dataclasses import replace
from datetime import datetime

from gateway.domain.lifecycle import check_step
from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.endangered import weighed
from gateway.domain.ordering.history import told
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.refusing import let_go_whole
from gateway.domain.ordering.routing import Surroundings
from gateway.domain.ordering.working import Word, in_state, with_work, work_named


def overdue(order: Order, at: datetime) -> tuple[Fulfillment, ...]:
    """Return the offers whose time has ended by then, without those that were asked back already."""
    return tuple(work for work in order.fulfillments if ends_at(work) is not None and (ends_at(work) or at) <= at)


def ends_at(work: Fulfillment) -> datetime | None:
    """Return when the offer is to be looked at: when its time ends, while it is open and nobody was asked to let go of it."""
    return work.lapses_at if work.state == "OFFERED" and work.asked_back_at is None else None


def missed(order: Order, number: str, word: Word) -> Order:
    """Return the order with an offer ended that nobody answered, its units still there for others to take; raises IllegalTransition."""
    work = work_named(order, number)
    check_step(work.task, work.state, "LAPSED")
    order = told(order, "FULFILLMENT_REJECTED", sentence(work), word.at, word.actor, number)
    return in_state(order, number, "LAPSED", word)


def lapsed(order: Order, number: str, word: Word) -> Order:
    """Return the order with an offer ended that nobody answered: its units look for another place; raises IllegalTransition."""
    check_step(work_named(order, number).task, work_named(order, number).state, "LAPSED")
    return weighed(missed(let_go_whole(order, work_named(order, number), word), number, word), word.at)


def sentence(work: Fulfillment) -> str:
    return f"{work.location} did not accept it in time."


def asked_back(order: Order, number: str, owed: Owed, world: Surroundings, at: datetime) -> Order:
    """Return the order with the request to a place's system to let go of what it was told of and nobody has accepted."""
    work = work_named(order, number)
    place = world.locations.get(work.location)
    if place and place.taker in world.takers:
        owed.add("CANCEL", place.taker, number)
    order = with_work(order, replace(work, asked_back_at=at, updated_at=at))
    return told(order, "ORDER_CHANGED", f"{work.location} was asked to give it back: it was not accepted in time.", at, fulfillment=number)
