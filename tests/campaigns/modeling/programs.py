"""What actors of the model run: the product's own programs, with answers as the callers of the graph hear them."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, TypeAlias, TypeVar

from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Acknowledged, Claim, Entry, OrderDoc, Peg
from gateway.domain.claims.figures import Change as Difference
from gateway.domain.claims.figures import Figure
from gateway.domain.claims.keys import keyed, refuse
from gateway.domain.claims.programs import (
    Answer,
    Conflict,
    Fit,
    Gone,
    Pick,
    Planned,
    Request,
    Short,
    cancel,
    change,
    extend,
    place_hold,
    reduce,
    reserve,
    retract,
)
from gateway.domain.claims.steps import Ack, ReadOrder, Write
from gateway.domain.delivery_group import Plan
from gateway.domain.ids import LocationCode, Rid, SourceCode, StockKey, capacity_key, is_capacity
from gateway.domain.outbox import OutboxEntry
from gateway.domain.promise.refused import RefusedPromise
from gateway.domain.stock import Inbound
from tests.support.modeled_database import Announce, Differed, Passed, SourceWord, Stated, Supplied, Worked

T = TypeVar("T")
TRIES = 2
TTL = 12
"""Life of a hold in the model."""
R1 = Rid("r1")
World: TypeAlias = Generator[Any, Any, T]
"""A program whose steps are also those of the world around the protocol."""


def silent(_order: OrderDoc) -> Entry:
    return Entry()


def owing(order: OrderDoc) -> Entry:
    """Owe a message for the order that was placed."""
    n = len(order.outbox) + 1
    return Entry(outbox=(OutboxEntry(n, "order", "ORDER", SourceCode("s"), f"{order.rid}:order:{n}"),))


@dataclass(frozen=True)
class Next:
    """Plans what is short at the next of the places that a line may come from."""

    places: Mapping[StockKey, Sequence[StockKey]] = field(default_factory=dict)

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int, plan: Plan) -> Planned | None:
        found = []
        for pick in short:
            left = [key for key in self.places.get(pick.key, ()) if key not in tried]
            if not left:
                return None
            found.append(replace(pick, key=left[0], room=1 if is_capacity(left[0]) else None))
        return Planned(tuple(found), plan)


@dataclass(frozen=True)
class Line:
    """Units of an article, from the first of some places that has them."""

    keys: tuple[StockKey, ...]
    units: int = 1
    safety: int = 0
    room: int | None = None
    peg: Peg | None = None

    @property
    def pick(self) -> Pick:
        return Pick(self.keys[0], self.units, self.safety, self.room, self.peg)


def line(keys: str, units: int = 1, safety: int = 0) -> Line:
    return Line(tuple(StockKey(key) for key in keys.split()), units, safety)


FEED = "s/inbound"
LOT_AT = 6


def lot(units: int, reference: str = "po1") -> Inbound:
    return Inbound("PURCHASE_ORDER", units, units, datetime.fromtimestamp(LOT_AT / 1000, UTC), reference)


ROOM = Line((capacity_key(LocationCode("x"), date(2026, 1, 1)),), 1, 0, 1)
"""One order's work, where the day has room for one."""


def planner(lines: Sequence[Line]) -> Next:
    return Next({key: one.keys for one in lines for key in one.keys if len(one.keys) > 1})


def heard(order: Answer | None) -> str:
    """Return what a caller hears of the order's state."""
    if not isinstance(order, OrderDoc):
        return {Conflict: "CONFLICT", Short: "SHORT", Gone: "UNKNOWN"}.get(type(order), "UNKNOWN")
    if order.st == "NEW" or order.why == "DEADLINE":
        return "RETRY"
    return str(order.why) if order.st == "VOID" else order.st


def reserving(rid: Rid, lines: Sequence[Line], then: Any = "HELD") -> Program[str]:
    write: Write = owing if then == "PLACED" else silent
    request = Request(rid, "fp", [one.pick for one in lines], planner(lines), write, then, hold_ms=TTL)
    return heard((yield from reserve(request)))


