"""What can be changed: one field per command; each answers the changed object or all that is wrong with what was asked."""

import strawberry

from resolvers.commands.accept_fulfillment import accept_fulfillment
from resolvers.commands.answer_cancellation import answer_cancellation
from resolvers.commands.cancel_order import cancel_order
from resolvers.commands.change_delivery import change_delivery
from resolvers.commands.change_reservation import change_reservation
from resolvers.commands.claim_fulfillment import claim_fulfillment
from resolvers.commands.collect_fulfillment import collect_fulfillment
from resolvers.commands.extend_reservation import extend_reservation
from resolvers.commands.hold_order import hold_order
from resolvers.commands.mark_ready_for_pickup import mark_ready_for_pickup
from resolvers.commands.pack_fulfillment import pack_fulfillment
from resolvers.commands.pause_location import pause_location
from resolvers.commands.pick_fulfillment import pick_fulfillment
from resolvers.commands.place_order import place_order
from resolvers.commands.publish_sourcing_profile import publish_sourcing_profile
from resolvers.commands.reassign_fulfillment import reassign_fulfillment
from resolvers.commands.reject_fulfillment import reject_fulfillment
from resolvers.commands.release_order import release_order
from resolvers.commands.release_reservation import release_reservation
from resolvers.commands.report_delivery import report_delivery
from resolvers.commands.reserve_stock import reserve_stock
from resolvers.commands.resolve_hand_over import resolve_hand_over
from resolvers.commands.resume_location import resume_location
from resolvers.commands.set_capacity import set_capacity
from resolvers.commands.ship_fulfillment import ship_fulfillment
from schema.payloads import canceled, held, ordered, placed, published, routed, settled, standing, worked
from schema.types.fields import resolved
from schema.types.fulfillment_steps_input import (
    AcceptFulfillmentInput,
    AnswerCancellationInput,
    ClaimFulfillmentInput,
    CollectFulfillmentInput,
    MarkReadyForPickupInput,
    PackFulfillmentInput,
    PickFulfillmentInput,
    ReassignFulfillmentInput,
    RejectFulfillmentInput,
    ReportDeliveryInput,
    ShipFulfillmentInput,
)
from schema.types.fulfillments import FulfillmentPayload
from schema.types.hand_overs import ResolveHandOverInput, ResolveHandOverPayload
from schema.types.info import Info
from schema.types.location_payload import LocationPayload
from schema.types.locations_input import PauseLocationInput, ResumeLocationInput, SetCapacityInput
from schema.types.order_payloads import CancelOrderPayload, OrderPayload, PlaceOrderPayload, RouteOrderPayload
from schema.types.order_steps_input import CancelOrderInput, ChangeDeliveryInput, HoldOrderInput, ReleaseOrderInput, RouteOrderInput
from schema.types.place_order_input import PlaceOrderInput
from schema.types.reservations import ReservationPayload
from schema.types.reservations_input import ChangeReservationInput, ExtendReservationInput, ReleaseReservationInput, ReserveStockInput

# ruff: noqa: A002 - the contract calls every mutation's argument `input`
from schema.types.sourcing_profiles import PublishSourcingProfileInput, PublishSourcingProfilePayload


