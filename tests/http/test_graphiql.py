"""GraphiQL's page: complete from this package, open on the examples, and only where it is wanted."""

import re

import httpx2
import orjson

from tests.http.conftest import caller
from tests.http.shop import EXAMPLES, graph

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "authorization": ""}


async def test_the_page_needs_no_key_and_loads_nothing_from_elsewhere(client: httpx2.AsyncClient) -> None:
    page = await client.get("/graphql", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert [address for address in loaded if address != "data:,"] == [
        f"/graphql/ide/{name}"
        for name in (
            "graphiql.min.css",
            "page.css",
            "react.production.min.js",
            "react-dom.production.min.js",
            "graphiql.min.js",
            "page.js",
        )
    ]
    for address in loaded[1:]:
        assert (await client.get(address)).status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]


async def test_the_examples_are_in_the_page_and_cannot_break_out_of_it(client: httpx2.AsyncClient) -> None:
    page = await client.get("/graphql", headers=BROWSER)
    written = re.search(r'<script type="application/json" id="examples">(.*?)</script>', page.text)
    assert written
    assert orjson.loads(written[1]) == [example._asdict() for example in EXAMPLES]


async def test_without_examples_there_is_no_page() -> None:
    async with caller(graph()) as client:
        page = await client.get("/graphql", headers=BROWSER)
        assert (page.status_code, page.headers["content-type"]) == (401, "application/json; charset=utf-8")
        assert (await client.get("/graphql/ide/page.js")).status_code == 404