@dataclass(frozen=True)
class Elsewhere:
    """Lets goods come from another place where a day has no room for them."""

    goods: StockKey

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int, plan: Plan) -> Planned | None:
        full = all(is_capacity(pick.key) for pick in short)
        return Planned(tuple(Pick(self.goods, pick.units) for pick in short), plan) if full else None


def placing_where_is_room(rid: Rid, goods: Line, room: Line, other: StockKey) -> Program[str]:
    """Place goods whose place may be full: those that came in from elsewhere are not needed there, too."""

    def write(order: OrderDoc) -> Entry:
        here, came = ([one for one in order.claims if (one.key == other) is elsewhere] for elsewhere in (False, True))
        moved = sum(claim.units for claim in came)
        spare = tuple((one.mid, one.units - moved) for one in here if moved and not is_capacity(one.key))
        return replace(owing(order), spare=spare)

    request = Request(rid, "fp", [goods.pick, room.pick], Elsewhere(other), write, "PLACED")
    return heard((yield from reserve(request)))


def refusing(rid: Rid) -> Program[str]:
    """Be told that what was promised cannot be kept; that is the answer of the key then, unless it has been placed."""
    order = yield from refuse(rid, "fp", (CHANGED,))
    return "INSUFFICIENT" if isinstance(order, OrderDoc) and order.refused else heard(order)


CHANGED = RefusedPromise("gone", "NO_STOCK", ())


def told_placing(order: Answer | None, by: Rid) -> str:
    """Return the answer of a placing call: placed by it, by another one, or not."""
    if isinstance(order, OrderDoc) and order.st == "PLACED":
        return "PLACED" if order.by == by else "REFUSED"
    return "NOT PLACED" if isinstance(order, Short) or (isinstance(order, OrderDoc) and order.st == "HELD") else heard(order)


def placing(rid: Rid, by: Rid, units: int | None = None, more: Sequence[Line] = ()) -> Program[str]:
    """Place a hold as it is, with so many units of it at most, or with more lines."""

    def fitting(order: OrderDoc) -> Fit:
        return Fit(fewer(order.claims, units), tuple(one.pick for one in more), planner(more))

    return told_placing((yield from place_hold(rid, by, "fp", fitting, owing)), by)


def fewer(claims: Sequence[Claim], units: int | None) -> tuple[Claim, ...]:
    """Return the claims cut down to so many units in all, from the end."""
    kept, left = [], sum(claim.units for claim in claims) if units is None else units
    for claim in claims:
        kept.append(replace(claim, units=min(claim.units, left)))
        left -= kept[-1].units
    return tuple(kept)


def holding_and_placing(rid: Rid, by: Rid, lines: Sequence[Line]) -> Program[str]:
    held = yield from reserving(rid, lines)
    return (yield from placing(rid, by)) if held == "HELD" else held


def moving(rid: Rid, by: Rid, place: StockKey, targets: Sequence[StockKey]) -> Program[str]:
    """Move what is claimed at a place to one of others."""

    def fitting(order: OrderDoc) -> Fit | None:
        units = sum(claim.units for claim in order.claims if claim.key == place)
        keep = tuple(claim for claim in order.claims if claim.key != place)
        return Fit(keep, (Pick(targets[0], units),), Next(dict.fromkeys(targets, targets))) if units else None

    order = yield from change(rid, by, fitting, silent)
    moved = isinstance(order, OrderDoc) and order.st in {"HELD", "PLACED"} and all(claim.key != place for claim in order.claims)
    return "MOVED" if moved else "NOT MOVED"


def editing(rid: Rid, by: Rid, units: int) -> Program[str]:
    """Make an order have so many units at most."""

    def fitting(order: OrderDoc) -> Fit:
        return Fit(fewer(order.claims, min(units, sum(claim.units for claim in order.claims))))

    order = yield from change(rid, by, fitting, silent)
    return "EDITED" if isinstance(order, OrderDoc) and by in order.done else "NOT EDITED"


