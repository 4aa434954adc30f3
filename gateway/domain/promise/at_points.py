"""Quotes of what is collected at a carrier's parcel shop or locker: at the one that was chosen, or at the nearest ones."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.location import CarrierPoint
from gateway.domain.network import DeliveryService
from gateway.domain.promise.absence import absent
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.collected import reach_m
from gateway.domain.promise.delivered import delivered
from gateway.domain.promise.options import DeliveryOption, PromiseRequest, UnavailableMethod
from gateway.domain.promise.point_hours import collectable_at
from gateway.domain.promise.points import Points, chosen, destination_of
from gateway.domain.promise.timetable import Timetable

Answer = DeliveryOption | UnavailableMethod


def at_points(timetable: Timetable, basket: Basket, request: PromiseRequest, service: DeliveryService) -> Sequence[Answer]:
    """Return an option for each of the nearest points, or the one reason why there is none.

    Of carriers whose points nobody has told, the destination stands for the point.
    """
    points, carriers = timetable.facts.points or Points(), {code.partition("/")[0] for code in service.carrier_services}
    if request.pickup_carrier is not None and request.pickup_code is not None and points.has(request.pickup_carrier):
        point = points.point(request.pickup_carrier, request.pickup_code)
        if point is None:
            return [absent(service, "NOT_OFFERED", f"{request.pickup_carrier} has no point {request.pickup_code}.")]
        return [_at(timetable, basket, request, service, request.pickup_carrier, point)]
    if request.pickup_carrier is not None or not any(map(points.has, carriers)):
        return [delivered(timetable, basket, request, service)]
    if request.destination is None:
        return [absent(service, "OUT_OF_AREA", f"Say where the customer is to see points of {service.name}.")]
    near = points.nearest(carriers, request.destination, request.max_pickup_locations, reach_m(request, service))
    answers = [_at(timetable, basket, request, service, carrier, point) for carrier, point in near]
    options = [answer for answer in answers if isinstance(answer, DeliveryOption)]
    where = request.destination.postal_code or request.destination.country_code
    around = "near" if request.destination.position is None else f"within {reach_m(request, service) / 1000:g} km of"
    told = f"No point of {service.name} is known {around} {where}."
    return options or answers[:1] or [absent(service, "OUT_OF_AREA", told)]


def _at(
    timetable: Timetable, basket: Basket, request: PromiseRequest, service: DeliveryService, carrier: str, point: CarrierPoint
) -> Answer:
    there = replace(request, destination=destination_of(point), pickup_carrier=carrier, pickup_code=point.code)
    answer = delivered(timetable, basket, there, service, collectable_at(timetable, point))
    return replace(answer, pickup_point=chosen(carrier, point)) if isinstance(answer, DeliveryOption) else answer
