"""One delivery group as asked for: which way it may go, and what is missing or contradicts that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.domain.delivery_group import PickupPoint
from gateway.domain.errors import DomainError
from gateway.domain.ids import LocationCode
from gateway.domain.location import Address
from gateway.domain.network import COLLECTED_METHODS, Channel, DeliveryMethod, DeliveryService
from gateway.domain.ordering.drafts import LineDraft
from gateway.domain.promise.options import Destination, PromiseRequest
from gateway.domain.promise.points import chosen
from gateway.domain.promise.token import PromiseToken, verified
from gateway.domain.quantities import SkuQuantity
from resolvers.commands.inputs import DeliveryGroupInput
from resolvers.commands.problems import Problems
from resolvers.commands.quoting import Quoter, gathered
from resolvers.context import Context
from resolvers.questions.promise_facts import located

At = tuple[str, ...]
Way = PromiseToken | DeliveryService | None
"""What a group goes by: what was promised, or a service; None where something stands against it."""


@dataclass(frozen=True, slots=True)
class GroupWish:
    """One group as asked for; `at` is its place in the input.

    `store` where the order is taken, `rest`: less than all is welcome, `later`: what is still to come is welcome too. `asked_at`: when it
    was asked for, if not now: a token that was good then is.
    """

    asked: DeliveryGroupInput
    lines: tuple[LineDraft, ...]
    at: At
    store: LocationCode | None = None
    rest: bool = False
    later: bool = False
    asked_at: datetime | None = None

    @property
    def goods(self) -> tuple[SkuQuantity, ...]:
        return gathered((line.sku, line.quantity) for line in self.lines)


def chosen_way(quoter: Quoter, wish: GroupWish, problems: Problems) -> Way:
    """Return what the group goes by, after noting what is missing for it or contradicts it."""
    way = chosen_service(quoter, wish, problems)
    if way is not None:
        check_way(quoter.context, wish, way.method, way if isinstance(way, PromiseToken) else None, problems)
    return way


def chosen_service(quoter: Quoter, wish: GroupWish, problems: Problems) -> Way:
    """Return what the group goes by: its token, or the first service that it allows."""
    asked = wish.asked
    if asked.promise_token is not None:
        try:
            return verified(
                asked.promise_token,
                quoter.context.world.secrets.tokens,
                quoter.channel.code,
                wish.asked_at or quoter.context.now,
                (*wish.at, "promiseToken"),
            )
        except DomainError as error:
            problems.add(error)
            return None
    if asked.service_code is None and asked.method is None:
        problems.refuse("REQUIRED", "Say how it is to go: promiseToken, serviceCode or method.", *wish.at, "promiseToken")
        return None
    found = services(quoter.channel, asked)
    if not found:
        offered = ", ".join(service.code for service in quoter.channel.services)
        field = "serviceCode" if asked.service_code is not None else "method"
        wanted = " by ".join(word for word in (asked.service_code, asked.method) if word is not None)
        message = f"{quoter.channel.name} offers no {wanted}; it offers: {offered}."
        problems.refuse("NOT_DELIVERABLE" if field == "method" else "NOT_FOUND", message, *wish.at, field)
        return None
    return found[0]


def services(channel: Channel, asked: DeliveryGroupInput) -> list[DeliveryService]:
    return [
        service
        for service in channel.services
        if asked.service_code in {None, service.code} and (asked.method is None or asked.method == service.method)
    ]


def check_way(context: Context, wish: GroupWish, method: DeliveryMethod, token: PromiseToken | None, problems: Problems) -> None:
    """Note what is missing or contradicts the way it goes."""
    asked = wish.asked
    if method == "CARRY_OUT":
        if wish.store is None:
            problems.refuse("REQUIRED", "Goods are carried out of a store: name it in placedAtLocationCode.", "placedAtLocationCode")
    elif method in COLLECTED_METHODS:
        check_store(context, wish, token, problems)
    else:
        check_address(wish, method, problems)
        check_point(context, wish, method, token, problems)
    if token and asked.service_code not in {None, token.service}:
        problems.refuse("INVALID", f"The token promises {token.service}; leave serviceCode out.", *wish.at, "serviceCode")
    if token and asked.method not in {None, token.method}:
        problems.refuse("INVALID", f"The token promises {token.method}; leave method out.", *wish.at, "method")


def check_address(wish: GroupWish, method: DeliveryMethod, problems: Problems) -> None:
    """Note what a carrier would miss, and a place of collection that delivered goods never reach."""
    address = wish.asked.address
    if address is None and method != "PICKUP_POINT":
        problems.refuse("REQUIRED", "Say where the goods go.", *wish.at, "address")
    elif address is not None and method != "PICKUP_POINT":
        given = {"line1": address.line1, "postalCode": address.postal_code, "city": address.city}
        for name in (name for name, text in given.items() if not (text or "").strip()):
            problems.refuse("REQUIRED", f"{name} is missing; a carrier needs line1, postalCode and city.", *wish.at, "address", name)
    if method != "PICKUP_POINT" and wish.asked.pickup_point is not None:
        problems.refuse("INVALID", f"{method} goes to the address; leave pickupPoint out.", *wish.at, "pickupPoint")
    if wish.asked.pickup_location_code is not None:
        problems.refuse("INVALID", f"{method} goes to the address; leave pickupLocationCode out.", *wish.at, "pickupLocationCode")


def check_point(context: Context, wish: GroupWish, method: DeliveryMethod, token: PromiseToken | None, problems: Problems) -> None:
    """Note a parcel shop or locker that is missing, unknown, another than was promised, or without an address."""
    asked, promised, field = wish.asked.pickup_point, token.pickup_point if token else None, (*wish.at, "pickupPoint")
    if method != "PICKUP_POINT":
        return
    if asked is None and promised is None:
        problems.refuse("REQUIRED", "Say at which parcel shop or locker it is collected.", *field)
    elif asked is not None and promised is not None and (asked.carrier_code, asked.code) != promised:
        problems.refuse("INVALID", f"The token promises {' '.join(promised)}; leave pickupPoint out, or ask for another promise.", *field)
    carrier, code = promised or (asked.carrier_code if asked else "", asked.code if asked else "")
    known, listed = context.world.points.point(carrier, code), context.world.points.has(carrier)
    if listed and known is None:
        problems.unknown(f"point of {carrier}", code, *field, "code")
    elif asked is not None and not listed and asked.address is None and wish.asked.address is None:
        problems.refuse("REQUIRED", f"The points of {carrier} are not known here: say where this one is.", *field, "address")


def at_its_point(context: Context, wish: GroupWish, way: Way) -> GroupWish:
    """Return the wish with the parcel shop that its token promises, and with what is known of it."""
    promised = way.pickup_point if isinstance(way, PromiseToken) else None
    asked = wish.asked.pickup_point or (PickupPoint(*promised) if promised else None)
    if asked is None:
        return wish
    known = context.world.points.point(asked.carrier_code, asked.code)
    return replace(wish, asked=replace(wish.asked, pickup_point=chosen(asked.carrier_code, known) if known else asked))


def check_store(context: Context, wish: GroupWish, token: PromiseToken | None, problems: Problems) -> None:
    code, field = wish.asked.pickup_location_code, (*wish.at, "pickupLocationCode")
    if code is None and token is None:
        problems.refuse("REQUIRED", "Say where the customer collects it.", *field)
    elif code is not None and LocationCode(code) not in context.surroundings.locations:
        problems.unknown("location", code, *field)
    elif code is not None and token and code != token.pickup_location:
        message = f"The token promises collection at {token.pickup_location}; leave pickupLocationCode out, or ask for another promise."
        problems.refuse("INVALID", message, *field)


def request_for(quoter: Quoter, wish: GroupWish, codes: Sequence[str], pickup: str | None) -> PromiseRequest:
    return PromiseRequest(
        lines=wish.goods,
        destination=destination(quoter.context, wish.asked),
        pickup_location=LocationCode(pickup) if pickup else None,
        pickup_carrier=wish.asked.pickup_point.carrier_code if wish.asked.pickup_point else None,
        pickup_code=wish.asked.pickup_point.code if wish.asked.pickup_point else None,
        services=tuple(codes),
        max_pickup_locations=1,
        desired_by=wish.asked.promised_by,
        at_location=wish.store,
        supply_to_come=wish.later or wish.asked.promise_token is not None,
    )


def destination(context: Context, asked: DeliveryGroupInput) -> Destination | None:
    address = goes_to(asked)
    if address is None:
        return None
    return located(context, Destination(address.country_code, address.postal_code, asked.position if address is asked.address else None))


def goes_to(asked: DeliveryGroupInput) -> Address | None:
    """Return where the goods go: to the parcel shop whose address is known, else to the customer's."""
    return (asked.pickup_point.address if asked.pickup_point else None) or asked.address


def own_fee(wish: GroupWish, fee: Decimal) -> Decimal:
    return wish.asked.fee.amount if wish.asked.fee is not None else fee


def where(wish: GroupWish) -> dict[str, Any]:
    address = goes_to(wish.asked)
    return {
        "country_code": address.country_code if address else None,
        "postal_code": address.postal_code if address else None,
        "pickup_point": wish.asked.pickup_point,
        "instructions": wish.asked.instructions,
    }