def adding(rid: Rid, by: Rid, key: StockKey) -> Program[str]:
    """Add a unit to a hold, once under its key however often it is asked for."""

    def fitting(order: OrderDoc) -> Fit:
        return Fit(order.claims, (Pick(key, 1),))

    order = yield from change(rid, by, fitting, silent)
    return "EDITED" if isinstance(order, OrderDoc) and by in order.done else "NOT EDITED"


def making(rid: Rid, by: Rid, units: int) -> Program[Any]:
    """Make a hold have so many units under a key that others use, too; told EXACTLY, it has them."""

    def fitting(order: OrderDoc) -> Fit:
        have = sum(claim.units for claim in order.claims)
        return Fit(fewer(order.claims, min(units, have)), (Pick(StockKey("x"), units - have),) if units > have else ())

    order = yield from keyed(by, f"{units}", rid, lambda: change(rid, by, fitting, silent))
    if isinstance(order, Conflict):
        return "CONFLICT"
    return ("EXACTLY", units) if isinstance(order, OrderDoc) and by in order.done else "NOT EDITED"


def canceling(rid: Rid) -> Program[str]:
    order = yield from cancel(rid)
    return "REFUSED" if isinstance(order, OrderDoc) and order.st == "PLACED" else heard(order)


def cutting(rid: Rid, left: int) -> Program[Any]:
    """Let an order keep so many units; told LEFT, it never claims more again."""
    for _ in range(TRIES):
        order: OrderDoc = yield ReadOrder(rid)
        excess = sum(claim.units for claim in order.claims) - left
        if excess <= 0:
            return "LEFT", left
        last = order.claims[-1]
        if (yield from reduce(rid, order.v, {last.mid: max(0, last.units - excess)}, silent)):
            return "LEFT", left
    return "BUSY"


def extending(rid: Rid, hold_ms: int) -> Program[str]:
    order = yield from extend(rid, hold_ms)
    return "EXTENDED" if isinstance(order, OrderDoc) and order.st == "HELD" else "NOT EXTENDED"


def announcing(rid: Rid, key: StockKey) -> World[Claim | None]:
    """Announce the order's claim at a place to its source; None: there is none, or it may not be sent now."""
    order: OrderDoc | None = yield ReadOrder(rid)
    here = [claim for claim in order.claims if claim.key == key] if order and order.st == "PLACED" else []
    sent = (yield Announce(rid, order.v, here[0].mid)) if order and here else None
    return next(claim for claim in sent.claims if claim.key == key) if sent else None


def sourcing(rid: Rid, key: StockKey, total: int, *, figure_first: bool) -> World[Any]:
    """Take the placed order at the source's sequence 1; its number and its acknowledgement reach us in either order."""
    claim = yield from announcing(rid, key)
    if claim is None:
        return ("NOTHING",)
    steps = [Stated(key, Figure(total - claim.units, 0, 1, 1)), Ack(key, claim.mid, 1)]
    for step in steps if figure_first else steps[::-1]:  # noqa: UP028 - the variable tells the explorer where it stands
        yield step
    return "REFLECTED", key, claim.mid, total - claim.units


def carrying_out(rid: Rid, key: StockKey, total: int) -> World[Any]:
    """Tell a difference that carries out the order's claim; the acknowledgement is in it."""
    claim = yield from announcing(rid, key)
    if claim is None:
        return ("NOTHING",)
    yield Differed(key, Difference("issue", -claim.units, 1, order=1, mid=claim.mid))
    return "REFLECTED", key, claim.mid, total - claim.units


ASKED = 2
"""What is asked of a source at this moment or later counts what it had let go of."""
FIRST, ANEW = "first", "restored"
"""Epochs of a source's numbering."""


