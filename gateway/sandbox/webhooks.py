"""Events pushed to a listener: signed in the dialect's way, in batches, tried again on anything but 2xx."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from secrets import token_hex

import httpx2
import orjson

from gateway.sandbox.faults import Faults
from gateway.sandbox.feed import Entry
from gateway.sandbox.stamps import wall_ms
from gateway.sandbox.system import System

_BATCH = 100
_MOST_WAITING = 20_000
_PAUSES_S = (0.5, 1, 2, 4, 8, 16, 30, 30, 30)
_GONE = 410

Told = tuple[str, Entry]
Body = Callable[[Sequence[Told]], Mapping[str, object]]
Signed = Callable[[str, str, bytes], Mapping[str, str]]


class Webhook:
    """`body` words a batch of (topic, entry); `signed` gives the headers for (secret, delivery id, raw body)."""

    def __init__(self, system: System, faults: Faults, body: Body, signed: Signed) -> None:
        self._system, self._faults, self._body, self._signed = system, faults, body, signed
        self._waiting: deque[Told] = deque(maxlen=_MOST_WAITING)
        self._wake = asyncio.Event()
        system.told = self._tell

    def _tell(self, topic: str, entry: Entry) -> None:
        if self._system.webhook is not None:
            self._waiting.append((topic, entry))
            self._wake.set()

    async def run(self) -> None:
        async with httpx2.AsyncClient(timeout=5, follow_redirects=False, trust_env=False) as client:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while batch := self._batch():
                    await self._push(client, batch)
                if self._waiting:
                    await asyncio.sleep(0.1)
                    self._wake.set()

    def _batch(self) -> list[Told]:
        """Take what may be told now: late events stay, doubled and reordered ones go out so."""
        now_ms = wall_ms()
        taken: list[Told] = []
        kept: list[Told] = []
        while self._waiting and len(taken) < _BATCH:
            topic, entry = self._waiting.popleft()
            (kept if self._faults.late_until_ms(entry) > now_ms else taken).append((topic, entry))
        self._waiting.extendleft(reversed(kept))
        topic_by_key = {entry.key: topic for topic, entry in taken}
        late_known = self._faults.distorted([entry for _, entry in taken], now_ms)
        return [(topic_by_key[entry.key], entry) for entry in late_known]

    async def _push(self, client: httpx2.AsyncClient, batch: Sequence[Told]) -> None:
        raw, delivery = orjson.dumps(self._body(batch)), token_hex(12)
        for pause_s in (*_PAUSES_S, None):
            target = self._system.webhook
            if target is None:
                return
            headers = {"Content-Type": "application/json", **self._signed(target["secret"], delivery, raw)}
            with contextlib.suppress(httpx2.HTTPError):
                answer = await client.post(target["url"], content=raw, headers=headers)
                if answer.is_success:
                    return
                if answer.status_code == _GONE:
                    self._system.record("webhook", target=None)
                    return
            if pause_s is not None:
                await asyncio.sleep(pause_s)
