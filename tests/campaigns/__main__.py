"""`python -m tests.campaigns NAME [--full] [--json FILE]`: run one campaign, print its counts; exit status 1 on any violation."""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.campaigns.campaign import Campaign, Findings

NAMES = ("model", "simulate", "kill", "chaos", "flash-sale", "hand-over", "snapshots", "faults", "inputs")
"""Each is the function `run` of the module of its name."""
MOST_SHOWN = 20


def campaign(name: str) -> Campaign:
    found: Campaign = importlib.import_module(f"tests.campaigns.{name.replace('-', '_')}").run
    return found


def shown(console: Console, name: str, findings: Findings, seconds: float) -> None:
    table = Table(title=f"{name}, {seconds:.1f} s", title_justify="left")
    table.add_column("what")
    table.add_column("count", justify="right")
    for what, count in sorted(findings.counts.items()):
        table.add_row(what, f"{count:,}")
    for what, count in sorted(findings.fired.items()):
        table.add_row(f"fired: {what}", f"{count:,}")
    console.print(table)
    for title, rows in findings.details.items():
        detail = Table(*map(str, rows[0]), title=title, title_justify="left")
        for row in rows[1:]:
            detail.add_row(*map(str, row))
        console.print(detail)
    for violation in findings.violations[:MOST_SHOWN]:
        console.print(f"VIOLATION {violation}", style="red", markup=False, highlight=False)
    console.print(f"{len(findings.violations)} violations")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--full", action="store_true", help="the long form")
    parser.add_argument("--json", type=Path, help="write the findings here, too")
    asked = parser.parse_args(arguments)
    console = Console()
    started = time.monotonic()
    findings = campaign(asked.name)(asked.full, lambda line: console.print(line, markup=False, highlight=False))
    seconds = time.monotonic() - started
    shown(console, asked.name, findings, seconds)
    if asked.json:
        told = {"campaign": asked.name, "full": asked.full, "seconds": round(seconds, 1), **vars(findings)}
        asked.json.write_text(json.dumps(told, indent=2, default=str), encoding="utf-8")
    return 1 if findings.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
