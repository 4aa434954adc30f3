"""The delivery options of a basket: one engine for the quote, the hold and the routing of what was quoted."""

from collections.abc import Collection, Sequence
from datetime import datetime

from gateway.domain.network import COLLECTED_METHODS, DeliveryMethod, DeliveryService
from gateway.domain.promise.at_points import at_points
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.collected import collected
from gateway.domain.promise.delivered import delivered
from gateway.domain.promise.options import DeliveryOption, DeliveryOptions, PromiseFacts, PromiseRequest, UnavailableMethod
from gateway.domain.promise.timetable import Timetable


def delivery_options(request: PromiseRequest, facts: PromiseFacts, now: datetime) -> DeliveryOptions:
    """Return what can be promised now, earliest first, and why the rest cannot.

    Each option is the cheapest feasible plan of its service (lateness against the earliest feasible date is a cost); lines of the same sku
    are taken together.
    """
    return options_by(Timetable(facts, now), request)


def options_by(timetable: Timetable, request: PromiseRequest, basket: Basket | None = None) -> DeliveryOptions:
    """Return the same by a timetable, and of a basket of the same stock, that others use too."""
    facts = timetable.facts
    basket = basket or Basket(facts, request.lines).at_hand()
    answers = [answer for service in asked_services(request, facts) for answer in _answers(timetable, basket, request, service)]
    options = [answer for answer in answers if isinstance(answer, DeliveryOption)]
    absences = [answer for answer in answers if isinstance(answer, UnavailableMethod)]
    return DeliveryOptions(tuple(sorted(options, key=_order)), (*absences, *_unsold(request, facts)))


def asked_services(request: PromiseRequest, facts: PromiseFacts) -> tuple[DeliveryService, ...]:
    return tuple(
        service
        for service in facts.channel.services
        if (request.methods is None or service.method in request.methods) and (request.services is None or service.code in request.services)
    )


def _answers(
    timetable: Timetable, basket: Basket, request: PromiseRequest, service: DeliveryService
) -> Sequence[DeliveryOption | UnavailableMethod]:
    if service.method in COLLECTED_METHODS:
        return collected(timetable, basket, request, service)
    if service.method == "PICKUP_POINT":
        return at_points(timetable, basket, request, service)
    return [delivered(timetable, basket, request, service)]


def _unsold(request: PromiseRequest, facts: PromiseFacts) -> list[UnavailableMethod]:
    """Return methods that were asked for by name and that the channel does not sell, or not by the services that were named."""
    sold = {service.method for service in facts.channel.services}
    asked = {service.method for service in asked_services(request, facts)}
    return [
        UnavailableMethod(method, None, "NOT_OFFERED", _why(method, request, facts, sold))
        for method in request.methods or ()
        if method not in asked
    ]


def _why(method: DeliveryMethod, request: PromiseRequest, facts: PromiseFacts, sold: Collection[DeliveryMethod]) -> str:
    if method in sold:
        return f"None of the services asked for is {method}: {', '.join(request.services or ())}."
    return f"The channel {facts.channel.code} does not sell {method}."


def _order(option: DeliveryOption) -> tuple[datetime, object, datetime, str]:
    """The earliest first; places of one service that are equal stay as they came, the nearest first."""
    return option.earliest, option.fee, option.latest, option.service.code
