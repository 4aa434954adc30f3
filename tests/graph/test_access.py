"""Who may ask for what, before any work is done."""

from typing import Any

import pytest

from gateway.domain.errors import Forbidden, Unauthenticated
from gateway.domain.ids import LocationCode
from gateway.domain.principal import Principal
from schema.access import RULES, check
from tests.graph.conftest import CLERK, MAKER, MARKETPLACE, OPERATOR, SHOPPER, Asked, Retail, caller

CALLERS = {"storefront": SHOPPER, "staff": CLERK, "marketplace": MARKETPLACE, "supplier": MAKER, "operator": OPERATOR}
ALL = set(CALLERS)
SELLERS = ALL - {"supplier"}
WORKERS = {"staff", "supplier", "operator"}
EXPECTED: dict[str, set[str]] = {
    "Query.node": ALL,
    "Query.nodes": ALL,
    "Query.viewer": ALL,
    "Query.channels": ALL,
    "Query.product": ALL,
    "Query.productsBySku": ALL,
    "Query.products": ALL,
    "Query.location": ALL,
    "Query.locations": ALL,
    "Query.availability": ALL,
    "Query.deliveryPromises": ALL,
    "Query.earliestDeliveries": ALL,
    "Query.reservation": SELLERS,
    "Query.order": SELLERS,
    "Query.orders": {"staff", "marketplace", "operator"},
    "Query.fulfillment": ALL,
    "Query.fulfillments": WORKERS,
    "Query.sources": ALL,
    "Query.handOvers": {"operator"},
    "Mutation.reserveStock": SELLERS,
    "Mutation.changeReservation": SELLERS,
    "Mutation.extendReservation": SELLERS,
    "Mutation.releaseReservation": SELLERS,
    "Mutation.placeOrder": SELLERS,
    "Mutation.routeOrder": {"operator"},
    "Mutation.publishSourcingProfile": {"operator"},
    "Query.sourcingProfiles": {"operator"},
    "Query.simulateSourcing": {"operator"},
    "Mutation.cancelOrder": SELLERS,
    "Mutation.holdOrder": {"staff", "operator"},
    "Mutation.releaseOrder": {"staff", "operator"},
    "Mutation.acceptFulfillment": WORKERS,
    "Mutation.rejectFulfillment": WORKERS,
    "Mutation.pickFulfillment": WORKERS,
    "Mutation.packFulfillment": WORKERS,
    "Mutation.shipFulfillment": WORKERS,
    "Mutation.markReadyForPickup": WORKERS,
    "Mutation.collectFulfillment": WORKERS,
    "Mutation.reportDelivery": WORKERS,
    "Mutation.changeDelivery": {"storefront", "staff", "operator"},
    "Mutation.claimFulfillment": WORKERS,
    "Mutation.answerCancellation": WORKERS,
    "Mutation.reassignFulfillment": {"operator"},
    "Mutation.resolveHandOver": {"operator"},
    "Mutation.pauseLocation": WORKERS,
    "Mutation.setCapacity": WORKERS,
    "Mutation.resumeLocation": WORKERS,
    "Subscription.stockChanged": ALL,
    "Subscription.availabilityChanged": ALL,
    "Subscription.orderChanged": SELLERS,
}


def test_the_table_of_expectations_is_whole() -> None:
    assert set(EXPECTED) == set(RULES)


@pytest.mark.parametrize("field", EXPECTED)
def test_each_kind_of_caller_may_use_its_fields_and_no_others(field: str) -> None:
    assert {name for name, who in CALLERS.items() if may(field, who)} == EXPECTED[field]


def may(field: str, who: Principal) -> bool:
    try:
        check(RULES[field], who)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize("field", ["Mutation.reserveStock", "Mutation.placeOrder", "Query.reservation"])
def test_a_storefronts_own_objects_need_the_shoppers_session(field: str) -> None:
    with pytest.raises(Unauthenticated, match="x-session"):
        check(RULES[field], caller("STOREFRONT", channel="web"))


async def test_a_forbidden_field_is_null_and_does_no_work(ask: Asked, retail: Retail) -> None:
    (error,) = await ask("{ handOvers { totalCount } }", SHOPPER, errors=True)
    assert (error.path, error.original_error.code, error.message) == (["handOvers"], "FORBIDDEN", "This needs the scope sources:read.")
    assert retail.locations.calls["locations"] == 0


@pytest.mark.parametrize(("who", "locations"), [(CLERK, {"LYO"}), (MAKER, {"NTE"}), (OPERATOR, None)])
async def test_a_work_list_without_places_is_that_of_ones_own(ask: Asked, retail: Retail, who: Any, locations: set[str] | None) -> None:
    await ask("{ fulfillments(filter: {}) { totalCount } }", who)
    expected = None if locations is None else frozenset(LocationCode(code) for code in locations)
    assert [query.locations for query, *_ in retail.orders.asked] == [expected]
