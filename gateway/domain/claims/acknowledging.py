"""Tells the ledger that an owner of stock has taken claims: from a place in its own order on, its figures count their units."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Claim
from gateway.domain.claims.steps import Ack, Withhold


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A claim that its owner took at `k` of its order; None: it took it, and said no place: its next figure counts it.

    `surely` False: `k` is only the last place where it can have been; a place that the owner named before counts.
    """

    claim: Claim
    k: int | None
    surely: bool = True


def acknowledge(claims: Sequence[Acknowledged]) -> Program[None]:
    """Lift what the stored figures count already, remember the place of the others. May be repeated and stop anywhere."""
    for one in claims:
        if one.k is None or not one.surely:
            yield Withhold(replace(one.claim, lost=one.k or 0))
        else:
            yield Ack(one.claim.key, one.claim.mid, one.k)
