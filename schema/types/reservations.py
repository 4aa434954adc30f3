"""Reservations: stock held for a caller for a short time."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import Private

from gateway.domain.ids import LocationCode
from gateway.ports.order_book import Record
from resolvers.questions import reservations as questions
from schema.ids import global_id
from schema.types.enums import described
from schema.types.info import Info
from schema.types.locations import Location, location_at
from schema.types.node import Node
from schema.types.user_errors import UserError


@described("What became of a hold.", COMMITTED="Became an order.")
class ReservationState(StrEnum):
    HELD = "HELD"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    LAPSED = "LAPSED"


@strawberry.type(description="Units held at one location.")
class ReservedClaim:
    quantity: int
    expected_at: datetime | None = strawberry.field(description="Set for a claim on stock to come.")
    at: Private[LocationCode]

    @strawberry.field
    def location(self, info: Info) -> Location:
        return location_at(info, self.at)


@strawberry.type(description="Units of one sku: asked for and held.")
class ReservationLine:
    sku: str
    requested: int
    reserved: int
    claims: list[ReservedClaim]

    @classmethod
    def of(cls, line: questions.HeldLine) -> "ReservationLine":
        claims = [ReservedClaim(quantity=claim.quantity, expected_at=claim.expected_at, at=claim.location) for claim in line.claims]
        return cls(sku=line.sku, requested=line.requested, reserved=line.reserved, claims=claims)


@strawberry.type(description="Stock held for a caller for a short time.")
class Reservation(Node):
    channel_code: str
    state: ReservationState
    lines: list[ReservationLine]
    expires_at: datetime
    created_at: datetime

    @classmethod
    def of(cls, record: Record, now: datetime) -> "Reservation | None":
        """None for a record that is no hold."""
        held = record.reservation
        if held is None:
            return None
        return cls(
            id=global_id("Reservation", record.rid),
            channel_code=held.channel,
            state=ReservationState(questions.state(record, now)),
            lines=[ReservationLine.of(line) for line in questions.lines(record, held, now)],
            expires_at=record.expires_at or record.created_at,
            created_at=record.created_at,
        )


@strawberry.type(description="What became of a change of a hold.")
class ReservationPayload:
    reservation: Reservation | None
    user_errors: list[UserError]
