"""A sync as a person follows it: a bar per feed while it runs, a table when it is done."""

import contextlib
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from resolvers.sync.report import Progress as ReportProgress
from resolvers.sync.report import SyncReport

NAMED_SKUS = 5
"""Most products that a line names."""


@contextlib.contextmanager
def bars(console: Console) -> Iterator[ReportProgress]:
    """Show a bar per feed for as long as the block runs."""
    columns = (SpinnerColumn(), TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def show(report: SyncReport) -> None:
            name = f"{report.source} {report.feed}"
            task = tasks.setdefault(name, progress.add_task(name, total=report.total)) if name not in tasks else tasks[name]
            progress.update(task, completed=report.rows, total=max(report.total or 0, report.rows, 1))

        yield show


def table(reports: Sequence[SyncReport]) -> Table:
    """Return what each feed brought, narrow enough for any terminal."""
    shown = Table(title="Sync", title_justify="left", box=None)
    for column in ("source", "feed", "rows", "applied", "same", "older", "zeroed", "refused", "s"):
        shown.add_column(column, justify="left" if column in {"source", "feed"} else "right", no_wrap=True)
    for report in reports:
        counts = (report.rows, report.applied, report.unchanged, report.superseded, report.zeroed, report.rejected_rows)
        shown.add_row(report.source, report.feed, *map(str, counts), f"{report.seconds:.1f}")
    return shown


def print_reports(console: Console, reports: Sequence[SyncReport]) -> None:
    console.print(table([report for report in reports if report.rows or report.error]))
    for report in reports:
        for line in told(report):
            console.print(line, highlight=False, markup=False, soft_wrap=True)


def told(report: SyncReport) -> Iterator[str]:
    """Yield why a feed did not come in whole, and which of its rows were refused."""
    name = f"{report.source} {report.feed}"
    if report.error:
        yield f"failed: {name}: {report.error}"
    yield from (f"not believed: {name} {doubted}" for doubted in report.quarantined)
    for channel, skus in report.unpriced.items():
        more = f" and {len(skus) - NAMED_SKUS} more" if len(skus) > NAMED_SKUS else ""
        yield f"not sold in {channel}: the prices of {', '.join(skus[:NAMED_SKUS])}{more} are in another currency than the channel's"
    yield from (f"refused: {name} row {row.index} ({row.item}): {row.reason}" for row in report.rejected)
    if report.rejected_rows > len(report.rejected):
        yield f"refused: {name}: {report.rejected_rows - len(report.rejected)} more rows"
