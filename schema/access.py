"""Who may ask for what: one rule beside each root field, checked before any work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from gateway.domain.errors import Forbidden, Unauthenticated
from gateway.domain.network import CallerKind
from gateway.domain.principal import Principal
from gateway.domain.urgency import Urgency


@dataclass(frozen=True, slots=True)
class Rule:
    """Kinds of caller that may use a field (none named: all), a scope they need, and whether a storefront must name its session.

    `urgency` tells how long it is still answered under overload.
    """

    kinds: frozenset[CallerKind] = frozenset()
    scope: str | None = None
    session: bool = False
    urgency: Urgency = Urgency.STATUS


ANYONE = Rule()
SEARCHING = Rule(scope="catalogue:read", urgency=Urgency.SEARCH)
SHOPPING = Rule(scope="catalogue:read", urgency=Urgency.STOCK)
FINDING_PLACES = Rule(scope="catalogue:read")
OWN_HOLD = Rule(scope="reservations:write", session=True)
HOLDING = replace(OWN_HOLD, urgency=Urgency.RESERVE)
PLACING = Rule(scope="orders:place", session=True, urgency=Urgency.PLACE)
OWN_ORDER = Rule(frozenset({"STOREFRONT", "STAFF", "PARTNER", "OPERATOR"}))
"""The order itself says who may see it: its secret, its channel, its owner."""
CANCELING = Rule(scope="orders:place", urgency=Urgency.PLACE)
ORDER_LIST = Rule(frozenset({"STAFF", "PARTNER", "OPERATOR"}))
HOLDING_ORDERS = Rule(scope="orders:write", urgency=Urgency.PLACE)
CHANGING = Rule(frozenset({"STOREFRONT", "STAFF", "OPERATOR"}), urgency=Urgency.PLACE)
"""By the order's own secret, or by those who look after orders; the command says who."""
WORK_LIST = Rule(scope="fulfillments:write")
WORK = replace(WORK_LIST, urgency=Urgency.PLACE)
SOURCING = Rule(scope="sourcing:write", urgency=Urgency.PLACE)
INSIGHTS = Rule(scope="insights:read")
WATCHING_SOURCES = Rule(scope="sources:read")
MENDING_SOURCES = Rule(scope="sources:write")

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "Query.node": ANYONE,
        "Query.nodes": ANYONE,
        "Query.viewer": ANYONE,
        "Query.channels": ANYONE,
        "Query.product": SHOPPING,
        "Query.productsBySku": SHOPPING,
        "Query.products": SEARCHING,
        "Query.location": FINDING_PLACES,
        "Query.locations": FINDING_PLACES,
        "Query.availability": SHOPPING,
        "Query.deliveryPromises": SHOPPING,
        "Query.earliestDeliveries": SHOPPING,
        "Query.reservation": OWN_HOLD,
        "Query.order": OWN_ORDER,
        "Query.orders": ORDER_LIST,
        "Query.fulfillment": ANYONE,
        "Query.fulfillments": WORK_LIST,
        "Query.sources": ANYONE,
        "Query.handOvers": WATCHING_SOURCES,
        "Query.sourcingProfiles": INSIGHTS,
        "Query.simulateSourcing": INSIGHTS,
        "Mutation.reserveStock": HOLDING,
        "Mutation.changeReservation": HOLDING,
        "Mutation.extendReservation": HOLDING,
        "Mutation.releaseReservation": HOLDING,
        "Mutation.placeOrder": PLACING,
        "Mutation.routeOrder": SOURCING,
        "Mutation.publishSourcingProfile": SOURCING,
        "Mutation.cancelOrder": CANCELING,
        "Mutation.holdOrder": HOLDING_ORDERS,
        "Mutation.releaseOrder": HOLDING_ORDERS,
        "Mutation.acceptFulfillment": WORK,
        "Mutation.rejectFulfillment": WORK,
        "Mutation.pickFulfillment": WORK,
        "Mutation.packFulfillment": WORK,
        "Mutation.shipFulfillment": WORK,
        "Mutation.markReadyForPickup": WORK,
        "Mutation.collectFulfillment": WORK,
        "Mutation.reportDelivery": WORK,
        "Mutation.changeDelivery": CHANGING,
        "Mutation.claimFulfillment": WORK,
        "Mutation.answerCancellation": WORK,
        "Mutation.reassignFulfillment": SOURCING,
        "Mutation.resolveHandOver": MENDING_SOURCES,
        "Mutation.pauseLocation": WORK,
        "Mutation.setCapacity": WORK,
        "Mutation.resumeLocation": WORK,
        "Subscription.stockChanged": SHOPPING,
        "Subscription.availabilityChanged": SHOPPING,
        "Subscription.orderChanged": OWN_ORDER,
    }
)
"""By type and name of the field. What a caller sees of an object that it may ask for is the resolvers' matter (resolvers/sight.py)."""


URGENCY_BY_FIELD: Mapping[str, Urgency] = MappingProxyType({name.partition(".")[2]: rule.urgency for name, rule in RULES.items()})


def check(rule: Rule, who: Principal) -> None:
    """Raise Forbidden when the caller may not use a field, Unauthenticated when a storefront's request lacks its session."""
    if rule.kinds and who.kind not in rule.kinds:
        raise Forbidden("This is not for callers of your kind.")
    if rule.scope is not None:
        who.require(rule.scope)
    if rule.session and who.kind == "STOREFRONT" and not who.session:
        raise Unauthenticated("This needs the shopper's session: send 128 random bits of your own in the header x-session.")
