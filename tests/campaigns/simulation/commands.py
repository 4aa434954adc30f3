"""What a primary does with a command: read or write its documents; every write becomes entries of its log."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.campaigns.simulation.expressions import Document, at, piped, projected
from tests.campaigns.simulation.filters import born, fits, updated

DUPLICATE_KEY = 11000
Documents = dict[str, dict[Any, Document]]
"""By collection, by `_id`."""


@dataclass(frozen=True, slots=True)
class Write:
    """`documents`: of an insert; else `where`, `change` (None: delete) and whether one or many."""

    collection: str
    where: Document = field(default_factory=dict)
    change: Any = None
    upsert: bool = False
    many: bool = False
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Writes:
    """Updates that do not depend on each other, sent as one command."""

    each: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """Asks for the server's time."""


@dataclass(frozen=True, slots=True)
class Read:
    collection: str
    where: Document = field(default_factory=dict)
    stages: tuple[Document, ...] = ()
    fields: Document | None = None
    sort: tuple[tuple[str, int], ...] = ()
    limit: int = 0


Put = Callable[[str, Any, Document | None], None]
"""Writes one document (None: deletes it) into the log."""


def read(documents: Documents, command: Read, now_ms: int) -> list[Document]:
    found = [document for document in candidates(documents, command.collection, command.where) if fits(document, command.where)]
    for name, way in reversed(command.sort):
        found.sort(key=lambda document: sortable(at(document, name.split("."))), reverse=way < 0)
    if command.limit:
        found = found[: command.limit]
    found = [piped(document, list(command.stages), now_ms) for document in found]
    return [projected(document, command.fields, {"ROOT": document, "NOW": now_ms}) for document in found] if command.fields else found


def sortable(value: Any) -> tuple[str, Any]:
    return (type(value).__name__, value if isinstance(value, int | float | str) else str(value))


def candidates(documents: Documents, collection: str, where: Document) -> list[Document]:
    """Return what the filter's own `_id` names, else everything."""
    rows, wanted = documents.get(collection, {}), where.get("_id")
    if isinstance(wanted, str):
        return [rows[wanted]] if wanted in rows else []
    if isinstance(wanted, dict) and "$in" in wanted:
        return [rows[one] for one in wanted["$in"] if one in rows]
    return list(rows.values())


def write_each(documents: Documents, command: Writes, now_ms: int, put: Put) -> Document:
    """Carry out each; the reply tells how many in all."""
    replies = [write(documents, one, now_ms, put) for one in command.each]
    whole: Document = {name: sum(reply[name] for reply in replies) for name in ("n", "nModified")}
    for name in ("upserted", "writeErrors"):
        rows = [{**row, "index": n} for n, reply in enumerate(replies) for row in reply.get(name, ())]
        whole |= {name: rows} if rows else {}
    return whole


def write(documents: Documents, command: Write, now_ms: int, put: Put) -> Document:
    """Carry out a write; return the server's reply."""
    if command.documents:
        return inserted(documents, command, put)
    found = [one for one in candidates(documents, command.collection, command.where) if fits(one, command.where)]
    found = found if command.many else found[:1]
    if command.change is None:
        for document in found:
            put(command.collection, document["_id"], None)
        return {"n": len(found), "nModified": 0}
    if not found and command.upsert:
        return upserted(documents, command, now_ms, put)
    changed, after = 0, None
    for document in found:
        after = updated(document, command.change, now_ms)
        if after != document:
            changed += 1
            put(command.collection, document["_id"], after)
    return {"n": len(found), "nModified": changed, "value": after}


def upserted(documents: Documents, command: Write, now_ms: int, put: Put) -> Document:
    key = command.where["_id"]
    if key in documents.get(command.collection, {}):
        error = {"index": 0, "code": DUPLICATE_KEY, "errmsg": f"E11000 duplicate key error: {key}"}
        return {"n": 0, "nModified": 0, "writeErrors": [error], "value": None}
    after = updated({**born(command.where), **first_only(command.change)}, command.change, now_ms)
    put(command.collection, key, after)
    return {"n": 1, "nModified": 0, "upserted": [{"index": 0, "_id": key}], "value": after}


def first_only(change: Any) -> Document:
    """Return what an update sets only where it inserts."""
    fields: Document = change.get("$setOnInsert", {}) if isinstance(change, dict) else {}
    return fields


def inserted(documents: Documents, command: Write, put: Put) -> Document:
    """Insert what is not there yet, in no order."""
    errors = []
    for n, document in enumerate(command.documents):
        if document["_id"] in documents.get(command.collection, {}):
            errors.append({"index": n, "code": DUPLICATE_KEY, "errmsg": f"E11000 duplicate key error: {document['_id']}"})
        else:
            put(command.collection, document["_id"], document)
    return {"n": len(command.documents) - len(errors), "nModified": 0, **({"writeErrors": errors} if errors else {})}
