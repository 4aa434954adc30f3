"""What the demo can be told."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

MOST_SKUS = 100_000
MOST_STORES = 60
Systems = Literal["sandbox", "tryton"]
"""What may stand behind the graph."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`faults` by system code, in the words of the sandbox (`latency_ms=200,error_rate=0.1`)."""

    data: Path
    port: int = 8000
    seed: int = 1
    skus: int = 500
    stores: int = 12
    speed: float = 1.0
    faults: dict[str, str] = field(default_factory=dict)
    ready_file: Path | None = None
    behind: Systems = "sandbox"


class DemoRefused(Exception):
    """The demo cannot start; the message says why and what to do."""
