"""Which claims the owner of stock has taken by what its work has come to, and from which place in its order its figures say so.

A source that states what lies there counts a claim from its goods issue on, one that states what can be sold from its acceptance on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.claims.documents import Acknowledged, Claim
from gateway.domain.lifecycle import UNCLAIMED, FulfillmentState, UnitState
from gateway.domain.network import Source
from gateway.domain.order import Fulfillment, Order

ISSUED: frozenset[UnitState] = frozenset({"SHIPPED", "DELIVERED", "COLLECTED", "RETURN_REQUESTED", "RETURNED"})
ACCEPTED: frozenset[UnitState] = ISSUED | {"ACCEPTED", "PICKED", "PACKED", "READY_FOR_PICKUP"}
RECEIVED: frozenset[UnitState] = ACCEPTED | {"OFFERED"}
GONE: frozenset[FulfillmentState] = frozenset({"SHIPPED", "DELIVERED", "COLLECTED", "UNDELIVERABLE"})


@dataclass(frozen=True, slots=True)
class Said:
    """When its owner said that it took claims (by our clock: one that is slow would name a figure from before), and where in its order."""

    at: datetime
    sequence: int | None = None
    epoch: str = ""


def settled_ms(owner: Source, at: datetime) -> int:
    """Return from when on the owner's figures, asked for then or later, surely include what it did by `at`."""
    return int((at + owner.settle_delay).timestamp() * 1000)


def issued(order: Order, work: Fulfillment, claims: Sequence[Claim], owner: Source, said: Said) -> list[Acknowledged]:
    """Return the claims whose goods have left. Of an owner that states what can be sold, its acceptance counts if it named its place."""
    return [told(claim, owner, said, names_place=owner.states == "ON_HAND") for claim in wholly(order, work, claims, ISSUED)]


def accepted(
    order: Order, work: Fulfillment, claims: Sequence[Claim], owner: Source, said: Said, states: frozenset[UnitState] = ACCEPTED
) -> list[Acknowledged]:
    """Return the claims that an owner which states what can be sold has accepted, if it names a place or orders by time.

    With RECEIVED as `states`: those that it has taken whole by its receipt.
    """
    if owner.states != "AVAILABLE" or (owner.ordered_by == "SEQUENCE" and said.sequence is None):
        return []
    return [told(claim, owner, said, names_place=True) for claim in wholly(order, work, claims, states)]


def told(claim: Claim, owner: Source, said: Said, *, names_place: bool) -> Acknowledged:
    if owner.ordered_by == "SEQUENCE" and said.sequence is not None and names_place:
        return Acknowledged(claim, said.sequence, epoch=said.epoch)
    return Acknowledged(claim, asked=settled_ms(owner, said.at), epoch=said.epoch)


def wholly(order: Order, work: Fulfillment, claims: Sequence[Claim], states: frozenset[UnitState]) -> list[Claim]:
    """Return the work's claims of which every unit that the order keeps is in these states, whatever work it belongs to."""
    mids = {line.mid for line in work.lines}
    states_by_mid: dict[str, set[UnitState]] = {}
    for line in order.lines:
        for units in line.units:
            if units.mid in mids and units.mid and units.quantity and units.state not in UNCLAIMED:
                states_by_mid.setdefault(units.mid, set()).add(units.state)
    return [claim for claim in claims if claim.mid in states_by_mid and states_by_mid[claim.mid] <= states]
