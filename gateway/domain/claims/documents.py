"""The documents of the protocol: an order (or hold) and the stock of one sku at one place. Times are ms of the database's own clock."""

from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.domain.delivery_group import Plan
from gateway.domain.ids import Rid, SourceCode, StockKey
from gateway.domain.order import Order
from gateway.domain.outbox import OutboxEntry
from gateway.domain.promise.refused import RefusedPromise
from gateway.domain.reservation import Reservation
from gateway.domain.stock import Inbound

State = Literal["NEW", "HELD", "PLACED", "VOID"]
Why = Literal["DEADLINE", "INSUFFICIENT", "CANCELED", "EXPIRED"]


@dataclass(frozen=True, slots=True)
class Peg:
    """Supply to come that a claim waits for: which lot, and when that was to come as it was promised."""

    lot: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Units of one stock document taken by an order. `dl`: deadline of the attempt that made it, stamped by the server (0: not yet)."""

    mid: str
    key: StockKey
    units: int
    safety: int = 0
    dl: int = 0
    peg: Peg | None = None
    lost: int | None = None
    """In undo: its source has not found the units, so they stay subtracted until it states them as of later than this (ms of our clock)."""
    let_go: bool = False
    """In undo, beside `lost`: the units were found, and the source, whose figures count what it takes, has let go of them again."""


@dataclass(frozen=True, slots=True)
class Change:
    """The one open change of an order; `by` is the request that owns it, `tried` the places found short."""

    att: int
    add: tuple[Claim, ...]
    drop: tuple[str, ...]
    dl: int
    then: State
    by: Rid
    tried: tuple[StockKey, ...] = ()
    cut: tuple[tuple[str, int], ...] = ()
    """Claims (by mid) that fall to fewer units when it is committed."""
    plan: Plan = ()
    """What its claims are for: whoever commits it writes by this, whatever he would plan himself."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A claim that its owner took at `k` of its order (in its `epoch`); None: it took it, and said no place.

    `asked` (ms of our clock): what is asked of the owner then or later surely counts it, where it said no place, now or before.
    """

    claim: Claim
    k: int | None = None
    asked: int | None = None
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Content that a deciding step writes in its own update: the order or hold, and the messages that it owes from now on."""

    order: Order | None = None
    reservation: Reservation | None = None
    outbox: tuple[OutboxEntry, ...] = ()
    drop_waiting: tuple[int, ...] = ()
    """Messages (by n) that are not sent any more, if they still wait."""
    spare: tuple[tuple[str, int], ...] = ()
    """Claims (by mid) of which the order needs only so many units: a deciding step lets them fall, unless they were announced."""
    taken: tuple[Acknowledged, ...] = ()
    """Claims that are taken with what this says, of which nobody will tell the ledger."""


@dataclass(frozen=True, slots=True)
class OrderDoc:
    """Journal, aggregate and outbox in one. `att` rises with every decision, `v` with every write of content, `rev` with any write."""

    rid: Rid
    fp: str
    st: State
    att: int = 0
    v: int = 0
    rev: int = 0
    created_ms: int = 0
    touched_ms: int = 0
    """When it was last written."""
    claims: tuple[Claim, ...] = ()
    change: Change | None = None
    undo: tuple[Claim, ...] = ()
    exp: int | None = None
    why: Why | None = None
    by: Rid | None = None
    short: tuple[StockKey, int] | None = None
    """For VOID(INSUFFICIENT): the place that was short last, and what it still had."""
    unsettled: bool = False
    sent: frozenset[str] = frozenset()
    done: tuple[Rid, ...] = ()
    """Requests whose change was committed."""
    order: Order | None = None
    reservation: Reservation | None = None
    outbox: tuple[OutboxEntry, ...] = ()
    taken: tuple[Acknowledged, ...] = ()
    """Claims that were taken, of which the ledger is still to be told."""
    refused: tuple[RefusedPromise, ...] = ()
    """For VOID(INSUFFICIENT): the promises that it was refused with."""
    owner: str = ""
    """Whose hold it is, from its beginning on."""
    beside: dict[str, Any] = field(default_factory=dict, hash=False)
    """Fields that only a newer version knows: written back as they were read."""

    def is_held_by(self, owner: str, now: int) -> bool:
        """Tell whether it counts among a caller's holds, one that has only begun included."""
        own = owner in {self.owner, self.reservation.owner if self.reservation else ""}
        return own and (self.exp or 0) > now and (self.st == "HELD" or (self.st == "NEW" and self.change is not None))


