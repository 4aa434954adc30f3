"""Findings at a terminal, and the table of reports that adapters/README.md holds."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from gateway.conformance.findings import Capability, Finding, Outcome, Report

STYLES: dict[Outcome, str | None] = {"PASSED": "green", "FAILED": "red", "NOT TRIED": "dim"}
CAPABILITIES: tuple[Capability, ...] = ("reads", "deltas", "hand-over", "ordering", "numbers", "freshness", "errors")


def print_report(console: Console, report: Report) -> None:
    """Print a row per question by capability, then the counts."""
    table = Table("capability", "of", "asked", "", "seen", title=f"{report.source} of {report.system}", title_justify="left")
    for one in sorted(report.findings, key=lambda finding: CAPABILITIES.index(finding.capability)):
        table.add_row(one.capability, one.about, one.asked, f"[{STYLES[one.outcome]}]{one.outcome}[/]", escaped(one.seen))
    console.print(table)
    counts = report.counts()
    console.print(f"{counts['PASSED']} passed, {counts['FAILED']} failed, {counts['NOT TRIED']} not tried", highlight=False)


def print_left(console: Console, left: Sequence[str]) -> None:
    """Print what a person has to cancel, also when the kit was broken off."""
    for line in left:
        console.print(f"left behind: {line}", style="red", highlight=False, markup=False, soft_wrap=True)


def escaped(text: str) -> str:
    """Return text that rich takes as it stands."""
    return text.replace("[", "\\[")


def markdown(reports: Sequence[Report]) -> str:
    """Return a table with a row per source and a column per capability: its findings in short, with what was measured."""
    heads = ("source", "adapter", *CAPABILITIES)
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for report in sorted(reports, key=lambda one: (one.adapter, one.source)):
        cells = [f"{report.source} ({report.kind}, {report.system})", f"`{report.adapter}`"]
        lines.append(f"| {' | '.join([*cells, *(_cell(report, capability) for capability in CAPABILITIES)])} |")
    return "\n".join(lines)


def _cell(report: Report, capability: Capability) -> str:
    found = [one for one in report.findings if one.capability == capability]
    tried = [one for one in found if one.outcome != "NOT TRIED"]
    if not tried:
        return "not tried"
    passed = sum(one.outcome == "PASSED" for one in tried)
    return ", ".join([f"{passed}/{len(tried)}", *_figures(report, tried, capability)])


def _figures(report: Report, tried: Sequence[Finding], capability: Capability) -> list[str]:
    """Return the figures of a capability that tell sources apart."""

    def measured(name: str, about: str | None = None) -> list[float | str]:
        return [one.measured[name] for one in tried if name in one.measured and about in (None, one.about)]

    if capability == "reads":
        return [
            f"{one.about} {one.measured['rows_per_s']:,.0f}/s" for one in tried if "rows_per_s" in one.measured and one.measured["rows"]
        ]
    if capability == "hand-over":
        seen = ", ".join(str(one) for one in measured("observed")) or ("C" if "no" in measured("can_be_asked") else "none")
        return [f"class {report.declared['hand_over']} (seen: {seen})", *(f"in {ms:g} ms" for ms in measured("ms", "receipt"))]
    if capability == "ordering":
        return [str(report.declared["ordered_by"])]
    if capability == "numbers":
        settles = [f"settles in {seconds:g} s" for seconds in measured("settle_s")]
        return [f"{report.declared['states']} (seen: {', '.join(map(str, measured('observed')))})", *settles]
    if capability == "freshness":
        return [f"{seconds:g} s old" for seconds in measured("newest_s")]
    return [f"{changes:g} changes" for changes in measured("changes")[-1:]] if capability == "deltas" else []
