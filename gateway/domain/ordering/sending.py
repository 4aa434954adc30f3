"""Parcels on their way: handed to the carrier, delivered, lost or sent back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gateway.domain.errors import DomainError, InvalidInput, NotFound, Refusals
from gateway.domain.ids import Sku
from gateway.domain.lifecycle import UnitState, check_step
from gateway.domain.order import Fulfillment, Order, Parcel
from gateway.domain.ordering.history import told
from gateway.domain.ordering.transferring import handed_on
from gateway.domain.ordering.units import moved, units_of
from gateway.domain.ordering.working import Word, advanced, concluded, in_state, with_work, work_named

Outcome = Literal["DELIVERED", "LOST", "RETURNED_TO_SENDER"]
ON_ITS_WAY: frozenset[UnitState] = frozenset({"SHIPPED"})
ARRIVED: frozenset[UnitState] = frozenset({"DELIVERED"})


@dataclass(frozen=True, slots=True)
class Sent:
    """One parcel as it leaves; `number` None: the only one there is."""

    carrier_service: str
    number: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


def shipped(order: Order, number: str, parcels: Sequence[Sent], word: Word) -> Order:
    """Hand every packed parcel to its carrier; raises IllegalTransition, and Refusals for parcels that are not those packed."""
    work = work_named(order, number)
    check_step(work.task, work.state, "SHIPPED")
    sent = matched(work, parcels)
    left = tuple(
        replace(
            parcel,
            carrier_service=sent[parcel.number].carrier_service,
            tracking_number=sent[parcel.number].tracking_number,
            tracking_url=sent[parcel.number].tracking_url,
            shipped_at=word.at,
        )
        for parcel in work.parcels
    )
    return gone(with_work(order, replace(work, parcels=left)), number, word)


def gone(order: Order, number: str, word: Word) -> Order:
    """Return the order with a fulfillment on its way."""
    order = advanced(order, number, "SHIPPED", word)
    work = work_named(order, number)
    return told(order, "FULFILLMENT_SHIPPED", departure(work.parcels), word.at, word.actor, number)


def departure(parcels: Sequence[Parcel]) -> str:
    tracked = ", ".join(parcel.tracking_number for parcel in parcels if parcel.tracking_number)
    what = "The parcel is" if len(parcels) <= 1 else f"{len(parcels)} parcels are"
    return f"{what} on the way{f' ({tracked})' if tracked else ''}."


def matched(work: Fulfillment, parcels: Sequence[Sent]) -> dict[str, Sent]:
    """Return what was told of each packed parcel; raises Refusals."""
    numbers = [parcel.number for parcel in work.parcels]
    found: dict[str, Sent] = {}
    errors: list[DomainError] = []
    for index, sent in enumerate(parcels):
        at = ("parcels", str(index), "number")
        name = sent.number or (numbers[0] if len(numbers) == 1 else None)
        if name is None:
            errors.append(InvalidInput(f"number is needed: one of {', '.join(numbers)}.", field=at, refusal="REQUIRED"))
        elif name not in numbers:
            errors.append(NotFound("parcel of this fulfillment", name, field=at))
        elif name in found:
            errors.append(InvalidInput("The parcel is named twice; name it once.", field=at, refusal="DUPLICATE"))
        else:
            found[name] = sent
    absent = [name for name in numbers if name not in found]
    if absent and not errors:
        message = f"{', '.join(absent)} is packed too; all parcels of a fulfillment leave together."
        errors.append(InvalidInput(message, field=("parcels",), refusal="REQUIRED"))
    if errors:
        raise Refusals(errors)
    return found


def reported(order: Order, number: str, outcome: Outcome, parcel: str | None, word: Word) -> Order:
    """Note what became of a parcel (None: of all that are on their way); the work ends with its last unit."""
    work = work_named(order, number)
    check_step(work.task, work.state, "DELIVERED" if outcome == "DELIVERED" else "UNDELIVERABLE")
    return arrived(order, work, outcome, open_parcels(work, parcel), word)


def open_parcels(work: Fulfillment, name: str | None) -> tuple[Parcel, ...]:
    """Return the parcels that are meant; raises NotFound, and InvalidInput for one that has arrived."""
    if name is None:
        return tuple(parcel for parcel in work.parcels if parcel.delivered_at is None and parcel.lost_at is None)
    found = next((parcel for parcel in work.parcels if parcel.number == name), None)
    if found is None:
        raise NotFound("parcel of this fulfillment", name, field=("parcelNumber",))
    known_at = found.delivered_at or found.lost_at
    if known_at:
        raise InvalidInput(f"What became of {name} was reported already, for {known_at.isoformat()}.", field=("parcelNumber",))
    return (found,)


def arrived(order: Order, work: Fulfillment, outcome: Outcome, parcels: Sequence[Parcel], word: Word) -> Order:
    before, came = order, outcome == "DELIVERED"
    meant = {parcel.number for parcel in parcels}
    parcels_after = tuple(ended(one, word, came=came) if one.number in meant else one for one in work.parcels)
    order = with_work(order, replace(work, parcels=parcels_after))
    order = contents_moved(order, work, parcels, "DELIVERED" if came else "CANCELED", word)
    order = handed_on(order, work.number, word) if work.task == "TRANSFER" else order
    order = told(order, *told_of(outcome, len(parcels)), word.at, word.actor, work.number)
    return concluded(before, order, work.group, word)


def ended(parcel: Parcel, word: Word, *, came: bool) -> Parcel:
    return replace(parcel, delivered_at=word.at) if came else replace(parcel, lost_at=word.at)


def told_of(outcome: Outcome, parcels: int) -> tuple[Literal["FULFILLMENT_DELIVERED", "FULFILLMENT_PROGRESSED"], str]:
    what = "The parcel was" if parcels <= 1 else f"{parcels} parcels were"
    if outcome == "DELIVERED":
        return "FULFILLMENT_DELIVERED", f"{what} delivered."
    return "FULFILLMENT_PROGRESSED", f"{what} {'lost' if outcome == 'LOST' else 'sent back'}."


def contents_moved(order: Order, work: Fulfillment, parcels: Sequence[Parcel], to: UnitState, word: Word) -> Order:
    """Return the order with what is in these parcels moved; with the last parcel, or where contents are unknown, all that is left."""
    if {parcel.number for parcel in parcels} == {parcel.number for parcel in open_parcels(work, None)} or not work.parcels:
        for line in work.lines:
            order = moved(order, work, line, units_of(order, work, line, ON_ITS_WAY), to, ON_ITS_WAY)
    else:
        order = some_moved(order, work, parcels, to)
    if any(units_of(order, work, line, ON_ITS_WAY) for line in work.lines):
        return order
    some_came = any(units_of(order, work, line, ARRIVED) for line in work.lines)
    return in_state(order, work.number, "DELIVERED" if some_came else "UNDELIVERABLE", word)


def some_moved(order: Order, work: Fulfillment, parcels: Sequence[Parcel], to: UnitState) -> Order:
    left: dict[Sku, int] = {}
    for parcel in parcels:
        for part in parcel.lines:
            left[part.sku] = left.get(part.sku, 0) + part.quantity
    for line in work.lines:
        part_of_line = min(left.get(line.sku, 0), units_of(order, work, line, ON_ITS_WAY))
        order = moved(order, work, line, part_of_line, to, ON_ITS_WAY)
        left[line.sku] = left.get(line.sku, 0) - part_of_line
    return order
