"""What an order is to be, checked as far as it can be without planning: goods, prices, places, hold, customer and payments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.catalogue import Attribute
from gateway.domain.errors import DomainError
from gateway.domain.ids import LocationCode, Rid
from gateway.domain.location import LONGEST_POSTAL_CODE, Address
from gateway.domain.network import Channel
from gateway.domain.order import OrderHold
from gateway.domain.ordering.drafts import LineDraft
from gateway.domain.personal import PersonalData
from gateway.ports.order_book import Record
from resolvers.commands.goods import channel_asked, products_asked
from resolvers.commands.inputs import DeliveryGroupInput, PlaceOrder
from resolvers.commands.order_lines import MOST_ATTRIBUTES, check_size, is_sound, line_drafts, may_price
from resolvers.commands.order_reference import check_reference
from resolvers.commands.own_hold import check_held, own_hold
from resolvers.commands.problems import Problems
from resolvers.commands.request import RequestMark
from resolvers.context import Context

LONGEST_TEXT = 500
LONGEST_NOTE = 2_000
BLANKS = frozenset("\t\n\r")


@dataclass(frozen=True, slots=True)
class OrderWish:
    """`held` is the caller's own hold that is to become the order; `lines` stand by delivery group."""

    channel: Channel
    lines: tuple[tuple[LineDraft, ...], ...]
    held: Record | None
    store: LocationCode | None

    def rid(self, mark: RequestMark) -> Rid:
        return self.held.rid if self.held else mark.by


async def order_wish(context: Context, command: PlaceOrder, mark: RequestMark, problems: Problems) -> OrderWish:
    """Return what was asked for; `problems` then holds what is wrong with it."""
    channel = channel_asked(context, command.channel_code, problems)
    check_size(command.delivery_groups, problems)
    products = await products_asked(context, [line.sku for group in command.delivery_groups for line in group.lines])
    lines = tuple(
        line_drafts(context, channel, group, products, problems, "deliveryGroups", g) for g, group in enumerate(command.delivery_groups)
    )
    for g, group in enumerate(command.delivery_groups):
        check_own_terms(context, channel, group, problems, "deliveryGroups", g)
    store = store_asked(context, command, problems)
    check_terms(context, command, problems)
    check_texts(command, problems)
    held = await hold_asked(context, command, channel, problems)
    await check_reference(context, command, held.rid if held else mark.by, problems)
    return OrderWish(channel, lines, held, store)


def check_own_terms(context: Context, channel: Channel, group: DeliveryGroupInput, problems: Problems, *at: str | int) -> None:
    """Note terms that only callers with prices of their own may set."""
    if group.fee is not None and may_price(context, problems, *at, "fee"):
        is_sound(group.fee, channel, problems, *at, "fee")
    if group.promised_by is not None and may_price(context, problems, *at, "promisedBy") and group.promised_by <= context.now:
        problems.refuse("OUT_OF_RANGE", "promisedBy has passed; promise a later hour.", *at, "promisedBy")


def store_asked(context: Context, command: PlaceOrder, problems: Problems) -> LocationCode | None:
    """Return the store in which the order is taken: staff's own only."""
    code, field = command.placed_at_location_code, "placedAtLocationCode"
    if code is None:
        return None
    if context.principal.kind not in {"STAFF", "OPERATOR"}:
        problems.refuse("NOT_ALLOWED_HERE", "Only staff take orders in a store; leave placedAtLocationCode out.", field)
    elif LocationCode(code) not in context.surroundings.locations:
        problems.unknown("location", code, field)
    elif not context.principal.acts_at(LocationCode(code)):
        own = ", ".join(sorted(context.principal.locations))
        problems.refuse("NOT_ALLOWED_HERE", f"You do not work at {code}; your places are: {own}.", field)
    return LocationCode(code)


def check_terms(context: Context, command: PlaceOrder, problems: Problems) -> None:
    if command.hold and command.hold.until is not None and command.hold.until <= context.now:
        problems.refuse("OUT_OF_RANGE", "The hold's end has passed; name a later hour, or none.", "hold", "until")
    if command.placed_at is not None and may_price(context, problems, "placedAt") and command.placed_at > context.now:
        problems.refuse("OUT_OF_RANGE", "placedAt lies ahead; send when the customer ordered.", "placedAt")


