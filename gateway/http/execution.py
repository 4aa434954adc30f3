"""Running operations: one answer for a query or mutation, a stream of answers for a subscription."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Protocol, TypeAlias, TypeGuard, TypeVar, cast

import orjson
from graphql import (
    ExecutionResult,
    Executor,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    execute_root_selection_set,
    is_input_object_type,
)
from graphql.execution import map_source_to_response_event

from gateway.domain.errors import Unavailable
from gateway.domain.principal import Principal
from gateway.http.admission import Admission
from gateway.http.cost import Told
from gateway.http.documents import Document, Documents
from gateway.http.errors import BAD_USER_INPUT, INTERNAL, INTERNAL_MESSAGE, Masking, RequestRefused, log, refused
from gateway.http.request import GraphQLRequest
from gateway.pacing.budget import spending

T = TypeVar("T")
Payload: TypeAlias = dict[str, Any]
"""A GraphQL response: data, errors, extensions."""

MostCost: TypeAlias = Callable[[Principal], int]
"""What a caller may spend on one operation."""


def without_limit(_principal: Principal) -> int:
    return sys.maxsize


PLAIN_TYPES = frozenset({type(None), bool, int, float, str, list, tuple, dict})


class ExecutableSchema(Protocol):
    """A schema with resolvers, as Strawberry makes them."""

    _schema: GraphQLSchema
    execution_context_class: Any


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks for, found in a document that can be run."""

    request: GraphQLRequest
    document: Document
    node: OperationDefinitionNode
    cost: Told | None = None
    """None: costs are not told."""

    @property
    def kind(self) -> OperationType:
        return self.node.operation

    @property
    def roots(self) -> frozenset[str]:
        """The names of its root fields."""
        return self.document.roots_of(self.node)


def can_be_awaited(value: object) -> TypeGuard[Awaitable[Any]]:
    """Say whether a resolver's result is to be awaited; most are plain values, and their types are told apart fastest."""
    return type(value) not in PLAIN_TYPES and hasattr(value, "__await__")


def mark_one_of(schema: GraphQLSchema) -> None:
    """Tell the executing library which inputs take exactly one member: Strawberry keeps that to itself, and then no path is named."""
    for type_ in schema.type_map.values():
        if is_input_object_type(type_) and any(getattr(known, "is_one_of", False) for known in type_.extensions.values()):
            type_.is_one_of = True


class Execution:
    """Runs operations of one schema; it knows no resolver."""

    def __init__(
        self, schema: ExecutableSchema, documents: Documents, masking: Masking, admission: Admission, most_cost: MostCost = without_limit
    ) -> None:
        self.most_cost = most_cost
        self.schema = schema._schema  # noqa: SLF001 - the executable schema below Strawberry's has no other name
        self.executor_class: type[Executor[Any]] = schema.execution_context_class or Executor
        self.documents, self.masking, self.admission = documents, masking, admission
        mark_one_of(self.schema)

    def operation(self, request: GraphQLRequest, principal: Principal) -> Operation:
        """Return the operation that a request asks for; raises RequestRefused for one that cannot be run, or is too dear for its caller."""
        document = self.documents.document(request.query)
        node = document.operation(request.operation_name)
        cost = document.cost_of(node)
        if cost is None:
            return Operation(request, document, node)
        told = Told(cost.of(request.variables), self.most_cost(principal))
        told.check()
        return Operation(request, document, node, told)

    def executor(self, operation: Operation, context: object) -> Executor[Any]:
        built = self.executor_class.build(
            self.schema,
            cast("Any", operation.document.ast),
            None,
            context,
            operation.request.variables,
            operation.request.operation_name,
            max_coercion_errors=self.documents.limits.errors,
            is_awaitable=can_be_awaited,
            hide_suggestions=self.masking.mask,
        )
        if isinstance(built, list):
            raise RequestRefused(built)
        return built

    async def answer(self, operation: Operation, context: object, trace_id: str) -> Payload:
        """Run a query or a mutation when its turn comes, within its budget.

        Raises RequestRefused when its variables do not fit, when there is no room for it, or when its time ran out.
        """
        executor = self.executor(operation, context)
        async with self.admission.room_for(self.admission.of_operation(operation.roots)):
            result = await self.in_time(operation.kind, lambda: execute_root_selection_set(executor), trace_id)
        return self.payload(operation, result, trace_id)

    async def in_time(self, kind: OperationType, work: Callable[[], Awaitable[T] | T], trace_id: str) -> T:
        """Return what the work comes to. It knows its budget; what hangs all the same is broken off a little later."""
        limits = self.documents.limits
        budget_s = limits.mutation_budget_s if kind is OperationType.MUTATION else limits.read_budget_s
        try:
            async with asyncio.timeout(budget_s + limits.budget_grace_s) as bound:
                with spending(budget_s):
                    result = work()
                    return await result if isawaitable(result) else result
        except TimeoutError as error:
            if not bound.expired():
                raise
            raise self.masking.failure(Unavailable("the operation took longer than it may"), trace_id) from error

    async def events(self, operation: Operation, context: Callable[[], object], trace_id: str) -> AsyncGenerator[Payload, None]:
        """Run an operation of any kind as a stream, each event with a context of its own, since contexts remember what they loaded.

        Raises RequestRefused when it cannot start or its source breaks off.
        """
        async with aclosing(self.results(operation, context, trace_id)) as results:
            try:
                async for result in results:
                    yield result
            except RequestRefused:
                raise
            except Exception as error:
                raise self.masking.failure(error, trace_id) from error

    async def results(self, operation: Operation, context: Callable[[], object], trace_id: str) -> AsyncGenerator[Payload, None]:
        if operation.kind is not OperationType.SUBSCRIPTION:
            yield await self.answer(operation, context(), trace_id)
            return
        self.admission.check(self.admission.of_operation(operation.roots))
        executor = self.executor(operation, context())
        source = await self.source(executor, trace_id)

        async def run_event(event: Executor[Any]) -> ExecutionResult:
            event.context_value = context()
            return await self.in_time(OperationType.QUERY, lambda: execute_root_selection_set(event), trace_id)

        async with aclosing(map_source_to_response_event(executor, source, run_event)) as answers:
            async for answer in answers:
                yield self.payload(operation, answer, trace_id)

    async def source(self, executor: Executor[Any], trace_id: str) -> AsyncIterable[Any]:
        opened: Any = await self.in_time(OperationType.SUBSCRIPTION, lambda: create_source_event_stream(executor), trace_id)
        if isinstance(opened, ExecutionResult):
            raise self.masking.refusal(opened.errors or [], trace_id)
        return cast("AsyncIterable[Any]", opened)

    def payload(self, operation: Operation, result: ExecutionResult, trace_id: str) -> Payload:
        errors = {"errors": self.masking.while_executing(result.errors, trace_id)} if result.errors else {}
        told = {"extensions": {"cost": operation.cost.shown}} if operation.cost else {}
        return {**errors, "data": result.data, **told}

    def refusal(self, refused: RequestRefused, trace_id: str) -> list[dict[str, Any]]:
        """Write the errors of a refused request; what carries no code of its own is a fault of its variables."""
        return self.masking.before_execution(refused.errors, BAD_USER_INPUT, trace_id)


def encoded(payload: Payload) -> bytes:
    """Return JSON; a value that is none, which a resolver let through, is a failure of ours."""
    try:
        return orjson.dumps(payload)
    except TypeError as error:
        log.error("answer cannot be written", exc_info=error)
        raise refused(INTERNAL, INTERNAL_MESSAGE, status=500) from error
