"""Why a method, an option or a location is out."""

from typing import Literal

ExclusionReason = Literal[
    "NO_STOCK",
    "STALE_STOCK",
    "SOURCE_DOWN",
    "NOT_OFFERED",
    "NOT_IN_CHANNEL",
    "OUT_OF_AREA",
    "CAPACITY_FULL",
    "TOO_LATE",
    "LOCATION_INACTIVE",
    "TOO_HEAVY",
    "SPLIT_NOT_ALLOWED",
    "NOT_FOUND_IN_TIME",
    "REFUSED_BEFORE",
    "EXCLUDED_BY_CALLER",
]