def check_texts(command: PlaceOrder, problems: Problems) -> None:
    for text, most, *field in texts(command):
        if text is not None and len(text) > most:
            problems.refuse("TOO_MANY", f"{field[-1]} has {len(text)} characters; send at most {most}.", *field)
        if text is not None and (sign := next((sign for sign in text if is_control(sign)), None)):
            problems.refuse("INVALID", f"{field[-1]} holds the control character U+{ord(sign):04X}; send text without it.", *field)
    if len(command.attributes) > MOST_ATTRIBUTES:
        problems.refuse("TOO_MANY", f"An order has at most {MOST_ATTRIBUTES} attributes.", "attributes")


def is_control(sign: str) -> bool:
    """Tell whether a sign is none that a label, an XML or an EDI file can carry."""
    return sign not in BLANKS and (sign < " " or sign == "\x7f")


def texts(command: PlaceOrder) -> Iterator[tuple[str | None, int, *tuple[str | int, ...]]]:
    """Yield every free text with its bound and its place."""
    who = command.customer
    for name in ("reference", "name", "email", "phone", "locale"):
        yield getattr(who, name), LONGEST_TEXT, "customer", name
    yield command.reference, LONGEST_TEXT, "reference"
    yield (command.hold.note if command.hold else None), LONGEST_NOTE, "hold", "note"
    yield from attribute_texts(command.attributes, "attributes")
    for n, payment in enumerate(command.payments):
        yield payment.provider, LONGEST_TEXT, "payments", n, "provider"
        yield payment.reference, LONGEST_TEXT, "payments", n, "reference"
    yield from address_texts(command.billing_address, "billingAddress")
    for g, group in enumerate(command.delivery_groups):
        yield group.instructions, LONGEST_NOTE, "deliveryGroups", g, "instructions"
        yield from address_texts(group.address, "deliveryGroups", g, "address")
        point = group.pickup_point
        yield from address_texts(point.address if point else None, "deliveryGroups", g, "pickupPoint", "address")
        for n, line in enumerate(group.lines):
            yield line.reference, LONGEST_TEXT, "deliveryGroups", g, "lines", n, "reference"
            yield from attribute_texts(line.attributes, "deliveryGroups", g, "lines", n, "attributes")


def attribute_texts(attributes: Sequence[Attribute], *at: str | int) -> Iterator[tuple[str | None, int, *tuple[str | int, ...]]]:
    for n, attribute in enumerate(attributes):
        for field, text, most in (("name", attribute.name, LONGEST_TEXT), ("value", attribute.value, LONGEST_NOTE)):
            place: tuple[str | int, ...] = (*at, n, field)
            yield text, most, *place


def address_texts(address: Address | None, *at: str | int) -> Iterator[tuple[str | None, int, *tuple[str | int, ...]]]:
    names = {"name": "name", "line1": "line1", "line2": "line2", "postal_code": "postalCode", "city": "city", "region": "region"}
    for name, field in names.items() if address else ():
        yield getattr(address, name), LONGEST_POSTAL_CODE if name == "postal_code" else LONGEST_TEXT, *at, field


async def hold_asked(context: Context, command: PlaceOrder, channel: Channel, problems: Problems) -> Record | None:
    """Return the caller's own hold; notes one that is unknown, has ended, or is another channel's."""
    if command.reservation_id is None:
        return None
    field = ("reservationId",)
    try:
        record = await own_hold(context, command.reservation_id, field)
        check_held(context, record, field)
    except DomainError as error:
        problems.add(error)
        return None
    if record.reservation and record.reservation.channel != channel.code:
        message = f"This reservation was made for the channel {record.reservation.channel}; reserve again for {channel.code}."
        problems.refuse("RESERVATION_MISMATCH", message, *field)
    return record


def personal_data(command: PlaceOrder, rid: Rid) -> PersonalData:
    who = command.customer
    addresses = {str(g): group.address for g, group in enumerate(command.delivery_groups, 1) if group.address}
    return PersonalData(rid, who.name, who.email, who.phone, who.locale, who.reference, command.billing_address, addresses)


def order_hold(command: PlaceOrder) -> OrderHold | None:
    return OrderHold(command.hold.reason, command.hold.until, command.hold.note) if command.hold else None