@dataclass(frozen=True, slots=True)
class Holding:
    """What one document of a caller's holds, or has begun to hold."""

    rid: Rid
    created_ms: int
    units: tuple[tuple[StockKey, int], ...] = ()
    taken: tuple[tuple[StockKey, int], ...] = ()
    """Those of its units that surely are taken; the others it may only have begun to take."""


def holding_of(doc: OrderDoc) -> Holding:
    begun = doc.change.add if doc.change else ()
    claims, add = (tuple((claim.key, claim.units) for claim in part) for part in (doc.claims, begun))
    return Holding(doc.rid, doc.created_ms, (*claims, *add), claims)


@dataclass(frozen=True, slots=True)
class KeyDoc:
    """What a key stands for: a call's for the document that it works on, a reference's for the order that may be placed with it.

    `att`: of a reference, the decision of that document after which it was taken.
    """

    by: Rid
    fp: str
    hold: Rid
    created_ms: int = 0
    att: int = 0


@dataclass(frozen=True, slots=True)
class Marker:
    """Units of one claim. q = 0: a tombstone; ok: settled; k: where in its source's order the source took the claim.

    `due`: units of it that are still to come, with the lot of its peg.
    """

    q: int
    dl: int
    exp: int | None = None
    ok: bool = False
    k: int | None = None
    peg: Peg | None = None
    due: int = 0
    epoch: str = ""
    """The numbering that `k` belongs to, or in which the source said no place."""
    asked: int | None = None
    """The source said no place: what was asked of it at this moment (ms of our clock) or later counts the claim."""
    lost: bool = False
    """The source did not find the units: only a figure of this very position, asked for at `asked` or later, lifts it."""
    let_go: int | None = None
    """Its order has given it up, for the source has let go of it: what is asked at this moment (ms of our clock) or later counts that in
    any numbering."""
    folded: bool = False
    """Kept out of the way of the steps of others (folding)."""

    @property
    def waits(self) -> bool:
        """Tell whether its source has spoken of it: it stands, whatever becomes of its order, until the source's figures count it."""
        return self.k is not None or self.asked is not None

    @property
    def shelf(self) -> int:
        """Units that it takes from the shelf."""
        return self.q - self.due


@dataclass(frozen=True, slots=True)
class Recent:
    """A difference that was applied, kept inside the window so that a count of an earlier time can be corrected by it."""

    event: str
    at_ms: int
    change: int


@dataclass(frozen=True, slots=True)
class StockDoc:
    """One position: always free = q - the markers' units on the shelf. `epoch`, `order` and `as_of_ms` are the owner's watermark."""

    key: StockKey
    source: SourceCode
    q: int
    free: int
    unavailable: int = 0
    epoch: str = ""
    past: tuple[str, ...] = ()
    """Epochs that are over: a word of theirs that comes late means nothing."""
    epoch_ms: int = 0
    """Since when the figure was surely made by which the epoch was learned."""
    order: int = 0
    as_of_ms: int = 0
    sync_ms: int = 0
    """Source time of the last absolute figure."""
    changed_ms: int = 0
    markers: dict[str, Marker] = field(default_factory=dict)
    lots: dict[str, tuple[Inbound, ...]] = field(default_factory=dict)
    """Supply to come, by feed."""
    arrived: dict[str, int] = field(default_factory=dict)
    """By lot: units that the figure is taken to count already, until the lot's source speaks."""
    recent: tuple[Recent, ...] = ()
    beside: dict[str, Any] = field(default_factory=dict)
    """Fields that only a newer version knows: written back as they were read."""

    def units_of(self, mid: str) -> int:
        """Return the units that are subtracted for a claim."""
        return self.markers[mid].q if mid in self.markers else 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What one take needs to know of a stock document; `lapsed`: orders whose markers here only wait for a sweeper."""

    marker: Marker | None
    free: int
    lapsed: tuple[Rid, ...] = ()
    order: int = 0
    """The position's watermark."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on a position since before every fence that matters: markers with units, and by claim what movements leave to it.

    `left`: of claims that figures of their owner count, in part or whole, what those leave to them. `there` False: there is no document.
    """

    markers: dict[str, Marker] = field(default_factory=dict)
    recorded: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    there: bool = True


def rid_of_mid(mid: str) -> Rid:
    return Rid(mid.partition("_")[0])
