"""Payloads of mutations: the changed object as its caller may see it, or the refusals and no object."""

from collections.abc import Awaitable, Callable

from gateway.domain import location as places
from gateway.domain.published import ProfileInvalid, PublishedProfile
from gateway.ports.order_book import Record
from resolvers.commands.answers import Canceled, Placed, Worked
from resolvers.commands.inputs import RouteOrder
from resolvers.commands.route_order import decision_made, route_order
from resolvers.questions import hand_overs as questions
from resolvers.questions.profiles import judged_profiles
from resolvers.sight import seen, seen_fulfillment
from schema.refusals import answered
from schema.types.fulfillments import Fulfillment, FulfillmentPayload
from schema.types.hand_overs import HandOver, ResolveHandOverPayload
from schema.types.info import Info
from schema.types.location_payload import LocationPayload
from schema.types.locations import Location
from schema.types.order_lines import line_quantities
from schema.types.order_money import Refund
from schema.types.order_payloads import CancelOrderPayload, OrderPayload, PlaceOrderPayload, RouteOrderPayload
from schema.types.orders import Order
from schema.types.reservations import Reservation, ReservationPayload
from schema.types.sourcing import SourcingDecision
from schema.types.sourcing_profiles import ProfileProblem, PublishSourcingProfilePayload, SourcingProfile


async def held(info: Info, command: Callable[[], Awaitable[Record]]) -> ReservationPayload:
    record, refused = await answered(info, command)
    return ReservationPayload(reservation=Reservation.of(record, info.context.now) if record else None, user_errors=refused)


async def placed(info: Info, command: Callable[[], Awaitable[Placed]]) -> PlaceOrderPayload:
    """Whoever placed the order holds its secret, so the order is shown to them as such."""
    answer, refused = await answered(info, command)
    if answer is None:
        return PlaceOrderPayload(order=None, access_secret=None, user_errors=refused)
    if answer.access_secret:
        info.context.secret_rids.add(answer.record.rid)
    return PlaceOrderPayload(order=shown(info, answer.record), access_secret=answer.access_secret, user_errors=[])


async def ordered(info: Info, command: Callable[[], Awaitable[Record]]) -> OrderPayload:
    record, refused = await answered(info, command)
    return OrderPayload(order=shown(info, record), user_errors=refused)


async def routed(info: Info, command: RouteOrder) -> RouteOrderPayload:
    record, refused = await answered(info, lambda: route_order(info.context, command))
    own = seen(info.context, record) if record else None
    made = await decision_made(info.context, command, own) if own else None
    return RouteOrderPayload(
        order=Order.of(own) if own else None, decision=SourcingDecision.of(made) if made else None, user_errors=refused
    )


async def canceled(info: Info, command: Callable[[], Awaitable[Canceled]]) -> CancelOrderPayload:
    answer, refused = await answered(info, command)
    order = seen(info.context, answer.record) if answer else None
    if answer is None or order is None:
        return CancelOrderPayload(order=None, canceled=[], requested=[], refund=None, user_errors=refused)
    return CancelOrderPayload(
        order=Order.of(order),
        canceled=line_quantities(order, answer.canceled),
        requested=line_quantities(order, answer.requested),
        refund=Refund.of(order, answer.refund) if answer.refund else None,
        user_errors=[],
    )


async def worked(info: Info, command: Callable[[], Awaitable[Worked]]) -> FulfillmentPayload:
    answer, refused = await answered(info, command)
    work = seen_fulfillment(info.context, answer.record, answer.number) if answer else None
    return FulfillmentPayload(fulfillment=Fulfillment.of(work) if work else None, user_errors=refused)


async def settled(info: Info, command: Callable[[], Awaitable[questions.HandOver]]) -> ResolveHandOverPayload:
    message, refused = await answered(info, command)
    return ResolveHandOverPayload(hand_over=HandOver.of(message) if message else None, user_errors=refused)


async def standing(info: Info, command: Callable[[], Awaitable[places.Location]]) -> LocationPayload:
    place, refused = await answered(info, command)
    return LocationPayload(location=Location.of(place) if place else None, user_errors=refused)


def shown(info: Info, record: Record | None) -> Order | None:
    order = seen(info.context, record)
    return Order.of(order) if order else None


async def published(info: Info, command: Callable[[], Awaitable[PublishedProfile]]) -> PublishSourcingProfilePayload:
    """A definition that is no profile is told by its problems, not as a refusal."""
    try:
        made, refused = await answered(info, command)
    except ProfileInvalid as error:
        problems = [ProfileProblem.of(problem) for problem in error.problems]
        return PublishSourcingProfilePayload(profile=None, problems=problems, user_errors=[])
    told = next((one for one in await judged_profiles(info.context) if made and one.published.key == made.key), None)
    return PublishSourcingProfilePayload(profile=SourcingProfile.of(told) if told else None, problems=[], user_errors=refused)
