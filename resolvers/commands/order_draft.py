"""An order as it is about to be placed: checked, planned and priced; and what of its payments does not fit it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.domain.ordering.drafts import GroupDraft, OrderDraft
from gateway.domain.promise.explained import as_planned
from gateway.domain.quantities import Money, money
from gateway.domain.sourcing.strategy import Sourced
from gateway.domain.sourcing_terms import SourcingProfile, shortage_policies
from resolvers.commands.goods import products_asked
from resolvers.commands.group_plan import planned
from resolvers.commands.group_wish import GroupWish, Way, at_its_point, chosen_way, request_for
from resolvers.commands.inputs import PlaceOrder
from resolvers.commands.order_lines import value_of
from resolvers.commands.order_wish import OrderWish, order_hold, order_wish
from resolvers.commands.payments import check_amount, check_payments, payments_told
from resolvers.commands.placing import Placing
from resolvers.commands.problems import Problems
from resolvers.commands.quoting import Quoter, first_option
from resolvers.commands.request import RequestMark
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order that can be placed."""

    wish: OrderWish
    draft: OrderDraft
    placing: Placing


async def prepared(context: Context, command: PlaceOrder, mark: RequestMark) -> Prepared:
    """Check and plan; raises everything that stands against it."""
    problems = Problems()
    wish = await order_wish(context, command, mark, problems)
    for n, payment in enumerate(command.payments):
        check_amount(payment.amount, wish.channel.currency, problems, "payments", n)
    products = await products_asked(context, [line.sku for lines in wish.lines for line in lines])
    quoter = Quoter(context, wish.channel, products, wish.held.claims if wish.held else ())
    profile = context.surroundings.profile(wish.channel.code)
    wishes = group_wishes(command, wish, profile)
    ways = [chosen_way(quoter, one, problems) for one in wishes]
    problems.stop()
    wishes = tuple(at_its_point(context, one, way) for one, way in zip(wishes, ways, strict=True))
    quoter, groups = await context.planned(lambda: planned_anew(quoter, wishes, ways))
    check_paid(command, total(groups, wish.channel.currency), problems)
    problems.stop()
    draft = replace(order_draft(context, command, mark, wish, groups), waits_until=max(quoter.facts().released_at.values(), default=None))
    return Prepared(wish, draft, Placing(quoter, wishes, groups, rest=cancels_rest(command, profile)))


def group_wishes(command: PlaceOrder, wish: OrderWish, profile: SourcingProfile) -> tuple[GroupWish, ...]:
    rest, later = cancels_rest(command, profile), backorders(command, profile)
    return tuple(
        GroupWish(group, wish.lines[g], ("deliveryGroups", str(g)), wish.store, rest, later)
        for g, group in enumerate(command.delivery_groups)
    )


def cancels_rest(command: PlaceOrder, profile: SourcingProfile) -> bool:
    return "CANCEL" in shortage_policies(profile) if command.on_shortage is None else command.on_shortage == "CANCEL_REST"


def backorders(command: PlaceOrder, profile: SourcingProfile) -> bool:
    return "BACKORDER" in shortage_policies(profile) if command.on_shortage is None else command.on_shortage == "BACKORDER"


def planned_anew(quoter: Quoter, wishes: Sequence[GroupWish], ways: Sequence[Way]) -> tuple[Quoter, tuple[GroupDraft, ...]]:
    """Plan from the start, with a quoter of which nothing is taken yet; raises all that stands against it."""
    problems, fresh = Problems(), replace(quoter, taken=[])
    groups = planned_groups(fresh, wishes, ways, problems)
    problems.stop()
    return fresh, groups


def planned_groups(quoter: Quoter, wishes: Sequence[GroupWish], ways: Sequence[Way], problems: Problems) -> tuple[GroupDraft, ...]:
    """Plan one group after the other; what an earlier one takes is gone for a later one."""
    groups = []
    for wish, way in zip(wishes, ways, strict=True):
        group = planned(quoter, wish, way, problems)
        if group is not None:
            groups.append(group if group.sourced else replace(group, sourced=as_promised(quoter, wish, group)))
            quoter.take(group.plan)
    return tuple(groups)


def as_promised(quoter: Quoter, wish: GroupWish, group: GroupDraft) -> Sourced:
    """Return how a plan stands that was not searched for now: redeemed from a quote, or off the shelf where it is collected."""
    request = request_for(quoter, wish, [group.service], group.pickup_location)
    return as_planned(quoter.facts(), group.plan, request.destination, first_option(quoter.options(request)))


def total(groups: Sequence[GroupDraft], currency: str) -> Money:
    return money(sum((value_of(group.lines) + group.fee for group in groups), Decimal(0)), currency)


def check_paid(command: PlaceOrder, owed: Money, problems: Problems) -> None:
    """Note payments that do not come to what the order costs; an order that waits for its payment may be paid in part."""
    waits = command.hold is not None and command.hold.reason == "PAYMENT"
    check_payments(command.payments, (), owed, problems, in_part=waits)


def order_draft(context: Context, command: PlaceOrder, mark: RequestMark, wish: OrderWish, groups: tuple[GroupDraft, ...]) -> OrderDraft:
    return OrderDraft(
        rid=wish.rid(mark),
        channel=wish.channel.code,
        currency=wish.channel.currency,
        groups=groups,
        owner=context.principal.identity,
        placed_by=context.principal.actor,
        payments=payments_told(command.payments),
        hold=order_hold(command),
        placed_at_location=wish.store,
        reference=command.reference,
        customer_reference=command.customer.reference,
        attributes=command.attributes,
        placed_at=command.placed_at,
    )
