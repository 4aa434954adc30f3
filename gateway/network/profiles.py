"""Sourcing profiles as people write them: what cannot be meant in one, and one that stands by itself, not in a network file."""

import json
import re
import tomllib
from collections.abc import Collection, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gateway.domain.ids import ChannelCode, LocationCode
from gateway.domain.nearest import nearest
from gateway.domain.published import ProfileInvalid, ProfileProblem
from gateway.domain.sourcing_terms import CostTerms, Search, SourcingProfile, Strategy
from gateway.network.problems import line_of

AT_LINE = re.compile(r"at line (\d+)")
OWN_KEYS = ("name", "channels", "version", "draft", "comment")
"""What is told beside a definition, by whoever publishes it."""
MOST_AMOUNT = Decimal(1_000_000)
"""Of a cost in the channel's currency; sums of such amounts stay exact."""
MOST_DAYS_LATE = 365
MOST_TIME_CAP = timedelta(minutes=1)
MOST_STEPS = 1_000_000_000
MOST_REPLENISHED_AFTER = timedelta(days=3650)
_PROFILE = TypeAdapter(SourcingProfile)


def profile_problems(
    profile: SourcingProfile, channels: Collection[ChannelCode], path: str, locations: Collection[LocationCode] | None = None
) -> Iterator[str]:
    """Yield a line for everything in a profile that cannot be meant; `path` is where it stands.

    `locations`: the places that there are; None: they are not known here.
    """
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
    if max(profile.tolerance_days, default=0) > MOST_DAYS_LATE:
        yield f"{start}tolerance_days: {max(profile.tolerance_days)} days are too many; use at most {MOST_DAYS_LATE}"
    names = [strategy.name for strategy in profile.strategies]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{start}strategies: {name!r} stands there {names.count(name)} times; use a name once"
    for strategy in profile.strategies:
        yield from _strategy(f"{start}strategies.{strategy.name}", strategy)
    yield from _costs(f"{start}costs", profile.costs)
    yield from _search(f"{start}search", profile.search)
    yield from _unknown_places(start, profile, locations) if locations is not None else ()


def _search(path: str, search: Search) -> Iterator[str]:
    if not 0 < search.most_steps <= MOST_STEPS:
        yield f"{path}.most_steps: {search.most_steps} is out of range; use 1 to {MOST_STEPS}"
    if not timedelta(0) < search.time_cap <= MOST_TIME_CAP:
        yield f"{path}.time_cap: must be above 0, and {MOST_TIME_CAP.total_seconds():g} seconds at most"


def _unknown_places(start: str, profile: SourcingProfile, known: Collection[LocationCode]) -> Iterator[str]:
    asked = [(f"strategies.{each.name}.locations", code) for each in profile.strategies for code in each.locations]
    asked += [(f"costs.places.{index}.location", rule.location) for index, rule in enumerate(profile.costs.places) if rule.location]
    yield from (f"{start}{path}: there is no location {code!r}; {nearest(code, known)}" for path, code in asked if code not in known)


def _strategy(path: str, strategy: Strategy) -> Iterator[str]:
    split = strategy.split
    if split.max_shipments < 1:
        yield f"{path}.split.max_shipments: {split.max_shipments} is too small; use 1 or more"
    if split.max_locations_per_line is not None and split.max_locations_per_line < 1:
        yield f"{path}.split.max_locations_per_line: {split.max_locations_per_line} is too small; use 1 or more"
    yield from _amount(f"{path}.split.min_value_per_shipment", split.min_value_per_shipment)
    if strategy.max_distance_m is not None and strategy.max_distance_m < 1:
        yield f"{path}.max_distance_m: {strategy.max_distance_m} is too small; use 1 or more"


