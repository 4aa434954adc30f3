"""The demo's data folder: one demo at a time, and always the retailer that it was made for."""

import contextlib
import fcntl
import json
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.demo.options import DemoOptions, DemoRefused

SHAPE_FILE = "demo.json"
ENVIRONMENT_FILE = "environment"


@contextlib.contextmanager
def opened(options: DemoOptions) -> Iterator[Path]:
    """Make or check the folder and hold its lock. Raises DemoRefused when another demo has it, or it is of another retailer."""
    try:
        options.data.mkdir(parents=True, exist_ok=True)
        lock = (options.data / "lock").open("w")
    except OSError as error:
        raise DemoRefused(f"The data folder {options.data} cannot be used: {error.strerror}. Name another with --data.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DemoRefused(f"Another demo is running on {options.data}; stop it, or name another folder with --data.") from error
        check_shape(options)
        yield options.data.resolve()


def check_shape(options: DemoOptions) -> None:
    """Refuse a folder that holds another retailer: seed and size cannot change under data that was made from them."""
    path = options.data / SHAPE_FILE
    wanted: dict[str, object] = {"seed": options.seed, "skus": options.skus, "stores": options.stores}
    if options.behind != "sandbox":
        wanted = {"with": options.behind}
    if not path.exists():
        path.write_text(json.dumps(wanted), encoding="utf-8")
        return
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise DemoRefused(
            f"{path} cannot be read ({error}); delete {options.data} to start anew, or name another folder with --data."
        ) from error
    if found != wanted:
        told = " ".join(f"--{name} {value}" for name, value in found.items())
        raise DemoRefused(f"{options.data} holds the demo of {told}. Use these, or name another folder with --data, or delete it.")


def write_environment(data: Path, variables: Mapping[str, str]) -> Path:
    """Write what another shell needs to work on this demo by the command line, for `.`; it holds secrets and is its owner's alone."""
    path = data / ENVIRONMENT_FILE
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items())), encoding="utf-8")
    return path


def write_ready_file(path: Path, content: dict[str, object]) -> None:
    """Write the whole file or none of it: who waits for it must never read half."""
    part = path.with_suffix(path.suffix + ".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(content, indent=2), encoding="utf-8")
    part.replace(path)


def check_ready_file(path: Path) -> None:
    """Refuse before anything is started what could not be written in the end."""
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise DemoRefused(f"The ready file {path} cannot be written: {path.parent} must be a folder that can be written to.")
    path.unlink(missing_ok=True)
