"""What every command of the terminal shares: how it is told its network file, and how it ends."""

import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from rich.console import Console

from gateway.demo.options import DemoRefused
from gateway.domain.errors import GatewayError
from gateway.operate import Refused
from gateway.telemetry import configure_logs

console = Console(stderr=True)
NetworkFile = Annotated[Path, typer.Option("--network", help="The network file (TOML).")]
Embedded = Annotated[
    Path | None,
    typer.Option("--embedded", help="Run the embedded database on this folder, for as long as the command runs; no MONGODB_URI then."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


def attempt(run: Callable[[], None]) -> None:
    """Run a command; what it refuses becomes a plain message and exit status 1, never a stack trace."""
    configure_logs()
    signal.signal(signal.SIGTERM, interrupted)
    try:
        run()
    except KeyboardInterrupt:
        console.print("Ended before it was ready.")
        raise typer.Exit(130) from None
    except ValidationError as error:
        told = "\n".join(told_of(one) for one in error.errors())
        console.print(told, style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except (DemoRefused, Refused, GatewayError) as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def told_of(fault: ErrorDetails) -> str:
    """Return what is wrong with a setting, or with several that do not fit each other."""
    if not fault["loc"]:
        return fault["msg"].removeprefix("Value error, ")
    return f"GATEWAY_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"


def interrupted(_number: int, _frame: FrameType | None) -> None:
    """Let SIGTERM end what was started as Ctrl-C does."""
    raise KeyboardInterrupt
