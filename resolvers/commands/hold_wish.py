"""What is to be held: lines of goods checked one by one, or the plans that promise tokens name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from gateway.domain.allocation import Need
from gateway.domain.errors import DomainError
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.network import Channel
from gateway.domain.promise.taken import units_of
from gateway.domain.promise.token import PromiseToken, verified
from gateway.domain.scope import in_channel
from resolvers.commands.goods import MOST_LINES, check_priced, check_quantity, check_sold, products_asked
from resolvers.commands.inputs import ReserveLine
from resolvers.commands.problems import Problems
from resolvers.context import Context

MOST_TOKENS = 20


async def needs_asked(context: Context, channel: Channel, lines: Sequence[ReserveLine], problems: Problems) -> tuple[Need, ...]:
    """Return what the lines need; notes what is wrong with each."""
    if not lines:
        problems.refuse("REQUIRED", "lines is empty; name what is to be held.", "lines")
    if len(lines) > MOST_LINES:
        problems.refuse("TOO_MANY", f"lines has {len(lines)} entries; send at most {MOST_LINES}.", "lines")
        return ()
    products = await products_asked(context, [line.sku for line in lines])
    for n, line in enumerate(lines):
        product = products.get(Sku(line.sku))
        check_quantity(line.quantity, problems, "lines", n, "quantity")
        check_sold(line.sku, product, channel, context.now, problems, "lines", n, "sku")
        check_priced(product, channel, problems, "lines", n, "sku")
        check_place(context, channel, line.location_code, problems, "lines", n, "locationCode")
    return tuple(Need(Sku(line.sku), line.quantity, LocationCode(line.location_code) if line.location_code else None) for line in lines)


def check_place(context: Context, channel: Channel, code: str | None, problems: Problems, *field: str | int) -> None:
    """Note what keeps a named place from supplying the channel."""
    if code is None:
        return
    place = context.surroundings.locations.get(LocationCode(code))
    if place is None:
        problems.unknown("location", code, *field)
    elif not in_channel(channel, place):
        problems.refuse("NOT_ALLOWED_HERE", f"{code} does not sell for {channel.name}; leave locationCode out.", *field)
    elif place.status == "PAUSED":
        problems.refuse("LOCATION_PAUSED", f"{place.name} takes no work now; name another place.", *field)


def check_hold(channel: Channel, hold_s: int | None, problems: Problems) -> timedelta:
    """Return how long to hold; notes what lies outside the channel's bounds."""
    longest = int(channel.max_hold.total_seconds())
    if hold_s is None:
        return channel.hold
    if not 1 <= hold_s <= longest:
        problems.refuse("OUT_OF_RANGE", f"holdSeconds is {hold_s}; ask for 1 to {longest}.", "holdSeconds")
        return channel.hold
    return timedelta(seconds=hold_s)


def tokens_asked(context: Context, channel: Channel, texts: Sequence[str], problems: Problems) -> tuple[PromiseToken, ...]:
    if len(texts) > MOST_TOKENS:
        problems.refuse("TOO_MANY", f"promiseTokens has {len(texts)} entries; send at most {MOST_TOKENS}.", "promiseTokens")
        return ()
    tokens = []
    for n, text in enumerate(texts):
        try:
            tokens.append(verified(text, context.world.secrets.tokens, channel.code, context.now, ("promiseTokens", str(n))))
        except DomainError as error:
            problems.add(error)
    return tuple(tokens)


def needs_of_plans(needs: Sequence[Need], tokens: Sequence[PromiseToken], problems: Problems) -> tuple[Need, ...]:
    """Return the lines' needs with the places of the plans behind the tokens; both must speak of the same goods."""
    if not tokens:
        return tuple(needs)
    asked, promised = units_by_sku(needs), units_by_sku([need for token in tokens for need in planned_needs(token)])
    if asked != promised:
        told = ", ".join(f"{quantity} x {sku}" for sku, quantity in sorted(promised.items()))
        problems.refuse("INVALID", f"promiseTokens promise other goods than lines: {told}. Send lines of the same goods.", "promiseTokens")
        return tuple(needs)
    shelf = [need for token in tokens for need in planned_needs(token)]
    return tuple(part for need in needs for part in dealt(need, shelf))


def planned_needs(token: PromiseToken) -> list[Need]:
    """Return what the plan takes where: of what is there, and of supply to come."""
    shelf = [Need(sku, units, place) for (sku, place), units in units_of(token.shipments).items()]
    return [*shelf, *(Need(one.sku, one.units, shipment.location, one) for shipment in token.shipments for one in shipment.awaits)]


def dealt(need: Need, shelf: list[Need]) -> list[Need]:
    """Take a line's units off the planned ones, place by place."""
    parts: list[Need] = []
    left = need.units
    for n, planned in enumerate(shelf):
        units = min(left, planned.units) if planned.sku == need.sku else 0
        if units:
            parts.append(replace(planned, units=units))
            shelf[n] = replace(planned, units=planned.units - units)
            left -= units
    return parts


def units_by_sku(needs: Sequence[Need]) -> dict[Sku, int]:
    units: dict[Sku, int] = {}
    for need in needs:
        units[need.sku] = units.get(need.sku, 0) + need.units
    return units
