"""The claims of an order that is being placed: what it takes where, where else it could, and the order that its claims make."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.domain.awaited import Awaited
from gateway.domain.capacity import Slot
from gateway.domain.claims.documents import Claim, OrderDoc, Peg
from gateway.domain.claims.programs import Fit, Pick, Planned
from gateway.domain.claims.supply import milliseconds
from gateway.domain.delivery_group import Plan, PlannedShipment
from gateway.domain.ids import Sku, StockKey, capacity_named, is_capacity, sku_and_location, stock_key
from gateway.domain.ordering.drafts import GroupDraft, plan_of, with_plan
from gateway.domain.ordering.rerouting import Source, source_of
from gateway.domain.promise.taken import units_of
from gateway.domain.quantities import SkuQuantity
from gateway.domain.scope import kept_back
from resolvers.commands.deciding import SourcedGroup
from resolvers.commands.group_plan import off_shelf
from resolvers.commands.group_wish import GroupWish, request_for
from resolvers.commands.quoting import Quoter, first_option

UnitsByGroup = dict[int, int]


@dataclass
class Placing:
    """Plans where an order takes its units, by delivery group; as a Planner it plans the short part again, inside the promised windows.

    `rest`: the order may do without what cannot be had. `extra` are shipments that came in for short ones.
    """

    quoter: Quoter
    wishes: Sequence[GroupWish]
    groups: Sequence[GroupDraft]
    rest: bool = False
    units: dict[Source, UnitsByGroup] = field(default_factory=dict)
    extra: dict[int, list[PlannedShipment]] = field(default_factory=dict)
    again_decided: list[SourcedGroup] = field(default_factory=list)
    rooms: dict[StockKey, int] = field(default_factory=dict)
    """What the shifts that are booked have room for in all."""
    lots: dict[Source, Awaited] = field(default_factory=dict)
    left: dict[int, list[PlannedShipment]] = field(default_factory=dict)
    """Shipments that were given up, since their place was full."""
    rebooked: dict[int, dict[StockKey, tuple[Slot, ...]]] = field(default_factory=dict)
    """By group and shift that was full: what is booked instead."""

    def __post_init__(self) -> None:
        for g, group in enumerate(self.groups):
            self._note(g, group.plan)

    def _note(self, g: int, shipments: Sequence[PlannedShipment]) -> None:
        for (sku, location), quantity in units_of(shipments).items():
            self._want(g, (stock_key(sku, location), ""), quantity)
        for shipment in shipments:
            self._book(g, shipment.slots)
            for one in shipment.awaits:
                source = (stock_key(one.sku, shipment.location), one.lot)
                self.lots[source] = one
                self._want(g, source, one.units)

    def _book(self, g: int, slots: Iterable[Slot]) -> None:
        for slot in slots:
            self.rooms[slot.key] = slot.room
            self._want(g, (slot.key, ""), slot.units)

    def _want(self, g: int, source: Source, units: int) -> None:
        by_group = self.units.setdefault(source, {})
        by_group[g] = by_group.get(g, 0) + units

    def picks(self) -> tuple[Pick, ...]:
        """Return one pick per group and source, in the order of the groups."""
        return tuple(
            self._pick(source, by_group[g]) for g in range(len(self.groups)) for source, by_group in self.units.items() if by_group.get(g)
        )

    def _pick(self, source: Source, units: int) -> Pick:
        key, lot = source
        if is_capacity(key):
            return Pick(key, units, room=self.rooms.get(key, units))
        if lot:
            awaited = self.lots[source]
            return Pick(key, units, awaited.kept, peg=Peg(lot, milliseconds(awaited.expected_at)))
        sku, location = sku_and_location(key)
        place = self.quoter.context.surroundings.locations.get(location)
        return Pick(key, units, kept_back(self.quoter.channel.safety_stock, sku, place) if place else 0)

    def fit(self, order: OrderDoc) -> Fit:
        """Fit the claims of a hold to the plan: what it holds where the plan wants it is kept, the rest is added or dropped."""
        wanted = Counter({source: sum(by_group.values()) for source, by_group in self.units.items()})
        keep: list[Claim] = []
        for claim in order.claims:
            units = min(claim.units, wanted[source_of(claim)])
            if units:
                keep.append(replace(claim, units=units))
                wanted[source_of(claim)] -= units
        return Fit(tuple(keep), tuple(self._pick(source, units) for source, units in wanted.items() if units), self, self.plan())

    def plan(self) -> Plan:
        """Return where each group's units come from, as it stands."""
        return tuple(plan_of(f"{g + 1}", replace(group, plan=self._standing(g))) for g, group in enumerate(self.groups))

    def _standing(self, g: int) -> tuple[PlannedShipment, ...]:
        """Return the group's shipments with the units and the room that are still wanted of them."""
        left = {source: by_group.get(g, 0) for source, by_group in self.units.items()}
        every = (one for one in (*self.groups[g].plan, *self.extra.get(g, ())) if one not in self.left.get(g, ()))
        cut = (cut_down(shipment, left) for shipment in every)
        return tuple(with_room(one, self.rebooked.get(g, {})) for one in cut if one.lines)

    def by(self, plan: Plan) -> "Placing":
        """Return what places by another plan of the same groups: the one that claims were made for."""
        shipments = {one.group: one for one in plan}
        groups = [with_plan(group, shipments[f"{g}"]) if f"{g}" in shipments else group for g, group in enumerate(self.groups, 1)]
        quoter = replace(self.quoter, taken=[shipment for group in groups for shipment in group.plan])
        return Placing(quoter, self.wishes, groups, self.rest, again_decided=self.again_decided)

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int, plan: Plan) -> Planned | None:
        standing = self.by(plan)
        found = standing.picks_again(short, tried, free)
        return None if found is None else Planned(found, standing.plan())

    def picks_again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int) -> Sequence[Pick] | None:
        units = Counter[Source]()
        for pick in short:
            units[source_of(pick)] += pick.units
        self.quoter.gone.update(sku_and_location(key) for key in tried if not is_capacity(key))
        if any(is_capacity(key) for key, _ in units):
            return self._other_room_or_place(units, free)
        found: list[Pick] = []
        for source, quantity in units.items():
            left = 0 if source[1] else max(0, free - self._pick(source, 1).safety)
            for g, part in self._groups_at(source, quantity):
                shipments = self._elsewhere(g, sku_and_location(source[0])[0], part)
                if shipments is None:
                    if not self.rest:
                        return None
                    kept = min(part, left)
                    left -= kept
                    self._want(g, source, kept - part)
                    found.extend([self._pick(source, kept)] if kept else [])
                    continue
                found.extend(self._moved(g, source, part, shipments))
        return found

    def _other_room_or_place(self, units: Mapping[Source, int], free: int) -> Sequence[Pick] | None:
        """Book other shifts at the same place that still keep what is promised, or send from other places; None: there are none."""
        found: list[Pick] = []
        for source, quantity in units.items():
            self.quoter.full[source[0]] = free
            for g, _ in self._groups_at(source, quantity):
                slots = self._later_slots(g, source[0])
                if slots is None:
                    picks = self._from_other_places(g, source[0])
                    if picks is None:
                        return None
                    found.extend(picks)
                    continue
                self.units[source].pop(g, None)
                self.rebooked.setdefault(g, {})[source[0]] = tuple(slots)
                self._book(g, slots)
                found.extend(self._pick((slot.key, ""), slot.units) for slot in slots)
        return found

    def _booking(self, g: int, key: StockKey) -> PlannedShipment | None:
        """Return the shipment of a group that books a shift."""
        shipments = [*self.groups[g].plan, *self.extra.get(g, ())]
        standing = (one for one in shipments if one not in self.left.get(g, ()))
        return next((one for one in standing if any(slot.key == key for slot in one.slots)), None)

    def _from_other_places(self, g: int, key: StockKey) -> Sequence[Pick] | None:
        """Give a shipment up whose place is full, and send its goods from elsewhere inside the promised window."""
        group, (place, _, _), planned = self.groups[g], capacity_named(key), self._booking(g, key)
        if planned is None or planned.location != place or off_shelf(group.method, group.pickup_location):
            return None
        request = request_for(self.quoter, self.wishes[g], [group.service], group.pickup_location)
        request = replace(request, lines=planned.lines, desired_by=group.latest, excluded=frozenset({place}))
        option = first_option(self.quoter.again_from(planned, request))
        if option is None:
            return None
        self._give_up(g, planned)
        if option.sourced is not None:
            self.again_decided.append(SourcedGroup(f"{g + 1}", group.service, option.sourced, option.shipments))
        return self._added(g, option.shipments)

    def _give_up(self, g: int, planned: PlannedShipment) -> None:
        """Want nothing of a shipment any more; what was claimed for it is given back as the order is decided."""
        self.left.setdefault(g, []).append(planned)
        self.quoter.taken = [one for one in self.quoter.taken if one is not planned]
        for (sku, location), quantity in units_of([planned]).items():
            self._want(g, (stock_key(sku, location), ""), -quantity)
        for one in planned.awaits:
            self._want(g, (stock_key(one.sku, planned.location), one.lot), -one.units)
        for slot in planned.slots:
            self._want(g, (slot.key, ""), -slot.units)

    def _later_slots(self, g: int, key: StockKey) -> Sequence[Slot] | None:
        group, (place, _, _), planned = self.groups[g], capacity_named(key), self._booking(g, key)
        if planned is None:
            return None
        request = request_for(self.quoter, self.wishes[g], [group.service], group.pickup_location)
        only = frozenset({planned.location, *([group.pickup_location] if group.pickup_location else [])})
        option = first_option(
            self.quoter.again_from(planned, replace(request, lines=planned.lines, desired_by=group.latest, included=only))
        )
        if option is None:
            return None
        kept = {slot.key for slot in planned.slots} - {key}
        return [slot for shipment in option.shipments for slot in shipment.slots if slot.location == place and slot.key not in kept]

    def _groups_at(self, source: Source, quantity: int) -> list[tuple[int, int]]:
        """Deal short units of a source out to the groups that planned them there, the last group first."""
        dealt = []
        for g, units in sorted(self.units.get(source, {}).items(), reverse=True):
            part = min(units, quantity)
            quantity -= part
            dealt.extend([(g, part)] if part else [])
        if quantity:  # the journal's plan was another process's
            sku = sku_and_location(source[0])[0]
            first = next((g for g, group in enumerate(self.groups) if any(line.sku == sku for line in group.lines)), 0)
            dealt.append((first, quantity))
        return dealt

    def _elsewhere(self, g: int, sku: Sku, units: int) -> tuple[PlannedShipment, ...] | None:
        """Return other shipments of a group for short units, inside its promised window; what lies on a store's shelf has none."""
        group = self.groups[g]
        if off_shelf(group.method, group.pickup_location):
            return None
        request = request_for(self.quoter, self.wishes[g], [group.service], group.pickup_location)
        option = first_option(self.quoter.options(replace(request, lines=(SkuQuantity(sku, units),), desired_by=group.latest)))
        if option is not None and option.sourced is not None:
            self.again_decided.append(SourcedGroup(f"{g + 1}", group.service, option.sourced, option.shipments))
        return option.shipments if option else None

    def _moved(self, g: int, source: Source, units: int, shipments: tuple[PlannedShipment, ...]) -> list[Pick]:
        by_group = self.units.get(source, {})
        by_group[g] = max(0, by_group.get(g, 0) - units)
        return self._added(g, shipments)

    def _added(self, g: int, shipments: tuple[PlannedShipment, ...]) -> list[Pick]:
        before = {one: planned.get(g, 0) for one, planned in self.units.items()}
        self._note(g, shipments)
        self.quoter.take(shipments)
        self.extra.setdefault(g, []).extend(shipments)
        added = ((one, planned.get(g, 0) - before.get(one, 0)) for one, planned in self.units.items())
        return [self._pick(one, more) for one, more in added if more > 0]


