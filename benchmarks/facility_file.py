"""A facility problem as its file states it, checked: each refusal names the field and the remedy."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from gateway.domain.sourcing_terms import SplitPolicy

SPLITS = ("NEVER", "WHEN_NEEDED", "FREELY")
LOCATION_KEYS = ("name", "fixed", "capacity", "cost", "stock")
POLICY_KEYS = ("max_shipments", "max_locations_per_line", "allow_line_split")


class Malformed(ValueError):
    """The file states no facility problem."""


@dataclass(frozen=True, slots=True)
class Facility:
    """One location: `fixed` is paid once, `costs` for each unit by line; capacity None: without bound."""

    name: str
    fixed: Decimal
    costs: tuple[Decimal, ...]
    stock: tuple[int, ...]
    capacity: int | None


@dataclass(frozen=True, slots=True)
class Stated:
    demand: tuple[int, ...]
    facilities: tuple[Facility, ...]
    policy: SplitPolicy


def stated(path: Path) -> Stated:
    """Return what a file states; raises Malformed."""
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text, parse_float=Decimal, parse_constant=lambda name: _refuse("the file", f"holds {name}", "write a number"))
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed(f"the file cannot be read ({error}); name a text file of JSON") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"the file is no JSON ({error}); write an object with demand and locations") from error
    whole = _object(content, "the file", ("demand", "locations", "policy"))
    demand = tuple(_whole(units, f"demand[{n}]", 1) for n, units in enumerate(_list(whole, "demand", "demand")))
    places = tuple(_facility(n, place, demand) for n, place in enumerate(_list(whole, "locations", "locations")))
    return Stated(demand, places, _policy(whole.get("policy", {}), len(places)))


def _refuse(field: str, what: str, remedy: str) -> NoReturn:
    raise Malformed(f"{field} {what}; {remedy}")


def _object(content: Any, field: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(content, dict):
        _refuse(field, f"is {content!r}", f"write an object with {', '.join(known)}")
    for key in content:
        if key not in known:
            _refuse(field, f"has a key {key!r}", f"use {', '.join(known)}")
    return content


def _list(content: dict[str, Any], key: str, field: str) -> list[Any]:
    found = content.get(key)
    if not isinstance(found, list) or not found:
        _refuse(field, "is missing" if key not in content else f"is {found!r}", "list at least one")
    return found


def _whole(value: Any, field: str, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        _refuse(field, f"is {value!r}", f"write a whole number of at least {least}")
    return value


def _amount(value: Any, field: str, least: Decimal | None = None) -> Decimal:
    if not isinstance(value, int | Decimal) or isinstance(value, bool) or (least is not None and value < least):
        _refuse(field, f"is {value!r}", "write a number" if least is None else f"write a number of at least {least}")
    return Decimal(value)


def _by_line(place: dict[str, Any], key: str, field: str, demand: tuple[int, ...]) -> list[Any]:
    found = _list(place, key, f"{field}.{key}")
    if len(found) != len(demand):
        _refuse(f"{field}.{key}", f"has {len(found)} numbers", f"write one for each of the {len(demand)} lines of demand")
    return found


def _facility(n: int, content: Any, demand: tuple[int, ...]) -> Facility:
    field = f"locations[{n}]"
    place = _object(content, field, LOCATION_KEYS)
    costs = tuple(_amount(cost, f"{field}.cost[{i}]") for i, cost in enumerate(_by_line(place, "cost", field, demand)))
    stock = demand
    if "stock" in place:
        stock = tuple(_whole(units, f"{field}.stock[{i}]", 0) for i, units in enumerate(_by_line(place, "stock", field, demand)))
    capacity = None if place.get("capacity") is None else _whole(place["capacity"], f"{field}.capacity", 0)
    return Facility(str(place.get("name", n)), _amount(place.get("fixed", 0), f"{field}.fixed", Decimal(0)), costs, stock, capacity)


def _policy(content: Any, places: int) -> SplitPolicy:
    policy = _object(content, "policy", POLICY_KEYS)
    most = policy.get("max_locations_per_line")
    split = policy.get("allow_line_split", "FREELY")
    if split not in SPLITS:
        _refuse("policy.allow_line_split", f"is {split!r}", f"use one of {', '.join(SPLITS)}")
    return SplitPolicy(
        _whole(policy.get("max_shipments", places), "policy.max_shipments", 1),
        None if most is None else _whole(most, "policy.max_locations_per_line", 1),
        split,
    )
