"""One append-only file per system: every fact it answered for, one line of JSON each, replayed at the next start."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

try:
    import fcntl
except ImportError:  # pragma: no cover - a platform without advisory locks
    fcntl = None  # type: ignore[assignment]


class JournalRefused(Exception):
    """The data folder is in use, or was made for another retailer."""


class Journal:
    """Appends go to the operating system before `append` returns, so a killed process loses nothing that it answered."""

    def __init__(self, path: Path | None, retailer: dict[str, int], *, opened_ms: int, reset: bool = False) -> None:
        self.header: dict[str, Any] = {"retailer": retailer, "opened_ms": opened_ms, "epoch": secrets.token_hex(6)}
        self._file: int | None = None
        self._facts: list[dict[str, Any]] = []
        if path is not None:
            self._open(path, retailer, reset=reset)

    @property
    def epoch(self) -> str:
        return str(self.header["epoch"])

    def facts(self) -> Iterator[dict[str, Any]]:
        """Yield what the file held when it was opened, once."""
        while self._facts:
            yield from self._facts
            self._facts = []

    def append(self, fact: dict[str, Any]) -> None:
        if self._file is not None:
            os.write(self._file, orjson.dumps(fact) + b"\n")

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self, path: Path, retailer: dict[str, int], *, reset: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock(path)
        raw = b"" if reset else path.read_bytes()
        lines, complete = _lines(raw)
        if complete < len(raw) or reset:
            os.ftruncate(self._file, complete)
        if not lines:
            self.append(self.header)
            return
        self.header, self._facts = lines[0], lines[1:]
        if self.header.get("retailer") != retailer:
            self.close()
            raise JournalRefused(f"{path} was made for {self.header.get('retailer')}, not {retailer}: use another --data or --reset")

    def _lock(self, path: Path) -> None:
        if fcntl is None or self._file is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise JournalRefused(f"{path} is in use by another process") from None


def _lines(raw: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return the whole lines and how many bytes they take; a line cut off by a crash of the machine ends them."""
    lines: list[dict[str, Any]] = []
    complete = 0
    for line in raw.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        try:
            lines.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            break
        complete += len(line)
    return lines, complete
