"""Runs programs of the claim protocol in every order of their steps, with late doubles, the clock jumping and all dying at any moment.

Every state is also judged as the one in which everybody died: recovery runs to rest from there.
"""

from typing import NamedTuple

from tests.support.invariants import Told, Violation
from tests.support.numbered import Model, Numbers, Place
from tests.support.scene import Actor, Scene


class Explored(NamedTuple):
    states: int
    answers: frozenset[Told]
    databases: int


LEFT, CLOCK, SENT, STANDING = 2, 3, 20, 24
"""Bits of a packed state: late doubles left, the clock, what was sent, where the actors stand together; the rest is the database."""
AT_CLOCK, AT_SENT, AT_STANDING = LEFT, LEFT + CLOCK, LEFT + CLOCK + SENT
AT_DATABASE = AT_STANDING + STANDING
LEFT_MASK, CLOCK_MASK, SENT_MASK, STANDING_MASK = ((1 << bits) - 1 for bits in (LEFT, CLOCK, SENT, STANDING))


class Standing:
    """Where the actors stand together, as small numbers; actors of one program are the same to each other."""

    def __init__(self, scene: Scene, model: Model) -> None:
        self._scene, self._model = scene, model
        self._places = Numbers()
        self._nexts: dict[tuple[int, int, int], int] = {}
        programs = [actor.program for actor in scene.actors]
        self._twins = [n for n in range(1, len(programs)) if programs[n] is programs[n - 1]]
        self._told = Numbers()
        self.steps: list[tuple[tuple[int, int], ...]] = []
        """By number: the actors that are not done, each with the step it is about to send."""
        self.told: list[int] = []
        self.answers = set[Told]()

    def start(self) -> int:
        return self._of(tuple(self._model.place(actor.program, ()) for actor in self._scene.actors))

    def after(self, number: int, actor: int, result: int) -> int:
        key = (number, actor, result)
        if key not in self._nexts:
            places = list(self._places.values[number])
            places[actor] = self._model.next_place(places[actor], result)
            for n in self._twins:
                places[n - 1 : n + 1] = sorted(places[n - 1 : n + 1])
            self._nexts[key] = self._of(tuple(places))
        return self._nexts[key]

    def told_of(self, number: int) -> frozenset[Told]:
        told: frozenset[Told] = self._told.values[number]
        return told

    def _of(self, places: tuple[int, ...]) -> int:
        number = self._places.of(places, places)
        if number == len(self.steps):
            stand = [self._model.places.values[place] for place in places]
            self.steps.append(tuple((n, place.step) for n, place in enumerate(stand) if place.step is not None))
            told = frozenset(
                self._heard(actor, place) for actor, place in zip(self._scene.actors, stand, strict=True) if place.step is None
            )
            self.told.append(self._told.of(told - {None}, told - {None}))
        return number

    def _heard(self, actor: Actor, place: Place) -> Told | None:
        if actor.told is None:
            return None
        by = actor.by or actor.told
        allowed = self._scene.answers.get(by)
        if allowed is not None and place.answer not in allowed:
            raise Violation("answer", f"{by} was told {place.answer}, allowed is {sorted(map(str, allowed))}")
        self.answers.add((actor.told, by, place.answer))
        return actor.told, by, place.answer


class Exploration:
    """One walk through all states of a scene; a state is one number."""

    def __init__(self, scene: Scene, *, merged: bool = True) -> None:
        self.scene, self.model = scene, Model(scene, merged=merged)
        self.standing = Standing(scene, self.model)
        self.states = set[int]()
        self._checked = set[tuple[int, int, int]]()
        self._sent = Numbers()
        self._sent_too: dict[tuple[int, int], int] = {}
        self._moves: dict[int, tuple[tuple[int, int], ...]] = {}
        self._doubles: dict[tuple[int, int, int], tuple[int, ...]] = {}

    def walk(self) -> None:
        """Visit every state; raises Violation at the first that breaks an invariant."""
        database = self.model.start()
        nothing = self._sent.of(frozenset(), frozenset())
        first = database << AT_DATABASE | self.standing.start() << AT_STANDING | nothing << AT_SENT | self.scene.doubles
        states, stack, last = self.states, [first], len(self.scene.clocks) - 1
        states.add(first)
        while stack:
            state = stack.pop()
            moment = state >> AT_STANDING << CLOCK | (state >> AT_CLOCK & CLOCK_MASK)
            moves = self._moves.get(moment)
            if moves is None:
                moves = self._moves[moment] = self._moved(moment)
            left, sent = state & LEFT_MASK, state >> AT_SENT & SENT_MASK
            rest = (moment & CLOCK_MASK) << AT_CLOCK | left
            successors = [after | self.sent_too(sent, step) << AT_SENT | rest if left else after | rest for after, step in moves]
            if moment & CLOCK_MASK < last:
                successors.append(state + (1 << AT_CLOCK))
            if left:
                successors += self._doubled(state, moment, sent)
            for successor in successors:
                if successor not in states:
                    states.add(successor)
                    stack.append(successor)

    def _moved(self, moment: int) -> tuple[tuple[int, int], ...]:
        """Return where each actor's next step leads (as bits of a state), with the step; judge the moment first."""
        clock, number, database = moment & CLOCK_MASK, moment >> CLOCK & STANDING_MASK, moment >> CLOCK + STANDING
        now = self.scene.clocks[clock]
        told = self.standing.told[number]
        if (database, clock, told) not in self._checked:
            self._checked.add((database, clock, told))
            self.model.check(database, now, self.standing.told_of(told))
        return tuple(
            (after << AT_DATABASE | self.standing.after(number, actor, result) << AT_STANDING, step)
            for actor, step in self.standing.steps[number]
            for after, result in self.model.moved(database, step, now)
        )

    def sent_too(self, sent: int, step: int) -> int:
        """Return the number of what was sent, with a step more."""
        key = (sent, step)
        if key not in self._sent_too:
            more = self._sent.values[sent] | ({step} if self.model.kinds[step].repeatable else set())
            self._sent_too[key] = self._sent.of(more, more)
        return self._sent_too[key]

    def _doubled(self, state: int, moment: int, sent: int) -> list[int]:
        """Return what late doubles make of a state, and writes whose answer is lost, so that their actor sends them again."""
        clock, number, database = moment & CLOCK_MASK, moment >> CLOCK & STANDING_MASK, moment >> CLOCK + STANDING
        lost = {step for _, step in self.standing.steps[number] if self.model.kinds[step].losable}
        left = (state & LEFT_MASK) - 1
        low = number << AT_STANDING | (sent if left else 0) << AT_SENT | clock << AT_CLOCK | left
        return [after << AT_DATABASE | low for step in self._sent.values[sent] | lost for after in self._double(database, step, clock)]

    def _double(self, database: int, step: int, clock: int) -> tuple[int, ...]:
        key = (database, step, clock)
        found = self._doubles.get(key)
        if found is None:
            moved = self.model.moved(database, step, self.scene.clocks[clock])
            found = self._doubles[key] = tuple({after for after, _ in moved} - {database})
        return found


def explore(scene: Scene, *, merged: bool = True) -> Explored:
    """Visit every state of a scene; raises Violation."""
    exploration = Exploration(scene, merged=merged)
    exploration.walk()
    return Explored(len(exploration.states), frozenset(exploration.standing.answers), len(exploration.model.databases.values))
