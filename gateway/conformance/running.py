"""All questions put to one source, in an order in which each finds what it needs."""

from collections.abc import Callable

from gateway.conformance import deltas, failing, live, meaning, ordering, reads, taking
from gateway.conformance.findings import Finding, Report
from gateway.conformance.probes import cleared
from gateway.conformance.subject import Question, Subject, answered

QUESTIONS: tuple[Question, ...] = (
    *reads.QUESTIONS,
    *live.QUESTIONS,
    *ordering.QUESTIONS,
    *taking.QUESTIONS,
    *meaning.QUESTIONS,
    *deltas.QUESTIONS,
    *failing.QUESTIONS,
)


async def examined(subject: Subject, begun: Callable[[Question], None], done: Callable[[Finding], None]) -> Report:
    """Put every question and take back what was given, also when it is broken off; `begun` and `done` are told as it goes."""
    findings = []
    try:
        for question in QUESTIONS:
            begun(question)
            findings.append(await answered(question, subject))
            done(findings[-1])
    finally:
        subject.left = await cleared(subject)
    source = subject.source
    return Report(
        source=source.code,
        system=subject.network.name,
        kind=source.kind,
        adapter=source.adapter,
        declared={
            "states": source.states,
            "ordered_by": source.ordered_by,
            "hand_over": source.hand_over,
            "settle_delay_s": source.settle_delay.total_seconds(),
            "fresh_for_s": source.fresh_for.total_seconds(),
        },
        writes=subject.writes,
        findings=tuple(findings),
        left=subject.left,
    )
