"""The sandbox's network file with the WMS in any class, and everything that takes time scaled down."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from gateway.domain.network import HandOverClass
from gateway.settings import Settings
from tests.support.sandbox_sources import SANDBOX_FILE

SECRETS = {"token_keys": "t" * 32, "order_key": "o" * 32}
KEYED = 'headers = { Idempotency-Key = "message.key" }\n'
RECEIPT = "[sources.options.hand_over.shipment.receipt]\n"
ASKED = """[sources.options.hand_over.shipment.find]
path = "/shipments"
query = { orderRef = "message.reference" }
rows = "shipments"

[sources.options.hand_over.cancel.find]
path = "/shipments"
query = { orderRef = "message.reference" }
rows = "shipments"
when = "status == 'CANCELED'"

"""


@dataclass(frozen=True, slots=True)
class Scale:
    """How big a trial is, and how fast its clocks go. A source's slowest answer comes before its quiet period has ended."""

    orders: int
    """Of each class."""
    workers: int
    processes: bool
    """Whether workers are processes that SIGKILL ends, or tasks that are dropped where they stand."""
    spell_s: float
    """How long one kind of misbehavior lasts before another takes its place."""
    kill_every_s: float
    slow_ms: int
    quiet_s: int
    buyers: int = 4
    rest_s: float = 180.0
    """Longest without one message less under way once everything is well again."""
    least_spells: int = 1
    """How often each kind of misbehavior comes, at least."""
    only: str | None = None
    """The one kind of misbehavior there is; None: all."""
    settings: dict[str, Any] = field(default_factory=dict)

    def settings_on(self, uri: str, database: str) -> Settings:
        secrets = {name: SecretStr(secret) for name, secret in SECRETS.items()}
        return Settings(database=database, **self.settings).model_copy(update={"mongodb_uri": uri, **secrets})

    def environment(self, uri: str, database: str) -> dict[str, str]:
        """Return the same settings for a process."""
        told = {**self.settings, **SECRETS, "database": database}
        return {"MONGODB_URI": uri} | {f"GATEWAY_{name.upper()}": str(value) for name, value in told.items()}


def written(folder: Path, hand_over: HandOverClass, scale: Scale) -> Path:
    """Write the network file in which the WMS is of this class: without our key it takes what is sent twice as two."""
    head, begin, rest = SANDBOX_FILE.read_text(encoding="utf-8").partition('[[sources]]\ncode = "wms"\n')
    wms, end, tail = rest.partition('[[sources]]\ncode = "pos"\n')
    changed = [('hand_over = "A"\n', f'hand_over = "{hand_over}"\nquiet_period = "PT{scale.quiet_s}S"\n')]
    if hand_over != "A":
        changed.append((KEYED, ""))
    if hand_over == "B":
        changed.append((RECEIPT, ASKED + RECEIPT))
    for before, after in changed:
        assert wms.count(before) == 1, before
        wms = wms.replace(before, after)
    head = head.replace('quiet_period = "PT8S"', f'quiet_period = "PT{scale.quiet_s}S"')
    lines = (head + begin + wms + end + tail).replace("\nhand_over = ", "\nmax_attempts = 400\nhand_over = ")
    lines = lines.replace('points_file = "', f'points_file = "{SANDBOX_FILE.parent}/')
    path = folder / f"network-{hand_over}.toml"
    path.write_text(lines, encoding="utf-8")
    return path
