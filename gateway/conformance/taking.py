"""Questions on hand-over: what it takes, what its class really is, and what the same key does twice."""

import time

from gateway.conformance.probes import article, given, kinds_taken, needs_writes, probe_of, target, withdrawn
from gateway.conformance.subject import NotTried, Question, Seen, Subject
from gateway.domain.errors import SourceError, SourceRejected
from gateway.domain.feeds import Message, Receipt


async def kinds(subject: Subject) -> Seen:
    target(subject)
    taken = list(kinds_taken(subject, await article(subject)))
    return Seen(f"takes {', '.join(taken) or 'nothing'}", right=bool(taken), measured={"kinds": len(taken)})


def declared(subject: Subject) -> str:
    target(subject)
    if subject.source.hand_over is None:
        raise NotTried("the network file gives it no class; state `hand_over`")
    return subject.source.hand_over


async def unknown_reference(subject: Subject) -> Seen:
    """A, C: whether it can be asked at all is told; B: it must answer, and with nothing."""
    stated, question = declared(subject), await probe_of(subject, "never-sent")
    try:
        found = await target(subject).find(question)
    except SourceRejected:
        return Seen("cannot be asked for a reference", right=stated != "B", measured={"can_be_asked": "no"})
    told = "answers that it has none" if found is None else f"found {found.reference} under a reference that was never sent"
    return Seen(told, right=found is None, measured={"can_be_asked": "yes"})


async def acknowledged(subject: Subject) -> Seen:
    needs_writes(subject)
    message = await probe_of(subject, "taken")
    began = time.monotonic()
    receipt = await given(subject, message)
    ms = (time.monotonic() - began) * 1000
    skew_s = (receipt.acknowledged_at - subject.clock.now()).total_seconds() + ms / 1000
    told = f"{message.kind} taken as {receipt.reference} in {ms:.0f} ms, its clock {skew_s:+.1f} s from ours"
    return Seen(told, receipt.acknowledged_at.tzinfo is not None, {"ms": round(ms, 1), "clock_skew_s": round(skew_s, 2)})


def already_sent(subject: Subject) -> tuple[Message, Receipt]:
    needs_writes(subject)
    sent = next(((message, receipt) for message, receipt in subject.sent.values() if receipt), None)
    if sent is None:
        raise NotTried("it took nothing before")
    return sent


async def same_key_twice(subject: Subject) -> Seen:
    stated = declared(subject)
    message, first = already_sent(subject)
    if stated != "A":
        raise NotTried(f"class {stated} does not claim to honor our key: a second one would be a second order")
    second = await given(subject, message)
    told = f"the first answer named {first.reference}, the second {second.reference}"
    return Seen(told, first.reference == second.reference and first.reference is not None, {"observed": "A"})


async def other_body_under_a_key(subject: Subject) -> Seen:
    """A different message under a known key must not become a second order: refused, or answered with the first."""
    stated = declared(subject)
    message, first = already_sent(subject)
    if stated != "A":
        raise NotTried(f"class {stated} does not claim to honor our key")
    lines = [{**line, "quantity": 2} for line in message.body["lines"]]  # type: ignore[attr-defined]
    try:
        second = await target(subject).send(
            Message(message.kind, message.source, message.key, message.reference, {**message.body, "lines": lines})
        )
    except SourceRejected as error:
        return Seen(f"refused: {error}")
    return Seen(f"answered with {second.reference}, the first was {first.reference}", right=second.reference == first.reference)


async def found_again(subject: Subject) -> Seen:
    """How long its own question takes to tell what it has taken: the quiet period must be longer."""
    stated = declared(subject)
    message, receipt = already_sent(subject)
    quiet_s = subject.source.quiet_period.total_seconds()
    began = time.monotonic()
    while True:
        try:
            found = await target(subject).find(message)
        except SourceRejected:
            if stated == "B":
                raise
            raise NotTried("cannot be asked for a reference") from None
        lag_s = time.monotonic() - began
        if found or lag_s > quiet_s:
            break
        await subject.wait()
    measured: dict[str, float | str] = {"lag_s": round(lag_s, 2), "quiet_period_s": quiet_s, **({"observed": "B"} if found else {})}
    if found is None:
        return Seen(f"does not tell {message.reference} within its quiet period of {quiet_s:g} s", right=False, measured=measured)
    same = found.reference == receipt.reference
    return Seen(f"tells it as {found.reference} after {lag_s:.1f} s, the receipt named {receipt.reference}", same, measured)


async def canceled(subject: Subject) -> Seen:
    message, _ = already_sent(subject)
    began = time.monotonic()
    await withdrawn(subject, message.key)
    ms = (time.monotonic() - began) * 1000
    try:
        left = await target(subject).find(message) if subject.source.hand_over == "B" else None
    except SourceError as error:
        return Seen(f"canceled, and then it answered wrongly: {error}", right=False)
    told = f"canceled in {ms:.0f} ms" + (", and it still tells of it" if left else "")
    return Seen(told, measured={"ms": round(ms, 1)})


QUESTIONS = (
    Question("hand-over", "kinds", "what work it takes", kinds),
    Question("hand-over", "class", "a reference that was never sent", unknown_reference),
    Question("hand-over", "receipt", "one unit, under a reference of the kit", acknowledged),
    Question("hand-over", "class", "the same message again under its key", same_key_twice),
    Question("hand-over", "class", "another message under that key", other_body_under_a_key),
    Question("hand-over", "class", "what it has under our reference", found_again),
    Question("hand-over", "cancellation", "that work taken back", canceled),
)
