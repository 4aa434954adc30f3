"""GraphQL over HTTP: media types, status codes, methods, sign-in, which operation runs, and trace ids."""

import re
from typing import Any

import httpx2
import pytest

RESPONSE_JSON = "application/graphql-response+json"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def ask(client: httpx2.AsyncClient, query: str, accept: str = RESPONSE_JSON, **more: Any) -> httpx2.Response:
    return await client.post("/graphql", json={"query": query, **more}, headers={"accept": accept})


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("application/*;q=0.5", "application/json"),
        ("", "application/json"),
        ("application/json", "application/json"),
        (RESPONSE_JSON, RESPONSE_JSON),
        (f"{RESPONSE_JSON}; charset=utf-8, application/json", RESPONSE_JSON),
        (f"application/json;q=0.4, {RESPONSE_JSON};q=0.9, text/xml", RESPONSE_JSON),
        (f"text/html, {RESPONSE_JSON};q=0.9, */*;q=0.8", RESPONSE_JSON),
        (f"{RESPONSE_JSON}, application/json, text/event-stream, multipart/mixed", RESPONSE_JSON),
    ],
)
async def test_the_answer_has_the_type_most_wanted(client: httpx2.AsyncClient, accept: str, kind: str) -> None:
    answer = await ask(client, "{ hello }", accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
    assert answer.content == b'{"data":{"hello":"world"}}'


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($at: DateTime!) { at(at: $at) }", "BAD_USER_INPUT"),
        ('{ at(at: "2026-03-01") }', "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", "OPERATION_RESOLUTION_FAILURE"),
        ("{ hello } { later }", "OPERATION_RESOLUTION_FAILURE"),
        ("fragment A on Query { hello }", "OPERATION_RESOLUTION_FAILURE"),
        ("subscription { count }", "BAD_USER_INPUT"),
    ],
)
async def test_a_refused_document_has_a_code_and_no_data(client: httpx2.AsyncClient, query: str, code: str) -> None:
    answer, plain = await ask(client, query), await ask(client, query, "application/json")
    for refused in (answer, plain):
        assert refused.json().keys() == {"errors"}
        assert {error["extensions"]["code"] for error in refused.json()["errors"]} == {code}
    subscription = query.startswith("subscription")
    assert (answer.status_code, plain.status_code) == ((406, 406) if subscription else (400, 200))


async def test_the_named_operation_runs(client: httpx2.AsyncClient) -> None:
    both = "query A { hello } query B { later }"
    assert (await ask(client, both, operationName="B")).json() == {"data": {"later": "world"}}
    answer = await ask(client, both, operationName="C")
    assert answer.json()["errors"][0]["message"] == "No operation of the document is called 'C'."


async def test_get_runs_queries_and_nothing_else(client: httpx2.AsyncClient) -> None:
    query = "query At($at: DateTime!) { at(at: $at) }"
    answer = await client.get(
        "/graphql", params={"query": query, "variables": '{"at": "2026-03-01T10:00:00+01:00"}', "operationName": "At"}
    )
    assert answer.json() == {"data": {"at": "2026-03-01T09:00:00Z"}}
    for accept in ("application/json", RESPONSE_JSON, "text/event-stream"):
        refused = await client.get("/graphql", params={"query": "mutation { buy }"}, headers={"accept": accept})
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        assert refused.json()["errors"][0]["message"] == "GET runs queries only; send a mutation by POST."


async def test_who_calls_is_told_before_anything_is_read(client: httpx2.AsyncClient) -> None:
    for body in (b"[", b'{"query": "{ hello }"}'):
        answer = await client.post("/graphql", content=body, headers={"authorization": "Bearer nobody"})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        error = answer.json()["errors"][0]
        assert error["message"] == "Send authorization: Bearer KEY with a key that is known here."
        assert error["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(("key", "status", "code"), [("database.away", 503, "UNAVAILABLE"), ("bug", 500, "INTERNAL_SERVER_ERROR")])
async def test_a_failure_to_sign_in_gives_nothing_away(client: httpx2.AsyncClient, key: str, status: int, code: str) -> None:
    answer = await client.post("/graphql", json={"query": "{ hello }"}, headers={"authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert "pw" not in answer.text
    assert "hunter2" not in answer.text


async def test_the_trace_id_is_the_callers_or_a_new_one(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ who }"}, headers={"traceparent": TRACEPARENT})
    assert answer.json() == {"data": {"who": "Shop 0af7651916cd43dd8448eb211c80319c"}}
    refused = await client.post("/graphql", json={"query": "{"}, headers={"traceparent": TRACEPARENT})
    assert refused.json()["errors"][0]["extensions"]["traceId"] == "0af7651916cd43dd8448eb211c80319c"
    for sent in ("x", TRACEPARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32)):
        made = await client.post("/graphql", json={"query": "{ who }"}, headers={"traceparent": sent})
        assert re.fullmatch("Shop (?!0{32})[0-9a-f]{32}", made.json()["data"]["who"])


async def test_the_same_document_is_worked_out_once(client: httpx2.AsyncClient, app: Any) -> None:
    for _ in range(3):
        await ask(client, "{ hello }")
        await ask(client, "{ nothing }")
    assert (app.documents.misses, app.documents.hits) == (2, 4)


async def test_variables_arrive_as_they_were_sent(client: httpx2.AsyncClient) -> None:
    query = "query ($by: ShoeKey!) { shoe(by: $by) { sku same { sku } } }"
    answer = await ask(client, query, variables={"by": {"sku": "é🏃"}})
    assert answer.json() == {"data": {"shoe": {"sku": "é🏃", "same": {"sku": "é🏃"}}}}
