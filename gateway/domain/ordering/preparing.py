"""Preparing a fulfillment: units found on the shelf, put into parcels, or laid ready for the customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.domain.errors import DomainError, InvalidInput, NotFound, Refusals
from gateway.domain.lifecycle import check_step
from gateway.domain.order import Fulfillment, Order, Parcel
from gateway.domain.ordering.accepting import LineAnswer, checked, everything
from gateway.domain.ordering.history import told
from gateway.domain.ordering.refusing import Refusal, refused
from gateway.domain.ordering.units import units_of
from gateway.domain.ordering.working import Word, advanced, with_line, with_work, work_named
from gateway.domain.quantities import SkuQuantity

MOST_PARCELS = 50


@dataclass(frozen=True, slots=True)
class Packed:
    """One parcel as it is packed: units by line id (pairs, as they were told)."""

    lines: tuple[tuple[str, int], ...]
    weight_g: int | None = None


def picked(order: Order, number: str, found: Sequence[LineAnswer] | None, word: Word) -> Order:
    """Note what was found (None: all); what is short is refused and needs another place. Nothing found: REJECTED."""
    work = work_named(order, number)
    check_step(work.task, work.state, "PICKED")
    taken = checked(order, work, found, word.at) if found is not None else everything(order, work)
    return found_in(order, work, taken, word)


def found_in(order: Order, work: Fulfillment, taken: Mapping[str, LineAnswer], word: Word) -> Order:
    """Return the order with these units picked and the rest missing, whatever state the work comes from."""
    missing = []
    for line in work.lines:
        asked, found = units_of(order, work, line), taken[line.id].quantity
        missing.append(Refusal(line, asked - found, taken[line.id].reason or "STOCK_NOT_FOUND"))
        order = with_line(order, work, replace(line, picked=found))
    order = refused(order, work, missing, word, "missing")
    if work_named(order, work.number).state == "REJECTED":
        return order
    order = advanced(order, work.number, "PICKED", word)
    return told(order, "FULFILLMENT_PROGRESSED", f"{work.location} has picked it.", word.at, word.actor, work.number)


def packed(order: Order, number: str, parcels: Sequence[Packed], word: Word) -> Order:
    """Put every unit of the work into exactly one parcel; the parcels get their numbers."""
    work = work_named(order, number)
    check_step(work.task, work.state, "PACKED")
    check_parcels(order, work, parcels)
    sku_by_line = {line.id: line.sku for line in work.lines}
    filled = tuple(
        Parcel(
            number=f"{number}-P{n}",
            lines=tuple(SkuQuantity(sku_by_line[line], quantity) for line, quantity in parcel.lines),
            carrier_service=work.carrier_service,
            weight_g=parcel.weight_g,
        )
        for n, parcel in enumerate(parcels, 1)
    )
    order = with_work(order, replace(work, parcels=filled))
    order = advanced(order, number, "PACKED", word)
    what = "a parcel" if len(filled) == 1 else f"{len(filled)} parcels"
    return told(order, "FULFILLMENT_PROGRESSED", f"{work.location} has packed {what}.", word.at, word.actor, number)


def check_parcels(order: Order, work: Fulfillment, parcels: Sequence[Packed]) -> None:
    if not 1 <= len(parcels) <= MOST_PARCELS:
        message = f"There are {len(parcels)} parcels; send 1 to {MOST_PARCELS}."
        raise InvalidInput(message, field=("parcels",), refusal="TOO_MANY" if parcels else "REQUIRED")
    asked = {line.id: units_of(order, work, line) for line in work.lines}
    errors = [error for index, parcel in enumerate(parcels) for error in faults(parcel, index, asked)]
    if errors:
        raise Refusals(errors)
    for line in work.lines:
        given = sum(quantity for parcel in parcels for name, quantity in parcel.lines if name == line.id)
        if given != asked[line.id]:
            message = f"{given} of the {asked[line.id]} units of line {line.id} ({line.sku}) are in parcels; pack each unit once."
            raise InvalidInput(message, field=("parcels",), refusal="OUT_OF_RANGE")


def faults(parcel: Packed, index: int, asked: Mapping[str, int]) -> list[DomainError]:
    at = ("parcels", str(index))
    errors: list[DomainError] = []
    if not parcel.lines:
        errors.append(InvalidInput("A parcel must have lines; leave empty ones out.", field=(*at, "lines"), refusal="REQUIRED"))
    if parcel.weight_g is not None and parcel.weight_g < 1:
        errors.append(InvalidInput("weightGrams must be 1 or more.", field=(*at, "weightGrams"), refusal="OUT_OF_RANGE"))
    for n, (line, quantity) in enumerate(parcel.lines):
        if line not in asked:
            errors.append(NotFound("line of this fulfillment", line, field=(*at, "lines", str(n), "lineId")))
        elif quantity < 1:
            errors.append(InvalidInput("quantity must be 1 or more.", field=(*at, "lines", str(n), "quantity"), refusal="OUT_OF_RANGE"))
    return errors


def ready(order: Order, number: str, hold: timedelta, word: Word) -> Order:
    """Lay the work ready for the customer, who may collect it for as long as `hold`."""
    work = work_named(order, number)
    check_step(work.task, work.state, "READY_FOR_PICKUP")
    return laid_ready(order, number, hold, word)


def laid_ready(order: Order, number: str, hold: timedelta, word: Word) -> Order:
    order = advanced(order, number, "READY_FOR_PICKUP", word)
    work = work_named(order, number)
    order = with_work(order, replace(work, ready_at=word.at, pickup_expires_at=word.at + hold))
    return told(order, "FULFILLMENT_READY", "The order is ready to be collected.", word.at, word.actor, number)
