"""Documents, databases, steps and places of actors as small numbers, and the ways between them, each computed once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.domain.claims.carrying import recover
from gateway.domain.claims.scrubbing import scrub
from gateway.domain.claims.steps import Ack, Cancel, Extend, GiveBack, Reap, Settle, Take, Withhold
from tests.support.invariants import Told, Violation, check_always, check_rest, check_told, deadlines
from tests.support.modeled_database import SourceWord, canonical, document_of, named, outcomes, plain, target
from tests.support.scene import Program, Scene

REPEATABLE = (Take, GiveBack, Settle, Ack, Withhold, Reap, Cancel, Extend, SourceWord)
"""Steps of which a late double may do something; any other names an `att` that has passed, or a document that stands."""
LOSABLE = (Take, GiveBack, Settle, Ack, Withhold)
"""Steps that are sent again when their answer is lost; those on an order are known by their mark."""
DOCUMENTS = 12
ROUNDS = 9


@dataclass(frozen=True)
class Place:
    """Where an actor stands: what it has heard, and the step that it is about to send (None: it has answered)."""

    program: Program
    heard: tuple[Any, ...]
    step: int | None
    answer: Any = None


def frames(run: Any) -> Iterator[Any]:
    """Yield where a generator stands: histories that end at the same line with the same variables are one place.

    That is exact because every loop of the protocol has a variable that tells its position.
    """
    while run is not None:
        frame = run.gi_frame
        yield frame.f_code, frame.f_lasti, tuple((name, plain(value)) for name, value in sorted(frame.f_locals.items()))
        run = run.gi_yieldfrom


class Kind(NamedTuple):
    """Whether a late double of a step may do something, and whether its answer may be lost."""

    repeatable: bool
    losable: bool


class Numbers:
    """Small numbers for equal values, in the order of their first sight."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._by_name: dict[Any, int] = {}

    def of(self, name: Any, value: Any) -> int:
        number = self._by_name.setdefault(name, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


class Model:
    """One scene's documents, databases, steps and places, and the ways between them."""

    def __init__(self, scene: Scene, *, merged: bool = True) -> None:
        self.scene, self.merged = scene, merged
        self.documents, self.databases, self.steps, self.places, self.results = (Numbers() for _ in range(5))
        self.slots: dict[tuple[str, str], int] = {}
        self.kinds: list[Kind] = []
        """By step."""
        self._slot_by_step: list[int] = []
        self._on_document: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
        self._moves: dict[int, tuple[tuple[int, int], ...]] = {}
        self._ways: dict[tuple[int, int], int] = {}
        self._rests: dict[tuple[int, int], int] = {}
        self._recoveries: dict[str, Program] = {}
        self.documents.of(None, None)

    def start(self) -> int:
        slots = [0] * DOCUMENTS
        for doc in [*(document_of(key, units) for key, units in self.scene.stock.items()), *self.scene.documents]:
            slots[self.slot(("stock", doc.key))] = self.document(doc)
        database = self.database(tuple(slots))
        for one in self.scene.before:
            database = self.alone(database, one.program, one.at, one.until)
        return database

    def slot(self, name: tuple[str, str]) -> int:
        return self.slots.setdefault(name, len(self.slots))

    def document(self, doc: Any) -> int:
        standing = canonical(doc)
        return self.documents.of(named(standing), standing)

    def database(self, slots: tuple[int, ...]) -> int:
        known = len(self.databases.values)
        number = self.databases.of(slots, slots)
        if number == known:
            check_always(self.docs(number), self.scene.owing)
        return number

    def docs(self, database: int) -> dict[tuple[str, str], Any]:
        slots = self.databases.values[database]
        return {name: self.documents.values[slots[slot]] for name, slot in self.slots.items() if slots[slot]}

    def step(self, step: Any) -> int:
        known = len(self.steps.values)
        number = self.steps.of(plain(step), step)
        if number == known:
            self.kinds.append(Kind(isinstance(step, REPEATABLE), isinstance(step, LOSABLE)))
            self._slot_by_step.append(self.slot(target(step)))
        return number

    def place(self, program: Program, heard: tuple[Any, ...]) -> int:
        run = program()
        try:
            step = run.send(None)
            for result in heard:
                step = run.send(result)
        except StopIteration as stop:
            return self.places.of((program, "told", stop.value), Place(program, heard, None, stop.value))
        name = (program, *frames(run)) if self.merged else (program, heard)
        return self.places.of(name, Place(program, heard, self.step(step)))

    def moved(self, database: int, step: int, now: int) -> tuple[tuple[int, int], ...]:
        """Return the databases that a step may leave, with the number of what it answers."""
        key = (database << 32) | (step << 16) | now
        found = self._moves.get(key)
        if found is None:
            slots, slot = self.databases.values[database], self._slot_by_step[step]
            found = tuple(
                (self.database((*slots[:slot], document, *slots[slot + 1 :])), result)
                for document, result in self.on_document(slots[slot], step, now)
            )
            self._moves[key] = found
        return found

    def on_document(self, document: int, step: int, now: int) -> list[tuple[int, int]]:
        key = (document, step, now)
        if key not in self._on_document:
            made = outcomes(self.documents.values[document], self.steps.values[step], now)
            self._on_document[key] = [self.kept(after, answer) for after, answer in made]
        return self._on_document[key]

    def kept(self, after: Any, answer: Any) -> tuple[int, int]:
        document = self.document(after) if after is not None else 0
        heard = self.documents.values[document] if answer is after else canonical(answer)
        return document, self.results.of(named(heard), heard)

    def next_place(self, place: int, result: int) -> int:
        way = (place, result)
        if way not in self._ways:
            stands = self.places.values[place]
            self._ways[way] = self.place(stands.program, (*stands.heard, self.results.values[result]))
        return self._ways[way]

    def alone(self, database: int, program: Program, now: int, until: type[Any] | None = None) -> int:
        place = self.place(program, ())
        while (step := self.places.values[place].step) is not None:
            database, result = self.moved(database, step, now)[0]
            place = self.next_place(place, result)
            if until and isinstance(self.steps.values[step], until):
                break
        return database

    def at_rest(self, database: int, now: int) -> int:
        """Return the database after recovery of every order, over and over, until nothing changes."""
        key = (database, now)
        if key not in self._rests:
            self._rests[key] = after = self._settled(database, now)
            check_rest(self.docs(after), self.scene.owing)
        return self._rests[key]

    def _settled(self, database: int, now: int) -> int:
        for _ in range(ROUNDS):
            before = database
            for kind, rid in list(self.slots):
                if kind == "order":
                    database = self.alone(database, self._recovery(rid), now)
                elif self.scene.scrubbed and kind == "stock":
                    database = self.alone(database, self._recovery(rid, scrub), now)
            if database == before:
                return database
        raise Violation("I4", "recovery does not come to rest")

    def _recovery(self, name: str, program: Callable[..., Any] = recover) -> Program:
        return self._recoveries.setdefault(name, lambda: program(name))

    def check(self, database: int, now: int, told: frozenset[Told]) -> None:
        """Everybody died here: what was told holds, also at rest after the last deadline, and after the last hold's end."""
        docs = self.docs(database)
        check_told(docs, told, at_rest=False)
        ends = deadlines(docs)
        first = max([now, *ends.deadlines])
        last = max([first, *ends.holds])
        for moment in dict.fromkeys((first, last)):
            database = self.at_rest(database, moment)
            check_told(self.docs(database), told, at_rest=True)
