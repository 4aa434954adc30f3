"""How old a figure may be called."""

from enum import StrEnum

from schema.types.enums import described


@described(
    "Judged against the bound of the figure's own source, whatever the caller asked for: within it (FRESH), older (STALE), or the source "
    "cannot be reached, which wins (DOWN: last known value). Of a sum: the worst of what it adds up."
)
class Freshness(StrEnum):
    FRESH = "FRESH"
    STALE = "STALE"
    DOWN = "DOWN"
