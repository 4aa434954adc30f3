"""A sync as a person follows it: a bar per feed while it runs, a table when it is done."""

import contextlib
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from resolvers.sync.report import Progress as ReportProgress
from resolvers.sync.report import SyncReport

SHOWN_REJECTIONS = 10


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
    """Return what each feed brought, and the first refused rows beneath."""
    shown = Table(title="Sync", title_justify="left")
    for column in ("source", "feed", "rows", "applied", "same", "older", "zeroed", "refused", "s", "error"):
        told = column in {"source", "feed", "error"}
        shown.add_column(column, justify="left" if told else "right", no_wrap=column != "error")
    for report in reports:
        counts = (report.rows, report.applied, report.unchanged, report.superseded, report.zeroed, report.rejected_rows)
        shown.add_row(report.source, report.feed, *map(str, counts), f"{report.seconds:.1f}", report.error or "")
    return shown


def print_reports(console: Console, reports: Sequence[SyncReport]) -> None:
    console.print(table([report for report in reports if report.rows or report.error]))
    for report in reports:
        for row in report.rejected[:SHOWN_REJECTIONS]:
            console.print(f"refused: {report.source} {report.feed} row {row.index} ({row.item}): {row.reason}", highlight=False)
        if report.rejected_rows > SHOWN_REJECTIONS:
            console.print(f"refused: {report.source} {report.feed}: {report.rejected_rows - SHOWN_REJECTIONS} more rows", highlight=False)
