"""A tiny schema with one field for each way to answer or fail, and the endpoint around it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from strawberry.schema.config import StrawberryConfig

from gateway.domain.errors import BadInput, Forbidden, SourceTimeout, Throttled, Unauthenticated, Unavailable
from gateway.domain.principal import Principal
from gateway.http.endpoint import GraphQLApp
from gateway.http.gate import Limits
from gateway.http.graphiql import Example
from gateway.pacing.budget import remaining_s
from schema.scalars import SCALARS

KEY = "shop.secret"
PRINCIPAL = Principal("shop", "STOREFRONT", "Shop", frozenset())


@dataclass
class Seen:
    """The context of one operation."""

    principal: Principal
    trace_id: str
    loaded: list[int] = field(default_factory=list)


@strawberry.type
class Shoe:
    sku: str

    @strawberry.field
    def same(self) -> "Shoe":
        return self


@strawberry.input(one_of=True)
class ShoeKey:
    sku: strawberry.Maybe[str]
    gtin: strawberry.Maybe[str]


@strawberry.input
class ShoeNote:
    text: strawberry.Maybe[str]


Huge = NewType("Huge", int)
SCALARS_HERE = {**SCALARS, Huge: strawberry.scalar(name="Huge", serialize=lambda value: value)}
"""One more than the contract's: a scalar whose values no JSON of ours can hold."""


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "world"

    @strawberry.field
    async def later(self) -> str:
        await asyncio.sleep(0)
        return "world"

    @strawberry.field
    async def hangs(self) -> str | None:
        OPEN.append("hangs")
        try:
            await asyncio.Event().wait()
        finally:
            OPEN.remove("hangs")
        return None

    @strawberry.field
    def budget(self) -> float | None:
        return remaining_s()

    @strawberry.field
    def shoe(self, by: ShoeKey) -> Shoe | None:
        return Shoe(sku=by.sku.value) if by.sku else None

    @strawberry.field
    def note(self, note: ShoeNote) -> str:
        return note.text.value if note.text else "none"

    @strawberry.field
    def at(self, at: datetime) -> datetime:
        return at

    @strawberry.field
    def who(self, info: strawberry.Info) -> str:
        return f"{info.context.principal.name} {info.context.trace_id}"

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("password=hunter2")

    @strawberry.field
    def total(self) -> str:
        raise RuntimeError("password=hunter2")

    @strawberry.field
    def wrong_type(self) -> int | None:
        return "secret"  # type: ignore[return-value]

    @strawberry.field
    def away(self) -> str | None:
        raise SourceTimeout("wms", "10.0.0.7:5432 refused", since=datetime(2026, 3, 1, tzinfo=UTC), retry_after_ms=500)

    @strawberry.field
    def database(self) -> str | None:
        raise Unavailable("mongodb://admin:pw@db")

    @strawberry.field
    def full(self) -> str | None:
        raise Throttled("More claims wait at one place than may.", retry_after_ms=700)

    @strawberry.field
    def forbidden(self) -> str | None:
        raise Forbidden("This needs the scope stock:read.")

    @strawberry.field
    def listing(self, first: int) -> str | None:
        raise BadInput(f"first is {first}; ask for 1 to 100 and page on with after.")

    @strawberry.field
    def huge(self) -> Huge | None:
        return Huge(10**30)

    @strawberry.field
    def foreign(self) -> str | None:
        raise GraphQLError("select * from users", extensions={"code": "SQL"})


@strawberry.type
class Mutation:
    @strawberry.mutation
    def buy(self) -> str:
        return "bought"

    @strawberry.mutation
    def budget(self) -> float | None:
        return remaining_s()


OPEN: list[str] = []
"""Subscriptions whose source is running."""


@strawberry.type
class Hanging:
    @strawberry.field
    async def at_last(self) -> int:
        await asyncio.Event().wait()
        return 1


@strawberry.type
class Loaded:
    @strawberry.field
    def times(self, info: strawberry.Info) -> int:
        info.context.loaded.append(1)
        return len(info.context.loaded)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: strawberry.Info, to: int = 3) -> AsyncGenerator[int, None]:
        for number in range(1, to + 1):
            info.context.loaded.append(number)
            yield number

    @strawberry.subscription
    async def hanging(self) -> AsyncGenerator[Hanging, None]:
        yield Hanging()

    @strawberry.subscription
    async def budget(self) -> AsyncGenerator[float, None]:
        yield -1 if remaining_s() is None else 1

    @strawberry.subscription
    async def loaded(self) -> AsyncGenerator[Loaded, None]:
        for _ in range(2):
            yield Loaded()

    @strawberry.subscription
    async def forever(self) -> AsyncGenerator[str, None]:
        OPEN.append("forever")
        try:
            yield "first"
            await asyncio.Event().wait()
        finally:
            OPEN.remove("forever")

    @strawberry.subscription
    async def flood(self) -> AsyncGenerator[str, None]:
        OPEN.append("flood")
        try:
            while True:
                yield "x" * 100_000
                await asyncio.sleep(0)
        finally:
            OPEN.remove("flood")

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("password=hunter2")

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        raise Forbidden("This needs the scope stock:read.")
        yield 1


SCHEMA = strawberry.Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALARS_HERE))


async def authenticate(headers: Mapping[str, str]) -> Principal:
    match headers.get("authorization"):
        case "Bearer shop.secret":
            return PRINCIPAL
        case "Bearer database.away":
            raise Unavailable("mongodb://admin:pw@db")
        case "Bearer bug":
            raise RuntimeError("password=hunter2")
    raise Unauthenticated("Send authorization: Bearer KEY with a key that is known here.")


def context_for(principal: Principal, trace_id: str) -> Seen:
    if trace_id == "f" * 32:
        raise RuntimeError("password=hunter2")
    return Seen(principal, trace_id)


def graph(limits: Limits | None = None, **more: Any) -> GraphQLApp:
    return GraphQLApp(SCHEMA, authenticate=authenticate, context_for=context_for, limits=limits, **more)


def application(app: GraphQLApp) -> Starlette:
    return Starlette(routes=app.routes())


EXAMPLES = [Example("Storefront", "Hello", "query Hello { hello }"), Example("Store", "</script>", "{ later }", '{"a": 1}')]
