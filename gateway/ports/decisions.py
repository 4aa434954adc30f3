"""Why orders' units come from where they come: decisions, each a document of its own."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import Rid
from gateway.domain.sourcing.decision import Decision


class Decisions(Protocol):
    """Contract: tests/contracts/decisions.py.

    - Saved before the order that they belong to is committed; a repeat under the same id stands over the former.
    - What was saved waits until its order is known to be placed (`settle`).
    - Raises Unavailable; nothing else.
    """

    async def save(self, decisions: Sequence[Decision]) -> None: ...
    async def of(self, rid: Rid, limit: int) -> Sequence[Decision]:
        """Return the newest of an order, the newest first; of one moment, the later groups first."""
        ...

    async def decision(self, decision_id: Rid) -> Decision | None: ...
    async def waiting(self, saved_before: datetime, limit: int) -> Mapping[Rid, int]:
        """Return orders whose decisions wait since before then, and since when (ms), the longest first."""
        ...

    async def settle(self, since_by_rid: Mapping[Rid, int], kept: Collection[Rid], orphans: Collection[Rid]) -> None:
        """Let decisions of kept orders wait no more, delete those of orphans, ask for the rest again later.

        What was saved after it was told to be waiting is left alone.
        """
        ...


class Undecided:
    """Keeps nothing: for commands that decide nothing."""

    async def save(self, _decisions: Sequence[Decision]) -> None:
        return

    async def of(self, _rid: Rid, _limit: int) -> Sequence[Decision]:
        return ()

    async def decision(self, _decision_id: Rid) -> Decision | None:
        return None

    async def waiting(self, _saved_before: datetime, _limit: int) -> Mapping[Rid, int]:
        return {}

    async def settle(self, _since_by_rid: Mapping[Rid, int], _kept: Collection[Rid], _orphans: Collection[Rid]) -> None:
        return
