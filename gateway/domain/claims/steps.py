"""The protocol's steps: each touches one document and is one conditional write.

Steps on an order marked C are decisions: they raise `att` and answer the document after them, or None where they did not apply.
Steps on stock answer whether they applied.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from gateway.domain.claims.documents import Claim, Entry, KeyDoc, OrderDoc, State, Why
from gateway.domain.claims.readings import Admit, CountHolds, ReadMarkers, Record
from gateway.domain.delivery_group import Plan
from gateway.domain.ids import Rid, StockKey
from gateway.domain.promise.refused import RefusedPromise

Write: TypeAlias = Callable[[OrderDoc], Entry]
"""Makes a decision's content from the document as it will be, and the change that it commits: by its plan, whoever runs it. Pure."""


@dataclass(frozen=True, slots=True)
class Create:
    """C: insert NEW with its change. None: there is one already."""

    rid: Rid
    fp: str
    add: tuple[Claim, ...]
    then: State
    hold_ms: int
    plan: Plan = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Reopen:
    """C: VOID(DEADLINE) at `att` becomes NEW again."""

    rid: Rid
    att: int
    add: tuple[Claim, ...]
    then: State
    hold_ms: int
    plan: Plan = ()


@dataclass(frozen=True, slots=True)
class Open:
    """C: at `att`, no change open, nothing of `drop` or `cut` announced: a change of request `by`."""

    rid: Rid
    att: int
    add: tuple[Claim, ...]
    drop: tuple[str, ...]
    then: State
    by: Rid
    cut: tuple[tuple[str, int], ...] = ()
    plan: Plan = ()


@dataclass(frozen=True, slots=True)
class Replan:
    """C on change.att: a new `add`; what it no longer has goes to undo."""

    rid: Rid
    att: int
    add: tuple[Claim, ...]
    tried: tuple[StockKey, ...]
    plan: Plan = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """C on change.att: claims + add - drop, undo += drop, state = then, content and messages written."""

    rid: Rid
    att: int
    write: Write


@dataclass(frozen=True, slots=True)
class Fail:
    """C on change.att: the change is dropped, undo += add; NEW becomes VOID(why)."""

    rid: Rid
    att: int
    why: Why
    short: tuple[StockKey, int] | None = None


@dataclass(frozen=True, slots=True)
class Reap:
    """C: HELD past its end becomes VOID(EXPIRED); a change past deadline + skew is dropped."""

    rid: Rid


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """C: HELD and not past its end becomes PLACED by `by`; ends an open change. `keep`: the claims cut down, None: all as they are."""

    rid: Rid
    by: Rid
    att: int
    keep: tuple[Claim, ...] | None
    write: Write


@dataclass(frozen=True, slots=True)
class Cancel:
    """C: NEW, HELD or VOID(DEADLINE) becomes VOID(CANCELED), undo += claims + add."""

    rid: Rid


@dataclass(frozen=True, slots=True)
class Reduce:
    """C at content `v`: claims fall to these units (0: gone), none of them announced; ends an open change."""

    rid: Rid
    v: int
    units_by_mid: dict[str, int]
    write: Write


@dataclass(frozen=True, slots=True)
class Extend:
    """C: HELD and not past its end: the end moves to now + hold, never back."""

    rid: Rid
    hold_ms: int


@dataclass(frozen=True, slots=True)
class Retract:
    """C at content `v`: the source gave these claims back (or never had them): out of `sent`, to undo; content written.

    `lost`: it did not find the units: they stay subtracted until it states them as of later than this (ms of our clock). With `let_go` it
    had taken them and let go of them: any word of its figures asked for then, or from the place on that it named, counts both.
    """

    rid: Rid
    v: int
    mids: frozenset[str]
    write: Write
    lost: int | None = None
    let_go: bool = False


@dataclass(frozen=True, slots=True)
class Outdate:
    """C at `att`: HELD or VOID(DEADLINE), no change open: `att` rises, so that all read it again. `att` 0: VOID(DEADLINE) is inserted."""

    rid: Rid
    fp: str
    att: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """C: what nobody has begun, or has ended by its deadline, is VOID(INSUFFICIENT) for ever; of what was short, why is told once."""

    rid: Rid
    fp: str
    refused: tuple[RefusedPromise, ...]


@dataclass(frozen=True, slots=True)
class PullUndo:
    """Carried out: forget it."""

    rid: Rid
    mid: str


@dataclass(frozen=True, slots=True)
class PullTaken:
    """Told: the ledger knows that this claim was taken."""

    rid: Rid
    mid: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Carried out: no longer unsettled, only at the `att` that was settled."""

    rid: Rid
    att: int


@dataclass(frozen=True, slots=True)
class InsertKey:
    """Insert a key document, or put it in the place of `over` if that still stands; answers the KeyDoc that stands there now."""

    by: Rid
    fp: str
    hold: Rid
    att: int = 0
    over: KeyDoc | None = None


@dataclass(frozen=True, slots=True)
class Ensure:
    """Insert a place's capacity, as its calendar gives it, unless it stands: before a journal names it, so that an undo finds it."""

    key: StockKey
    units: int


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """Answers the OrderDoc or None."""

    rid: Rid


@dataclass(frozen=True, slots=True)
class Take:
    """No marker of this mid, free >= units + safety, before `dl`: free falls, the marker stands."""

    claim: Claim
    exp: int | None


@dataclass(frozen=True, slots=True)
class GiveBack:
    """free += the marker's units; a tombstone stays, also where no marker was."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Settle:
    """On a marker with units: settled; its units fall to the claim's; placed: no end any more, else the end may only move on."""

    claim: Claim
    exp: int | None


@dataclass(frozen=True, slots=True)
class Ack:
    """The source took the claim at `k` of its order (of that epoch, "": the known one): lifted if its figure includes it, else kept."""

    key: StockKey
    mid: str
    k: int
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Withhold:
    """On a marker with units: it stands until the source was asked later than `claim.lost`.

    `found`: the source took it, and said (in that epoch, "" is the known one) no place now. Else it has not found the units: only a
    figure of the position itself lifts them.
    """

    claim: Claim
    found: bool = False
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class ReadStock:
    """Answers what a take needs to know (Seen)."""

    claim: Claim


Decision: TypeAlias = (
    Create | Reopen | Open | Replan | Commit | Fail | Reap | PlaceHold | Cancel | Reduce | Extend | Retract | Outdate | Refuse
)
OrderStep: TypeAlias = Decision | PullUndo | PullTaken | Settled
StockStep: TypeAlias = Take | GiveBack | Settle | Ack | Withhold
Step: TypeAlias = OrderStep | StockStep | InsertKey | Ensure | ReadOrder | ReadStock | ReadMarkers | Record | Admit | CountHolds
