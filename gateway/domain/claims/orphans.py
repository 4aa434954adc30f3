"""What becomes of personal data, which is written before the order that it belongs to and may be left without one."""

from typing import Literal, TypeAlias

from gateway.domain.claims.documents import State

Fate: TypeAlias = Literal["KEPT", "WAITING", "ORPHAN"]


def fate_of(state: State | None) -> Fate:
    """Judge by the state of the order: placed, it keeps its data for good; absent or void, nothing needs it; else it is too early."""
    if state == "PLACED":
        return "KEPT"
    return "ORPHAN" if state in {None, "VOID"} else "WAITING"
