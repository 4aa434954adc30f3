"""What callers send to hold stock and to change a hold."""

import strawberry
from strawberry import UNSET

from resolvers.commands import inputs as commands
from schema.ids import key_of
from schema.scalars import IdempotencyKey
from schema.types.given import given


@strawberry.input(description="Units to hold.")
class ReserveLineInput:
    sku: str
    quantity: int
    location_code: str | None = strawberry.field(default=UNSET, description="Where; decided by the gateway when absent.")

    def asked(self) -> commands.ReserveLine:
        return commands.ReserveLine(self.sku, self.quantity, self.location_code or None)


@strawberry.input(description="Holds stock for a short time.")
class ReserveStockInput:
    idempotency_key: IdempotencyKey
    channel_code: str | None = UNSET
    lines: list[ReserveLineInput] = strawberry.field(description="At most 200.")
    hold_seconds: int | None = strawberry.field(default=UNSET, description="From now; within the bounds of the settings.")
    allow_partial: bool | None = strawberry.field(default=False, description="Take what there is rather than all or nothing.")
    promise_tokens: list[str] | None = strawberry.field(default=UNSET, description="Hold what these options were computed from.")

    def asked(self) -> commands.ReserveStock:
        return commands.ReserveStock(
            self.idempotency_key,
            tuple(line.asked() for line in self.lines),
            channel_code=self.channel_code or None,
            hold_seconds=given(self.hold_seconds),
            allow_partial=bool(self.allow_partial),
            promise_tokens=tuple(self.promise_tokens or ()),
        )


@strawberry.input(description="Makes a hold fit a changed basket: units in both are never let go.")
class ChangeReservationInput:
    idempotency_key: IdempotencyKey
    id: strawberry.ID
    lines: list[ReserveLineInput]
    allow_partial: bool | None = False

    def asked(self) -> commands.ChangeReservation:
        lines = tuple(line.asked() for line in self.lines)
        return commands.ChangeReservation(self.idempotency_key, hold_rid(self.id), lines, bool(self.allow_partial))


@strawberry.input(description="Lets a hold end later.")
class ExtendReservationInput:
    idempotency_key: IdempotencyKey
    id: strawberry.ID
    hold_seconds: int = strawberry.field(description="From now; never shortens.")

    def asked(self) -> commands.ExtendReservation:
        return commands.ExtendReservation(self.idempotency_key, hold_rid(self.id), self.hold_seconds)


@strawberry.input(description="Gives held stock back.")
class ReleaseReservationInput:
    idempotency_key: IdempotencyKey
    id: strawberry.ID

    def asked(self) -> commands.ReleaseReservation:
        return commands.ReleaseReservation(self.idempotency_key, hold_rid(self.id))


def hold_rid(text: str) -> str:
    """Return the hold that an id names, empty when it names none."""
    return key_of("Reservation", text) or ""
