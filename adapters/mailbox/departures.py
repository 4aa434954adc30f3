"""Files on their way out: written aside, then moved to where the partner fetches them, once under each key, with the proof of it.

A file is put out in three steps: written whole beside (`.out`), its copy kept (`.edi`), moved to where it is fetched. So whoever comes
later can tell: no copy, it was not put out; a copy and still an `.out`, the move is to be made; a copy alone, it was put out, wherever
it is now.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.mailbox.config import MailboxOptions
from adapters.mailbox.names import plain
from adapters.mailbox.numbers import Numbers
from adapters.mailbox.store import Store
from gateway.domain.errors import SourceError, SourceUnavailable
from gateway.ports.stores import Clock

DIRECTION = "out"
COPY, HEARD = ".edi", ".read"
GIVES_WORK = "order."
"""What the name of a file says after its reference that gives work; an answer to the work says that it was read."""
Write = Callable[[int], bytes]
"""Makes a file under a control number."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A file that was put out. `content` is its copy."""

    name: str
    content: bytes
    at: datetime | None = None


class Departures:
    """The way out of one mailbox."""

    def __init__(self, source: str, store: Store, options: MailboxOptions, clock: Clock) -> None:
        self._source, self._store, self._options, self._clock = source, store, options, clock
        self._numbers = Numbers(store, options.numbers)

    async def put(self, name: str, write: Write) -> Departure:
        """Put a file out under a name that stands for its key; one that was put out before is not put out again.

        Raises a SourceError; only while the file is moved to where it is fetched is the effect of a failure unknown.
        """
        name = plain(name)
        try:
            departure = await self._begun(name) or await self._prepared(name, write)
        except SourceError as error:
            raise without_effect(error) from error
        except (FileExistsError, FileNotFoundError) as error:
            raise SourceUnavailable(self._source, f"another process puts {name} out at this moment") from error
        await self._release(name)
        return departure

    async def found(self, name: str) -> Departure | None:
        """Return a file that was put out, None for one that surely was not."""
        name = plain(name)
        departure = await self._begun(name)
        return None if departure is None or await self._store.has(self._out(name)) else departure

    async def heard_of(self, name: str, how: str) -> None:
        """Note that a file of ours, or all of a reference, is known to have been read."""
        with contextlib.suppress(FileExistsError):
            await self._store.create(self._heard(name), how.encode())

    async def unheard(self, before: datetime, since: datetime) -> list[Departure]:
        """Return files that were put out between two moments and that nobody is known to have read, the oldest first."""
        lying = await self._store.files(self._options.sent)
        names = {one.name for one in lying}
        found = [one for one in lying if one.name.endswith(COPY) and since < one.modified_at <= before]
        silent = [one for one in found if not {f"{known}{HEARD}" for known in known_as(one.name.removesuffix(COPY))} & names]
        return [Departure(one.name.removesuffix(COPY), b"", one.modified_at) for one in sorted(silent, key=lambda one: one.modified_at)]

    async def again(self, name: str) -> bool:
        """Put out the copy of a file that was put out before, as it was; False: there is none."""
        departure = await self._begun(plain(name))
        if departure is None:
            return False
        if not await self._store.has(self._out(departure.name)):
            await self._store.create(self._out(departure.name), departure.content)
        await self._release(departure.name)
        return True

    async def notice(self, kind: str, write: Write) -> None:
        """Put out what nobody asks after, as an acknowledgement of receipt."""
        number = await self._numbers.next(DIRECTION, kind, self._clock.now())
        name = f"{kind}-{number}"
        await self._store.create(self._out(name), write(number))
        await self._release(name)

    async def name_of(self, control: str) -> str:
        """Return the name of the file that bore a control number, "" for none of ours."""
        return await self._numbers.use(DIRECTION, str(int(control)) if control.isdigit() else control)

    async def _begun(self, name: str) -> Departure | None:
        try:
            return Departure(name, await self._store.read(self._copy(name), self._options.most_bytes))
        except FileNotFoundError:
            return None

    async def _prepared(self, name: str, write: Write) -> Departure:
        number = await self._numbers.next(DIRECTION, name, self._clock.now())
        content = write(number)
        await self._store.remove(self._out(name))
        await self._store.create(self._out(name), content)
        await self._store.remove(self._out(f"{name}.copy"))
        await self._store.create(self._out(f"{name}.copy"), content)
        await self._store.move(self._out(f"{name}.copy"), self._copy(name))
        return Departure(name, content)

    async def _release(self, name: str) -> None:
        """Move a file that is still held back to where it is fetched."""
        if not await self._store.has(self._out(name)):
            return
        try:
            await self._store.move(self._out(name), f"{self._options.outgoing}/{name}.edi")
        except FileNotFoundError:
            return
        except FileExistsError as error:
            raise SourceUnavailable(self._source, f"{name} lies there already and was not fetched") from error

    def _out(self, name: str) -> str:
        return f"{self._options.sent}/{name}.out"

    def _copy(self, name: str) -> str:
        return f"{self._options.sent}/{name}{COPY}"

    def _heard(self, name: str) -> str:
        return f"{self._options.sent}/{plain(name)}{HEARD}"


def known_as(name: str) -> list[str]:
    """Return under which names a file may be known to have been read: its own; of one that gives work, the reference that begins it."""
    reference, _, rest = name.partition(".")
    return [name, reference] if rest.startswith(GIVES_WORK) else [name]


def without_effect(error: SourceError) -> SourceError:
    """Return the same error of a step that puts nothing out."""
    return type(error)(error.source, error.message, since=error.since, retry_after_ms=error.retry_after_ms)
