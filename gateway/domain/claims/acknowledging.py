"""Tells the ledger that an owner of stock has taken claims: from a place in its own order on, its figures count their units."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Claim
from gateway.domain.claims.steps import Ack, Withhold


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A claim that its owner took at `k` of its order (in its `epoch`); None: it took it, and said no place.

    `asked` (ms of our clock): what is asked of the owner then or later surely counts it, where it said no place, now or before.
    """

    claim: Claim
    k: int | None = None
    asked: int | None = None
    epoch: str = ""


def acknowledge(claims: Sequence[Acknowledged]) -> Program[None]:
    """Lift what the stored figures count already, remember the place of the others. May be repeated and stop anywhere."""
    for one in claims:
        if one.k is None:
            yield Withhold(replace(one.claim, lost=one.asked), found=True, epoch=one.epoch)
        else:
            yield Ack(one.claim.key, one.claim.mid, one.k, one.epoch)
