"""What sourcing weighs and what it may do, by channel: costs, split policy, strategies and the profile that holds them.

These are the very shapes of the network file's profiles: a field's name here is its key there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

from gateway.domain.ids import ChannelCode, LocationCode
from gateway.domain.location import LocationKind

FORBID_UNKNOWN: dict[str, Any] = {"extra": "forbid"}
LineSplit = Literal["NEVER", "WHEN_NEEDED", "FREELY"]
OnShortage = Literal["REFUSE", "BACKORDER", "CANCEL"]


@dataclass(frozen=True, slots=True)
class PlaceCosts:
    """What one location, or all of a kind, costs otherwise than the rest; the narrowest rule wins, key by key."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    location: LocationCode | None = None
    kind: LocationKind | None = None
    per_parcel: Decimal | None = None
    per_unit: Decimal | None = None
    penalty: Decimal | None = None
    """Per shipment; nothing, where no rule says otherwise."""


@dataclass(frozen=True, slots=True)
class CostTerms:
    """Costs of a plan, in the channel's currency; carrier tariffs stand at the carriers."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    per_parcel: Decimal = Decimal("1.00")
    per_unit: Decimal = Decimal("0.20")
    lateness_per_day: Decimal = Decimal("2.00")
    transfer_per_parcel: Decimal = Decimal("3.00")
    places: tuple[PlaceCosts, ...] = ()
    """What single places, or kinds of place, cost otherwise."""
    margin_share: Decimal = Decimal("0.40")
    """Which part of the price is lost with a sale at the counter; the price of a stock-out."""
    replenished_after: timedelta = timedelta(days=7)
    """When a place is taken to be filled up again, where no supply is announced."""


@dataclass(frozen=True, slots=True)
class SplitPolicy:
    """Into how many shipments a delivery group may fall, and what becomes of what cannot be had."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    max_shipments: int = 5
    max_locations_per_line: int | None = None
    """None: as many as there are shipments."""
    allow_line_split: LineSplit = "WHEN_NEEDED"
    """`WHEN_NEEDED`: a line whose units no single place has whole, at hand or on the first date; `FREELY`: wherever that is cheaper."""
    ship_complete: bool = False
    """On a shortage nothing goes, not even what there is."""
    min_value_per_shipment: Decimal = Decimal(0)
    """Goods that a shipment is worth at least; one that goes alone may be worth less."""
    on_shortage: OnShortage = "REFUSE"
    """Of a fallback: whether it may send a part. Of any: what becomes of the rest of an order whose caller leaves that to the profile."""


@dataclass(frozen=True, slots=True)
class Search:
    """How far the exact algorithms go before a solver of integer programs takes over, and how long that may take."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    most_steps: int = 20_000_000
    """Of (state, load, location); some 100 ms."""
    time_cap: timedelta = timedelta(milliseconds=500)
    """Then the best plan so far is taken, with the bound that says how far from the best it may be; without any, whichever keeps the policy
    is looked for, for as long again."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way to look for a plan: which places are asked, and under which policy."""

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    name: str
    kinds: tuple[LocationKind, ...] = ()
    """None given: every kind."""
    locations: tuple[LocationCode, ...] = ()
    """None given: every location of the channel."""
    max_distance_m: int | None = None
    """How far from the destination its places lie at most."""
    fallback: bool = False
    """Tried when no other strategy sources everything; it may send a part, unless its `on_shortage` is REFUSE."""
    split: SplitPolicy = field(default_factory=SplitPolicy)


EVERYWHERE = Strategy("everywhere")


@dataclass(frozen=True, slots=True)
class SourcingProfile:
    """How a channel's orders are sourced. The first strategy that sources everything wins; at each tolerance step all are tried.

    A draft decides nothing; it can be simulated.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = FORBID_UNKNOWN
    name: str
    channels: tuple[ChannelCode, ...] = ()
    """Whose orders it is for; a channel without one has the defaults below."""
    version: int = 1
    draft: bool = False
    comment: str | None = None
    strategies: tuple[Strategy, ...] = (EVERYWHERE,)
    tolerance_days: tuple[int, ...] = ()
    """By how many days a shipment may come later than the earliest feasible date, step by step; none given: without limit."""
    costs: CostTerms = field(default_factory=CostTerms)
    search: Search = field(default_factory=Search)


def shortage_policies(profile: SourcingProfile) -> frozenset[OnShortage]:
    """Return what a profile lets become of what cannot be had, REFUSE aside."""
    return frozenset(strategy.split.on_shortage for strategy in profile.strategies) - {"REFUSE"}


DEFAULT_PROFILE = SourcingProfile("default", version=0)
"""Of a channel that no profile names."""


def profile_by_channel(stated: Iterable[SourcingProfile]) -> dict[ChannelCode, SourcingProfile]:
    """Return the profile of each channel that has one; drafts decide nothing, and of several the later stands over the earlier."""
    return {channel: profile for profile in stated if not profile.draft for channel in profile.channels}
