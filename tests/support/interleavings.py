"""Runs programs of the claim protocol in every order of their steps, with the clock jumping and everybody dying at any moment."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.claims.carrying import recover
from gateway.domain.claims.documents import Marker, OrderDoc, Seen, StockDoc
from gateway.domain.claims.meaning import Times, after_key, after_step
from gateway.domain.claims.steps import Ack, Admit, GiveBack, InsertKey, ReadOrder, ReadStock, Settle, Step, Take, Withhold
from gateway.domain.claims.stock_meaning import after_stock_step, seen
from gateway.domain.ids import Rid, SourceCode, StockKey

TIMES = Times(deadline_ms=4, skew_ms=3)
NONE = Marker(0, 0)
Actor = Callable[[], Generator[Step, Any, Any]]
Database = dict[tuple[str, str], Any]
Told = tuple[Any, ...]
State = tuple[Database, int, "tuple[Place, ...]"]


@dataclass
class Scene:
    """`setup` programs run alone beforehand; `clocks` are the moments that the clock may jump through."""

    actors: list[Actor]
    stock: dict[StockKey, int]
    clocks: tuple[int, ...] = (0, 8)
    setup: list[Actor] = field(default_factory=list)
    owed: dict[Rid, set[int]] = field(default_factory=dict)


def outcome(database: Database, step: Step, now: int) -> tuple[Database, Any]:
    """Return the database after one step, and what the step answers."""
    if isinstance(step, Admit):
        return database, None
    if isinstance(step, ReadOrder):
        return database, database.get(("order", step.rid))
    if isinstance(step, InsertKey):
        standing = after_key(database.get(("key", step.by)), step, now)
        return {**database, ("key", step.by): standing}, standing
    if isinstance(step, ReadStock):
        stock = database["stock", step.claim.key]
        return database, seen(stock.markers, stock.free, stock.order, step.claim.mid, now, TIMES) if stock else Seen(None, 0)
    if isinstance(step, Take | GiveBack | Settle | Ack | Withhold):
        key = step.key if isinstance(step, Ack) else step.claim.key
        after = after_stock_step(database["stock", key], step, now, TIMES)
        return ({**database, ("stock", key): after}, True) if after else (database, False)
    order = after_step(database.get(("order", step.rid)), step, now, TIMES)
    return ({**database, ("order", step.rid): order}, order) if order else (database, None)


def frames(run: Any) -> Iterator[tuple[Any, ...]]:
    """Yield where a generator stands: the position and the variables of each of its nested frames."""
    while run is not None:
        frame = run.gi_frame
        yield frame.f_code, frame.f_lasti, tuple(sorted((name, repr(value)) for name, value in frame.f_locals.items()))
        run = run.gi_yieldfrom


class Names:
    """Small numbers for equal values; a value that was seen is known by its identity."""

    def __init__(self) -> None:
        self._by_identity: dict[int, tuple[Any, int]] = {}
        self._by_text: dict[str, int] = {}

    def __call__(self, value: Any) -> int:
        found = self._by_identity.get(id(value))
        if found is None or found[0] is not value:
            found = (value, self._by_text.setdefault(repr(value), len(self._by_text)))
            self._by_identity[id(value)] = found
        return found[1]


@dataclass(frozen=True)
class Place:
    """Where an actor stands: histories that end at the same line with the same variables are one place."""

    number: int
    results: tuple[Any, ...]
    step: Step | None
    told: Any


class Actors:
    """Their places and the ways between them, computed once."""

    def __init__(self, actors: list[Actor], names: Names) -> None:
        self._actors, self._names = actors, names
        self._places: dict[tuple[Any, ...], Place] = {}
        self._ways: dict[tuple[int, int], Place] = {}

    def at(self, n: int, results: tuple[Any, ...]) -> Place:
        run, step, told = self._actors[n](), None, None
        try:
            step = next(run)
            for result in results:
                step = run.send(result)
            key: tuple[Any, ...] = (n, *frames(run))
        except StopIteration as stop:
            step, told = None, answer(stop.value)
            key = (n, "done", told)
        return self._places.setdefault(key, Place(len(self._places), results, step, told))

    def after(self, n: int, place: Place, result: Any) -> Place:
        way = (place.number, self._names(result))
        if way not in self._ways:
            self._ways[way] = self.at(n, (*place.results, result))
        return self._ways[way]


def alone(database: Database, actor: Actor, now: int) -> Database:
    run, result = actor(), None
    try:
        step = next(run)
        while True:
            database, result = outcome(database, step, now)
            step = run.send(result)
    except StopIteration:
        return database


def explore(scene: Scene) -> tuple[int, set[Told]]:
    """Visit every state; return how many there are, and what the actors were told together."""
    database: Database = {("stock", key): StockDoc(key, SourceCode("s"), units, units, order=1) for key, units in scene.stock.items()}
    for actor in scene.setup:
        database = alone(database, actor, 0)
    names = Names()
    actors = Actors(scene.actors, names)
    start: State = (database, 0, tuple(actors.at(n, ()) for n in range(len(scene.actors))))
    stack, known, rested, told = [start], {named(start, names)}, set[Any](), set[Told]()
    while stack:
        state = stack.pop()
        check_dead(state[0], scene.clocks[state[1]], scene, rested, names)
        if all(place.step is None for place in state[2]):
            told.add(tuple(place.told for place in state[2]))
        for successor in successors(scene, actors, state):
            name = named(successor, names)
            if name not in known:
                known.add(name)
                stack.append(successor)
    return len(known), told


def successors(scene: Scene, actors: Actors, state: State) -> Iterator[State]:
    database, clock, places = state
    if clock + 1 < len(scene.clocks):
        yield database, clock + 1, places
    for n, place in enumerate(places):
        if place.step is not None:
            after, result = outcome(database, place.step, scene.clocks[clock])
            check_decisions(database, after)
            yield after, clock, (*places[:n], actors.after(n, place, result), *places[n + 1 :])


def contents(database: Database, names: Names) -> tuple[Any, ...]:
    return tuple(sorted((key, names(doc)) for key, doc in database.items()))


def named(state: State, names: Names) -> tuple[Any, ...]:
    return contents(state[0], names), state[1], tuple(place.number for place in state[2])


def answer(value: Any) -> Any:
    return (value.st, value.why) if isinstance(value, OrderDoc) else type(value).__name__


def check_dead(database: Database, now: int, scene: Scene, rested: set[Any], names: Names) -> None:
    """Everybody died here: recovery after the last deadline, and after the last hold's end, brings everything to rest."""
    name = (contents(database, names), now)
    if name in rested:
        return
    rested.add(name)
    check_always(database, scene)
    for jump in (20, 1_000_000):
        for _ in range(3):
            for kind, rid in list(database):
                if kind == "order":
                    database = alone(database, lambda rid=rid: recover(Rid(rid)), now + jump)  # type: ignore[misc]
        check_always(database, scene)
        check_rest(database)


