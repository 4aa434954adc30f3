"""The conformance kit on ports that a test has built."""

from adapters.built import BuiltPorts
from gateway.conformance.findings import Report
from gateway.conformance.running import examined
from gateway.conformance.subject import Bounds, Subject
from gateway.domain.network import Network, Source
from gateway.wiring import ports
from tests.support.sandbox_sources import WallClock


async def report_on(network: Network, source: Source, built: BuiltPorts, bounds: Bounds, stamp: str, *, writes: bool = True) -> Report:
    """Return what the kit finds; every question that it begins it also ends."""
    clock = WallClock()
    subject = Subject(network, source, ports(source, network, built, clock), clock, bounds, writes, stamp)
    begun: list[str] = []
    report = await examined(subject, lambda question: begun.append(question.asked), lambda finding: begun.remove(finding.asked))
    assert not begun
    return report


def failed(report: Report) -> dict[str, str]:
    """Return what was seen by what was asked, of all checks that failed."""
    return {one.asked: one.seen for one in report.failed}


def measured(report: Report, asked: str, name: str) -> float | str | None:
    return next((one.measured[name] for one in report.findings if one.asked == asked and name in one.measured), None)