def cut_down(shipment: PlannedShipment, left: dict[Source, int]) -> PlannedShipment:
    """Return a shipment with the units that are left of each source for it, and take them off."""
    awaits = []
    for one in shipment.awaits:
        source = (stock_key(one.sku, shipment.location), one.lot)
        awaits.append(replace(one, units=min(one.units, left.get(source, 0))))
        left[source] = left.get(source, 0) - awaits[-1].units
    units = Counter({sku: units for (sku, _), units in units_of([shipment]).items()})
    for sku, wanted in units.items():
        source = (stock_key(sku, shipment.location), "")
        units[sku] = min(wanted, left.get(source, 0))
        left[source] = left.get(source, 0) - units[sku]
    for one in awaits:
        units[one.sku] += one.units
    lines = []
    for line in shipment.lines:
        part = min(line.quantity, units[line.sku])
        units[line.sku] -= part
        lines += [replace(line, quantity=part)] if part else []
    return replace(shipment, lines=tuple(lines), awaits=tuple(one for one in awaits if one.units))


def with_room(shipment: PlannedShipment, rebooked: Mapping[StockKey, tuple[Slot, ...]]) -> PlannedShipment:
    """Return a shipment with the room that was booked instead of shifts that were full."""
    slots = [one for slot in shipment.slots for one in rebooked.get(slot.key, (slot,))]
    return replace(shipment, slots=tuple(slots))
