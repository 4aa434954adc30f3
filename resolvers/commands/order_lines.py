"""The lines of an order: goods that the channel sells, at its prices, or at the caller's own where it may set them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from gateway.domain.catalogue import Product
from gateway.domain.ids import Sku
from gateway.domain.network import Channel
from gateway.domain.ordering.drafts import LineDraft
from gateway.domain.quantities import MAX_QUANTITY, Money, money, smallest
from resolvers.commands.goods import MOST_LINES, check_priced, check_quantity, check_sold
from resolvers.commands.inputs import DeliveryGroupInput, OrderLineInput
from resolvers.commands.problems import Problems
from resolvers.context import Context

MOST_GROUPS = 20
MOST_ATTRIBUTES = 50
MOST_AMOUNT = Decimal(10_000_000)
"""Most that one amount may come to; more is taken for a mistake."""
OWN_PRICES = "prices:write"


def check_size(groups: Sequence[DeliveryGroupInput], problems: Problems) -> None:
    """Note lists that are empty or too long; without sound lists nothing else is looked at."""
    if not groups:
        problems.refuse("REQUIRED", "deliveryGroups is empty; send the lines that go the same way as one group.", "deliveryGroups")
    if len(groups) > MOST_GROUPS:
        problems.refuse("TOO_MANY", f"deliveryGroups has {len(groups)} entries; send at most {MOST_GROUPS}.", "deliveryGroups")
    if sum(len(group.lines) for group in groups) > MOST_LINES:
        problems.refuse("TOO_MANY", f"An order has at most {MOST_LINES} lines; split it.", "deliveryGroups")
    for g, group in enumerate(groups):
        if not group.lines:
            problems.refuse("REQUIRED", "lines is empty; name what is bought, or leave the group out.", "deliveryGroups", g, "lines")
    problems.stop()


def line_drafts(
    context: Context, channel: Channel, group: DeliveryGroupInput, products: Mapping[Sku, Product], problems: Problems, *at: str | int
) -> tuple[LineDraft, ...]:
    """Return the lines with what they cost; notes what is wrong with each."""
    drafts = []
    for n, line in enumerate(group.lines):
        product = products.get(Sku(line.sku))
        here = (*at, "lines", n)
        check_quantity(line.quantity, problems, *here, "quantity")
        check_sold(line.sku, product, channel, context.now, problems, *here, "sku")
        if len(line.attributes) > MOST_ATTRIBUTES:
            problems.refuse("TOO_MANY", f"A line has at most {MOST_ATTRIBUTES} attributes.", *here, "attributes")
        price = unit_price(context, channel, line, product, problems, *here)
        discount = discount_of(context, channel, line, price, problems, *here)
        drafts.append(LineDraft(Sku(line.sku), line.quantity, price, discount, line.reference, line.attributes))
    return tuple(drafts)


def unit_price(
    context: Context, channel: Channel, line: OrderLineInput, product: Product | None, problems: Problems, *at: str | int
) -> Decimal:
    """Return what a unit costs: the channel's price decides; a caller with prices of its own may name another."""
    shown = line.unit_price
    if shown is not None and not is_sound(shown, channel, problems, *at, "unitPrice"):
        return Decimal(0)
    if shown is not None and context.principal.may(OWN_PRICES):
        return shown.amount
    check_priced(product, channel, problems, *at, "sku")
    price = product.price_in(channel.code, channel.currency) if product else None
    if price is None:
        return Decimal(0)
    if shown is not None and shown.amount != price.amount:
        message = f"{line.sku} costs {price.amount} {price.currency}, not {shown.amount}; show the customer the price and ask again."
        problems.refuse("PRICE_CHANGED", message, *at, "unitPrice")
    return price.amount


def discount_of(context: Context, channel: Channel, line: OrderLineInput, price: Decimal, problems: Problems, *at: str | int) -> Decimal:
    if line.discount is None or not may_price(context, problems, *at, "discount"):
        return Decimal(0)
    if is_sound(line.discount, channel, problems, *at, "discount") and line.discount.amount > price * min(line.quantity, MAX_QUANTITY):
        problems.refuse("OUT_OF_RANGE", "The discount is more than the line costs.", *at, "discount")
    return line.discount.amount


def may_price(context: Context, problems: Problems, *field: str | int) -> bool:
    """Note a value that only callers with prices of their own may set."""
    if not context.principal.may(OWN_PRICES):
        problems.refuse("NOT_ALLOWED_HERE", f"{field[-1]} is for callers who set their own prices; leave it out.", *field)
        return False
    return True


def is_sound(amount: Money, channel: Channel, problems: Problems, *field: str | int) -> bool:
    """Tell whether an amount is in the channel's currency and neither negative nor absurd; notes what is wrong."""
    if amount.currency != channel.currency:
        problems.refuse("CURRENCY_MISMATCH", f"{channel.name} sells in {channel.currency}, not in {amount.currency}.", *field)
        return False
    if not 0 <= amount.amount <= MOST_AMOUNT or amount.amount != money(amount.amount, amount.currency).amount:
        problems.refuse(
            "OUT_OF_RANGE", f"{amount.amount} is no amount; send 0 to {MOST_AMOUNT}, in steps of {smallest(amount.currency)}.", *field
        )
        return False
    return True


def value_of(lines: Sequence[LineDraft]) -> Decimal:
    return sum((line.unit_price * line.quantity - line.discount for line in lines), Decimal(0))
