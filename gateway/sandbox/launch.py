"""What one system is started with, as a command line and back, and the start itself."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from gateway.sandbox.faults import Faults, FaultSettings, parsed_faults
from gateway.sandbox.journal import Journal, JournalRefused
from gateway.sandbox.network import SYSTEMS, Retailer
from gateway.sandbox.refused import Refused
from gateway.sandbox.stamps import wall_ms
from gateway.sandbox.system import System
from gateway.sandbox.webhooks import Webhook
from gateway.sandbox.work import MAX_SPEED, WorkClock

_REFUSED_EXIT = 2


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that one system is started with; `credential` None is the system's own demo credential."""

    system: str
    retailer: Retailer = field(default_factory=Retailer)
    port: int = 0
    data: Path | None = None
    reset: bool = False
    speed: float = 1.0
    fault: str = ""
    behavior: Mapping[str, float | bool] = field(default_factory=dict)
    credential: str | None = None
    webhook: str | None = None
    webhook_secret_env: str | None = None
    with_parent: bool = False

    def command(self) -> list[str]:
        """Return the command that starts this system in a process of its own."""
        retailer = self.retailer
        words: list[object] = [sys.executable, "-m", "gateway.sandbox", self.system, "--port", self.port, "--speed", self.speed]
        words += [
            "--seed",
            retailer.seed,
            "--skus",
            retailer.sku_count,
            "--stores",
            retailer.store_count,
            "--warehouses",
            retailer.warehouse_count,
        ]
        optional: list[tuple[str, object]] = [
            ("--data", self.data),
            ("--fault", self.fault),
            ("--behavior", ",".join(f"{name}={str(value).lower()}" for name, value in self.behavior.items())),
            ("--webhook", self.webhook),
            ("--webhook-secret-env", self.webhook_secret_env),
            ("--credential", self.credential),
        ]
        words += [word for name, value in optional if value for word in (name, value)]
        words += [name for name, wanted in (("--reset", self.reset), ("--with-parent", self.with_parent)) if wanted]
        return [str(word) for word in words]


def demo_credential(system: str) -> str:
    return f"sandbox-{system}"


def parsed(arguments: list[str]) -> Launch:
    """Read a command line; what is wrong with it is raised as `Refused` or ends the process as argparse does."""
    parser = ArgumentParser("python -m gateway.sandbox", description="One system of the sandbox network, on loopback.")
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skus", type=int, default=500)
    parser.add_argument("--stores", type=int, default=12)
    parser.add_argument("--warehouses", type=int, default=2)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--reset", action="store_true")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--fault", default="")
    parser.add_argument("--behavior", default="")
    parser.add_argument("--credential", default=os.environ.get("SANDBOX_CREDENTIAL"))
    parser.add_argument("--webhook")
    parser.add_argument("--webhook-secret-env")
    parser.add_argument("--with-parent", action="store_true")
    found = parser.parse_args(arguments)
    if not 0 <= found.speed <= MAX_SPEED:
        parser.error(f"--speed must lie from 0 to {MAX_SPEED}")
    if bool(found.webhook) != bool(found.webhook_secret_env):
        parser.error("--webhook and --webhook-secret-env come together")
    return _launch(found)


def _launch(found: Namespace) -> Launch:
    return Launch(
        system=found.system,
        retailer=Retailer(found.seed, found.skus, found.stores, found.warehouses),
        port=found.port,
        data=found.data,
        reset=found.reset,
        speed=found.speed,
        fault=found.fault,
        behavior=_behavior(found.behavior),
        credential=found.credential,
        webhook=found.webhook,
        webhook_secret_env=found.webhook_secret_env,
        with_parent=found.with_parent,
    )


def _behavior(text: str) -> dict[str, float | bool]:
    wanted: dict[str, float | bool] = {}
    for part in filter(None, text.split(",")):
        name, _, raw = part.partition("=")
        try:
            wanted[name] = raw == "true" if raw in {"true", "false"} else float(raw)
        except ValueError:
            raise Refused(422, "INVALID", f"--behavior {name}: a number, true or false is needed, not {raw!r}") from None
    return wanted


def opened(launch: Launch) -> System:
    """Return the system with all that its data folder remembers."""
    retailer = launch.retailer
    size = {"seed": retailer.seed, "skus": retailer.sku_count, "stores": retailer.store_count, "warehouses": retailer.warehouse_count}
    path = launch.data / f"{launch.system}.journal" if launch.data else None
    journal = Journal(path, size, opened_ms=wall_ms(), reset=launch.reset)
    clock = WorkClock(launch.speed)
    system: System = _kind(launch.system)(launch.system, retailer, journal, clock, launch.behavior)
    system.open()
    system.turn_clock(speed=launch.speed, advance_s=0)
    if launch.webhook and launch.webhook_secret_env:
        system.record("webhook", target={"url": launch.webhook, "secret": _secret(launch.webhook_secret_env)})
    return system


def _secret(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise Refused(422, "INVALID", f"--webhook-secret-env: the variable {name} is not set")
    return value


def _kind(code: str) -> Any:
    """Import only the system that is wanted: a process holds one."""
    if code == "erp":
        from gateway.sandbox.erp.state import Erp as Kind  # noqa: PLC0415 - one system per process
    elif code == "wms":
        from gateway.sandbox.wms.state import Wms as Kind  # type: ignore[assignment]  # noqa: PLC0415 - as above
    elif code == "pos":
        from gateway.sandbox.pos.state import Pos as Kind  # type: ignore[assignment]  # noqa: PLC0415 - as above
    else:
        from gateway.sandbox.supplier.state import SupplierSystem as Kind  # type: ignore[assignment]  # noqa: PLC0415 - as above
    return Kind


def application(launch: Launch) -> ASGIApp:
    from gateway.sandbox.server import app  # noqa: PLC0415 - keeps the command line light

    system, faults = opened(launch), Faults()
    faults.put(parsed_faults(launch.fault) if launch.fault else FaultSettings())
    return app(system, faults, launch.credential or demo_credential(launch.system), _webhook(system, faults))


def _webhook(system: System, faults: Faults) -> Webhook | None:
    push = getattr(system, "push", None)
    return Webhook(system, faults, *push()) if push else None


def main(arguments: list[str]) -> int:
    from gateway.sandbox.server import bound_socket, serve  # noqa: PLC0415 - keeps the command line light

    try:
        launch = parsed(arguments)
        listening = bound_socket(launch.port)
        serve(application(launch), listening, launch.system, with_parent=launch.with_parent)
    except (Refused, JournalRefused, ValueError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return _REFUSED_EXIT
    except OSError as error:
        sys.stderr.write(f"sandbox: {error.strerror or error} (port {launch.port})\n")
        return _REFUSED_EXIT
    return 0
