"""Running operations: one answer for a query or mutation, a stream of answers for a subscription."""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeGuard, cast

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

from gateway.http.documents import Document, Documents
from gateway.http.errors import BAD_USER_INPUT, INTERNAL, INTERNAL_MESSAGE, Masking, RequestRefused, log, refused
from gateway.http.request import GraphQLRequest

Payload: TypeAlias = dict[str, Any]
"""A GraphQL response: data, errors, extensions."""

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

    @property
    def kind(self) -> OperationType:
        return self.node.operation


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

    def __init__(self, schema: ExecutableSchema, documents: Documents, masking: Masking) -> None:
        self.schema = schema._schema  # noqa: SLF001 - the executable schema below Strawberry's has no other name
        self.executor_class: type[Executor[Any]] = schema.execution_context_class or Executor
        self.documents, self.masking = documents, masking
        mark_one_of(self.schema)

    def operation(self, request: GraphQLRequest) -> Operation:
        """Return the operation that a request asks for; raises RequestRefused for a document that cannot be run."""
        document = self.documents.document(request.query)
        return Operation(request, document, document.operation(request.operation_name))

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
        """Run a query or a mutation; raises RequestRefused when its variables do not fit."""
        result = execute_root_selection_set(self.executor(operation, context))
        if not isinstance(result, ExecutionResult):
            result = await result
        return self.payload(result, trace_id)

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
        executor = self.executor(operation, context())
        source = await self.source(executor, trace_id)

        def run_event(event: Executor[Any]) -> Any:
            event.context_value = context()
            return execute_root_selection_set(event)

        async with aclosing(map_source_to_response_event(executor, source, run_event)) as answers:
            async for answer in answers:
                yield self.payload(answer, trace_id)

    async def source(self, executor: Executor[Any], trace_id: str) -> AsyncIterable[Any]:
        opened = create_source_event_stream(executor)
        if not isinstance(opened, (ExecutionResult, AsyncIterable)):
            opened = await opened
        if isinstance(opened, ExecutionResult):
            raise self.masking.refusal(opened.errors or [], trace_id)
        return opened

    def payload(self, result: ExecutionResult, trace_id: str) -> Payload:
        if not result.errors:
            return {"data": result.data}
        return {"errors": self.masking.while_executing(result.errors, trace_id), "data": result.data}

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
