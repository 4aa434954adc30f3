"""A long answer in parts: every style of paging as one stream of pages."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from adapters.mapping.templates import PathTemplate
from adapters.rest.config import FanOut, Feed, Paging
from adapters.rest.system import Scope, System
from adapters.transport.calls import Answer
from gateway.domain.errors import SourceGarbage

MOST_PAGES = 100_000
_NEXT_LINK = re.compile(r'<([^>]+)>\s*;[^,]*rel="?next"?')


@dataclass(frozen=True, slots=True)
class Part:
    """One answer of several: its rows, and whether it is the last of its request."""

    answer: Answer
    rows: list[Any]
    asked_at: datetime
    last: bool
    total: int | None = None
    each: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading stands."""

    page: int
    offset: int = 0
    token: Any = None
    cursor: Any = None
    link: str | None = None
    seen: frozenset[str] = field(default_factory=frozenset)


async def parts(
    system: System, feed: Feed | FanOut, scope: Scope, accepts: frozenset[int] = frozenset(), *, live: bool = False
) -> AsyncIterator[Part]:
    """Yield the parts of one request. An answer of an accepted status is yielded alone, without rows; `live`: somebody waits for it."""

    def listed(answer: Answer) -> tuple[Answer, list[Any]]:
        return answer, [] if answer.status in accepts else system.rows(feed.rows, answer.content)

    paging = feed.paging
    place = Place(paging.first, cursor=scope.get("cursor"))
    for _ in range(MOST_PAGES):
        asked_at = system.clock.now()
        onward, here = _onward(feed, scope, place)
        answer, rows = await system.ask(onward, here, listed, feed=not live, accepts=accepts)
        if answer.status in accepts:
            yield Part(answer, [], asked_at, last=True)
            return
        following = _next(system, feed, place, answer, len(rows))
        yield Part(answer, rows, asked_at, following is None, _number(system.value(paging.total, answer.content)))
        if following is None:
            return
        place = following
    raise SourceGarbage(system.source.code, f"its list does not end after {MOST_PAGES} parts")


def _onward(feed: Feed | FanOut, scope: Scope, place: Place) -> tuple[Feed | FanOut, Scope]:
    """Return the request of the part at a place, and what its expressions see."""
    here = {"page": place.page, "offset": place.offset, "token": place.token, "cursor": place.cursor, "limit": feed.paging.size}
    if place.link is None:
        return feed, {**scope, **here}
    return feed.model_copy(update={"path": PathTemplate(place.link.replace("{", "%7B")), "query": {}}), {**scope, **here}


def _next(system: System, feed: Feed | FanOut, place: Place, answer: Answer, listed: int) -> Place | None:
    """Return where the next part starts; None at the end."""
    paging = feed.paging
    onward = paging.next or (feed.cursor.value if isinstance(feed, Feed) and feed.cursor else None)
    count = _number(system.value(paging.count, answer.content)) if paging.count else listed
    count = listed if count is None else count
    if paging.style in {"PAGE", "OFFSET"}:
        return _counted(system, paging, place, answer, count)
    if paging.style == "NONE" or (paging.style == "AFTER" and count < paging.size):
        return None
    given = _link(system, paging, answer) if paging.style == "LINK" else system.value(onward, answer.content)
    if given in (None, "", False):
        return None
    if str(given) in place.seen or (paging.style == "AFTER" and given == place.cursor):
        raise SourceGarbage(system.source.code, "its paging leads in a circle")
    seen = place.seen | {str(given)}
    if paging.style == "TOKEN":
        return replace(place, token=given, seen=seen)
    return replace(place, link=str(given), seen=seen) if paging.style == "LINK" else replace(place, cursor=given, seen=seen)


def _counted(system: System, paging: Paging, place: Place, answer: Answer, count: int) -> Place | None:
    pages, total = _number(system.value(paging.pages, answer.content)), _number(system.value(paging.total, answer.content))
    following = replace(place, page=place.page + 1, offset=place.offset + count)
    if count == 0:
        return None
    if pages is not None:
        return following if place.page - paging.first + 1 < pages else None
    if total is not None and paging.style == "OFFSET":
        return following if following.offset < total else None
    return following if count >= paging.size else None


def _link(system: System, paging: Paging, answer: Answer) -> str | None:
    """Return the next address; one that leads to another host is refused."""
    found = _NEXT_LINK.search(answer.headers.get("link", ""))
    given = system.value(paging.next, answer.content) if paging.next else (found[1] if found else None)
    if given is None:
        return None
    address = str(given)
    if not address.startswith(("/", "http://", "https://")) or not system.http.owns(address):
        raise SourceGarbage(system.source.code, "its next page lies on another host")
    return address.removeprefix(system.http.base_url) if address.startswith(system.http.base_url + "/") else address


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
