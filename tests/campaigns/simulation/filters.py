"""Which documents a filter finds, and what a classic update makes of one: the part of the language that the adapter speaks."""

import re
from collections.abc import Callable
from typing import Any

from tests.campaigns.simulation.expressions import MISSING, Document, at, is_nothing, ordered, piped, rank, with_path


def fits(document: Document, where: Document) -> bool:
    return all(fits_one(document, name, wanted) for name, wanted in where.items())


def fits_one(document: Document, name: str, wanted: Any) -> bool:
    if name == "$and":
        return all(fits(document, part) for part in wanted)
    if name == "$or":
        return any(fits(document, part) for part in wanted)
    values = reached(document, name.split("."))
    if isinstance(wanted, dict) and next(iter(wanted), "").startswith("$"):
        return all(
            QUANTIFIED.get(operator, any)(TESTS[operator](value, argument) for value in values) for operator, argument in wanted.items()
        )
    return any(equal(value, wanted) for value in values)


def reached(value: Any, path: list[str]) -> list[Any]:
    """Return what stands at the end of a path: of a list on the way, in each of its documents."""
    if not path:
        return [value]
    if isinstance(value, list):
        return [one for part in value if isinstance(part, dict) for one in reached(part, path)] or [MISSING]
    return reached(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else [MISSING]


def equal(value: Any, wanted: Any) -> bool:
    if wanted is None:
        return is_nothing(value)
    return bool(value == wanted) or (isinstance(value, list) and wanted in value)


def of_one_kind(test: Callable[[int], bool]) -> Callable[[Any, Any], bool]:
    """Only values of one type are compared."""
    return lambda value, wanted: rank(value) == rank(wanted) and test(ordered(value, wanted))


QUANTIFIED: dict[str, Callable[..., bool]] = {"$ne": all}
"""Of several values, how many a test must hold for: any, where nothing else is said."""
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": equal,
    "$ne": lambda value, wanted: not equal(value, wanted),
    "$in": lambda value, wanted: any(equal(value, one) for one in wanted),
    "$exists": lambda value, wanted: (value is not MISSING) == bool(wanted),
    "$elemMatch": lambda value, wanted: isinstance(value, list) and any(fits(one, wanted) for one in value),
    "$regex": lambda value, wanted: any(
        isinstance(one, str) and re.search(wanted, one) for one in (value if isinstance(value, list) else [value])
    ),
    "$lt": of_one_kind(lambda order: order < 0),
    "$lte": of_one_kind(lambda order: order <= 0),
    "$gt": of_one_kind(lambda order: order > 0),
    "$gte": of_one_kind(lambda order: order >= 0),
}


def updated(document: Document, change: Any, now_ms: int) -> Document:
    """Return a document after an update: a pipeline, operators, or another document in its place."""
    if isinstance(change, list):
        return piped(document, change, now_ms)
    if not next(iter(change), "").startswith("$"):
        return {"_id": document["_id"], **change}
    for operator, fields in change.items():
        for name, value in fields.items() if operator != "$setOnInsert" else ():
            path = name.split(".")
            old = at(document, path)
            new = {"$set": value, "$unset": MISSING, "$inc": (0 if old is MISSING else old) + value if operator == "$inc" else None}[
                operator
            ]
            document = with_path(document, path, new)
    return document


def born(where: Document) -> Document:
    """Return what an upsert begins with: what its filter says for sure."""
    return {name: value for name, value in where.items() if not name.startswith("$") and "." not in name and not isinstance(value, dict)}
