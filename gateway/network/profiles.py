"""Sourcing profiles as people write them: what cannot be meant in one, and one that stands by itself, not in a network file."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from decimal import Decimal

from gateway.domain.ids import ChannelCode
from gateway.domain.nearest import nearest
from gateway.domain.sourcing_terms import CostTerms, SourcingProfile, Strategy


def profile_problems(profile: SourcingProfile, channels: Collection[ChannelCode], path: str) -> Iterator[str]:
    """Yield a line for everything in a profile that cannot be meant; `path` is where it stands."""
    start = f"{path}." if path else ""
    for code in profile.channels:
        if code not in channels:
            yield f"{start}channels: there is no channel {code!r}; {nearest(code, channels)}"
    if profile.version < 1:
        yield f"{start}version: {profile.version} is too small; use 1 or more"
    if not any(not strategy.fallback for strategy in profile.strategies):
        yield f"{start}strategies: all are fallbacks; the first that is tried must be none"
    if list(profile.tolerance_days) != sorted(set(profile.tolerance_days)) or min(profile.tolerance_days, default=0) < 0:
        yield f"{start}tolerance_days: need rising days of 0 or more, as [0, 2, 5]"
    names = [strategy.name for strategy in profile.strategies]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{start}strategies: {name!r} stands there {names.count(name)} times; use a name once"
    for strategy in profile.strategies:
        yield from _strategy(f"{start}strategies.{strategy.name}", strategy)
    yield from _costs(f"{start}costs", profile.costs)
    if profile.search.most_steps < 1 or profile.search.time_cap <= timedelta(0):
        yield f"{start}search: most_steps and time_cap must be above 0"


def _strategy(path: str, strategy: Strategy) -> Iterator[str]:
    split = strategy.split
    if split.max_shipments < 1:
        yield f"{path}.split.max_shipments: {split.max_shipments} is too small; use 1 or more"
    if split.max_locations_per_line is not None and split.max_locations_per_line < 1:
        yield f"{path}.split.max_locations_per_line: {split.max_locations_per_line} is too small; use 1 or more"
    if split.min_value_per_shipment < 0:
        yield f"{path}.split.min_value_per_shipment: {split.min_value_per_shipment} is below 0; use 0 or more"


def _costs(path: str, costs: CostTerms) -> Iterator[str]:
    for name in ("per_parcel", "per_unit", "lateness_per_day", "transfer_per_parcel"):
        if getattr(costs, name) < 0:
            yield f"{path}.{name}: {getattr(costs, name)} is below 0; use 0 or more"
    if not Decimal(0) <= costs.margin_share <= 1:
        yield f"{path}.margin_share: {costs.margin_share} is no share; use 0 to 1"
    for index, rule in enumerate(costs.places):
        if (rule.per_parcel or 0) < 0 or (rule.per_unit or 0) < 0:
            yield f"{path}.places.{index}: per_parcel and per_unit must be 0 or more"
