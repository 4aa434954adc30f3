"""How much time the work under way may still take: set where a request comes in, read where something outside is asked.

Work that nobody waits for (the loops) has no budget. A task begun in a request inherits its budget; one that outlives the request is to be
begun in `unhurried`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_at_s: ContextVar[float | None] = ContextVar("budget_ends_at_s", default=None)


@contextmanager
def spending(seconds: float) -> Iterator[None]:
    """Let the work of this block, and of tasks begun in it, take so long; a budget that ends earlier still holds."""
    ends_at_s = time.monotonic() + seconds
    known = _ends_at_s.get()
    token = _ends_at_s.set(ends_at_s if known is None else min(known, ends_at_s))
    try:
        yield
    finally:
        _ends_at_s.reset(token)


@contextmanager
def unhurried() -> Iterator[None]:
    """Let tasks begun in this block belong to no request."""
    token = _ends_at_s.set(None)
    try:
        yield
    finally:
        _ends_at_s.reset(token)


def remaining_s(margin_s: float = 0.0) -> float | None:
    """Return what is left beyond a margin, negative when it is overdrawn; None: nobody waits."""
    ends_at_s = _ends_at_s.get()
    return None if ends_at_s is None else ends_at_s - margin_s - time.monotonic()
