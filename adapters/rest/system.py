"""One system as all its ports see it: how to ask it, what its expressions may use, what it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import orjson

from adapters.mapping.expressions import Expression, ExpressionFailed, Words
from adapters.rest.endpoints import Endpoint, Refusals
from adapters.rest.refusals import graphql_refusal, stated_refusal
from adapters.transport.calls import Answer, Call
from adapters.transport.http import HttpSource
from gateway.domain.errors import SourceError, SourceGarbage, SourceRejected
from gateway.domain.network import Source
from gateway.ports.stores import Clock

Scope = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class System:
    """What the ports of one source share."""

    source: Source
    http: HttpSource
    words: Words
    clock: Clock
    refusals: Refusals = field(default_factory=Refusals)
    operation: str = ""

    def doing(self, operation: str) -> "System":
        """Return the same system, asked for one of the things that it does; named as in the network file."""
        return replace(self, operation=operation)

    async def ask(
        self,
        endpoint: Endpoint,
        scope: Scope,
        understood: Callable[[Answer], T],
        *,
        mutation: bool = False,
        feed: bool = False,
        accepts: frozenset[int] = frozenset(),
    ) -> T:
        """Return what `understood` makes of the answer to a request made from its template; `feed`: it is bounded as parts of feeds are.

        A template that cannot be filled is SourceRejected, since nothing was sent and no retry helps.
        """
        try:
            call = self._call(endpoint, {**scope, "source": self.source.code, "now": self.clock.now().isoformat()})
        except ExpressionFailed as error:
            raise SourceRejected(self.source.code, f"its request cannot be made: {error.bare}") from None
        call = replace(call, mutation=mutation, accepts=accepts)

        def checked(answer: Answer) -> T:
            if answer.status not in accepts and (refused := self._refused(endpoint, answer.content, mutation=mutation)):
                raise refused
            return understood(answer)

        return await self.http.read(self._as_feed(call) if feed else call, checked)

    def value(self, expression: Expression | None, content: Any) -> Any:
        """Return an expression's value on an answer; SourceGarbage where it cannot be worked out."""
        if expression is None:
            return None
        try:
            return expression(content, self.words)
        except ExpressionFailed as error:
            raise SourceGarbage(self.source.code, f"the answer has another shape: {error.bare}") from None

    def rows(self, expression: Expression, content: Any) -> list[Any]:
        """Return the rows of an answer; SourceGarbage when there is no list where it should be."""
        rows = self.value(expression, content)
        if not isinstance(rows, list):
            raise SourceGarbage(self.source.code, f"the answer has no list at {expression.text}")
        return rows

    def _refused(self, endpoint: Endpoint, content: Any, *, mutation: bool) -> SourceError | None:
        """Return the refusal that an answer of a good status holds."""
        code = self.source.code
        if endpoint.graphql and (refused := graphql_refusal(code, self.refusals, content, mutation=mutation)):
            return refused
        if endpoint.refusal is None:
            return None
        try:
            told = endpoint.refusal(content, self.words)
        except ExpressionFailed as error:
            return SourceGarbage(code, f"the answer has another shape: {error.bare}", unknown_effect=mutation)
        return stated_refusal(code, self.refusals, told, mutation=mutation)

    def _as_feed(self, call: Call) -> Call:
        limits = self.http.limits
        return replace(call, timeout_s=call.timeout_s or limits.feed_timeout_s, max_bytes=limits.feed_max_bytes)

    def _call(self, endpoint: Endpoint, scope: Scope) -> Call:
        body = self._body(endpoint, scope)
        headers = {name: _text(value) for name, one in endpoint.headers.items() if (value := one(scope, self.words)) is not None}
        if body is not None:
            headers.setdefault("content-type", "application/json")
        return Call(
            method="POST" if endpoint.graphql else endpoint.method,
            url=endpoint.path(scope, self.words),
            query=tuple(self._query(endpoint, scope)),
            headers=headers,
            body=None if body is None else orjson.dumps(body, default=str),
            timeout_s=endpoint.timeout_s,
            operation=self.operation,
        )

    def _body(self, endpoint: Endpoint, scope: Scope) -> Any:
        if endpoint.graphql is None:
            return endpoint.body(scope, self.words) if endpoint.body else None
        return {"query": endpoint.graphql, "variables": endpoint.variables(scope, self.words) if endpoint.variables else {}}

    def _query(self, endpoint: Endpoint, scope: Scope) -> list[tuple[str, str]]:
        """Return the parameters that have a value; a list gives one for each of its own."""
        pairs: list[tuple[str, str]] = []
        for name, one in endpoint.query.items():
            value = one(scope, self.words)
            values = value if isinstance(value, list) else [value]
            pairs += [(name, _text(part)) for part in values if part is not None]
        return pairs


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
