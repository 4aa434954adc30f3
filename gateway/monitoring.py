"""What is watched of a process: its figures, whether it lives, and whether it can work."""

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.domain.errors import GatewayError
from gateway.telemetry import DATABASE_ANSWERS, FEED_FAILURES, HAND_OVERS, QUARANTINES, REGISTRY, SHORTFALLS
from resolvers.context import World

PATIENCE_S = 3.0
"""How long figures of the database are waited for: who asks for figures does not wait long."""
UNKNOWN = float("nan")


async def measure(world: World) -> None:
    """Set the figures that the database has. Where it does not answer they are left out, and that is a figure, too."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            feeds, overdrawn, counts = await world.feeds.feeds(), await world.stock.overdrawn(), await world.outbox.counts()
    except (GatewayError, TimeoutError):
        forget()
        return
    forget()  # what is there no more is not told as it was
    DATABASE_ANSWERS.set(1)
    for feed in feeds:
        FEED_FAILURES.labels(feed.source, feed.name).set(feed.failures)
        if feed.name == "stock":
            QUARANTINES.labels(feed.source).set(len(feed.quarantines))
    SHORTFALLS.set(sum(one.opened and one.doc.free < 0 for one in overdrawn))
    for source, states in counts.items():
        for state, count in states.items():
            HAND_OVERS.labels(source, state).set(count)


def forget() -> None:
    for figure in (FEED_FAILURES, QUARANTINES, HAND_OVERS):
        figure.clear()
    SHORTFALLS.set(UNKNOWN)
    DATABASE_ANSWERS.set(0)


def figures() -> Response:
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def side_door(world: World, lives: Callable[[], bool], database_answers: Callable[[], Awaitable[bool]]) -> Starlette:
    """Return what a process without a graph answers: `/healthz`, `/readyz` and `/metrics`. `lives`: none of its loops has ended."""

    async def healthz(_request: Request) -> Response:
        alive = lives()
        return JSONResponse({"alive": alive}, status_code=200 if alive else 503)

    async def readyz(_request: Request) -> Response:
        reachable = await database_answers()
        return JSONResponse({"database": reachable}, status_code=200 if reachable else 503)

    async def metrics(_request: Request) -> Response:
        await measure(world)
        return figures()

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])