@strawberry.type(description="What can be changed. Every mutation is idempotent by its key, and reports all that is wrong.")
class Mutation:
    @resolved("Holds stock for a short time.")
    async def reserve_stock(self, info: Info, input: ReserveStockInput) -> ReservationPayload:
        return await held(info, lambda: reserve_stock(info.context, input.asked()))

    @resolved("Makes a hold fit a changed basket: units in both are never let go.")
    async def change_reservation(self, info: Info, input: ChangeReservationInput) -> ReservationPayload:
        return await held(info, lambda: change_reservation(info.context, input.asked()))

    @resolved("Lets a hold end later; never shortens it.")
    async def extend_reservation(self, info: Info, input: ExtendReservationInput) -> ReservationPayload:
        return await held(info, lambda: extend_reservation(info.context, input.asked()))

    @resolved("Gives held stock back.")
    async def release_reservation(self, info: Info, input: ReleaseReservationInput) -> ReservationPayload:
        return await held(info, lambda: release_reservation(info.context, input.asked()))

    @resolved("Places an order and allocates its stock, all or nothing unless told otherwise.")
    async def place_order(self, info: Info, input: PlaceOrderInput) -> PlaceOrderPayload:
        return await placed(info, lambda: place_order(info.context, input.asked()))

    @resolved(
        "Decides anew for work that has not been started; does nothing to what has, and refuses where all has: reassignFulfillment asks "
        "for it back. `decision` is what this call has decided, for the first of several delivery groups; null where that was nothing."
    )
    async def route_order(self, info: Info, input: RouteOrderInput) -> RouteOrderPayload:
        return await routed(info, input.asked())

    @resolved("Puts a new version of a profile in force, or keeps it as a draft; versions are never changed.")
    async def publish_sourcing_profile(self, info: Info, input: PublishSourcingProfileInput) -> PublishSourcingProfilePayload:
        return await published(info, lambda: publish_sourcing_profile(info.context, input.asked()))

    @resolved("Cancels what has not been started at once, and asks the location for the rest.")
    async def cancel_order(self, info: Info, input: CancelOrderInput) -> CancelOrderPayload:
        return await canceled(info, lambda: cancel_order(info.context, input.asked()))

    @resolved("Keeps an order from being routed.")
    async def hold_order(self, info: Info, input: HoldOrderInput) -> OrderPayload:
        return await ordered(info, lambda: hold_order(info.context, input.asked()))

    @resolved("Lets an order on hold be routed.")
    async def release_order(self, info: Info, input: ReleaseOrderInput) -> OrderPayload:
        return await ordered(info, lambda: release_order(info.context, input.asked()))

    @resolved(
        "Sends a delivery group elsewhere, or another way; its fee stays as it was paid. Who has begun, or was told of it, is asked first "
        "to give the work back: until then all stays as it was, and the same call again tells what came of it."
    )
    async def change_delivery(self, info: Info, input: ChangeDeliveryInput) -> OrderPayload:
        return await ordered(info, lambda: change_delivery(info.context, input.asked()))

    @resolved("A store accepts, or a supplier acknowledges: now, later with a date, or not.")
    async def accept_fulfillment(self, info: Info, input: AcceptFulfillmentInput) -> FulfillmentPayload:
        return await worked(info, lambda: accept_fulfillment(info.context, input.asked()))

    @resolved("Gives work back; it is sourced elsewhere.")
    async def reject_fulfillment(self, info: Info, input: RejectFulfillmentInput) -> FulfillmentPayload:
        return await worked(info, lambda: reject_fulfillment(info.context, input.asked()))

    @resolved("Takes work that was offered to a location; whoever comes second is refused.")
    async def claim_fulfillment(self, info: Info, input: ClaimFulfillmentInput) -> FulfillmentPayload:
        return await worked(info, lambda: claim_fulfillment(info.context, input.asked()))

    @resolved("Tells what was found; what is short is sourced elsewhere.")
    async def pick_fulfillment(self, info: Info, input: PickFulfillmentInput) -> FulfillmentPayload:
        return await worked(info, lambda: pick_fulfillment(info.context, input.asked()))

    @resolved("Tells what was packed, parcel by parcel.")
    async def pack_fulfillment(self, info: Info, input: PackFulfillmentInput) -> FulfillmentPayload:
        return await worked(info, lambda: pack_fulfillment(info.context, input.asked()))

    @resolved("Tells that parcels were given to a carrier.")
    async def ship_fulfillment(self, info: Info, input: ShipFulfillmentInput) -> FulfillmentPayload:
        return await worked(info, lambda: ship_fulfillment(info.context, input.asked()))

    @resolved("Tells that the goods wait for the customer.")
    async def mark_ready_for_pickup(self, info: Info, input: MarkReadyForPickupInput) -> FulfillmentPayload:
        return await worked(info, lambda: mark_ready_for_pickup(info.context, input.asked()))

    @resolved("Tells that the customer took the goods; what is left goes back on sale.")
    async def collect_fulfillment(self, info: Info, input: CollectFulfillmentInput) -> FulfillmentPayload:
        return await worked(info, lambda: collect_fulfillment(info.context, input.asked()))

    @resolved("Tells what became of parcels.")
    async def report_delivery(self, info: Info, input: ReportDeliveryInput) -> FulfillmentPayload:
        return await worked(info, lambda: report_delivery(info.context, input.asked()))

    @resolved("Lets go of what a location was asked for, or goes on with it; work that others are to do is sourced elsewhere.")
    async def answer_cancellation(self, info: Info, input: AnswerCancellationInput) -> FulfillmentPayload:
        return await worked(info, lambda: answer_cancellation(info.context, input.asked()))

    @resolved("Gives work to another location: at once where it has not begun, else once its location has given it back.")
    async def reassign_fulfillment(self, info: Info, input: ReassignFulfillmentInput) -> FulfillmentPayload:
        return await worked(info, lambda: reassign_fulfillment(info.context, input.asked()))

    @resolved("Decides about a message to a system that waits for a person.")
    async def resolve_hand_over(self, info: Info, input: ResolveHandOverInput) -> ResolveHandOverPayload:
        return await settled(info, lambda: resolve_hand_over(info.context, input.asked()))

    @resolved("Gives a location no work for a while; what it has not started is sourced again.")
    async def pause_location(self, info: Info, input: PauseLocationInput) -> LocationPayload:
        return await standing(info, lambda: pause_location(info.context, input.asked()))

    @resolved("Gives a location work again.")
    async def resume_location(self, info: Info, input: ResumeLocationInput) -> LocationPayload:
        return await standing(info, lambda: resume_location(info.context, input.asked()))

    @resolved("Says what a location can prepare on some days; what is booked stays booked.")
    async def set_capacity(self, info: Info, input: SetCapacityInput) -> LocationPayload:
        return await standing(info, lambda: set_capacity(info.context, input.asked()))
