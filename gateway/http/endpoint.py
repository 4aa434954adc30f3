"""The endpoint /graphql: GraphQL over HTTP (draft of September 2025) by POST and GET, with event streams, sockets and GraphiQL beside."""

import asyncio
from collections.abc import Mapping, Sequence

from graphql import OperationType
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.http.admission import Admission, AdmissionBounds
from gateway.http.callers import Authenticate, ContextFor
from gateway.http.cost import CostRules
from gateway.http.documents import Documents
from gateway.http.draining import Draining
from gateway.http.errors import Masking, RequestRefused
from gateway.http.execution import ExecutableSchema, Execution, MostCost, Operation, Payload, encoded, without_limit
from gateway.http.gate import Limits
from gateway.http.graphiql import Example, GraphiQL
from gateway.http.negotiation import EVENT_STREAM, HTML, JSON, RESPONSE_JSON, media_types
from gateway.http.request import GraphQLRequest, bad, body_of, parsed_body, parsed_parameters
from gateway.http.sse import EventStream
from gateway.http.trace import trace_id_of
from gateway.http.websocket import Socket

BAD_REQUEST = 400


class GraphQLApp:
    """A schema's endpoint. It knows no resolver: who calls and what resolvers see come from the callables it is given.

    `mask` off is for development alone: suggestions and the text of our own failures are then told. `documents.hits` and
    `documents.misses` count what the document cache saved. With `costs` every answer tells what its operation cost, and its caller's limit.
    """

    def __init__(
        self,
        schema: ExecutableSchema,
        *,
        authenticate: Authenticate,
        context_for: ContextFor,
        limits: Limits | None = None,
        graphiql: Sequence[Example] | None = None,
        mask: bool = True,
        introspection: bool = True,
        costs: CostRules | None = None,
        most_cost: MostCost = without_limit,
        admission: Admission | None = None,
        draining: Draining | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.admission, self.draining = admission or Admission(AdmissionBounds(), {}), draining or Draining()
        self.authenticate, self.context_for = authenticate, context_for
        self.masking = Masking(mask=mask)
        self.documents = Documents(schema._schema, self.limits, hide_suggestions=mask, introspection=introspection, costs=costs)  # noqa: SLF001 - see Execution
        self.execution = Execution(schema, self.documents, self.masking, self.admission, most_cost)
        self.graphiql = None if graphiql is None else GraphiQL(graphiql)

    def routes(self, path: str = "/graphql") -> list[BaseRoute]:
        """Return the routes to mount: the endpoint, its socket, and what GraphiQL's page loads."""
        socket = Socket(self.execution, self.authenticate, self.context_for, self.limits)
        ide = self.graphiql.routes(path) if self.graphiql else []
        return [WebSocketRoute(path, socket), *ide, Route(path, self)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        trace_id = trace_id_of(headers)
        accepted = media_types(headers.get("accept"))
        try:
            response = await self.response(Request(scope, receive), headers, accepted, trace_id)
        except RequestRefused as refusal:
            response = self.refusal(refusal, accepted, trace_id)
        except Exception as error:  # noqa: BLE001 - whatever it is: the caller gets JSON with a code, the log the rest
            response = self.refusal(self.masking.failure(error, trace_id), accepted, trace_id)
        await response(scope, receive, send)

    async def response(self, request: Request, headers: Mapping[str, str], accepted: Sequence[str], trace_id: str) -> ASGIApp:
        if request.method not in {"GET", "POST"}:
            raise bad("Use POST, or GET for queries.", status=405, headers={"allow": "GET, POST"})
        if self.graphiql and request.method == "GET" and HTML in accepted[:1]:
            return self.graphiql.page(request.url.path)
        if not set(accepted) - {HTML}:
            raise bad(f"The answer can be {RESPONSE_JSON}, {JSON} or {EVENT_STREAM}; accept one of them.", status=406)
        principal = await self.authenticate(headers)
        asked = await self.asked(request, headers)
        try:
            operation = self.execution.operation(asked, principal)
            streamed = is_streamed(operation, request.method, accepted)
            if streamed:
                self.admission.check_streams()
                events = self.execution.events(operation, lambda: self.context_for(principal, trace_id), trace_id)
                return EventStream(events, self.execution, trace_id, self.limits, self.draining)
            return written(await self.execution.answer(operation, self.context_for(principal, trace_id), trace_id), answer_type(accepted))
        except RequestRefused as refusal:
            return self.unanswered(refusal, accepted, trace_id)

    async def asked(self, request: Request, headers: Mapping[str, str]) -> GraphQLRequest:
        """Return the request as it is read; one that this process has no time for is refused before."""
        if request.method == "GET":
            parameters = request.scope["query_string"]
            self.admission.check(self.admission.at_most(parameters))
            return parsed_parameters(QueryParams(parameters), self.limits)
        try:
            async with asyncio.timeout(self.limits.body_timeout_s):
                body = await body_of(headers, request.stream(), self.limits)
        except TimeoutError:
            raise bad(f"The body did not arrive within {self.limits.body_timeout_s:g} s.", status=408) from None
        self.admission.check(self.admission.at_most(body))
        return parsed_body(body, self.limits)

    def unanswered(self, refusal: RequestRefused, accepted: Sequence[str], trace_id: str) -> ASGIApp:
        """Answer a well-formed request whose document or variables are refused: plain JSON and streams say so with status 200."""
        if refusal.status != BAD_REQUEST:
            return self.refusal(refusal, accepted, trace_id)
        if EVENT_STREAM in accepted[:1]:
            return EventStream.of_refusal(refusal, self.execution, trace_id, self.limits, self.draining)
        return self.refusal(refusal, accepted, trace_id, status=200 if answer_type(accepted) == JSON else BAD_REQUEST)

    def refusal(self, refusal: RequestRefused, accepted: Sequence[str], trace_id: str, *, status: int | None = None) -> Response:
        payload = {"errors": self.execution.refusal(refusal, trace_id)}
        return written(payload, answer_type(accepted), status=status or refusal.status, headers=refusal.headers)


def is_streamed(operation: Operation, method: str, accepted: Sequence[str]) -> bool:
    """Say whether the answer is an event stream; raises RequestRefused for what the method or a single answer cannot carry."""
    if operation.kind is OperationType.MUTATION and method == "GET":
        raise bad("GET runs queries only; send a mutation by POST.", status=405, headers={"allow": "POST"})
    if operation.kind is not OperationType.SUBSCRIPTION:
        return EVENT_STREAM in accepted[:1]
    if EVENT_STREAM not in accepted:
        raise bad(f"A subscription needs accept: {EVENT_STREAM}, or a WebSocket with graphql-transport-ws.", status=406)
    return True


def answer_type(accepted: Sequence[str]) -> str:
    return next((name for name in accepted if name in {JSON, RESPONSE_JSON}), JSON)


def written(payload: Payload, media_type: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encoded(payload), status, {"content-type": f"{media_type}; charset=utf-8", **(headers or {})})
