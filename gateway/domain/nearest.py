"""What somebody meant who used a name that nothing has."""

import difflib
from collections.abc import Iterable

MOST_NAMED = 10


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return how to go on after an unknown name: the nearest valid one, or the first of them all."""
    names = sorted({str(one) for one in valid})
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"possible: {', '.join(names[:MOST_NAMED])}{more}" if names else "none is defined"
