"""The closed vocabularies that orders are told in: actors, reasons, states of promises, kinds of events."""

from typing import Literal

ActorKind = Literal["STOREFRONT", "STAFF", "PARTNER", "OPERATOR", "SYSTEM", "SOURCE"]
HoldReason = Literal["PAYMENT", "FRAUD", "CUSTOMER", "OTHER"]
AttentionCode = Literal["UNSOURCED", "HAND_OVER_UNKNOWN", "HAND_OVER_DEAD", "PROMISE_LOST", "SHORTFALL", "CANCELLATION_REFUSED"]
RejectionReason = Literal["STOCK_NOT_FOUND", "DAMAGED", "NO_CAPACITY", "CLOSED", "OTHER"]
CancelReason = Literal["CUSTOMER", "STOCK_NOT_FOUND", "LATE", "FRAUD", "PAYMENT", "NOT_COLLECTED", "OTHER"]
MilestoneStep = Literal["ACCEPT", "PICK", "PACK", "HAND_TO_CARRIER", "RECEIVE", "READY_FOR_PICKUP", "DELIVER"]
WindowPrecision = Literal["DAY", "SLOT"]
PromiseState = Literal["ON_TRACK", "AT_RISK", "KEPT", "LATE", "CANCELED"]
UNDECIDED: frozenset[PromiseState] = frozenset({"ON_TRACK", "AT_RISK"})
"""States of a promise of which something is still to come."""
PromiseCause = Literal[
    "STOCK_NOT_FOUND",
    "LOCATION_REJECTED",
    "NOT_ACCEPTED_IN_TIME",
    "PREPARATION_LATE",
    "PICKUP_MISSED",
    "TRANSIT_LATE",
    "INBOUND_LATE",
    "CUSTOMER_CHANGE",
    "SOURCE_DOWN",
]
EventType = Literal[
    "ORDER_PLACED",
    "ORDER_ROUTED",
    "ORDER_HELD",
    "ORDER_RELEASED",
    "ORDER_CHANGED",
    "ORDER_CANCELED",
    "ORDER_FULFILLED",
    "ORDER_NEEDS_ATTENTION",
    "FULFILLMENT_OFFERED",
    "FULFILLMENT_ACCEPTED",
    "FULFILLMENT_REJECTED",
    "FULFILLMENT_PROGRESSED",
    "FULFILLMENT_SHIPPED",
    "FULFILLMENT_DELIVERED",
    "FULFILLMENT_READY",
    "FULFILLMENT_COLLECTED",
    "FULFILLMENT_NOT_COLLECTED",
    "PROMISE_MOVED",
    "PROMISE_AT_RISK",
    "RETURN_CHANGED",
    "REFUND_DUE",
    "REFUND_RECORDED",
    "AVAILABILITY_CHANGED",
    "LOCATION_CHANGED",
    "SOURCE_CHANGED",
]
