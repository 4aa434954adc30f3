"""Calls to one Tryton database: records by REST and a key, orders by JSON-RPC in a session that is opened anew when it has ended."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from adapters.transport.calls import Answer, Call
from adapters.transport.http import HttpSource
from adapters.tryton import wire
from gateway.domain.errors import SourceGarbage
from gateway.ports.stores import Clock

Record = dict[str, Any]
Domain = Sequence[Any]
OLDEST_FIRST = [["id", "ASC"]]


@dataclass(frozen=True, slots=True)
class Records:
    """One answer. `asked_at` is our clock before the call, `server_at` theirs when it was given (whole seconds)."""

    rows: list[Record]
    asked_at: datetime
    server_at: datetime


class Reader:
    """Reads records, each call for one of the things that the source is asked for."""

    def __init__(self, http: HttpSource, database: str, key: str, clock: Clock, page_rows: int) -> None:
        self.http, self.clock, self.page_rows = http, clock, page_rows
        self._database, self._key = database, key

    @property
    def source(self) -> str:
        return self.http.source

    async def pages(
        self, operation: str, model: str, domain: Domain, fields: Sequence[str], context: Mapping[str, Any] | None = None
    ) -> AsyncIterator[tuple[Records, bool]]:
        """Yield all records by their ids, and whether it was the last part: a record that comes or goes meanwhile moves no other."""
        after = 0
        while True:
            part = await self.records(operation, model, [["id", ">", after], list(domain)], fields, context)
            last = len(part.rows) < self.page_rows
            yield part, last
            if last:
                return
            after = max(row["id"] for row in part.rows)

    async def all(
        self, operation: str, model: str, domain: Domain, fields: Sequence[str], context: Mapping[str, Any] | None = None
    ) -> Records:
        """Return all records at once; asked, and told, as of the first part."""
        first: Records | None = None
        rows: list[Record] = []
        async for part, _ in self.pages(operation, model, domain, fields, context):
            first = first or part
            rows += part.rows
        now = self.clock.now()
        return Records(rows, first.asked_at if first else now, first.server_at if first else now)

    async def records(
        self, operation: str, model: str, domain: Domain, fields: Sequence[str], context: Mapping[str, Any] | None = None
    ) -> Records:
        """Return at most one page of records."""
        asked_at, limits = self.clock.now(), self.http.limits
        headers = {"authorization": f"Bearer {self._key}"} | ({"x-tryton-context": wire.in_url(context)} if context else {})
        page = (("s", str(self.page_rows)), ("o", wire.in_url(OLDEST_FIRST)))
        call = Call(
            method="GET",
            url=f"/{self._database}/rest/model/{model}",
            query=(("d", wire.in_url(list(domain))), *(("f", name) for name in fields), *page),
            headers=headers,
            timeout_s=limits.read_timeout_s if operation.endswith("lookup") else limits.feed_timeout_s,
            max_bytes=limits.feed_max_bytes,
            operation=operation,
        )
        return await self.http.read(call, lambda answer: self._understood(answer, model, asked_at))

    def _understood(self, answer: Answer, model: str, asked_at: datetime) -> Records:
        content = answer.content
        if not isinstance(content, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in content):
            raise SourceGarbage(self.source, f"its answer is no list of {model}")
        try:
            return Records(wire.read(content), asked_at, server_time(answer, asked_at))
        except ValueError as error:
            raise SourceGarbage(self.source, f"a record of {model} cannot be read: {error}") from error


def server_time(answer: Answer, otherwise: datetime) -> datetime:
    """Return the server's own clock: what it stamps records with is compared with that, never with ours."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except (TypeError, ValueError):
        return otherwise
