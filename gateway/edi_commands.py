"""The commands `commerce-gateway edi`: files of partners in their mailboxes."""

from typing import Annotated

import typer

from gateway.mail import list_mail, replay_mail
from gateway.network.file import load
from gateway.settings import Settings
from gateway.terminal import AsJson, NetworkFile, attempt

edi = typer.Typer(name="edi", help="Files of partners in their mailboxes: what was wrong, and taking them in again.", no_args_is_help=True)
SourceList = Annotated[list[str] | None, typer.Option("--source", help="Only files of this source. Repeatable.")]
FileList = Annotated[list[str] | None, typer.Argument(help="Kept names as `edi list` shows them; left out: all that were put aside.")]
Overlook = Annotated[bool, typer.Option("--overlook", help="Take the named files whatever their counts and control numbers say.")]


@edi.command("list")
def list_files(
    network: NetworkFile,
    source: SourceList = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    json: AsJson = False,  # noqa: FBT002 - typer's way
) -> None:
    """List files with something wrong: partner, file, place in it, and the reason; the last one first."""
    attempt(lambda: list_mail(load(network), Settings(), source or (), limit, as_json=json))


@edi.command("replay")
def replay_files(
    network: NetworkFile,
    files: FileList = None,
    source: SourceList = None,
    overlook: Overlook = False,  # noqa: FBT002 - typer's way
    json: AsJson = False,  # noqa: FBT002 - typer's way
) -> None:
    """Take files in again by the profile as it is now.

    One that was taken is told to every feed once more, an order of ours is put out again. Exit status 1 when one could not be taken.
    """

    def run() -> None:
        if not replay_mail(load(network), Settings(), files or (), source or (), overlook=overlook, as_json=json):
            raise typer.Exit(1)

    attempt(run)
