"""Where a feed of changed records goes on: by the server's own time, with an overlap whose records are passed over once they were seen."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.tryton.client import Record
from gateway.domain.errors import SourceGarbage

STAMPS = ("create_date", "write_date")
MOST_REMEMBERED = 50_000


class Trail:
    """The cursor is an ISO time. Records carry when their transaction began, so that some show later than others that are newer."""

    def __init__(self, source: str, overlap_s: float) -> None:
        self._source, self._overlap = source, timedelta(seconds=overlap_s)
        self._seen: OrderedDict[tuple[Any, ...], None] = OrderedDict()

    def cursor(self, server_at: datetime) -> str:
        """Return where to go on after a pass whose first answer came at that time of theirs."""
        return (server_at - self._overlap).isoformat()

    def since(self, cursor: str, paths: Sequence[str] = ("",)) -> list[Any]:
        """Return the domain of records that were made or written since a cursor, or those at any of the ends of `paths`."""
        try:
            moment = datetime.fromisoformat(cursor)
        except ValueError as error:
            raise SourceGarbage(self._source, f"the cursor {cursor[:40]!r} is no time") from error
        return ["OR", *([f"{path}{stamp}", ">", moment] for path in paths for stamp in STAMPS)]

    def unseen(self, rows: Iterable[Record]) -> list[Record]:
        """Return the records that were not told in this state before."""
        return [row for row in rows if stamp_of(row) not in self._seen]

    def keep(self, rows: Iterable[Record]) -> None:
        """Remember records that were taken in whole."""
        for row in rows:
            self._seen[stamp_of(row)] = None
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)


def stamp_of(row: Record) -> tuple[Any, ...]:
    return (row.get("__name__"), row["id"], row.get("write_date") or row.get("create_date"))


def written_at(row: Record) -> datetime | None:
    moment = row.get("write_date") or row.get("create_date")
    return moment if isinstance(moment, datetime) else None
