"""Reservations: a caller's own holds, how they stand and what they hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.claims.documents import Claim
from gateway.domain.ids import LocationCode, Rid, Sku, sku_and_location
from gateway.domain.ordering.building import due_at
from gateway.domain.reservation import Reservation, ReservationState, ReservedLine
from gateway.ports.order_book import Record
from resolvers.context import Context
from resolvers.loaders import RecordsByRid
from resolvers.sight import is_own


@dataclass(frozen=True, slots=True)
class HeldUnits:
    location: LocationCode
    quantity: int
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeldLine:
    sku: Sku
    requested: int
    claims: tuple[HeldUnits, ...]

    @property
    def reserved(self) -> int:
        return sum(claim.quantity for claim in self.claims)


async def own_record(context: Context, rid: Rid) -> Record | None:
    """Return the caller's own hold by its identity; None for any other."""
    record = await context.loader(RecordsByRid).load(rid)
    return record if record and is_own(context.principal, record) else None


async def reservation(context: Context, rid: Rid) -> Record | None:
    """Return a hold of the caller's own, or any for those who read orders."""
    record = await context.loader(RecordsByRid).load(rid)
    if record is None or record.reservation is None:
        return None
    return record if is_own(context.principal, record) or context.principal.kind == "OPERATOR" else None


def state(record: Record, now: datetime) -> ReservationState:
    """Return how a hold stands; one past its end counts as lapsed before anybody has cleaned up."""
    if record.state == "PLACED":
        return "COMMITTED"
    if record.state == "VOID":
        return "RELEASED" if record.why == "CANCELED" else "LAPSED"
    return "LAPSED" if record.expires_at is not None and record.expires_at <= now else "HELD"


def lines(record: Record, reservation: Reservation, now: datetime) -> Sequence[HeldLine]:
    """Return what was asked for, each line with what is held of it; claims on a sku are dealt out to its lines in order."""
    claims = record.claims if state(record, now) in {"HELD", "COMMITTED"} else ()
    left = {claim.mid: claim.units for claim in claims}
    return [HeldLine(line.sku, line.requested, tuple(dealt(line, claims, left))) for line in reservation.lines]


def dealt(line: ReservedLine, claims: Sequence[Claim], left: dict[str, int]) -> Iterator[HeldUnits]:
    """Yield what of the claims goes to a line; `left` keeps what is left of them for the next."""
    missing = line.requested
    for claim in claims:
        taken = min(left[claim.mid], missing) if fits(claim, line.sku, line.location) else 0
        if taken:
            left[claim.mid] -= taken
            missing -= taken
            yield HeldUnits(sku_and_location(claim.key)[1], taken, due_at(claim))


def fits(claim: Claim, sku: Sku, location: LocationCode | None) -> bool:
    claimed, where = sku_and_location(claim.key)
    return claimed == sku and location in {None, where}
