"""What the kit found of a source: one finding for each question, and a report of all."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["PASSED", "FAILED", "NOT TRIED"]
Capability = Literal["reads", "deltas", "hand-over", "ordering", "numbers", "freshness", "errors"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One question: what was asked, what was seen, and what was measured (by name; the unit ends the name)."""

    capability: Capability
    about: str
    """The port, or what of it."""
    asked: str
    seen: str
    outcome: Outcome
    measured: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of one source, with what its network file says of it; `left` is work that it took and that could not be canceled."""

    source: str
    system: str
    """What was asked: the source as its network file names and reaches it."""
    kind: str
    adapter: str
    declared: Mapping[str, str | float | None]
    writes: bool
    findings: tuple[Finding, ...]
    left: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.outcome == "FAILED")

    def counts(self) -> dict[Outcome, int]:
        outcomes: tuple[Outcome, ...] = ("PASSED", "FAILED", "NOT TRIED")
        return {outcome: sum(one.outcome == outcome for one in self.findings) for outcome in outcomes}


def told(report: Report) -> dict[str, Any]:
    """Return a report as plain data, its counts first."""
    return {"counts": report.counts(), **asdict(report)}


def read(content: Mapping[str, Any]) -> Report:
    """Return the report that `told` wrote; raise ValueError, TypeError or KeyError for anything else."""
    stated = {name: value for name, value in content.items() if name != "counts"}
    return Report(**{**stated, "findings": tuple(Finding(**one) for one in stated["findings"]), "left": tuple(stated["left"])})
