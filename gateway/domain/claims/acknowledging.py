"""Tells the ledger that an owner of stock has taken claims: from a place in its own order on, its figures count their units."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from gateway.domain.claims.documents import Acknowledged, OrderDoc
from gateway.domain.claims.steps import Ack, PullTaken, Step, Withhold


def acknowledge(claims: Sequence[Acknowledged]) -> Generator[Step, Any, None]:
    """Lift what the stored figures count already, remember the place of the others. May be repeated and stop anywhere."""
    for one in claims:
        yield acknowledgement(one)


def acknowledgement(one: Acknowledged) -> Ack | Withhold:
    if one.k is None:
        return Withhold(replace(one.claim, lost=one.asked), found=True, epoch=one.epoch)
    return Ack(one.claim.key, one.claim.mid, one.k, one.epoch)


def tell_taken(order: OrderDoc) -> Generator[Step, Any, None]:
    """Tell the ledger of what an order says was taken; it is forgotten after it was told."""
    for one in order.taken:
        yield acknowledgement(one)
        yield PullTaken(order.rid, one.claim.mid)
