"""A shelf as it truly is, behind a source that numbers its changes or only times them: what it says later is what really happened."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count

DELTA_MS = 60_000
"""How long after its word the figures of a source may not know what it told of."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One change of the source's number. `mid`: our claim that it takes (or lets go); `fixes`: the claim that it had not found."""

    change: int
    place: int
    """Its number, or its time by the source's clock."""
    event: str
    mid: str | None = None
    fixes: str | None = None


@dataclass
class Numbered:
    """A source that numbers. A restored one counts anew, from what it knew when its backup was made."""

    start: int
    epoch: int = 1
    place: int = 0
    facts: dict[int, list[Fact]] = field(default_factory=lambda: {1: []})
    events: count = field(default_factory=lambda: count(1))  # type: ignore[type-arg]

    @property
    def number(self) -> int:
        return self.number_at(self.epoch, self.place)

    def number_at(self, epoch: int, place: int) -> int:
        return self.start + sum(fact.change for fact in self.known(epoch, place))

    def known(self, epoch: int, place: int) -> list[Fact]:
        return [fact for fact in self.facts[epoch] if fact.place <= place]

    def happen(self, change: int, at_ms: int, mid: str | None = None, fixes: str | None = None) -> Fact:
        self.place += 1
        fact = Fact(change, self.place, f"{self.epoch}.{next(self.events)}", mid, fixes)
        self.facts[self.epoch].append(fact)
        return fact

    def restore(self, back: int) -> None:
        kept = self.known(self.epoch, max(0, self.place - back))
        self.epoch, self.place = self.epoch + 1, 0
        self.facts[self.epoch] = [Fact(fact.change, 0, fact.event, fact.mid, fact.fixes) for fact in kept]


@dataclass
class Timed:
    """A source that times by its own clock, which is `ahead` of ours."""

    start: int
    ahead_ms: int = 0
    facts: list[Fact] = field(default_factory=list)
    events: count = field(default_factory=lambda: count(1))  # type: ignore[type-arg]

    def happen(self, change: int, at_ms: int, mid: str | None = None, fixes: str | None = None) -> Fact:
        """Let it happen at a moment of our clock, which may lie ahead: what the source does soon after it has said so."""
        fact = Fact(change, at_ms + self.ahead_ms, f"t{next(self.events)}", mid, fixes)
        self.facts.append(fact)
        return fact

    def number_at(self, at_ms: int) -> int:
        return self.start + sum(fact.change for fact in self.facts if fact.place <= at_ms + self.ahead_ms)


@dataclass
class Sold:
    """A claim of ours as it really is. `sent`: the source knows of it; `leaving`: it has let it go, or not found it, and says so.

    `over`: we heard that it was let go; `lost`: we heard that it was not found.
    """

    mid: str
    units: int
    sent: bool = False
    leaving: bool = False
    counted: int = 0
    """Units that its number counted before it was restored: whether it still does is between us and the source, no claim protects them."""
    over: bool = False
    kept: bool = False
    """Units were subtracted for it still when we heard that it was let go, and no figure has counted them since."""
    lost: bool = False
    restated_from: int | None = None
    """Not found: a figure that was asked for then (our clock) or later is the source's last word on it."""
    restated: bool = False


def safe(start: int, known: list[Fact], claims: list[Sold]) -> int:
    """Return what may be sold at most by what the source has told so far: less what is claimed and not yet in its number.

    What it took and let go again is the source's own business: its number says so.
    """
    taken, fixed, ever_taken = Counter[str](), Counter[str](), taken_by(known)
    for fact in known:
        if fact.mid:
            taken[fact.mid] -= fact.change
        if fact.fixes:
            fixed[fact.fixes] -= fact.change
    number = start + sum(fact.change for fact in known)
    owed = sum(max(0, one.units - max(one.counted, ever_taken[one.mid])) for one in claims if not one.over and not one.lost)
    missing = sum(max(0, one.units - max(one.counted, taken[one.mid]) - fixed[one.mid]) for one in claims if one.lost and not one.restated)
    return number - owed - missing


def coming_back(known: list[Fact], claims: list[Sold]) -> int:
    """Return the units of claims that were let go of before we knew them taken, as far as what is known of the number counts them now."""
    taken = Counter[str]()
    for fact in known:
        if fact.mid:
            taken[fact.mid] -= fact.change
    return sum(max(0, taken[one.mid]) for one in claims if one.kept)


def taken_by(known: list[Fact]) -> Counter[str]:
    """Return the units that the source has taken of each claim, whatever it let go later."""
    taken = Counter[str]()
    for fact in known:
        if fact.mid:
            taken[fact.mid] -= min(0, fact.change)
    return taken
