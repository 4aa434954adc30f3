"""Makes an order out of its draft and the claims that hold its stock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway.domain.claims.documents import Claim
from gateway.domain.delivery_group import DeliveryGroup, DeliveryPromise
from gateway.domain.ids import LocationCode, Sku, order_number, sku_and_location
from gateway.domain.lifecycle import UnitState
from gateway.domain.order import Order, OrderLine, UnitGroup
from gateway.domain.ordering.drafts import GroupDraft, OrderDraft
from gateway.domain.ordering.history import told


@dataclass
class Held:
    """Units of one claim that no line has yet."""

    mid: str
    sku: Sku
    location: LocationCode
    units: int
    expected_at: datetime | None = None
    """Set for units that are still to come."""


def due_at(claim: Claim) -> datetime | None:
    return datetime.fromtimestamp(claim.peg.at_ms / 1000, UTC) if claim.peg else None


class Pool:
    """Claims to be shared out among lines: first where a group's plan wants them, then wherever they are."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.held = [Held(claim.mid, *sku_and_location(claim.key), claim.units, due_at(claim)) for claim in claims]

    def taken(self, sku: Sku, units: int, where: frozenset[LocationCode] | None) -> Iterator[UnitGroup]:
        """Yield up to `units` of a sku, from these places only when they are given."""
        for held in self.held:
            if units and held.units and held.sku == sku and (where is None or held.location in where):
                part = min(units, held.units)
                held.units -= part
                units -= part
                state: UnitState = "BACKORDERED" if held.expected_at else "ALLOCATED"
                yield UnitGroup(part, state, held.location, mid=held.mid, expected_at=held.expected_at)


def built(draft: OrderDraft, claims: Sequence[Claim], now: datetime) -> Order:
    """Return the placed order; units that no claim holds are CANCELED (the caller allowed that)."""
    groups = tuple(group_of(f"{n}", group, now) for n, group in enumerate(draft.groups, 1))
    order = Order(
        rid=draft.rid,
        number=order_number(draft.rid),
        channel=draft.channel,
        currency=draft.currency,
        placed_at=draft.placed_at or now,
        updated_at=now,
        lines=tuple(lines_of(draft, claims)),
        groups=groups,
        owner=draft.owner,
        placed_by=draft.placed_by,
        hold=draft.hold,
        payments=draft.payments,
        placed_at_location=draft.placed_at_location,
        reference=draft.reference,
        customer_reference=draft.customer_reference,
        attributes=draft.attributes,
        waits_until=draft.waits_until,
    )
    order = told(order, "ORDER_PLACED", "The order was placed.", now, draft.placed_by)
    return told(order, "ORDER_HELD", held_sentence(draft), now, draft.placed_by) if draft.hold else order


def held_sentence(draft: OrderDraft) -> str:
    reason = draft.hold.reason.lower() if draft.hold else ""
    return f"The order waits: {reason}."


def group_of(name: str, draft: GroupDraft, now: datetime) -> DeliveryGroup:
    return DeliveryGroup(
        id=name,
        service=draft.service,
        method=draft.method,
        fee=draft.fee,
        country_code=draft.country_code,
        postal_code=draft.postal_code,
        pickup_location=draft.pickup_location,
        pickup_point=draft.pickup_point,
        collect_by=draft.collect_by,
        promise=DeliveryPromise(draft.earliest, draft.latest, draft.precision, draft.time_zone, now),
        plan=draft.plan,
        instructions=draft.instructions,
    )


def lines_of(draft: OrderDraft, claims: Sequence[Claim]) -> Iterator[OrderLine]:
    """Yield the lines with their units; every group gets what its plan names before any gets what is left."""
    bare = [
        (group, OrderLine(str(n), line.sku, line.quantity, line.unit_price, str(g), line.discount, line.reference, line.attributes))
        for n, (g, group, line) in enumerate(((g, group, line) for g, group in enumerate(draft.groups, 1) for line in group.lines), 1)
    ]
    pool = Pool(claims)
    planned = [tuple(pool.taken(line.sku, line.quantity, places_for(group, line.sku))) for group, line in bare]
    for (_, line), first in zip(bare, planned, strict=True):
        unplanned = line.quantity - sum(part.quantity for part in first)
        units = (*first, *pool.taken(line.sku, unplanned, None))
        missing = line.quantity - sum(part.quantity for part in units)
        yield replace(line, units=units + ((UnitGroup(missing, "CANCELED"),) if missing else ()))


def places_for(group: GroupDraft, sku: Sku) -> frozenset[LocationCode]:
    return frozenset(shipment.location for shipment in group.plan for part in shipment.lines if part.sku == sku)