def check_always(database: Database, scene: Scene) -> None:
    placed = [doc.order.reference for (kind, _), doc in database.items() if kind == "order" and doc.st == "PLACED" and doc.order]
    assert len(placed) == len(set(placed)), f"two orders of one reference {database}"
    for order in (doc for (kind, _), doc in database.items() if kind == "order"):
        if order.st in {"HELD", "PLACED"}:
            for claim in order.claims:
                assert database["stock", claim.key].markers.get(claim.mid, NONE).q >= claim.units, f"I3 {claim} {database}"
            if order.rid in scene.owed:
                assert sum(claim.units for claim in order.claims) in scene.owed[order.rid], f"I11 {order}"
    for stock in (doc for (kind, _), doc in database.items() if kind == "stock"):
        assert stock.free >= 0, f"I1 {stock}"
        assert stock.free + sum(marker.q for marker in stock.markers.values()) == stock.q, f"I2 {stock}"


def check_decisions(before: Database, after: Database) -> None:
    """I5: what was decided stays decided; only a deadline's end is reopened, or sealed."""
    for name, order in before.items():
        if name[0] == "order":
            now = after[name]
            decided = order.st == "PLACED" or order.why in {"CANCELED", "EXPIRED", "INSUFFICIENT"}
            assert not decided or (order.st, order.why, order.by) == (now.st, now.why, now.by), f"I5 {order} {now}"


def check_rest(database: Database) -> None:
    claims = {}
    for order in (doc for (kind, _), doc in database.items() if kind == "order"):
        assert (order.change, order.undo, order.unsettled) == (None, (), False), f"I4 {order}"
        assert order.st != "NEW", f"I4 {order}"
        claims |= {claim.mid: (claim, order) for claim in order.claims}
    for stock in (doc for (kind, _), doc in database.items() if kind == "stock"):
        for mid, marker in stock.markers.items():
            if marker.q and marker.k is None:
                claim, order = claims[mid]
                assert (claim.units, marker.ok, marker.exp) == (marker.q, True, order.exp), f"I4 {marker} {order}"
