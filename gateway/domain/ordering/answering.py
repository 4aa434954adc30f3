"""A place's own answer to a request to let go of work that it has begun: it does, or it goes on."""

from dataclasses import replace

from gateway.domain.cancellation import CancellationRequest
from gateway.domain.errors import IllegalTransition
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.lifecycle import next_states
from gateway.domain.order import Fulfillment, Order
from gateway.domain.order_terms import CancelReason
from gateway.domain.ordering.canceling import given_back
from gateway.domain.ordering.history import needing, told
from gateway.domain.ordering.owed import Owed
from gateway.domain.ordering.refusing import Refusal, canceled_with, let_go
from gateway.domain.ordering.routing import Surroundings
from gateway.domain.ordering.unchanged import kept_by_place
from gateway.domain.ordering.units import AT_WORK, units_of
from gateway.domain.ordering.working import Word, in_state, with_work, without_request, work_named
from gateway.domain.quantities import SkuQuantity


def granted(order: Order, number: str, word: Word) -> Order:
    """Return the order without the units that were asked for; work of which nothing is left is CANCELED, the rest of it goes on.

    Of work that was asked back to be done elsewhere nothing goes on: its units look for a place. Raises IllegalTransition.
    """
    before, work = order, asked(order, number)
    if work.asked_back_at:
        return given_back(order, number, word.at, word.actor)
    for line in work.lines:
        order = let_go(order, work, Refusal(line, line.cancel_requested, "OTHER"))
    order = canceled_with(before, order, number, word)
    if not any(units_of(order, work, line, AT_WORK) for line in work.lines):
        return in_state(order, number, "CANCELED", word)
    return with_work(order, replace(work_named(order, number), updated_at=word.at))


def declined(order: Order, number: str, word: Word, note: str | None) -> Order:
    """Return the order whose place goes on with what it was asked to let go of; a person is called. Raises IllegalTransition."""
    work = asked(order, number)
    order = with_work(order, replace(without_request(work), lapses_at=None, updated_at=word.at))
    message = f"{work.location} goes on with its work{f': {note}' if note else '.'}"
    order = told(order, "ORDER_CHANGED", message, word.at, word.actor, number)
    return kept_by_place(needing(order, "CANCELLATION_REFUSED", message, word.at, number), number, word.at)


def asked(order: Order, number: str) -> Fulfillment:
    """Return work with an open request; raises IllegalTransition where nothing was asked of it."""
    work = work_named(order, number)
    if work.cancellation is None and work.asked_back_at is None:
        raise IllegalTransition(state=work.state, attempted="CANCELED", allowed=next_states(work.task, work.state))
    return work


def asked_away(order: Order, number: str, to: LocationCode | None, owed: Owed, world: Surroundings, word: Word) -> Order:
    """Return the order with the request to a place, and to its system, to give work back that others are to do (`to`: who)."""
    leaving = replace(work_named(order, number), moves_to=to, is_moved=True)
    return wanted_back(order, leaving, ("OTHER", "it is to be done elsewhere"), owed, world, word)


def asked_to_redirect(order: Order, number: str, owed: Owed, world: Surroundings, word: Word) -> Order:
    """Return the order with the request to a place, and to its system, to give work back whose delivery is to change."""
    leaving = replace(work_named(order, number), is_redirected=True)
    return wanted_back(order, leaving, ("CUSTOMER", "its delivery is to change"), owed, world, word)


def wanted_back(order: Order, work: Fulfillment, why: tuple[CancelReason, str], owed: Owed, world: Surroundings, word: Word) -> Order:
    reason, sentence = why
    place = world.locations.get(work.location)
    if place and place.taker in world.takers:
        owed.add("CANCEL", place.taker, work.number)
    request = CancellationRequest(goods(order, work), reason, word.at)
    order = with_work(order, replace(work, cancellation=request, asked_back_at=word.at, updated_at=word.at))
    summary = f"{work.location} was asked to give its work back: {sentence}."
    return told(order, "ORDER_CHANGED", summary, word.at, word.actor, work.number)


def goods(order: Order, work: Fulfillment) -> tuple[SkuQuantity, ...]:
    units: dict[Sku, int] = {}
    for line in work.lines:
        units[line.sku] = units.get(line.sku, 0) + units_of(order, work, line, AT_WORK)
    return tuple(SkuQuantity(sku, quantity) for sku, quantity in units.items() if quantity)


def wanted_places(order: Order) -> frozenset[LocationCode]:
    """Return where homeless units of work that was given back to be done elsewhere are to go."""
    return frozenset(work.moves_to for work in order.fulfillments if work.moves_to and work.state == "CANCELED")
