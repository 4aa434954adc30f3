"""Tells the sandbox's systems where to push: their news then arrives at once, and polling is what it should be, a safety net."""

from collections.abc import Mapping

import httpx2
import structlog

log = structlog.get_logger(__name__)
PUSHING = ("wms", "pos")


async def ask_for_pushes(gateway: str, sources: Mapping[str, Mapping[str, object]], secret: str) -> None:
    """A system that does not answer now is polled; that is no reason not to start."""
    async with httpx2.AsyncClient(timeout=5) as http:
        for code in PUSHING:
            try:
                target = {"url": f"{gateway}/webhooks/{code}", "secret": secret}
                answer = await http.put(f"{sources[code]['url']}/_sandbox/webhook", json=target)
                answer.raise_for_status()
            except httpx2.HTTPError as error:
                log.warning("webhook_not_registered", source=code, error=str(error))
