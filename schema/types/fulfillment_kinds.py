"""States, tasks and steps of the work on an order."""

from enum import StrEnum

from schema.types.enums import described


@described("How far the work is.", UNDELIVERABLE="Lost, or returned to the sender.", LAPSED="Nobody answered the offer in time.")
class FulfillmentState(StrEnum):
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    PICKED = "PICKED"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    UNDELIVERABLE = "UNDELIVERABLE"
    READY_FOR_PICKUP = "READY_FOR_PICKUP"
    COLLECTED = "COLLECTED"
    NOT_COLLECTED = "NOT_COLLECTED"
    REJECTED = "REJECTED"
    LAPSED = "LAPSED"
    CANCELED = "CANCELED"


@described(
    "What the location is to do.",
    SHIP="Send to the customer.",
    TRANSFER="Send to the store that hands over.",
    HAND_OVER="Hand over to the customer.",
)
class FulfillmentTask(StrEnum):
    SHIP = "SHIP"
    TRANSFER = "TRANSFER"
    HAND_OVER = "HAND_OVER"


@described("What became of an offer of work.")
class OfferState(StrEnum):
    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    REJECTED = "REJECTED"
    LAPSED = "LAPSED"
    WITHDRAWN = "WITHDRAWN"


@described("Why a location cannot do it.")
class RejectionReason(StrEnum):
    STOCK_NOT_FOUND = "STOCK_NOT_FOUND"
    DAMAGED = "DAMAGED"
    NO_CAPACITY = "NO_CAPACITY"
    CLOSED = "CLOSED"
    OTHER = "OTHER"


@described("A step that has a time to be done by.")
class MilestoneStep(StrEnum):
    ACCEPT = "ACCEPT"
    PICK = "PICK"
    PACK = "PACK"
    HAND_TO_CARRIER = "HAND_TO_CARRIER"
    RECEIVE = "RECEIVE"
    READY_FOR_PICKUP = "READY_FOR_PICKUP"
    DELIVER = "DELIVER"
