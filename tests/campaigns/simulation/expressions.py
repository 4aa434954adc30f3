"""What the server makes of aggregation expressions and update pipelines: the part of the language that the adapter speaks."""

from collections.abc import Callable, Mapping
from typing import Any

Document = dict[str, Any]
Names = Mapping[str, Any]


class Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


def rank(value: Any) -> int:
    """Return where a value's type stands in the server's order of types."""
    if isinstance(value, Missing):
        return 0
    if value is None:
        return 1
    if isinstance(value, bool):
        return 6
    for kind, place in ((int, 2), (float, 2), (str, 3), (dict, 4), (list, 5)):
        if isinstance(value, kind):
            return place
    return 7


def ordered(one: Any, other: Any) -> int:
    """Compare as the server does: types first, then values; documents by their fields in the order in which they stand."""
    if rank(one) != rank(other):
        return -1 if rank(one) < rank(other) else 1
    if isinstance(one, dict):
        return ordered([part for pair in one.items() for part in pair], [part for pair in other.items() for part in pair])
    if isinstance(one, list):
        first = next((way for way in map(ordered, one, other) if way), 0)
        return first or (len(one) > len(other)) - (len(one) < len(other))
    if rank(one) < 2 or one == other:
        return 0
    return -1 if one < other else 1


def at(value: Any, path: list[str]) -> Any:
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return MISSING
        value = value[name]
    return value


def is_nothing(value: Any) -> bool:
    return value is None or isinstance(value, Missing)


def evaluated(expression: Any, names: Names) -> Any:
    """Return an expression's value; `names`: ROOT, NOW (in ms) and the variables of `$filter` and `$let`."""
    if isinstance(expression, str) and expression.startswith("$"):
        return named(expression, names)
    if isinstance(expression, list):
        return [evaluated(one, names) for one in expression]
    if not isinstance(expression, dict):
        return expression
    operator = next(iter(expression), "")
    if operator.startswith("$"):
        return operated(operator, expression[operator], names)
    values = {name: evaluated(one, names) for name, one in expression.items()}
    return {name: value for name, value in values.items() if value is not MISSING}


def named(path: str, names: Names) -> Any:
    if not path.startswith("$$"):
        return at(names["ROOT"], path[1:].split("."))
    head, *rest = path[2:].split(".")
    return MISSING if head == "REMOVE" else at(names[head], rest)


def operated(operator: str, argument: Any, names: Names) -> Any:
    if operator in LAZY:
        return LAZY[operator](argument, names)
    values = evaluated(argument, names)
    return EAGER[operator](values if isinstance(argument, list) else [values])


def chosen(argument: Any, names: Names) -> Any:
    test, then, otherwise = argument if isinstance(argument, list) else (argument["if"], argument["then"], argument["else"])
    return evaluated(then if truly(evaluated(test, names)) else otherwise, names)


def truly(value: Any) -> bool:
    return not is_nothing(value) and value is not False and value != 0


def filtered(argument: Document, names: Names) -> Any:
    values = evaluated(argument["input"], names)
    if is_nothing(values):
        return None
    name = argument.get("as", "this")
    return [value for value in values if truly(evaluated(argument["cond"], {**names, name: value}))]


def letting(argument: Document, names: Names) -> Any:
    return evaluated(argument["in"], {**names, **{name: evaluated(value, names) for name, value in argument["vars"].items()}})


def element(values: list[Any]) -> Any:
    rows, n = values
    return MISSING if is_nothing(rows) or not -len(rows) <= n < len(rows) else rows[n]


def added(values: list[Any]) -> Any:
    return None if any(is_nothing(value) for value in values) else sum(values)


def merged(values: list[Any]) -> Document:
    return {name: value for document in values if not is_nothing(document) for name, value in document.items()}


def extreme(choose: Callable[..., Any]) -> Callable[[list[Any]], Any]:
    return lambda values: choose((value for value in values if not is_nothing(value)), default=None)


def compared(test: Callable[[int], bool]) -> Callable[[list[Any]], bool]:
    return lambda values: test(ordered(values[0], values[1]))


LAZY: dict[str, Callable[[Any, Names], Any]] = {
    "$literal": lambda argument, _: argument,
    "$cond": chosen,
    "$filter": filtered,
    "$let": letting,
    "$and": lambda parts, names: all(truly(evaluated(part, names)) for part in parts),
    "$or": lambda parts, names: any(truly(evaluated(part, names)) for part in parts),
}
EAGER: dict[str, Callable[[list[Any]], Any]] = {
    "$toLong": lambda values: values[0],
    "$add": added,
    "$subtract": lambda values: None if any(map(is_nothing, values)) else values[0] - values[1],
    "$arrayElemAt": element,
    "$size": lambda values: len(values[0]),
    "$indexOfBytes": lambda values: None if is_nothing(values[0]) else values[0].find(values[1]),
    "$indexOfArray": lambda values: values[0].index(values[1]) if values[1] in values[0] else -1,
    "$max": extreme(max),
    "$min": extreme(min),
    "$ifNull": lambda values: next((value for value in values if not is_nothing(value)), values[-1]),
    "$mergeObjects": merged,
    "$objectToArray": lambda values: None if is_nothing(values[0]) else [{"k": k, "v": v} for k, v in values[0].items()],
    "$arrayToObject": lambda values: None if is_nothing(values[0]) else {pair["k"]: pair["v"] for pair in values[0]},
    "$type": lambda values: "missing" if values[0] is MISSING else type(values[0]).__name__,
    "$not": lambda values: not truly(values[0]),
    "$eq": compared(lambda order: order == 0),
    "$ne": compared(lambda order: order != 0),
    "$lt": compared(lambda order: order < 0),
    "$lte": compared(lambda order: order <= 0),
    "$gt": compared(lambda order: order > 0),
    "$gte": compared(lambda order: order >= 0),
}


def piped(document: Document, pipeline: list[Document], now_ms: int) -> Document:
    """Return a document after the stages of a pipeline that keep it one document."""
    for stage in pipeline:
        ((kind, argument),) = stage.items()
        document = STAGES[kind](document, argument, {"ROOT": document, "NOW": now_ms})
    return document


def with_fields(document: Document, fields: Document, names: Names) -> Document:
    values = {name: evaluated(expression, names) for name, expression in fields.items()}
    kept = {name: value for name, value in document.items() if name not in values}
    return {**kept, **{name: value for name, value in values.items() if value is not MISSING}}


def projected(document: Document, fields: Document, names: Names) -> Document:
    """Return the fields that are asked for by 1, and those that are computed."""
    shown: Document = {"_id": document["_id"]}
    for name, wanted in fields.items():
        if wanted == 1:
            shown = with_path(shown, name.split("."), at(document, name.split(".")))
        else:
            shown[name] = evaluated(wanted, names)
    return shown


def with_path(document: Document, path: list[str], value: Any) -> Document:
    """Return a document in which a path has a value; MISSING takes it away."""
    head, *rest = path
    if rest:
        inner = document.get(head)
        return {**document, head: with_path(inner if isinstance(inner, dict) else {}, rest, value)}
    if value is MISSING:
        return {name: old for name, old in document.items() if name != head}
    return {**document, head: value}


STAGES: dict[str, Callable[[Document, Any, Names], Document]] = {
    "$set": with_fields,
    "$addFields": with_fields,
    "$replaceWith": lambda _document, expression, names: evaluated(expression, names),
    "$project": projected,
}
