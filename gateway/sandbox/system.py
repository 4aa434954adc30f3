"""What the six systems have alike: facts that are journaled and replayed, work that falls due, behavior, what was accepted."""

from __future__ import annotations  # array takes no type arguments before 3.12

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from typing import Any, ClassVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.dice import dice, drawn
from gateway.sandbox.feed import Entry
from gateway.sandbox.journal import Journal
from gateway.sandbox.network import Retailer
from gateway.sandbox.refused import Refused, invalid
from gateway.sandbox.stamps import wall_ms
from gateway.sandbox.work import Agenda, WorkClock

Behavior = dict[str, float | bool]
Told = Callable[[str, Entry], None]


@dataclass(slots=True)
class Accepted:
    """A piece of work that a system took; `received` counts how many times the call for it came."""

    kind: str
    number: str
    reference: str
    key: str | None
    fingerprint: str
    at_ms: int
    due_from_s: float
    location: str | None
    lines: list[dict[str, Any]]
    body: dict[str, Any]
    status: str
    changed_ms: int
    received: int = 1
    extra: dict[str, Any] = field(default_factory=dict)


class System(ABC):
    """`record` is the only way to change anything: it journals a fact, then applies it, as a replay does."""

    defaults: ClassVar[Behavior] = {}

    def __init__(self, code: str, retailer: Retailer, journal: Journal, clock: WorkClock, behavior: Mapping[str, float | bool]) -> None:
        self.code, self.retailer, self.clock = code, retailer, clock
        self.journal = journal
        self.behavior: Behavior = dict(self.defaults)
        self.agenda = Agenda()
        self.told: Told | None = None
        self.webhook: dict[str, str] | None = None
        self.work: dict[str, Accepted] = {}
        self.facts = 0
        self._last_ms = 0
        self._random = dice(retailer.seed, code, "life", 0)
        self._change_behavior(behavior)

    def open(self) -> None:
        """Replay what was journaled and plan what is still to do."""
        for fact in self.journal.facts():
            self._apply(fact)
        self._random = dice(self.retailer.seed, self.code, "life", self.facts)
        self.plan()

    def record(self, kind: str, **facts: Any) -> dict[str, Any]:
        fact = {"kind": kind, "at": max(self._last_ms, wall_ms()), "work_s": round(self.clock.now_s(), 3), **facts}
        self.journal.append(fact)
        self._apply(fact)
        return fact

    def _apply(self, fact: dict[str, Any]) -> None:
        self.facts += 1
        self._last_ms = fact["at"]
        getattr(self, f"_apply_{fact['kind']}")(fact)

    def _apply_clock(self, fact: dict[str, Any]) -> None:
        self.clock.restore(fact["anchor"])

    def _apply_behavior(self, fact: dict[str, Any]) -> None:
        self.behavior.update(fact["changed"])

    def _apply_repeat(self, fact: dict[str, Any]) -> None:
        self.work[fact["number"]].received += 1

    def _apply_webhook(self, fact: dict[str, Any]) -> None:
        self.webhook = fact["target"]

    def tick(self) -> None:
        self.agenda.run(self.clock.now_s())

    def turn_clock(self, *, speed: float | None, advance_s: float) -> None:
        self.clock.turn(speed=speed, advance_s=advance_s)
        self.record("clock", anchor=self.clock.anchor())
        while self.agenda.run(self.clock.now_s()):
            pass

    def change_behavior(self, wanted: Mapping[str, Any]) -> None:
        """Change how the system acts, for work that is already under way too."""
        changed = self._checked(wanted)
        self.record("behavior", changed=changed)
        self.replan()

    def replan(self) -> None:
        self.agenda.clear()
        self.plan()

    def pulse(self, rate_name: str, places: int, action: Callable[[], None], after_s: float | None = None) -> None:
        """Do something again and again at random, so many times an hour and place."""
        rate = float(self.behavior[rate_name]) * places
        if rate <= 0:
            return
        due_s = (self.clock.now_s() if after_s is None else after_s) + self._random.expovariate(rate / 3600)

        def beat(at_s: float) -> None:
            action()
            self.pulse(rate_name, places, action, at_s)

        self.agenda.plan(due_s, beat)

    def tell(self, topic: str, entry: Entry) -> None:
        if self.told is not None:
            self.told(topic, entry)

    def number_of(self, sku: object, path: str) -> int:
        """Return the product that a sku or EAN names, or refuse."""
        found = self.retailer.number(sku) if isinstance(sku, str) else None
        if found is None:
            raise Refused(422, "UNKNOWN_ITEM", f"{path}: unknown article {sku}", path, sku)
        return found

    def unlucky(self, number: str, rate_name: str = "reject_rate") -> bool:
        sides = 1_000_000
        return drawn(sides, self.retailer.seed, self.code, "luck", number) < float(self.behavior[rate_name]) * sides

    def _change_behavior(self, wanted: Mapping[str, Any]) -> None:
        self.behavior.update(self._checked(wanted))

    def _checked(self, wanted: Mapping[str, Any]) -> Behavior:
        checked: Behavior = {}
        for name, value in wanted.items():
            if name not in self.defaults:
                raise unknown_name(name, self.defaults)
            default = self.defaults[name]
            if isinstance(default, bool) != isinstance(value, bool) or not isinstance(value, int | float):
                raise invalid(name, "true or false is needed" if isinstance(default, bool) else "a number is needed", value)
            top = 1.0 if name.endswith("_rate") else 1e9
            if not 0 <= value <= top:
                raise invalid(name, f"must lie from 0 to {top:g}", value)
            checked[name] = value
        return checked

    @property
    @abstractmethod
    def sequence(self) -> int: ...

    @abstractmethod
    def plan(self) -> None:
        """Put on the agenda what is to do by itself from the present state on."""

    @abstractmethod
    def routes(self) -> Sequence[Route]: ...

    @abstractmethod
    def words(self, refused: Refused) -> Response:
        """Return a refusal in the words of the dialect."""

    @abstractmethod
    def admits(self, request: Request, credential: str) -> bool: ...

    def levels(self) -> Mapping[str, array[int]]:
        """Return the true quantities of every product by location."""
        return {}

    def aside(self) -> Mapping[str, array[int]]:
        return {}

    def set_level(self, location: str, number: int, quantity: int, aside: int | None) -> None:
        raise Refused(404, "NOT_FOUND", f"{self.code} holds no stock, so none of {location}, product {number}: {quantity}, {aside}")


def fingerprint(body: Any) -> str:
    return sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def unknown_name(name: str, known: Mapping[str, Any] | Sequence[str]) -> Refused:
    nearest = get_close_matches(name, list(known), n=1, cutoff=0.3)
    hint = f", did you mean {nearest[0]}?" if nearest else f", known are {', '.join(known)}"
    return Refused(422, "UNKNOWN_KEY", f"unknown key {name}{hint}", name, nearest[0] if nearest else None)
