"""A commerce platform that speaks GraphQL alone: a real server for the declarative adapter, with errors as such servers send them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import strawberry
from graphql import GraphQLError
from strawberry.asgi import GraphQL
from strawberry.types import Info

WAREHOUSE, SHOP = "main", "corner"


@dataclass
class Order:
    number: str
    reference: str
    units_by_sku: dict[str, int]
    state: str = "PLACED"


@dataclass
class Shop:
    """What the platform holds, and what goes wrong next: `failing` is the code of the next answers' error ("" for one without a code)."""

    skus: list[str] = field(default_factory=lambda: [f"G-{number:02}" for number in range(7)])
    units: Counter[tuple[str, str]] = field(default_factory=Counter)
    orders: list[Order] = field(default_factory=list)
    failing: str | None = None
    lose_answers: int = 0
    calls: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for number, sku in enumerate(self.skus):
            self.units[WAREHOUSE, sku], self.units[SHOP, sku] = 10 + number, number

    def asked(self, what: str) -> None:
        self.calls[what] += 1
        if self.failing is not None:
            raise GraphQLError("something that is nobody's business", extensions={"code": self.failing} if self.failing else None)


@strawberry.type
class Level:
    place: str
    on_hand: int
    allocated: int


@strawberry.type
class Variant:
    sku: str
    name: str
    price: int
    levels: list[Level]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Variants:
    nodes: list[Variant]
    page_info: PageInfo
    total: int


@strawberry.type
class Coming:
    sku: str
    place: str
    units: int
    on: datetime
    number: str


@strawberry.type
class Placed:
    number: str
    reference: str
    state: str
    placed_at: datetime


@strawberry.type
class NoStock:
    error_code: str
    message: str


@strawberry.input
class Line:
    sku: str
    units: int


def held(info: Info) -> Shop:
    shop: Shop = info.context["shop"]
    return shop


def told(shop: Shop, sku: str) -> Variant:
    allocated = sum(order.units_by_sku.get(sku, 0) for order in shop.orders if order.state == "PLACED")
    levels = [Level(place=place, on_hand=shop.units[place, sku], allocated=allocated * (place == WAREHOUSE)) for place in (WAREHOUSE, SHOP)]
    return Variant(sku=sku, name=f"Lamp {sku}", price=1990, levels=levels)


def shown(order: Order) -> Placed:
    return Placed(number=order.number, reference=order.reference, state=order.state, placed_at=datetime.now(UTC))


@strawberry.type
class Query:
    @strawberry.field
    def variants(self, info: Info, first: int, after: str | None = None, skus: list[str] | None = None) -> Variants:
        shop = held(info)
        shop.asked("variants")
        chosen = [sku for sku in shop.skus if (skus is None or sku in skus) and (after is None or sku > after)]
        part = chosen[:first]
        info_of_page = PageInfo(has_next_page=len(chosen) > first, end_cursor=part[-1] if part else None)
        return Variants(nodes=[told(shop, sku) for sku in part], page_info=info_of_page, total=len(shop.skus))

    @strawberry.field
    def coming(self, info: Info) -> list[Coming]:
        held(info).asked("coming")
        soon = datetime.now(UTC) + timedelta(days=3)
        return [Coming(sku=sku, place=WAREHOUSE, units=20, on=soon, number=f"PO-{sku}") for sku in held(info).skus[:2]]

    @strawberry.field
    def orders(self, info: Info, reference: str) -> list[Placed]:
        held(info).asked("orders")
        return [shown(order) for order in held(info).orders if order.reference == reference]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def place_order(self, info: Info, reference: str, lines: list[Line]) -> Placed | NoStock:
        shop = held(info)
        shop.asked("placeOrder")
        if any(line.units > shop.units[WAREHOUSE, line.sku] for line in lines):
            return NoStock(error_code="INSUFFICIENT_STOCK_ERROR", message="no")
        order = Order(f"{len(shop.orders) + 1:05}", reference, {line.sku: line.units for line in lines})
        shop.orders.append(order)
        if shop.lose_answers:
            shop.lose_answers -= 1
            raise GraphQLError("broke down after the effect", extensions={"code": "INTERNAL_SERVER_ERROR"})
        return shown(order)

    @strawberry.mutation
    def cancel_order(self, info: Info, number: str) -> Placed:
        order = next(order for order in held(info).orders if order.number == number)
        order.state = "CANCELED"
        return shown(order)


class GraphQLShop(GraphQL[dict[str, Shop], None]):
    """The ASGI application of one shop."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(strawberry.Schema(Query, Mutation, types=[NoStock]), graphql_ide=None)
        self._shop = shop

    async def get_context(self, request: object, response: object) -> dict[str, Shop]:  # type: ignore[override]
        return {"shop": self._shop}