def restored(rid: Rid, key: StockKey, total: int) -> World[Any]:
    """Take the order; lose it by a restore from a backup, with numbers of a new epoch; take it again when it is asked for."""
    claim = yield from announcing(rid, key)
    if claim is None:
        return ("NOTHING",)
    yield Ack(key, claim.mid, 1, FIRST)
    yield Stated(key, Figure(total, 0, 1, 1, ANEW, begun_ms=1))
    yield Passed(key, 1)
    yield Ack(key, claim.mid, 2, ANEW)
    yield Stated(key, Figure(total - claim.units, 0, 2, 1, ANEW, begun_ms=2))
    return "REFLECTED", key, claim.mid, total - claim.units


def taking_by_hand(rid: Rid, key: StockKey) -> World[Any]:
    """Write that the order's goods have left, and die: the rest is for others to carry out."""
    order: OrderDoc = yield ReadOrder(rid)
    claim = next((claim for claim in order.claims if claim.key == key), None)
    if claim and (yield Worked(rid, order.v, (Acknowledged(claim, asked=ASKED),))):
        return "TAKEN", key, claim.mid
    return ("BUSY",)


def taking_and_returning(rid: Rid, key: StockKey, total: int) -> World[Any]:
    """Count the announced claim at 1, and have it back at 2."""
    order: OrderDoc = yield ReadOrder(rid)
    units = sum(claim.units for claim in order.claims if claim.key == key)
    yield Stated(key, Figure(total - units, 0, 1, 1, begun_ms=ASKED - 1))
    yield Stated(key, Figure(total, 0, 2, 1, begun_ms=ASKED))
    return ("TOLD",)


def acknowledging_and_returning(rid: Rid, key: StockKey, *, let_go: bool) -> World[Any]:
    """Tell that the claim was taken at 1, then that it was canceled (`let_go`), or refused after all."""
    order: OrderDoc = yield ReadOrder(rid)
    claim = next(claim for claim in order.claims if claim.key == key)
    yield Ack(key, claim.mid, 1)
    done = yield from retract(rid, order.v, frozenset({claim.mid}), silent, ASKED if let_go else None, let_go=let_go)
    return ("LEFT", 0) if done else ("BUSY",)


def letting_go(rid: Rid, key: StockKey) -> World[Any]:
    """Tell that the claim was canceled before anything is heard of where it was taken."""
    order: OrderDoc = yield ReadOrder(rid)
    done = yield from retract(rid, order.v, frozenset(claim.mid for claim in order.claims if claim.key == key), silent, ASKED, let_go=True)
    return ("LEFT", 0) if done else ("BUSY",)


def letting_go_before_a_restore(rid: Rid, key: StockKey, total: int) -> World[Any]:
    """Tell that the claim was canceled, and then figures from a backup of before it was taken: of before the word, and of after it."""
    order: OrderDoc = yield ReadOrder(rid)
    claim = next(claim for claim in order.claims if claim.key == key)
    if not (yield from retract(rid, order.v, frozenset({claim.mid}), silent, ASKED, let_go=True)):
        return ("BUSY",)
    yield Stated(key, Figure(total, 0, 1, 1, ANEW, begun_ms=ASKED - 1))
    yield Stated(key, Figure(total, 0, 1, 1, ANEW, begun_ms=ASKED))
    return "REFLECTED", key, claim.mid, total


def telling(word: SourceWord) -> World[None]:
    yield word


def arriving(key: StockKey, figures: Sequence[int], *, figures_first: bool) -> World[Any]:
    """Let what is to come arrive: the shelf's number rises, and its lot is told no more."""
    words = [Stated(key, Figure(total, 0, n, 1)) for n, total in enumerate(figures, 1)]
    steps = [*words, Supplied(key, FEED, ())] if figures_first else [Supplied(key, FEED, ()), *words]
    for step in steps:  # noqa: UP028 - the variable tells the explorer where it stands
        yield step
    return "RECEIVED", key


def giving_back(rid: Rid, lost: int | None) -> Program[Any]:
    """Take the order's claims back by their source's word; `lost`: it did not find the units."""
    order: OrderDoc = yield ReadOrder(rid)
    done = yield from retract(rid, order.v, frozenset(claim.mid for claim in order.claims), silent, lost)
    return ("LEFT", 0) if done else ("BUSY",)
