"""Redeeming a promise token: by the plan that it names, by another one that keeps its window, or not, with the best option instead."""

from dataclasses import replace

from gateway.domain.errors import PromiseChanged, Refused
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.location import Address
from gateway.domain.network import COLLECTED_METHODS, DeliveryService
from gateway.domain.ordering.drafts import GroupDraft
from gateway.domain.promise.options import DeliveryOption, Destination, Quote
from gateway.domain.promise.redemption import holds_for
from gateway.domain.promise.timetable import Timetable
from gateway.domain.promise.token import PromiseToken
from resolvers.commands.group_wish import GroupWish, own_fee, request_for, where
from resolvers.commands.quoting import Quoter, first_option
from resolvers.questions.promises import quote


def redeemed(quoter: Quoter, wish: GroupWish, token: PromiseToken) -> GroupDraft:
    """Return the group by the plan that its token names; raises PromiseChanged with the best option when that cannot be kept."""
    field = (*wish.at, "promiseToken")
    if token.lines != tuple(sorted(wish.goods, key=lambda line: line.sku)):
        told = ", ".join(f"{line.quantity} x {line.sku}" for line in token.lines)
        raise Refused(
            f"This promise is for other goods: {told}. Ask for delivery options of these lines.", refusal="TOKEN_INVALID", field=field
        )
    service = next((service for service in quoter.channel.services if service.code == token.service), None)
    if service is None:
        raise changed(quoter, wish, token, "NOT_OFFERED", f"{token.service} is no longer offered.")
    if goes_elsewhere(quoter, token, service, wish.asked.address):
        raise changed(quoter, wish, token, "OUT_OF_AREA", "The promise was made for another postal code.")
    missing = quoter.missing(token.shipments, service, token.pickup_location)
    if missing is None:
        return draft_of_token(wish, token)
    option = kept_elsewhere(quoter, wish, token)
    if option is None:
        raise changed(quoter, wish, token, missing.reason, missing.detail)
    return replace(draft_of_token(wish, token), plan=option.shipments, sourced=option.sourced)


def goes_elsewhere(quoter: Quoter, token: PromiseToken, service: DeliveryService, address: Address | None) -> bool:
    if token.method in COLLECTED_METHODS or token.pickup_point or address is None:
        return False
    timetable = Timetable(quoter.facts(), quoter.context.now)
    return not holds_for(timetable, token, service, Destination(address.country_code, address.postal_code))


def kept_elsewhere(quoter: Quoter, wish: GroupWish, token: PromiseToken) -> DeliveryOption | None:
    """Return another plan that keeps what the token promises; what is collected off a store's shelf has none."""
    request = replace(request_for(quoter, wish, [token.service], token.pickup_location), desired_by=token.latest)
    return first_option(quoter.options(request))


def changed(quoter: Quoter, wish: GroupWish, token: PromiseToken, reason: ExclusionReason, why: str) -> PromiseChanged:
    """Return the refusal of a token, with the best option that there is instead."""
    told = "see the option that can be kept" if (found := instead(quoter, wish, token)) else "ask for delivery options again"
    return PromiseChanged(f"{why[:-1]}; {told}.", reason=reason, option=found, field=(*wish.at, "promiseToken"))


def instead(quoter: Quoter, wish: GroupWish, token: PromiseToken) -> Quote | None:
    for codes in ([token.service], [service.code for service in quoter.channel.services if service.method == token.method]):
        request = request_for(quoter, wish, codes, wish.asked.pickup_location_code or token.pickup_location)
        option = first_option(quoter.options(request))
        if option is not None:
            return quote(quoter.context, quoter.channel, option, request.destination)
    return None


def draft_of_token(wish: GroupWish, token: PromiseToken) -> GroupDraft:
    return GroupDraft(
        service=token.service,
        method=token.method,
        lines=wish.lines,
        earliest=token.earliest,
        latest=token.latest,
        precision=token.precision,
        time_zone=token.time_zone,
        plan=token.shipments,
        fee=own_fee(wish, token.fee),
        pickup_location=token.pickup_location,
        collect_by=token.collect_by,
        **where(wish),
    )
