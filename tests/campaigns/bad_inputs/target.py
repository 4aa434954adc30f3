"""What is attacked: the whole graph over the memory ledger, with callers whose words carry a mark that no other may ever be told."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import structlog
from structlog.testing import capture_logs

from adapters.memory.search import CatalogueIndex
from gateway.app import limits_of
from gateway.domain.errors import Unauthenticated
from gateway.domain.principal import Principal
from gateway.http.admission import Admission, AdmissionBounds
from gateway.http.endpoint import GraphQLApp
from gateway.settings import Settings
from resolvers.context import Context
from schema.build import build_schema
from tests.domain.retailer import NANTES, WAREHOUSE
from tests.support.memory_shop import CLERK, MARKETPLACE, OPERATOR, OTHER_SHOPPER, SHOPPER, A, B, MemoryShop, caller
from tests.support.operations import PLACE, RESERVE

SUPPLIER = caller("SUPPLIER", NANTES, channel=None)
CALLERS = {
    "shopper": SHOPPER,
    "other": OTHER_SHOPPER,
    "clerk": CLERK,
    "marketplace": MARKETPLACE,
    "supplier": SUPPLIER,
    "operator": OPERATOR,
}
MARKS = {"shopper": "marigoldshopper", "other": "marigoldother", "marketplace": "marigoldmarket"}
SEES_ALL = frozenset({"clerk", "operator"})
"""Who looks after orders of others by right."""
UNITS = 1_000_000
FORBIDDEN_WORDS = ("Traceback", 'File "', ".py", " object at 0x", "Error(", "site-packages", "MongoDB", "NoneType")
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request."""

    status: int
    body: bytes

    @property
    def codes(self) -> list[str]:
        try:
            content = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return []
        errors = content.get("errors", []) if isinstance(content, dict) else []
        return [error["extensions"]["code"] for error in errors]


@dataclass
class Target:
    """The graph, and what callers may know: names that all can learn, and secrets of their own."""

    shop: MemoryShop
    app: GraphQLApp
    names: list[str] = field(default_factory=list)
    own: dict[str, list[str]] = field(default_factory=dict)

    async def post(
        self, body: bytes, who: str, headers: Mapping[str, str] | None = None, *, method: str = "POST", query: str = ""
    ) -> Answer:
        """Send bytes as they are, in one piece."""
        told = {"content-type": "application/json", "accept": "application/json", "authorization": who, **(headers or {})}
        scope = {
            "type": "http",
            "method": method,
            "path": "/graphql",
            "query_string": query.encode("utf-8", "surrogatepass"),
            "headers": [(name.encode("latin-1"), value.encode("utf-8", "surrogatepass")) for name, value in told.items()],
        }
        heard: list[dict[str, Any]] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not waiting:
                await asyncio.Event().wait()
            return waiting.pop()

        async def send(message: Any) -> None:
            heard.append(message)

        await self.app(scope, receive, send)  # type: ignore[arg-type]
        parts = b"".join(message.get("body", b"") for message in heard)
        return Answer(heard[0]["status"], parts)

    async def ask(self, query: str, who: str, **variables: Any) -> dict[str, Any]:
        answer = await self.post(orjson.dumps({"query": query, "variables": variables}), who)
        content: dict[str, Any] = orjson.loads(answer.body)
        assert "errors" not in content, content["errors"]
        data: dict[str, Any] = content["data"]
        return data


async def built() -> Target:
    """Return the graph with an order and a hold of each who may have one, each full of its mark."""
    shop = await MemoryShop().fill()
    for sku in (A, B):
        shop.shelf(sku, WAREHOUSE, UNITS)
    shop.world = replace(shop.world, browse=CatalogueIndex(shop.world.catalogue))
    app = GraphQLApp(
        build_schema(),
        authenticate=principal_of,
        context_for=lambda who, trace: context(shop, who, trace),
        limits=limits_of(Settings()),
        # Requests come as fast as they can here: the loop is always late, and turning them away would hide what they do.
        admission=Admission(AdmissionBounds(), {}, lag_s=lambda: 0.0),
    )
    target = Target(shop, app)
    for who, mark in MARKS.items():
        await marked(target, who, mark)
    target.names += ["A", "B", "WH", "LYO", "NTE", "erp", "wms", "pos", "web", "market", "standard", "4000000000000", "75001"]
    return target


def context(shop: MemoryShop, who: Principal, trace_id: str) -> Context:
    return Context(shop.world, who, shop.clock.now(), trace_id)


async def principal_of(headers: Mapping[str, str]) -> Principal:
    found = CALLERS.get(headers.get("authorization", ""))
    if found is None:
        raise Unauthenticated("This key is not known.")
    return found


async def marked(target: Target, who: str, mark: str) -> None:
    address = {"name": mark, "line1": f"1 {mark}", "postalCode": "75001", "city": mark, "countryCode": "FR"}
    group = {"method": "SHIP", "address": address, "lines": [{"sku": "A", "quantity": 1}]}
    customer = {"name": mark, "email": f"{mark}@example.com", "phone": mark}
    wanted = {"idempotencyKey": f"{mark}-0123456789-0123456789", "customer": customer, "reference": mark, "deliveryGroups": [group]}
    placed = (await target.ask(PLACE, who, input=wanted))["placeOrder"]
    assert placed["order"], placed
    order = placed["order"]
    line = {"sku": "B", "quantity": 1}
    held = (await target.ask(RESERVE, who, input={"idempotencyKey": f"{mark}-9876543210-9876543210", "lines": [line]}))["reserveStock"]
    target.names += [order["number"], order["id"], held["reservation"]["id"], f"{mark}-0123456789-0123456789"]
    target.names += [one["id"] for one in (*order["lines"], *order["fulfillments"])]
    target.own[who] = [placed["accessSecret"]] if placed["accessSecret"] else []


def faults(answer: Answer, who: str, sent: bytes) -> list[str]:
    """Return what is wrong with an answer, whatever was asked."""
    text = answer.body.decode("utf-8", "replace")
    found = []
    if answer.status >= SERVER_ERROR or "INTERNAL_SERVER_ERROR" in answer.codes:
        found.append(f"answered {answer.status} {answer.codes}")
    if not answer.body:
        found.append("answered nothing")
    said = sent.decode("utf-8", "replace")
    found += [f"told {word!r}" for word in FORBIDDEN_WORDS if word in text and word not in said]
    if who not in SEES_ALL:
        found += [f"told {other}'s words" for other, mark in MARKS.items() if other != who and mark in text and mark not in said]
    return found


def quiet() -> Any:
    """Keep what the gateway logs for itself while the block lasts; what it logged is the block's value."""
    structlog.reset_defaults()
    return capture_logs()
