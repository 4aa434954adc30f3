"""Lists of work swept to their end: behind a cursor, so that what fails is passed; from a place of one's own, so that several share it."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

import structlog

from gateway.domain.errors import GatewayError, Unavailable
from gateway.domain.ids import Rid
from gateway.ports.order_book import WorkPlace

log = structlog.get_logger(__name__)
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Step = Callable[[], Awaitable[object]]
SPREAD = 1_000
"""Sweepers of a long list begin behind so many of it at most."""


class Attempt(Protocol):
    """Makes one part of a round: `name` says what of which order (or position); what fails there keeps nothing else waiting."""

    async def __call__(self, name: str, step: Step, rid: Rid | None = None) -> None: ...


async def apart(name: str, step: Step, rid: Rid | None = None) -> None:  # noqa: ARG001 - an Attempt
    """Make a part; what fails is told in the log, but a database that is away ends the round."""
    try:
        await step()
    except Unavailable:
        raise
    except Exception as error:
        log.warning("loop_failed", loop=name, error=str(error), exc_info=not isinstance(error, GatewayError))


class Part(Protocol[T_co]):
    """Reads one part of a list of work."""

    async def __call__(self, after: WorkPlace | None, skip: int) -> Sequence[T_co]: ...


async def swept(part: Part[T], place: Callable[[T], WorkPlace], most: int) -> AsyncIterator[Sequence[T]]:
    """Yield a list part by part (`most` each), every order once; one that another sweeper has done meanwhile is met no more."""
    found = await part(None, 0)
    start = None
    if len(found) == most:
        ahead = await part(None, random.randrange(SPREAD))  # noqa: S311 - spreads sweepers, no secret
        start, found = (place(ahead[0]), ahead) if ahead else (None, found)
    async for rest in onwards(part, place, most, found):
        yield rest
    if start is None:
        return
    async for rest in onwards(part, place, most, await part(None, 0)):
        before = [one for one in rest if place(one) < start]
        if before:
            yield before
        if len(before) < len(rest):
            return


async def onwards(part: Part[T], place: Callable[[T], WorkPlace], most: int, found: Sequence[T]) -> AsyncIterator[Sequence[T]]:
    """Yield a part and all that stand behind it."""
    while found:
        end, full = place(found[-1]), len(found) == most
        yield found
        found = await part(end, 0) if full else ()
