"""How promised windows are meant, and why something cannot be promised."""

from enum import StrEnum

from schema.types.enums import described


@described(
    "Why a method, an option or a location is out.",
    NOT_FOUND_IN_TIME="The basket is so large that no plan was found in the time that looking for one may take; there may be one.",
)
class ExclusionReason(StrEnum):
    NO_STOCK = "NO_STOCK"
    STALE_STOCK = "STALE_STOCK"
    SOURCE_DOWN = "SOURCE_DOWN"
    NOT_OFFERED = "NOT_OFFERED"
    NOT_IN_CHANNEL = "NOT_IN_CHANNEL"
    OUT_OF_AREA = "OUT_OF_AREA"
    CAPACITY_FULL = "CAPACITY_FULL"
    TOO_LATE = "TOO_LATE"
    LOCATION_INACTIVE = "LOCATION_INACTIVE"
    TOO_HEAVY = "TOO_HEAVY"
    SPLIT_NOT_ALLOWED = "SPLIT_NOT_ALLOWED"
    NOT_FOUND_IN_TIME = "NOT_FOUND_IN_TIME"
    REFUSED_BEFORE = "REFUSED_BEFORE"
    EXCLUDED_BY_CALLER = "EXCLUDED_BY_CALLER"


@described("How a promised window is meant.", DAY="Whole local days.", SLOT="Hours that are meant.")
class WindowPrecision(StrEnum):
    DAY = "DAY"
    SLOT = "SLOT"
