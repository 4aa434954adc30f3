"""Moments as the dialects write them; inside the sandbox a moment is epoch milliseconds."""

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from gateway.sandbox.network import TIME_ZONE
from gateway.sandbox.refused import invalid

_PARIS = ZoneInfo(TIME_ZONE)


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def local(at_ms: int) -> str:
    """Return ISO 8601 in Paris with offset, whole seconds."""
    return datetime.fromtimestamp(at_ms // 1000, _PARIS).isoformat()


def compact(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def local_date(at_ms: float) -> date:
    return datetime.fromtimestamp(at_ms / 1000, _PARIS).date()


def local_time(at_ms: float) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, _PARIS)


def moment(text: str, field: str) -> int:
    """Return the milliseconds of an ISO 8601 text with an offset; a `+` that came as a blank is understood."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise invalid(field, "an ISO 8601 time with offset is needed", text) from None
    if at.tzinfo is None:
        raise invalid(field, "the time has no offset", text)
    try:
        return int(at.timestamp() * 1000)
    except (OverflowError, ValueError):
        raise invalid(field, "the time lies out of range", text) from None
