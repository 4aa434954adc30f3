"""States and causes that orders and their units have."""

from enum import StrEnum

from schema.types.enums import described


@described(
    "How far an order is; it follows from its units.",
    PLACED="Accepted; its stock is allocated; on hold, or units are UNSOURCED.",
    ROUTED="Every unit has a location, or waits for supply.",
    IN_FULFILLMENT="Work was accepted; nothing is with the customer yet.",
    PARTIALLY_FULFILLED="Some, not all, of what was not canceled was delivered or collected.",
    FULFILLED="All that was not canceled was delivered or collected; returned units count as delivered.",
)
class OrderStatus(StrEnum):
    PLACED = "PLACED"
    ROUTED = "ROUTED"
    IN_FULFILLMENT = "IN_FULFILLMENT"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    CANCELED = "CANCELED"


@described("What kind of decision is waited for.")
class AttentionCode(StrEnum):
    UNSOURCED = "UNSOURCED"
    HAND_OVER_UNKNOWN = "HAND_OVER_UNKNOWN"
    HAND_OVER_DEAD = "HAND_OVER_DEAD"
    PROMISE_LOST = "PROMISE_LOST"
    SHORTFALL = "SHORTFALL"
    CANCELLATION_REFUSED = "CANCELLATION_REFUSED"


@described("Why an order is on hold.")
class HoldReason(StrEnum):
    PAYMENT = "PAYMENT"
    FRAUD = "FRAUD"
    CUSTOMER = "CUSTOMER"
    OTHER = "OTHER"


@described("Where units are between allocation and the customer.")
class UnitState(StrEnum):
    ALLOCATED = "ALLOCATED"
    BACKORDERED = "BACKORDERED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    PICKED = "PICKED"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    READY_FOR_PICKUP = "READY_FOR_PICKUP"
    COLLECTED = "COLLECTED"
    CANCELED = "CANCELED"
    RETURN_REQUESTED = "RETURN_REQUESTED"
    RETURNED = "RETURNED"
    UNSOURCED = "UNSOURCED"


@described("Why units are canceled.")
class CancelReason(StrEnum):
    CUSTOMER = "CUSTOMER"
    STOCK_NOT_FOUND = "STOCK_NOT_FOUND"
    LATE = "LATE"
    FRAUD = "FRAUD"
    PAYMENT = "PAYMENT"
    NOT_COLLECTED = "NOT_COLLECTED"
    OTHER = "OTHER"


@described("How a promise stands.")
class PromiseState(StrEnum):
    ON_TRACK = "ON_TRACK"
    AT_RISK = "AT_RISK"
    KEPT = "KEPT"
    LATE = "LATE"
    CANCELED = "CANCELED"


@described("What moved a promise.")
class PromiseCause(StrEnum):
    STOCK_NOT_FOUND = "STOCK_NOT_FOUND"
    LOCATION_REJECTED = "LOCATION_REJECTED"
    NOT_ACCEPTED_IN_TIME = "NOT_ACCEPTED_IN_TIME"
    PREPARATION_LATE = "PREPARATION_LATE"
    PICKUP_MISSED = "PICKUP_MISSED"
    TRANSIT_LATE = "TRANSIT_LATE"
    INBOUND_LATE = "INBOUND_LATE"
    CUSTOMER_CHANGE = "CUSTOMER_CHANGE"
    SOURCE_DOWN = "SOURCE_DOWN"
