"""The states of units and fulfillments, and the steps between them: one table, an illegal step raises and changes nothing."""

from typing import Literal

from gateway.domain.errors import IllegalTransition

FulfillmentState = Literal[
    "OFFERED",
    "ACCEPTED",
    "PICKED",
    "PACKED",
    "SHIPPED",
    "DELIVERED",
    "UNDELIVERABLE",
    "READY_FOR_PICKUP",
    "COLLECTED",
    "NOT_COLLECTED",
    "REJECTED",
    "LAPSED",
    "CANCELED",
]
FulfillmentTask = Literal["SHIP", "TRANSFER", "HAND_OVER"]
UnitState = Literal[
    "ALLOCATED",
    "BACKORDERED",
    "OFFERED",
    "ACCEPTED",
    "PICKED",
    "PACKED",
    "SHIPPED",
    "DELIVERED",
    "READY_FOR_PICKUP",
    "COLLECTED",
    "CANCELED",
    "RETURN_REQUESTED",
    "RETURNED",
    "UNSOURCED",
]
OrderStatus = Literal["PLACED", "ROUTED", "IN_FULFILLMENT", "PARTIALLY_FULFILLED", "FULFILLED", "CANCELED"]

EXITS: tuple[FulfillmentState, ...] = ("REJECTED", "LAPSED", "CANCELED")
_SENT: dict[FulfillmentState, tuple[FulfillmentState, ...]] = {
    "OFFERED": ("ACCEPTED", "REJECTED", "LAPSED", "CANCELED"),
    "ACCEPTED": ("PICKED", "REJECTED", "CANCELED"),
    "PICKED": ("PACKED", "REJECTED", "CANCELED"),
    "PACKED": ("SHIPPED", "CANCELED"),
    "SHIPPED": ("DELIVERED", "UNDELIVERABLE"),
}
_HANDED_OVER: dict[FulfillmentState, tuple[FulfillmentState, ...]] = {
    "OFFERED": ("ACCEPTED", "REJECTED", "LAPSED", "CANCELED"),
    "ACCEPTED": ("PICKED", "REJECTED", "CANCELED"),
    "PICKED": ("PACKED", "READY_FOR_PICKUP", "REJECTED", "CANCELED"),
    "PACKED": ("READY_FOR_PICKUP", "CANCELED"),
    "READY_FOR_PICKUP": ("COLLECTED", "NOT_COLLECTED", "CANCELED"),
}
STEPS: dict[FulfillmentTask, dict[FulfillmentState, tuple[FulfillmentState, ...]]] = {
    "SHIP": _SENT,
    "TRANSFER": _SENT,
    "HAND_OVER": _HANDED_OVER,
}
BEFORE_THE_CUSTOMER: frozenset[FulfillmentState] = frozenset({"OFFERED", "ACCEPTED", "PICKED", "PACKED", "READY_FOR_PICKUP"})
UNIT_STATE_BY_FULFILLMENT: dict[FulfillmentState, UnitState] = {
    "OFFERED": "OFFERED",
    "ACCEPTED": "ACCEPTED",
    "PICKED": "PICKED",
    "PACKED": "PACKED",
    "SHIPPED": "SHIPPED",
    "DELIVERED": "DELIVERED",
    "UNDELIVERABLE": "CANCELED",
    "READY_FOR_PICKUP": "READY_FOR_PICKUP",
    "COLLECTED": "COLLECTED",
    "NOT_COLLECTED": "CANCELED",
    "REJECTED": "UNSOURCED",
    "LAPSED": "UNSOURCED",
    "CANCELED": "CANCELED",
}
WITH_CUSTOMER: frozenset[UnitState] = frozenset({"DELIVERED", "COLLECTED", "RETURN_REQUESTED", "RETURNED"})
IN_WORK: frozenset[UnitState] = frozenset({"ACCEPTED", "PICKED", "PACKED", "SHIPPED", "READY_FOR_PICKUP"})
UNCLAIMED: frozenset[UnitState] = frozenset({"CANCELED", "UNSOURCED"})
"""Units that no claim holds any more."""
NOT_STARTED: frozenset[UnitState] = frozenset({"ALLOCATED", "BACKORDERED", "OFFERED", "UNSOURCED"})


def next_states(task: FulfillmentTask, state: FulfillmentState) -> tuple[FulfillmentState, ...]:
    return STEPS[task].get(state, ())


def check_step(task: FulfillmentTask, state: FulfillmentState, to: FulfillmentState) -> None:
    """Raise IllegalTransition unless a mutation may lead from `state` straight to `to`."""
    allowed = next_states(task, state)
    if to not in allowed:
        raise IllegalTransition(state=state, attempted=to, allowed=allowed)


def may_skip_to(task: FulfillmentTask, state: FulfillmentState, to: FulfillmentState) -> bool:
    """Tell whether news from a source may lead to `to`: it may skip steps forward, never go back."""
    reached: set[FulfillmentState] = set()
    ahead = list(next_states(task, state))
    while ahead:
        step = ahead.pop()
        if step not in reached:
            reached.add(step)
            ahead.extend(next_states(task, step))
    return to in reached
