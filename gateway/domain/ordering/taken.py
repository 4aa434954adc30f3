"""Which claims the owner of stock has taken by what its work has come to, and from which place in its order its figures say so.

A source that states what lies there counts a claim from its goods issue on, one that states what can be sold from its acceptance on.
"""

from collections.abc import Sequence
from datetime import datetime

from gateway.domain.claims.acknowledging import Acknowledged
from gateway.domain.claims.documents import Claim
from gateway.domain.lifecycle import FulfillmentState, UnitState
from gateway.domain.network import Source
from gateway.domain.order import Fulfillment, Order
from gateway.domain.ordering.units import LEFT

ISSUED: frozenset[UnitState] = frozenset({"SHIPPED", "DELIVERED", "COLLECTED", "RETURN_REQUESTED", "RETURNED"})
ACCEPTED: frozenset[UnitState] = ISSUED | {"ACCEPTED", "PICKED", "PACKED", "READY_FOR_PICKUP"}
RECEIVED: frozenset[UnitState] = ACCEPTED | {"OFFERED"}
GONE: frozenset[FulfillmentState] = frozenset({"SHIPPED", "DELIVERED", "COLLECTED", "UNDELIVERABLE"})


def place_of(owner: Source, at: datetime, sequence: int | None) -> int | None:
    """Return the place in the owner's order from which its figures surely include what it did then; None: it numbers and did not say."""
    if owner.ordered_by == "SEQUENCE":
        return sequence
    return int((at + owner.settle_delay).timestamp() * 1000)


def issued(
    order: Order, work: Fulfillment, claims: Sequence[Claim], owner: Source, at: datetime, sequence: int | None
) -> list[Acknowledged]:
    """Return the claims whose goods have left. Of an owner that states what can be sold, its acceptance counts if it named its place."""
    k = place_of(owner, at, sequence)
    return [Acknowledged(claim, k, surely=owner.states == "ON_HAND") for claim in wholly(order, work, claims, ISSUED)]


def accepted(
    order: Order,
    work: Fulfillment,
    claims: Sequence[Claim],
    owner: Source,
    at: datetime,
    sequence: int | None,
    states: frozenset[UnitState] = ACCEPTED,
) -> list[Acknowledged]:
    """Return the claims that an owner which states what can be sold has accepted at a place that it named.

    With RECEIVED as `states`: those that it has taken whole by its receipt.
    """
    k = place_of(owner, at, sequence)
    if owner.states != "AVAILABLE" or k is None:
        return []
    return [Acknowledged(claim, k) for claim in wholly(order, work, claims, states)]


def wholly(order: Order, work: Fulfillment, claims: Sequence[Claim], states: frozenset[UnitState]) -> list[Claim]:
    """Return the work's claims of which every unit that the order keeps is in these states, whatever work it belongs to."""
    mids = {line.mid for line in work.lines}
    states_by_mid: dict[str, set[UnitState]] = {}
    for line in order.lines:
        for units in line.units:
            if units.mid in mids and units.mid and units.quantity and units.state not in LEFT:
                states_by_mid.setdefault(units.mid, set()).add(units.state)
    return [claim for claim in claims if claim.mid in states_by_mid and states_by_mid[claim.mid] <= states]
