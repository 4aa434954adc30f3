"""Every malformed request gets JSON with a code and a reason, never a failure of ours."""

import httpx2
import orjson
import pytest

from gateway.http.gate import Limits
from tests.http.conftest import caller
from tests.http.shop import graph

JSON = {"content-type": "application/json"}
HELLO = b'{"query": "{ hello }"}'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", 'The body is empty; send a JSON object with "query".'),
        (b"null", 'A request is a JSON object with "query", not another value.'),
        (b"5", 'A request is a JSON object with "query", not another value.'),
        (b'"x"', 'A request is a JSON object with "query", not another value.'),
        (b"true", 'A request is a JSON object with "query", not another value.'),
        (b"[1]", "Batches are not taken; send one request at a time."),
        (b"[]", "Batches are not taken; send one request at a time."),
        (b"{}", "query is missing."),
        (b'{"query": 5}', "query must be a string."),
        (b'{"query": "{ hello }", "operationName": 5}', "operationName must be a string or null."),
        (b'{"query": "{ hello }", "variables": [1]}', "variables must be an object or null."),
        (b'{"query": "{ hello }", "variables": "{}"}', "variables must be an object or null."),
        (b'{"query": "{ hello }", "extensions": 1}', "extensions must be an object or null."),
        (
            b'{"query": "{ hello }", "variables": {"a": ' + b"[" * 40 + b"]" * 40 + b"}}",
            "variables is nested deeper than 32 levels.",
        ),
        (
            b'{"query": "{ hello }", "variables": {"a": [[' + b"1," * 3_000 + b"1]]}}",
            "variables holds more than 3000 values; send several requests.",
        ),
    ],
)
async def test_a_body_that_is_no_request_is_refused(client: httpx2.AsyncClient, body: bytes, message: str) -> None:
    answer = await client.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert (error["message"], error["extensions"]["code"]) == (message, "BAD_USER_INPUT")
    assert answer.json().keys() == {"errors"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "\xff"}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b'{"query": "{ hello }"',
        b'{"query": "{ hello }", "variables": {"a": NaN}}',
        b'{"query": "{ hello }", "variables": {"a": Infinity}}',
        b'{"query": "\\ud800"}',
        b"{'query': '{ hello }'}",
        b"query=hello",
    ],
)
async def test_a_body_that_is_no_json_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert error["message"].startswith("The body is no valid JSON in UTF-8: ")
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/graphql",
    ],
)
async def test_a_content_type_that_a_form_of_another_site_could_send_is_refused(client: httpx2.AsyncClient, kind: str) -> None:
    answer = await client.post("/graphql", content=HELLO, headers={"content-type": kind} if kind else {})
    assert answer.status_code == 415
    assert answer.json()["errors"][0]["message"] == "Send the request as content-type: application/json in UTF-8."


async def test_a_body_over_the_bound_is_refused_by_its_length_and_while_it_streams() -> None:
    async with caller(graph(Limits(body_bytes=100))) as client:
        large = orjson.dumps({"query": "{ hello }" + " " * 100})

        async def pieces() -> object:
            for start in range(0, len(large), 10):
                yield large[start : start + 10]

        for content in (large, pieces()):
            answer = await client.post("/graphql", content=content, headers=JSON)  # type: ignore[arg-type]
            assert answer.status_code == 413
            assert answer.json()["errors"][0]["message"] == "The body is larger than 100 bytes; send less, or several requests."
        assert (await client.post("/graphql", content=HELLO, headers=JSON)).json() == {"data": {"hello": "world"}}


@pytest.mark.parametrize(
    "parameters",
    [{}, {"query": "{ hello }", "variables": "{"}, {"query": "{ hello }", "variables": "[1]"}, {"query": "{ hello }", "extensions": "5"}],
)
async def test_parameters_of_a_get_that_are_no_request_are_refused(client: httpx2.AsyncClient, parameters: dict[str, str]) -> None:
    answer = await client.get("/graphql", params=parameters)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_another_method_is_refused(client: httpx2.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql", content=HELLO)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_an_answer_that_cannot_be_given_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ hello }"}, headers={"accept": "application/xml"})
    assert answer.status_code == 406
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
