"""Questions on failure: a call keeps to the time that its request has left, and tells so as the ports say."""

import time
from collections.abc import Awaitable, Callable

from gateway.conformance.live import STRANGE
from gateway.conformance.reads import reading
from gateway.conformance.subject import NotTried, Question, Seen, Subject
from gateway.domain.errors import SourceError, SourceRejected, SourceTimeout, SourceUnavailable
from gateway.pacing.budget import spending

HURRIES_S = (0.0, 0.06, 0.2)
"""Budgets that are tried: none, one that hardly leaves time to ask, and a short one."""


def asking(subject: Subject) -> Callable[[], Awaitable[object]]:
    """Return a short read of whatever role it plays."""
    stock, catalogue = subject.ports.stock, subject.ports.catalogue
    if stock is not None:
        items = [subject.snapshot.rows[0].item] if subject.snapshot and subject.snapshot.rows else [STRANGE[0]]
        return lambda: stock.positions(items)
    if catalogue is not None:
        return lambda: reading(catalogue.products())
    raise NotTried("it tells neither stock nor a catalogue")


async def hurried(subject: Subject) -> Seen:
    ask = asking(subject)
    answered, late, longest_s = 0, 0, 0.0
    for budget_s in HURRIES_S:
        began = time.monotonic()
        try:
            with spending(budget_s):
                await ask()
            answered += 1
        except SourceRejected as error:
            raise NotTried(f"it does not answer for single items: {error}") from error
        except (SourceTimeout, SourceUnavailable):
            late += 1
        longest_s = max(longest_s, time.monotonic() - began - budget_s)
    measured: dict[str, float | str] = {"answered": answered, "given_up": late, "longest_over_ms": round(longest_s * 1000, 1)}
    told = f"{answered} of {len(HURRIES_S)} hurried reads were answered, {late} given up; at most {longest_s * 1000:.0f} ms over their time"
    return Seen(told, longest_s <= subject.bounds.slack_s, measured)


async def unanswered(subject: Subject) -> Seen:
    """Whether a read that was cut short leaves the source well: the next one is answered."""
    ask = asking(subject)
    try:
        with spending(HURRIES_S[1]):
            await ask()
    except SourceRejected as error:
        raise NotTried(f"it does not answer for single items: {error}") from error
    except SourceError:
        pass
    began = time.monotonic()
    await ask()
    return Seen("the read after one that was cut short is answered", measured={"ms": round((time.monotonic() - began) * 1000, 1)})


QUESTIONS = (
    Question("errors", "reads", "reads with hardly any time: given up in time", hurried),
    Question("errors", "reads", "a read after one that was cut short", unanswered),
)
