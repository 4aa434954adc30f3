"""How one delivery group of an order goes: by the option that the customer chose, or the best that its service or method allows."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.availability_rule import next_available_at
from gateway.domain.errors import DomainError, InsufficientStock, Refusals, Refused
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.network import COLLECTED_METHODS, DeliveryMethod, DeliveryService
from gateway.domain.ordering.drafts import GroupDraft
from gateway.domain.promise.options import DeliveryOption, DeliveryOptions, PromiseRequest, UnavailableMethod
from gateway.domain.promise.token import PromiseToken
from gateway.domain.quantities import SkuQuantity
from resolvers.commands.group_wish import GroupWish, Way, own_fee, request_for, services, where
from resolvers.commands.problems import Problems
from resolvers.commands.quoting import Quoter, first_option, gathered
from resolvers.commands.redeeming import redeemed


def planned(quoter: Quoter, wish: GroupWish, way: Way, problems: Problems) -> GroupDraft | None:
    """Return the group with its promise and plan; None when something is noted against it."""
    try:
        if isinstance(way, PromiseToken):
            return redeemed(quoter, wish, way)
        return best(quoter, wish, services(quoter.channel, wish.asked))
    except DomainError as error:
        for one in error.each:
            problems.add(one)
        return None


def best(quoter: Quoter, wish: GroupWish, allowed: Sequence[DeliveryService]) -> GroupDraft:
    """Return the group by the best option now: from the caller's own hold when that has it all, else from anywhere."""
    codes, pickup = [service.code for service in allowed], wish.asked.pickup_location_code
    if allowed[0].method == "CARRY_OUT":
        pickup = wish.store
    shelf = off_shelf(allowed[0].method, pickup)
    request = request_for(quoter, wish, codes, pickup)
    option = first_option(quoter.options(request, held_only=True)) if quoter.own else None
    found = DeliveryOptions((option,), ()) if option else quoter.options(request)
    if not found.options and wish.asked.promised_by is not None:
        found = quoter.options(replace(request, desired_by=None))
    if not found.options and wish.rest and (less := what_can_go(quoter, request, wish, shelf)):
        found = quoter.options(replace(request, lines=less))
    option = first_option(found)
    if option is None:
        raise unavailable(quoter, wish, found.unavailable, shelf)
    return draft_of_option(wish, option)


def off_shelf(method: DeliveryMethod, pickup: str | None) -> LocationCode | None:
    """Return the store whose own shelf supplies what is collected there; None: any place may."""
    return LocationCode(pickup) if pickup and method in COLLECTED_METHODS and method != "SHIP_TO_STORE" else None


def what_can_go(quoter: Quoter, request: PromiseRequest, wish: GroupWish, shelf: LocationCode | None) -> tuple[SkuQuantity, ...]:
    """Return the goods as far as they can be sent: of a store's shelf what is there, else what the best plan of a part sends."""
    if shelf is not None:
        return what_there_is(quoter, wish, shelf)
    option = first_option(quoter.options(replace(request, in_part=True)))
    shipments = option.shipments if option else ()
    return gathered((line.sku, line.quantity) for shipment in shipments for line in shipment.lines)


def what_there_is(quoter: Quoter, wish: GroupWish, shelf: LocationCode) -> tuple[SkuQuantity, ...]:
    """Return the goods as far as there is stock of them at the store whose shelf supplies them."""
    return gathered((line.sku, min(line.quantity, available(quoter, line.sku, shelf))) for line in wish.goods)


def available(quoter: Quoter, sku: Sku, shelf: LocationCode | None) -> int:
    facts = quoter.facts()
    return sum(quoter.available((sku, place), facts) for place in ([shelf] if shelf else facts.locations))


def draft_of_option(wish: GroupWish, option: DeliveryOption) -> GroupDraft:
    own_latest = wish.asked.promised_by
    return GroupDraft(
        service=option.service.code,
        method=option.service.method,
        lines=wish.lines,
        earliest=min(option.earliest, own_latest) if own_latest else option.earliest,
        latest=own_latest or option.latest,
        precision=option.precision,
        time_zone=option.time_zone,
        plan=option.shipments,
        fee=own_fee(wish, option.fee),
        pickup_location=option.pickup_location,
        collect_by=option.collect_by,
        sourced=option.sourced,
        **where(wish),
    )


def unavailable(quoter: Quoter, wish: GroupWish, absent: Sequence[UnavailableMethod], shelf: LocationCode | None) -> DomainError:
    """Return why it cannot be had: short lines by sku, else the words of the service that says most."""
    skus = {sku for one in absent if one.reason == "NO_STOCK" for sku in one.skus}
    short = [shortage(quoter, wish, n, shelf) for n, line in enumerate(wish.lines) if line.sku in skus]
    found = [error for error in short if error is not None]
    if found:
        return found[0] if len(found) == 1 else Refusals(found)
    message = absent[0].message if absent else "No option is on offer."
    field = (*wish.at, "serviceCode" if wish.asked.service_code is not None else "method")
    return Refused(f"{message} Ask deliveryPromises for what is possible.", refusal="NOT_DELIVERABLE", field=field)


def shortage(quoter: Quoter, wish: GroupWish, n: int, shelf: LocationCode | None) -> InsufficientStock | None:
    """Return by how much a line is short, the lines before it served first; None where there is enough, but not in places together."""
    line = wish.lines[n]
    taken = sum(one.quantity for one in wish.lines[:n] if one.sku == line.sku)
    there_is = max(0, available(quoter, line.sku, shelf) - taken)
    if there_is >= line.quantity:
        return None
    return InsufficientStock(
        line.sku,
        requested=line.quantity,
        available=there_is,
        location=shelf,
        next_available_at=next_available_at(quoter.facts().positions.get(line.sku, ()), quoter.context.now),
        field=(*wish.at, "lines", str(n), "quantity"),
    )
