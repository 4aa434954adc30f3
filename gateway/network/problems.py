"""What is wrong with a network file: one line each, naming the key, what is wrong with it and the remedy."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic_core import ErrorDetails

from gateway.domain.errors import ConfigurationInvalid
from gateway.domain.nearest import nearest
from gateway.domain.network import Network
from gateway.network.keys_of_types import keys_at

REMEDIES = {
    "missing": "is missing; add it",
    "missing_argument": "is missing; add it",
    "time_delta_parsing": 'is no duration; write seconds (900) or ISO 8601 ("PT15M")',
    "decimal_parsing": "is no number",
    "int_parsing": "is no whole number",
    "bool_parsing": "is neither true nor false",
    "string_type": "must be text, in quotes",
    "tuple_type": "must be a list, in [ ]",
    "dataclass_type": "must be a table",
    "date_from_datetime_parsing": "is no date; write 2026-12-24",
}


class NetworkFileInvalid(ConfigurationInvalid):
    """A network file that cannot be used; every problem found stands in `problems`."""

    def __init__(self, path: Path | str, problems: Sequence[str]) -> None:
        super().__init__(str(path), problems)


def shown(location: Sequence[int | str], document: Any) -> str:
    """Return a key's path with the entry's own code in place of its number, as in `sources.wms.fresh_for`."""
    parts: list[str] = []
    here = document
    for step in location:
        here = _inside(here, step)
        own = here.get("code") or here.get("id") or here.get("name") if isinstance(here, dict) else None
        parts.append(str(own) if isinstance(step, int) and isinstance(own, str) else str(step))
    return ".".join(parts)


def line_of(error: ErrorDetails, document: Any, root: Any = Network) -> str:
    """Return the line that tells one finding of pydantic's."""
    path = shown(error["loc"], document)
    if error["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        return f"{path}: unknown key; {nearest(str(error['loc'][-1]), keys_at(error['loc'][:-1], root))}"
    if error["type"] == "literal_error":
        expected = str(error.get("ctx", {}).get("expected", ""))
        return f"{path}: {error['input']!r} is not possible; use {expected}"
    if remedy := REMEDIES.get(error["type"]):
        return f"{path}: {'' if 'missing' in error['type'] else repr(error['input']) + ' '}{remedy}"
    return f"{path}: {error['msg'].lower()}, not {error['input']!r}"


def _inside(here: Any, step: int | str) -> Any:
    if isinstance(here, dict):
        return here.get(step)
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return here[step]
    return None
