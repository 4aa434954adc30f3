"""Sourcing profiles: how they are told, simulated and published."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import UNSET

from gateway.domain import published
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.quantities import SkuQuantity
from resolvers.commands.inputs import PublishSourcingProfile
from resolvers.questions import profiles as questions
from resolvers.questions import simulation
from resolvers.sight import SeenOrder
from schema.ids import global_id
from schema.scalars import IdempotencyKey
from schema.types.callers import Actor
from schema.types.channels import DeliveryMethod
from schema.types.enums import described
from schema.types.given import given
from schema.types.node import Node
from schema.types.orders_input import OrderKey
from schema.types.promises import UnavailableMethod
from schema.types.promises_input import DestinationInput, SkuQuantityInput
from schema.types.sourcing import SourcingDecision
from schema.types.user_errors import UserError


@described("Whether a version of a profile decides.", DRAFT="It can be simulated.", RETIRED="Another came after it.")
class ProfileState(StrEnum):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


@strawberry.type(description="One version of the strategies and costs by which a channel's orders are sourced.")
class SourcingProfile(Node):
    name: str
    version: int
    state: ProfileState
    channel_codes: list[str]
    definition: str = strawberry.field(description="As published; TOML.")
    comment: str | None
    created_at: datetime
    created_by: Actor

    @classmethod
    def of(cls, told: questions.ToldProfile) -> "SourcingProfile":
        own = told.published.profile
        return cls(
            id=global_id("SourcingProfile", told.published.key),
            name=own.name,
            version=own.version,
            state=ProfileState(told.state),
            channel_codes=list(own.channels),
            definition=told.published.definition,
            comment=own.comment,
            created_at=told.published.created_at,
            created_by=Actor.of(told.published.created_by),
        )


@strawberry.type(description="What is wrong with a definition.")
class ProfileProblem:
    line: int | None
    message: str

    @classmethod
    def of(cls, problem: published.ProfileProblem) -> "ProfileProblem":
        return cls(line=problem.line, message=problem.message)


@strawberry.input(description="A basket, or an existing order's unstarted units.")
class SimulateSourcingInput:
    channel_code: str | None = UNSET
    order: OrderKey | None = UNSET
    lines: list[SkuQuantityInput] | None = UNSET
    destination: DestinationInput | None = UNSET
    method: DeliveryMethod | None = DeliveryMethod.SHIP
    service_code: str | None = UNSET
    profile_definition: str | None = strawberry.field(default=UNSET, description="The published profile of the channel when absent.")
    at: datetime | None = UNSET
    excluded_location_codes: list[str] | None = UNSET

    def wish(self, order: SeenOrder | None) -> simulation.SimulationWish:
        return simulation.SimulationWish(
            channel_code=self.channel_code or None,
            order=order,
            lines=tuple(SkuQuantity(Sku(line.sku), line.quantity) for line in self.lines or ()),
            destination=self.destination.wish() if self.destination else None,
            method=self.method.value if self.method else None,
            service=self.service_code or None,
            definition=given(self.profile_definition),
            at=given(self.at),
            excluded=frozenset(LocationCode(code) for code in self.excluded_location_codes or ()),
        )


@strawberry.type(description="What sourcing would decide.")
class SourcingSimulation:
    decision: SourcingDecision | None
    unavailable: list[UnavailableMethod]
    problems: list[ProfileProblem] = strawberry.field(description="What is wrong with the profile that was given.")

    @classmethod
    def of(cls, told: simulation.Simulation) -> "SourcingSimulation":
        return cls(
            decision=SourcingDecision.of(told.decision) if told.decision else None,
            unavailable=[UnavailableMethod.of(absent) for absent in told.unavailable],
            problems=[ProfileProblem.of(problem) for problem in told.problems],
        )


@strawberry.input(description="A new version of a profile.")
class PublishSourcingProfileInput:
    idempotency_key: IdempotencyKey
    name: str
    definition: str
    channel_codes: list[str]
    replaces_version: int | None = strawberry.field(
        default=UNSET, description="The version that this one replaces; refused when another came first."
    )
    draft: bool | None = False
    comment: str | None = UNSET

    def asked(self) -> PublishSourcingProfile:
        return PublishSourcingProfile(
            idempotency_key=self.idempotency_key,
            name=self.name,
            definition=self.definition,
            channels=tuple(self.channel_codes),
            replaces_version=given(self.replaces_version),
            draft=bool(self.draft),
            comment=given(self.comment),
        )


@strawberry.type(description="What became of publishing a profile.")
class PublishSourcingProfilePayload:
    profile: SourcingProfile | None
    problems: list[ProfileProblem]
    user_errors: list[UserError]
