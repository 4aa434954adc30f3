"""Those who work on fulfillments: a clerk's commands on the memory shop, each under a key of its own."""

from dataclasses import dataclass, field

from gateway.domain.order import Fulfillment
from gateway.domain.order_terms import RejectionReason
from gateway.domain.principal import Principal
from gateway.ports.order_book import Record
from resolvers.commands.accept_fulfillment import accept_fulfillment
from resolvers.commands.answer_cancellation import answer_cancellation
from resolvers.commands.answers import Worked
from resolvers.commands.claim_fulfillment import claim_fulfillment
from resolvers.commands.collect_fulfillment import collect_fulfillment
from resolvers.commands.inputs import LineUnits
from resolvers.commands.mark_ready_for_pickup import mark_ready_for_pickup
from resolvers.commands.pack_fulfillment import pack_fulfillment
from resolvers.commands.pick_fulfillment import pick_fulfillment
from resolvers.commands.reassign_fulfillment import reassign_fulfillment
from resolvers.commands.reject_fulfillment import reject_fulfillment
from resolvers.commands.ship_fulfillment import ship_fulfillment
from resolvers.commands.work_inputs import (
    AcceptFulfillment,
    AcceptLine,
    AnswerCancellation,
    ClaimFulfillment,
    CollectFulfillment,
    MarkReadyForPickup,
    PackFulfillment,
    PackParcel,
    PickFulfillment,
    PickLine,
    ReassignFulfillment,
    RejectFulfillment,
    ShipFulfillment,
    ShipParcel,
)
from tests.support.memory_shop import MemoryShop, order_of


@dataclass
class Worker:
    """One person at one fulfillment. `key` is the last that was used."""

    shop: MemoryShop
    who: Principal
    number: str
    calls: int = field(default=0)

    @property
    def key(self) -> str:
        return f"{self.who.id}-{self.number}-{self.calls:020}"

    def next_key(self) -> str:
        self.calls += 1
        return self.key

    async def accept(self, *lines: AcceptLine) -> Worked:
        return await accept_fulfillment(self.shop.context(self.who), AcceptFulfillment(self.next_key(), self.number, lines or None))

    async def reject(self, reason: RejectionReason) -> Worked:
        return await reject_fulfillment(self.shop.context(self.who), RejectFulfillment(self.next_key(), self.number, reason))

    async def pick(self, *found: PickLine) -> Worked:
        return await pick_fulfillment(self.shop.context(self.who), PickFulfillment(self.next_key(), self.number, found or None))

    async def pack(self, **units: int) -> Worked:
        """Pack one parcel; `units` by line, as in `l1=2`."""
        lines = tuple(LineUnits(f"{self.number}/{line[1:]}", quantity) for line, quantity in units.items())
        return await pack_fulfillment(self.shop.context(self.who), PackFulfillment(self.next_key(), self.number, (PackParcel(lines),)))

    async def ship(self) -> Worked:
        parcels = (ShipParcel("post/parcel", tracking_number="X1"),)
        return await ship_fulfillment(self.shop.context(self.who), ShipFulfillment(self.next_key(), self.number, parcels))

    async def answer(self, *, granted: bool, note: str | None = None) -> Worked:
        command = AnswerCancellation(self.next_key(), self.number, granted, note)
        return await answer_cancellation(self.shop.context(self.who), command)

    async def claim(self, place: str) -> Worked:
        return await claim_fulfillment(self.shop.context(self.who), ClaimFulfillment(self.next_key(), self.number, place))

    async def reassign(self, place: str | None = None, note: str | None = None) -> Worked:
        return await reassign_fulfillment(self.shop.context(self.who), ReassignFulfillment(self.next_key(), self.number, place, note))

    async def lay_ready(self) -> Worked:
        return await mark_ready_for_pickup(self.shop.context(self.who), MarkReadyForPickup(self.next_key(), self.number))

    async def collect(self, **more: object) -> Worked:
        command = CollectFulfillment(self.next_key(), self.number, **more)  # type: ignore[arg-type]
        return await collect_fulfillment(self.shop.context(self.who), command)


def work_in(record: Record, number: str) -> Fulfillment:
    return next(work for work in order_of(record).fulfillments if work.number == number)
