"""GraphQL requests as they arrive: bytes and parameters judged and read, every malformed one refused with what is wrong."""

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.http.errors import BAD_USER_INPUT, RequestRefused, refused
from gateway.http.gate import Limits
from gateway.http.negotiation import JSON


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a caller sent; `extensions` is where persisted operations name their document."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


def bad(message: str, *, status: int = 400, headers: Mapping[str, str] | None = None) -> RequestRefused:
    return refused(BAD_USER_INPUT, message, status=status, headers=headers)


async def body_of(headers: Mapping[str, str], chunks: AsyncIterable[bytes], limits: Limits) -> bytes:
    """Return the body of a POST; refuses another type than JSON in UTF-8 (which also keeps plain forms of other sites out) and size."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != JSON or charset not in {"", "utf-8", "utf8"}:
        raise bad(f"Send the request as content-type: {JSON} in UTF-8.", status=415)
    length = headers.get("content-length", "0")
    body = bytearray()
    if not length.isdigit() or int(length) <= limits.body_bytes:
        async for chunk in chunks:
            body += chunk
            if len(body) > limits.body_bytes:
                break
        else:
            return bytes(body)
    raise bad(f"The body is larger than {limits.body_bytes} bytes; send less, or several requests.", status=413)


def parsed_json(text: bytes | str, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad(f"{what} is no valid JSON in UTF-8: {error.msg} (line {error.lineno}, column {error.colno}).") from None


def parsed_body(body: bytes, limits: Limits) -> GraphQLRequest:
    if not body:
        raise bad('The body is empty; send a JSON object with "query".')
    return request_from(parsed_json(body, "The body"), limits)


def request_from(payload: object, limits: Limits) -> GraphQLRequest:
    """Read a request's members from decoded JSON, of a body or of a message on a socket."""
    if isinstance(payload, list):
        raise bad("Batches are not taken; send one request at a time.")
    if not isinstance(payload, dict):
        raise bad('A request is a JSON object with "query", not another value.')
    query, name = payload.get("query"), payload.get("operationName")
    if not isinstance(query, str):
        raise bad("query is missing." if query is None else "query must be a string.")
    if name is not None and not isinstance(name, str):
        raise bad("operationName must be a string or null.")
    variables = mapping(payload.get("variables"), "variables", limits)
    return GraphQLRequest(query, name or None, variables, mapping(payload.get("extensions"), "extensions", limits))


def mapping(value: object, member: str, limits: Limits) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad(f"{member} must be an object or null.")
    if wrong := excess_of(value, limits):
        raise bad(f"{member} {wrong}.")
    return value


def excess_of(value: object, limits: Limits) -> str | None:
    """Say what JSON has too much of, levels or values, without recursion; each value costs far more later than it does here."""
    level, values = [value], 0
    for _ in range(limits.json_depth):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        values += len(below)
        if values > limits.json_values:
            return f"holds more than {limits.json_values} values; send several requests"
        level = [item for item in below if isinstance(item, (dict, list))]
        if not level:
            return None
    return f"is nested deeper than {limits.json_depth} levels"


def parsed_parameters(parameters: Mapping[str, str], limits: Limits) -> GraphQLRequest:
    """Read a request from the query string of a GET."""
    if sum(map(len, parameters.values())) > limits.body_bytes:
        raise bad(f"The query string is larger than {limits.body_bytes} bytes.", status=413)
    decoded = {
        member: parsed_json(parameters[member], member) if parameters.get(member) else None for member in ("variables", "extensions")
    }
    return request_from({"query": parameters.get("query"), "operationName": parameters.get("operationName"), **decoded}, limits)
