"""Misbehavior on demand: what is asked for, whether it strikes now, and how often it really did."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from random import Random
from typing import Any

from gateway.sandbox.dice import drawn
from gateway.sandbox.feed import Entry
from gateway.sandbox.refused import invalid
from gateway.sandbox.system import unknown_name

_LONGEST_MS = 600_000
KINDS = ("latency", "error", "timeout", "garbage", "lost_answer", "down", "duplicate_event", "reordered_page", "late_event")


@dataclass(frozen=True, slots=True)
class FaultSettings:
    latency_ms: tuple[float, float] = (0, 0)
    error_rate: float = 0
    error_status: int = 500
    timeout_rate: float = 0
    garbage_rate: float = 0
    lost_answer_rate: float = 0
    lost_answer_with: str | int = "drop"
    down: bool = False
    duplicate_events_rate: float = 0
    reorder_events: bool = False
    late_events_s: float = 0
    paths: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    limit: int | None = None
    seed: int = 0

    @classmethod
    def of(cls, wanted: Mapping[str, Any]) -> "FaultSettings":
        """Check what a caller wrote: an unknown key or a wrong value is refused with its name."""
        known = [one.name for one in fields(cls)]
        for name in wanted:
            if name not in known:
                raise unknown_name(name, known)
        return cls(**{name: _checked(name, value) for name, value in wanted.items()})


@dataclass(slots=True)
class Strike:
    """What happens to one request: a wait, and at most one of the rest."""

    wait_s: float = 0
    kind: str | None = None


@dataclass(slots=True)
class Faults:
    settings: FaultSettings = field(default_factory=FaultSettings)
    fired: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    remaining: int | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _random: Random = field(default_factory=Random)
    _known_late: set[str] = field(default_factory=set)

    def put(self, settings: FaultSettings) -> None:
        self.fired = dict.fromkeys(KINDS, 0)
        self._set(settings)

    def clear(self) -> None:
        self._set(FaultSettings())

    def _set(self, settings: FaultSettings) -> None:
        self.settings, self.remaining, self._random = settings, settings.limit, Random(settings.seed)
        self._known_late.clear()
        self.changed.set()
        self.changed = asyncio.Event()

    def told(self) -> dict[str, Any]:
        default = FaultSettings()
        shown = {name: value for name, value in asdict(self.settings).items() if value != getattr(default, name)}
        return {"faults": shown, "fired": self.fired, "remaining": self.remaining}

    def strike(self, method: str, path: str) -> Strike:
        wanted, strike = self.settings, Strike()
        if not self._concerns(method, path):
            return strike
        if wanted.down and self._fire("down"):
            return Strike(kind="down")
        if wanted.latency_ms[1] > 0 and self._fire("latency"):
            strike.wait_s = self._random.uniform(*wanted.latency_ms) / 1000
        chances = (
            ("timeout", wanted.timeout_rate),
            ("error", wanted.error_rate),
            ("lost_answer", wanted.lost_answer_rate),
            ("garbage", wanted.garbage_rate),
        )
        for kind, rate in chances:
            if rate and self._random.random() < rate and self._fire(kind):
                strike.kind = kind
                return strike
        return strike

    def distorted(self, entries: Sequence[Entry], now_ms: int) -> list[Entry]:
        """Return a page of events with the late ones withheld, some doubled, and the order broken, as asked."""
        wanted = self.settings
        page = [entry for entry in entries if not self._withheld(entry, now_ms)]
        if wanted.duplicate_events_rate:
            page = [again for entry in page for again in (entry, entry)[: 2 if self._doubled() else 1]]
        if wanted.reorder_events and len(page) > 1 and self._fire("reordered_page"):
            before = list(page)
            self._random.shuffle(page)
            if page == before:
                page.reverse()
        return page

    def late_until_ms(self, entry: Entry) -> int:
        """Return when an event becomes visible."""
        late_s = self.settings.late_events_s
        return entry.at_ms + int(late_s * 1000) if late_s and drawn(2, self.settings.seed, entry.key) else 0

    def _withheld(self, entry: Entry, now_ms: int) -> bool:
        if self.late_until_ms(entry) <= now_ms:
            return False
        if entry.key not in self._known_late:
            if not self._fire("late_event"):
                return False
            self._known_late.add(entry.key)
        return True

    def _doubled(self) -> bool:
        return self._random.random() < self.settings.duplicate_events_rate and self._fire("duplicate_event")

    def _concerns(self, method: str, path: str) -> bool:
        wanted = self.settings
        return (not wanted.paths or path.startswith(wanted.paths)) and (not wanted.methods or method in wanted.methods)

    def _fire(self, kind: str) -> bool:
        if self.remaining is not None:
            if self.remaining <= 0:
                return False
            self.remaining -= 1
        self.fired[kind] += 1
        return True


def parsed_faults(text: str) -> FaultSettings:
    """Return the faults of a command line: `latency_ms=100..300,error_rate=0.1,paths=/stock|/asn,down=true`."""
    wanted: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, raw = part.partition("=")
        if not equals:
            raise invalid(name, "written as name=value", part)
        wanted[name] = _parsed(name, raw)
    return FaultSettings.of(wanted)


def _parsed(name: str, raw: str) -> Any:
    if name in {"paths", "methods"}:
        return raw.split("|")
    if raw in {"true", "false"}:
        return raw == "true"
    try:
        numbers = [float(piece) if "." in piece else int(piece) for piece in raw.replace("..", " ").split()]
    except ValueError:
        return raw
    return numbers if ".." in raw else numbers[0]


def _checked(name: str, value: Any) -> Any:
    if name.endswith("_rate"):
        return _number(name, value, 0, 1)
    return _CHECKS[name](name, value)


def _span(name: str, value: Any) -> tuple[float, float]:
    span = value if isinstance(value, list | tuple) else [value, value]
    if len(span) != 2 or not all(_is_number(one) for one in span) or not 0 <= span[0] <= span[1] <= _LONGEST_MS:  # noqa: PLR2004 - a span has two ends
        raise invalid(name, f"N or [lo, hi] from 0 to {_LONGEST_MS} is needed", value)
    return (span[0], span[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise invalid(name, "true or false is needed", value)
    return value


def _number(name: str, value: Any, least: float, most: float) -> float:
    if not _is_number(value) or not least <= value <= most:
        raise invalid(name, f"a number from {least:g} to {most:g} is needed", value)
    return float(value)


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise invalid(name, f"a whole number from {least} to {most} is needed", value)
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(one, str) and one for one in texts):
        raise invalid(name, "a text or a list of texts is needed", value)
    return tuple(one.upper() if name == "methods" else one for one in texts)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "latency_ms": _span,
    "error_status": lambda name, value: _whole(name, value, 400, 599),
    "lost_answer_with": lambda name, value: value if value == "drop" else _whole(name, value, 400, 599),
    "down": _flag,
    "reorder_events": _flag,
    "late_events_s": lambda name, value: _number(name, value, 0, 86_400),
    "paths": _texts,
    "methods": _texts,
    "limit": lambda name, value: None if value is None else _whole(name, value, 0, 2**31),
    "seed": lambda name, value: _whole(name, value, 0, 2**63),
}
