"""Sourcing decisions: why units come from where they come, what that costs, and what it beat."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import strawberry
from strawberry import Private

from gateway.domain.ids import ChannelCode, LocationCode
from gateway.domain.quantities import smallest
from gateway.domain.sourcing import decision as domain
from gateway.domain.sourcing.cost import Cost
from resolvers.questions.channels import service_named
from schema.connections import page_size
from schema.ids import global_id
from schema.types.channels import DeliveryService
from schema.types.enums import described
from schema.types.fields import resolved
from schema.types.info import Info
from schema.types.locations import Location, location_at
from schema.types.money import Money
from schema.types.node import Node
from schema.types.promise_kinds import ExclusionReason
from schema.types.promises import SkuQuantity


@described("What made units look for a place.")
class SourcingTrigger(StrEnum):
    PLACED = "PLACED"
    ROUTED_BY_HAND = "ROUTED_BY_HAND"
    REJECTED = "REJECTED"
    SHORT_PICK = "SHORT_PICK"
    LAPSED = "LAPSED"
    LOCATION_PAUSED = "LOCATION_PAUSED"
    SHORTFALL = "SHORTFALL"
    INBOUND_MOVED = "INBOUND_MOVED"
    DELIVERY_CHANGED = "DELIVERY_CHANGED"
    REOPTIMIZED = "REOPTIMIZED"
    SIMULATED = "SIMULATED"


@described("What a plan's cost is made of.")
class CostKind(StrEnum):
    SHIPPING = "SHIPPING"
    HANDLING = "HANDLING"
    TRANSFER = "TRANSFER"
    STOCK_OUT = "STOCK_OUT"
    MARKDOWN_CREDIT = "MARKDOWN_CREDIT"
    LATENESS = "LATENESS"
    LOCATION_PENALTY = "LOCATION_PENALTY"


@strawberry.type(description="Part of a cost.")
class CostComponent:
    kind: CostKind
    amount: Money


@strawberry.type(description="Money, by component; a credit is negative.")
class CostBreakdown:
    total: Money
    components: list[CostComponent]

    @classmethod
    def of(cls, cost: Cost, currency: str) -> "CostBreakdown":
        """Components of nothing are left out; they add up to the total, rounded together to minor units."""
        parts = [(CostKind(name.upper()), amount) for name, amount in cost.components.items() if amount]
        told = rounded_together([amount for _, amount in parts], cost.total, currency)
        return cls(
            total=Money.rounded(cost.total, currency),
            components=[
                CostComponent(kind=kind, amount=Money.rounded(amount, currency)) for (kind, _), amount in zip(parts, told, strict=True)
            ],
        )


def rounded_together(amounts: list[Decimal], total: Decimal, currency: str) -> list[Decimal]:
    """Return amounts rounded to minor units so that they add up to the rounded total: those furthest from their own unit give way."""
    unit = smallest(currency)
    rounded = [amount.quantize(unit) for amount in amounts]
    missing = int((Money.rounded(total, currency).amount - sum(rounded, Decimal(0))) / unit)
    step = unit if missing > 0 else -unit
    order = sorted(range(len(amounts)), key=lambda n: (rounded[n] - amounts[n]) * (1 if missing > 0 else -1))
    for n in order[: abs(missing)]:
        rounded[n] += step
    return rounded


@strawberry.type(description="A profile by name and version.")
class SourcingProfileRef:
    name: str
    version: int


@strawberry.type(description="What one location is to send, and what that costs.")
class PlannedShipment:
    carrier_service: str | None
    lines: list[SkuQuantity]
    weight_grams: int | None
    volume_cubic_centimeters: int | None = strawberry.field(description="As packed; null where no article tells it.")
    parcels: int = strawberry.field(description="As weight and volume fill them.")
    cost: CostBreakdown
    ships_by: datetime
    latest: datetime
    location: Private[LocationCode]
    service_code: Private[str]
    channel_code: Private[ChannelCode]

    @resolved(name="from")
    def from_(self, info: Info) -> Location:
        return location_at(info, self.location)

    @strawberry.field
    def service(self, info: Info) -> DeliveryService:
        return DeliveryService.of(service_named(info.context, self.channel_code, self.service_code, "SHIP"))

    @classmethod
    def of(cls, shipment: domain.DecidedShipment, decision: domain.Decision) -> "PlannedShipment":
        return cls(
            carrier_service=shipment.carrier_service,
            lines=[SkuQuantity.of(units) for units in shipment.lines],
            weight_grams=shipment.weight_g,
            volume_cubic_centimeters=shipment.volume_cm3 or None,
            parcels=shipment.parcels,
            cost=CostBreakdown.of(shipment.cost, decision.currency),
            ships_by=shipment.ships_by,
            latest=shipment.latest,
            location=shipment.location,
            service_code=decision.service,
            channel_code=decision.channel,
        )


@strawberry.type(description="A location that was looked at: what it could have supplied and cost, or what excluded it.")
class SourcingCandidate:
    chosen: bool
    can_supply: list[SkuQuantity]
    cost: CostBreakdown | None = strawberry.field(description="As if it shipped alone all that it can.")
    excluded_by: ExclusionReason | None
    detail: str | None
    at: Private[LocationCode]

    @strawberry.field
    def location(self, info: Info) -> Location:
        return location_at(info, self.at)

    @classmethod
    def of(cls, candidate: domain.DecidedCandidate, currency: str) -> "SourcingCandidate":
        return cls(
            chosen=candidate.chosen,
            can_supply=[SkuQuantity.of(units) for units in candidate.can_supply],
            cost=CostBreakdown.of(candidate.cost, currency) if candidate.cost else None,
            excluded_by=ExclusionReason(candidate.excluded_by) if candidate.excluded_by else None,
            detail=candidate.detail,
            at=candidate.location,
        )


@strawberry.type(description="The plan that came second.")
class SourcingAlternative:
    shipments: list[PlannedShipment]
    cost: CostBreakdown
    difference: CostBreakdown = strawberry.field(description="How much dearer than the chosen plan, and by which components.")
    would_win_if: str = strawberry.field(description="What would have made it win.")
    proven: bool = strawberry.field(description="False: the best that was found in time; a cheaper one is not ruled out.")

    @classmethod
    def of(cls, second: domain.RunnerUp, decision: domain.Decision) -> "SourcingAlternative":
        return cls(
            shipments=[PlannedShipment.of(shipment, decision) for shipment in second.shipments],
            cost=CostBreakdown.of(second.cost, decision.currency),
            difference=CostBreakdown.of(second.difference, decision.currency),
            would_win_if=second.would_win_if,
            proven=second.proven,
        )


@strawberry.type(description="Why an order's units come from where they come.")
class SourcingDecision(Node):
    decided_at: datetime
    trigger: SourcingTrigger
    profile: SourcingProfileRef
    proven: bool = strawberry.field(description="True: no cheaper plan exists under the fences and the policy.")
    cost: CostBreakdown
    bound: Money = strawberry.field(description="No plan can cost less than this; equal to the cost when proven.")
    shipments: list[PlannedShipment]
    runner_up: SourcingAlternative | None
    summary: str
    decision: Private[domain.Decision]

    @resolved("The chosen ones first, then the cheapest.")
    def candidates(self, first: int | None = 20) -> list[SourcingCandidate]:
        told = self.decision.candidates[: page_size(first, default=20)]
        return [SourcingCandidate.of(candidate, self.decision.currency) for candidate in told]

    @classmethod
    def of(cls, decision: domain.Decision) -> "SourcingDecision":
        return cls(
            id=global_id("SourcingDecision", decision.id),
            decided_at=decision.decided_at,
            trigger=SourcingTrigger(decision.trigger),
            profile=SourcingProfileRef(name=decision.profile, version=decision.profile_version),
            proven=decision.proven,
            cost=CostBreakdown.of(decision.cost, decision.currency),
            bound=Money.rounded(decision.bound, decision.currency),
            shipments=[PlannedShipment.of(shipment, decision) for shipment in decision.shipments],
            runner_up=SourcingAlternative.of(decision.runner_up, decision) if decision.runner_up else None,
            summary=decision.summary,
            decision=decision,
        )
