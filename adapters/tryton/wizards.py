"""Tryton's wizards as a person would click through them: what they ask is answered, and they are put away."""

from collections.abc import Sequence
from typing import Any

from adapters.tryton.session import Session
from gateway.domain.errors import SourceGarbage

Forms = dict[str, Any]


class Wizards:
    """Runs wizards over some records of a model."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def run(self, operation: str, name: str, model: str, ids: Sequence[int], button: str | None = None) -> None:
        """Run a wizard that asks nothing: press its only button, or do what it begins with."""
        wizard = await self._opened(operation, name, model, ids)
        await wizard.execute(button or wizard.begins, {})
        await wizard.close()

    async def ignore_canceled(self, operation: str, kind: str, number: int) -> None:
        """Let a sale or a purchase (`kind`) expect nothing more of its canceled moves: they are not to be made again."""
        wizard = await self._opened(operation, f"{kind}.handle.shipment.exception", f"{kind}.{kind}", [number])
        asked = await wizard.execute(wizard.begins, {})
        moves = asked.get("view", {}).get("defaults", {}).get("domain_moves", [])
        await wizard.execute("handle", {"ask": {"domain_moves": moves, "ignore_moves": moves, "recreate_moves": []}})
        await wizard.close()

    async def _opened(self, operation: str, name: str, model: str, ids: Sequence[int]) -> "Wizard":
        about = {"active_model": model, "active_id": ids[0], "active_ids": list(ids)}
        told = await self._session.call(operation, f"wizard.{name}.create", context=about)
        if not isinstance(told, list) or len(told) < 2:  # noqa: PLR2004 - its number and the state that it begins in
            raise SourceGarbage(self._session.source, f"its wizard {name} does not open", unknown_effect=True)
        return Wizard(self._session, operation, name, about, int(told[0]), str(told[1]))


class Wizard:
    """One that was opened."""

    def __init__(self, session: Session, operation: str, name: str, about: Forms, number: int, begins: str) -> None:
        self._session, self._operation, self._name, self._about = session, operation, name, about
        self._number, self.begins = number, begins

    async def execute(self, button: str, forms: Forms) -> Forms:
        told = await self._session.call(self._operation, f"wizard.{self._name}.execute", self._number, forms, button, context=self._about)
        return told if isinstance(told, dict) else {}

    async def close(self) -> None:
        await self._session.call(self._operation, f"wizard.{self._name}.delete", self._number, context=self._about)
