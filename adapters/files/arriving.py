"""Where a source's files are: they lie in a folder and are replaced there, or they arrive in a mailbox and the last of each kind counts."""

import asyncio
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from adapters.files.config import Form, Table
from adapters.files.tables import File
from adapters.mailbox.archive import Archive
from adapters.mailbox.arrivals import Arrivals, Examined
from adapters.mailbox.config import MailboxOptions
from adapters.mailbox.names import Kept, plain, plain_kinds
from adapters.mailbox.store import Store
from adapters.transport.health import Health
from gateway.domain.errors import SourceError, SourceGarbage
from gateway.domain.mail import MailFault
from gateway.ports.stores import Clock

LOOK_BACK = timedelta(days=3650)


class Files(Protocol):
    """Finds files; `kind` is what one is for, as stock or catalogue.prices."""

    async def look(self, operation: str, *, again: bool = True) -> None:
        """Learn what is there now; `again` False: only when it was never learned. Raises a SourceError."""
        ...

    def path(self, kind: str, file: str) -> Path: ...


class Resting:
    """Files that lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def look(self, operation: str, *, again: bool = True) -> None:
        """Nothing moves."""

    def path(self, kind: str, file: str) -> Path:  # noqa: ARG002 - a file's name says all here
        return self._folder / file


class Arriving:
    """Files that arrive: each is checked as a whole before it is kept; of each kind the last that was kept is read, from a copy here."""

    def __init__(
        self, source: str, store: Store, options: MailboxOptions, tables: Mapping[str, Table], clock: Clock, health: Health
    ) -> None:
        self._source, self._tables, self._health = source, tables, health
        self._forms: dict[str, tuple[str, Form]] = {name: (table.file, table) for name, table in tables.items()}
        for name, table in tables.items():
            self._forms |= {f"{name}.{joined}": (other.file, other) for joined, other in table.join.items()}
        self.arrivals = Arrivals(source, store, options, clock, self.examined)
        self._archive, self._clock = Archive(store, options), clock
        self._copies = Path(tempfile.mkdtemp(prefix="gateway-files-"))
        self.close = weakref.finalize(self, shutil.rmtree, self._copies, ignore_errors=True)
        self._known: dict[str, Kept] = {}
        self._looked = False

    async def look(self, operation: str, *, again: bool = True) -> None:
        if self._looked and not again:
            return
        try:
            await self.arrivals.look()
            for kind in self._forms:
                await self._learn(kind)
        except SourceError as error:
            self._health.note_failure(operation, error, at_once=True)
            raise
        self._looked = True

    def path(self, kind: str, file: str) -> Path:
        """Return the copy of the last file of a kind; one that never came is not there, under the form of its name."""
        return self._copies / kind / (str(self._known[kind]) if kind in self._known else file)

    async def _learn(self, kind: str) -> None:
        async for found, entry in self._archive.backwards(plain_kinds([kind]), self._clock.now() - LOOK_BACK):
            if found != self._known.get(kind):
                content = await self._archive.content(found)
                await asyncio.to_thread(self._copy, kind, found, content, min(entry.modified_at, found.taken_at))
            return

    def _copy(self, kind: str, found: Kept, content: bytes, written_at: datetime) -> None:
        """Lay a copy down, as old as the file is, in the place of the one before."""
        folder = self._copies / kind
        folder.mkdir(exist_ok=True)
        before = self._known.get(kind)
        path = folder / str(found)
        path.write_bytes(content)
        os.utime(path, (written_at.timestamp(), written_at.timestamp()))
        self._known[kind] = found
        if before:
            (folder / str(before)).unlink(missing_ok=True)

    async def examined(self, name: str, content: bytes) -> Examined:
        kinds = tuple(kind for kind, (form, _) in self._forms.items() if fnmatchcase(name, form))
        if not kinds:
            fault = f"no table has a file of this name; they have {', '.join(sorted(form for form, _ in self._forms.values()))}"
            return Examined(self._source, faults=(MailFault(0, "", fault),), sound=False)
        told = await asyncio.to_thread(self._faults, kinds, name, content)
        return Examined(self._source, kinds=kinds, faults=told, sound=not told)

    def _faults(self, kinds: tuple[str, ...], name: str, content: bytes) -> tuple[MailFault, ...]:
        """Read a file to its end in every form that it has; single lines that cannot be used are told when it is taken in."""
        with tempfile.TemporaryDirectory(dir=self._copies) as folder:
            path = Path(folder) / plain(name)
            path.write_bytes(content)
            return tuple(self._faults_of(kinds, path))

    def _faults_of(self, kinds: tuple[str, ...], path: Path) -> Iterator[MailFault]:
        for kind in kinds:
            try:
                rows = sum(1 for _ in File(self._source, path, self._forms[kind][1]).lines())
            except SourceGarbage as error:
                yield MailFault(0, kind, f"{kind}: {error.message}")
                continue
            least = self._tables[kind].least_rows if kind in self._tables else 0
            if rows < least:
                yield MailFault(0, kind, f"{kind}: has {rows} rows; with fewer than {least} (least_rows) it is a part of a file")
