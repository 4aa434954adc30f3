"""GraphiQL on the endpoint's own address, with example operations; everything it loads comes from this package."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import BaseRoute, Route

FOLDER = Path(__file__).parent / "ide"
FILES = {
    "graphiql.min.css": "text/css",
    "page.css": "text/css",
    "graphiql.min.js": "text/javascript",
    "react.production.min.js": "text/javascript",
    "react-dom.production.min.js": "text/javascript",
    "page.js": "text/javascript",
}
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:;"
    " object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""The editor sets styles inline; no script but ours runs, and nothing is loaded from or sent to elsewhere."""


class Example(NamedTuple):
    """An operation that the page offers: whose it is, its name, its text, and variables as JSON."""

    group: str
    name: str
    text: str
    variables: str = ""


class GraphiQL:
    """The page and the files it loads."""

    def __init__(self, examples: Sequence[Example]) -> None:
        listed = [Example(*example)._asdict() for example in examples]
        self.template = (FOLDER / "index.html").read_text(encoding="utf-8")
        self.examples = orjson.dumps(listed).decode().replace("<", "\\u003c")

    def page(self, path: str) -> HTMLResponse:
        content = self.template.replace("{{base}}", f"{path}/ide").replace("{{examples}}", self.examples)
        return HTMLResponse(content, headers={"content-security-policy": POLICY, "referrer-policy": "no-referrer"})

    def routes(self, path: str) -> list[BaseRoute]:
        return [Route(f"{path}/ide/{name}", file_endpoint(name), methods=["GET"], name=f"graphiql {name}") for name in FILES]


def file_endpoint(name: str) -> Callable[[Request], Awaitable[FileResponse]]:
    async def answer(_: Request) -> FileResponse:
        return FileResponse(FOLDER / name, media_type=FILES[name], headers={"cache-control": "public, max-age=3600"})

    return answer
