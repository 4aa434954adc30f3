"""Masking: what callers are told of a failure, and what only the log hears."""

from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from tests.http.conftest import caller
from tests.http.shop import graph

INTERNAL = "Something went wrong on our side; it was logged under this trace id."


async def first_error(client: httpx2.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert "hunter2" not in answer.text
    assert "Python" not in answer.text
    assert "Maybe" not in answer.text
    error: dict[str, Any] = answer.json()["errors"][0]
    assert len(error["extensions"].pop("traceId")) == 32
    return error


@pytest.mark.parametrize(
    ("field", "message", "extensions"),
    [
        ("broken", INTERNAL, {"code": "INTERNAL_SERVER_ERROR"}),
        ("wrongType", INTERNAL, {"code": "INTERNAL_SERVER_ERROR"}),
        ("foreign", INTERNAL, {"code": "INTERNAL_SERVER_ERROR"}),
        (
            "away",
            "The source wms did not answer in time.",
            {"code": "SOURCE_TIMEOUT", "source": "wms", "retryable": True, "since": "2026-03-01T00:00:00Z", "retryAfterMs": 500},
        ),
        ("full", "More claims wait at one place than may.", {"code": "THROTTLED", "retryAfterMs": 700}),
        ("database", "This cannot be answered right now; repeat it, a mutation with the same idempotencyKey.", {"code": "UNAVAILABLE"}),
        ("forbidden", "This needs the scope stock:read.", {"code": "FORBIDDEN"}),
        ("listing(first: 0)", "first is 0; ask for 1 to 100 and page on with after.", {"code": "BAD_USER_INPUT"}),
    ],
)
async def test_a_failed_field_says_no_more_than_its_code_allows(
    client: httpx2.AsyncClient, field: str, message: str, extensions: dict[str, Any]
) -> None:
    error = await first_error(client, f"{{ hello {field} }}")
    assert error == {
        "message": message,
        "locations": [{"line": 1, "column": 9}],
        "path": [field.partition("(")[0]],
        "extensions": extensions,
    }


async def test_what_could_be_answered_stands_beside_the_error(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ hello away }"}, headers={"accept": "application/graphql-response+json"})
    assert (answer.status_code, answer.json()["data"]) == (200, {"hello": "world", "away": None})
    lost = await client.post("/graphql", json={"query": "{ hello total }"})
    assert lost.json()["data"] is None


async def test_a_failure_of_ours_is_logged_once_with_its_trace(client: httpx2.AsyncClient) -> None:
    with capture_logs() as logs:
        answer = await client.post("/graphql", json={"query": "{ a: broken b: broken c: broken hello away forbidden }"})
    assert len(answer.json()["errors"]) == 5
    assert [(line["event"], line["log_level"], line["path"], str(line["exc_info"])) for line in logs] == [
        ("field failed", "error", ["a"], "password=hunter2")
    ]
    assert logs[0]["trace_id"] == answer.json()["errors"][0]["extensions"]["traceId"]


async def test_suggestions_and_failures_are_shown_in_development_alone(client: httpx2.AsyncClient) -> None:
    assert (await first_error(client, "{ helo }"))["message"] == "Cannot query field 'helo' on type 'Query'."
    async with caller(graph(mask=False)) as open_client:
        answer = await open_client.post("/graphql", json={"query": "{ helo }"})
        assert answer.json()["errors"][0]["message"] == "Cannot query field 'helo' on type 'Query'. Did you mean 'hello'?"
        answer = await open_client.post("/graphql", json={"query": "{ broken }"})
        assert answer.json()["errors"][0]["message"] == "RuntimeError: password=hunter2"


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ({"sku": None}, "Variable '$by' has invalid value at .sku: Within OneOf Input Object type 'ShoeKey', exactly one field"),
        ({}, "Variable '$by' has invalid value: Within OneOf Input Object type 'ShoeKey', exactly one field"),
        ({"sku": "a", "gtin": "b"}, "Variable '$by' has invalid value: Within OneOf Input Object type 'ShoeKey', exactly one field"),
        ({"sku": 5}, "Variable '$by' has invalid value at .sku: String cannot represent a non string value: 5"),
        ({"sk": "a"}, "Variable '$by' has invalid value: Expected value of type 'ShoeKey' not to include unknown field 'sk'"),
        (None, "Variable '$by' has invalid value: Expected value of non-null type 'ShoeKey!' not to be null."),
    ],
)
async def test_a_choice_of_one_member_is_judged_without_hints_for_python(client: httpx2.AsyncClient, by: Any, message: str) -> None:
    error = await first_error(client, "query ($by: ShoeKey!) { shoe(by: $by) { sku } }", by=by)
    assert error["message"].startswith(message)
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize("literal", ["{sku: null}", "{}", '{sku: "a", gtin: "b"}'])
async def test_a_literal_choice_is_judged_with_its_place(client: httpx2.AsyncClient, literal: str) -> None:
    error = await first_error(client, f"{{ shoe(by: {literal}) {{ sku }} }}")
    assert error["message"].startswith("Within OneOf Input Object type 'ShoeKey', exactly one field must be specified")
    assert (error["locations"], error["extensions"]) == ([{"line": 1, "column": 12}], {"code": "GRAPHQL_VALIDATION_FAILED"})


async def test_a_null_that_only_the_schema_refuses_is_told_in_graphql_words(client: httpx2.AsyncClient) -> None:
    for query, variables in (
        ("{ note(note: {text: null}) }", {}),
        ("query ($note: ShoeNote!) { note(note: $note) }", {"note": {"text": None}}),
    ):
        error = await first_error(client, query, **variables)
        assert error["message"] == "Field must not be null; leave it out instead."
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}


FAILING = {"traceparent": f"00-{'f' * 32}-b7ad6b7169203331-01"}


@pytest.mark.parametrize(
    ("query", "headers", "status"), [("{ huge }", {}, 500), ("{ hello }", FAILING, 500), ("{ huge }", {"accept": "text/event-stream"}, 200)]
)
async def test_a_failure_beside_every_field_is_masked_too(
    client: httpx2.AsyncClient, query: str, headers: dict[str, str], status: int
) -> None:
    answer = await client.post("/graphql", json={"query": query}, headers=headers)
    assert answer.status_code == status
    assert INTERNAL in answer.text
    assert "INTERNAL_SERVER_ERROR" in answer.text
    assert "hunter2" not in answer.text
