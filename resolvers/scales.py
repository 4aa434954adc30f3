"""Changes, pushes and live reads are weighed as a whole pass is: figures of a place that look like garbage wait for a whole pass."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.domain.ids import LocationCode, Sku, sku_and_location
from gateway.domain.quarantine import MovedRow, Weighing
from gateway.ports.ledger import Outcome, Statement
from gateway.ports.stores import FeedState
from resolvers.context import SourcePorts, World
from resolvers.figures import source_of


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of figures, and by place why those that would move something there were not taken in."""

    outcomes: tuple[Outcome, ...]
    doubts: Mapping[LocationCode, str] = field(default_factory=dict)


@dataclass
class Scales:
    """What one pass over changes, or one push, says of each place. `state`: where its feed stood."""

    world: World
    ports: SourcePorts
    state: FeedState
    places: dict[LocationCode, Weighing] = field(default_factory=dict)
    named: dict[LocationCode, set[Sku]] = field(default_factory=lambda: defaultdict(set))
    fresh: dict[LocationCode, set[Sku]] = field(default_factory=lambda: defaultdict(set))
    """Articles of which nothing was known there before: they move nothing."""

    async def take(self, statements: Sequence[Statement], *, last: bool = True) -> Taken:
        """Take figures in, except those of a place that is in doubt. `last`: no other part of this pass comes."""
        if last and not self.may_tip(statements):
            return Taken((await self.world.stock.state_all(self.ports.code, statements),))
        outcome = await self.world.stock.state_all(self.ports.code, statements, holding=True)
        self.weigh(statements, outcome)
        doubts = {place: why for place in places_of(statements) if (why := await self.doubt(place))}
        believed = [move.statement for move in outcome.held if place_of(move.statement) not in doubts]
        if not believed:
            return Taken((outcome,), doubts)
        return Taken((outcome, await self.world.stock.state_all(self.ports.code, believed)), doubts)

    def may_tip(self, statements: Sequence[Statement]) -> bool:
        return any(self.weighing(place).may_be_doubted(rows) for place, rows in places_of(statements).items())

    def weigh(self, statements: Sequence[Statement], outcome: Outcome) -> None:
        in_order = sorted(outcome.held, key=lambda move: (move.statement.order, move.statement.as_of))
        held = {move.statement.key: move for move in in_order}
        for key in dict.fromkeys(statement.key for statement in statements):
            sku, place = sku_and_location(key)
            is_new = sku not in self.named[place]
            self.named[place].add(sku)
            if move := held.get(key):
                self.weighing(place).add_moved(MovedRow(sku, move.before, move.statement.quantity), listed=is_new)
            elif is_new:
                self.weighing(place).add_same(0)
            if key in outcome.fresh:
                self.fresh[place].add(sku)

    async def doubt(self, place: LocationCode) -> str | None:
        """Weigh a place by itself, and only when that gives cause by all that it has."""
        weighing = self.weighing(place)
        if weighing.doubt_of_changes() is None:
            return None
        rest = await self.world.stock.unlisted(place, frozenset(weighing.moved.keys() | self.fresh[place]))
        weighing.units_untold = sum(max(0, units) for units in rest.values())
        return weighing.doubt_of_changes()

    def weighing(self, place: LocationCode) -> Weighing:
        if place not in self.places:
            usual = (self.state.rows_by_location or {}).get(place, 0)
            self.places[place] = Weighing(source_of(self.world, self.ports).guard, usual)
        return self.places[place]


def place_of(statement: Statement) -> LocationCode:
    return sku_and_location(statement.key)[1]


def places_of(statements: Sequence[Statement]) -> Counter[LocationCode]:
    return Counter(map(place_of, statements))