def _costs(path: str, costs: CostTerms) -> Iterator[str]:
    for name in ("per_parcel", "per_unit", "lateness_per_day", "transfer_per_parcel"):
        yield from _amount(f"{path}.{name}", getattr(costs, name))
    if not timedelta(0) <= costs.replenished_after <= MOST_REPLENISHED_AFTER:
        yield f"{path}.replenished_after: use 0 to {MOST_REPLENISHED_AFTER.days} days"
    if not Decimal(0) <= costs.margin_share <= 1:
        yield f"{path}.margin_share: {costs.margin_share} is no share; use 0 to 1"
    for index, rule in enumerate(costs.places):
        yield from _amount(f"{path}.places.{index}.per_parcel", rule.per_parcel or Decimal(0))
        yield from _amount(f"{path}.places.{index}.per_unit", rule.per_unit or Decimal(0))
        if abs(rule.penalty or Decimal(0)) > MOST_AMOUNT:
            yield f"{path}.places.{index}.penalty: {rule.penalty} is out of range; use -{MOST_AMOUNT} to {MOST_AMOUNT}"


def _amount(path: str, amount: Decimal) -> Iterator[str]:
    if not 0 <= amount <= MOST_AMOUNT:
        yield f"{path}: {amount} is {'below 0' if amount < 0 else 'too much'}; use 0 to {MOST_AMOUNT}"


def read_profile(
    definition: str,
    name: str,
    channels: tuple[ChannelCode, ...],
    locations: Collection[LocationCode] | None = None,
    *,
    known: Collection[ChannelCode],
) -> SourcingProfile:
    """Return the profile that a definition states, as it would stand in a network file below its name and channels.

    `locations`: the places that it may name; `known`: the channels that there are.
    Raises ProfileInvalid with every problem found, and the line of each where it has one.
    """
    try:
        stated = tomllib.loads(definition, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        at = AT_LINE.search(str(error))
        raise ProfileInvalid([ProfileProblem(f"It is no TOML: {error}", int(at[1]) if at else definition.count("\n") + 1)]) from error
    own = [key for key in OWN_KEYS if key in stated]
    if own:
        problems = [ProfileProblem(f"{key}: is told beside the definition; leave it out", line_of_key(definition, key)) for key in own]
        raise ProfileInvalid(problems)
    try:
        profile = _PROFILE.validate_python({**stated, "name": name, "channels": channels})
    except ValidationError as error:
        found = [(line_of(one, stated, SourcingProfile), one["loc"]) for one in error.errors(include_url=False, include_context=True)]
        raise ProfileInvalid([ProfileProblem(text, line_of_key(definition, loc[-1])) for text, loc in dict(found).items()]) from error
    wrong = list(profile_problems(profile, known, "", locations))
    if wrong:
        raise ProfileInvalid([ProfileProblem(text, line_of_key(definition, text.partition(":")[0].rpartition(".")[2])) for text in wrong])
    return profile


def line_of_key(definition: str, key: object) -> int | None:
    """Return the first line that states a key; None where none does."""
    states = re.compile(rf"(^|[\s{{,\[.])\"?{re.escape(str(key))}\"?\s*[=\]]")
    return next((number for number, line in enumerate(definition.splitlines(), 1) if states.search(line)), None)


def definition_of(profile: SourcingProfile) -> str:
    """Return a profile as a definition: what differs from the defaults, as TOML."""
    told = _PROFILE.dump_python(profile, mode="json", exclude_defaults=True)
    return "".join(_toml({key: value for key, value in told.items() if key not in OWN_KEYS}))


def _toml(table: dict[str, Any], path: str = "") -> Iterator[str]:
    nested = {key: value for key, value in table.items() if isinstance(value, dict)}
    lists = {key: value for key, value in table.items() if isinstance(value, list) and value and isinstance(value[0], dict)}
    yield from (f"{key} = {_value(value)}\n" for key, value in table.items() if key not in nested and key not in lists)
    for key, value in nested.items():
        yield f"\n[{path}{key}]\n"
        yield from _toml(value, f"{path}{key}.")
    for key, rows in lists.items():
        for row in rows:
            yield f"\n[[{path}{key}]]\n"
            yield from _toml(row, f"{path}{key}.")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
