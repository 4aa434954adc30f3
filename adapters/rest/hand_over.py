"""Work given to a system: sent from templates, its answer read as a receipt."""

from collections.abc import Mapping
from typing import Any

from adapters.mapping.expressions import Expression, ExpressionFailed
from adapters.mapping.rows import RowRefused, Values
from adapters.mapping.work import receipt
from adapters.rest.config import Found, HandOver, Kind
from adapters.rest.system import System
from adapters.transport.calls import Answer
from gateway.domain.errors import SourceGarbage, SourceRejected
from gateway.domain.feeds import Message, MessageKind, Receipt

KIND_BY_MESSAGE: Mapping[MessageKind, Kind] = {
    "ORDER": "order",
    "SHIPMENT": "shipment",
    "STORE_TASK": "store_task",
    "PURCHASE_ORDER": "purchase_order",
    "STEP": "step",
    "CHANGE": "change",
    "CANCEL": "cancel",
}


class RestHandOver:
    """A HandOverTarget: one request per message, from the template of its kind."""

    def __init__(self, system: System, stated: Mapping[Kind, HandOver]) -> None:
        self._system, self._stated = system, stated

    def takes(self, message: Message) -> bool:
        stated = self._stated.get(KIND_BY_MESSAGE[message.kind])
        if stated is None:
            return False
        try:
            return stated.when is None or bool(stated.when({"message": seen(message)}, self._system.words))
        except ExpressionFailed:
            return False

    async def send(self, message: Message) -> Receipt:
        """Send once. An answer that cannot be read as a receipt is SourceGarbage of unknown effect."""
        stated, operation = self._of(message), f"hand_over.{KIND_BY_MESSAGE[message.kind]}"
        scope: dict[str, Any] = {"message": seen(message)}
        if stated.first:
            rows = [row for row in await self._rows(f"{operation}.first", stated.first, scope) if self._counts(stated.first, row, scope)]
            if not rows:
                raise SourceRejected(self._system.source.code, f"has no work under {message.reference}")
            scope["found"] = rows[0]
        if stated.before:
            await self._prepared(operation, stated, scope)

        def understood(answer: Answer) -> Receipt:
            if answer.content is not None and not isinstance(answer.content, dict | list):
                raise SourceGarbage(self._system.source.code, "its receipt is no object", unknown_effect=True)
            return self._receipt(stated.receipt, answer.content, unknown_effect=True)

        return await self._system.doing(operation).ask(stated, scope, understood, mutation=True)

    async def _prepared(self, operation: str, stated: HandOver, scope: dict[str, Any]) -> None:
        """Make the requests before the one that counts, and let it see their answers."""
        scope["before"] = {}
        for step in stated.before:
            system = self._system.doing(f"{operation}.before.{step.name}")
            values = [None] if step.each is None else self._listed(step.each, scope)
            answers = [await system.ask(step, {**scope, "one": one}, lambda answer: answer.content, mutation=True) for one in values]
            scope["before"][step.name] = answers[0] if step.each is None else answers

    def _listed(self, each: Expression, scope: Mapping[str, Any]) -> list[Any]:
        try:
            values = each(scope, self._system.words)
        except ExpressionFailed as error:
            raise SourceRejected(self._system.source.code, f"its request cannot be made: {error.bare}") from None
        if not isinstance(values, list):
            raise SourceRejected(self._system.source.code, f"its request cannot be made: {each.text} gives no list")
        return values

    async def find(self, message: Message) -> Receipt | None:
        """Return the receipt of a message that arrived; SourceRejected where the source cannot be asked.

        None is its word that it has none: what cannot be read as a list of its work, or as a receipt, is SourceGarbage.
        """
        stated = self._of(message)
        if stated.find is None:
            raise SourceRejected(self._system.source.code, "cannot be asked for a reference")
        scope = {"message": seen(message)}
        rows = await self._rows(f"hand_over.{KIND_BY_MESSAGE[message.kind]}.find", stated.find, scope)
        receipts = [self._receipt(stated.receipt, row, unknown_effect=False) for row in rows]
        return next((one for row, one in zip(rows, receipts, strict=True) if self._counts(stated.find, row, scope)), None)

    def _of(self, message: Message) -> HandOver:
        stated = self._stated.get(KIND_BY_MESSAGE[message.kind])
        if stated is None:
            raise SourceRejected(self._system.source.code, f"takes no {message.kind}")
        return stated

    async def _rows(self, operation: str, found: Found, scope: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what the source has under our reference; an answer without the list says nothing, not even that it has none."""
        absent = frozenset(found.absent_statuses)

        def understood(answer: Answer) -> list[dict[str, Any]]:
            if answer.status in absent:
                return []
            rows = self._system.rows(found.rows, answer.content)
            if not all(isinstance(row, dict) for row in rows):
                raise SourceGarbage(self._system.source.code, f"the answer has no objects at {found.rows.text}")
            return rows

        return await self._system.doing(operation).ask(found, scope, understood, accepts=absent)

    def _counts(self, found: Found, row: Mapping[str, Any], scope: Mapping[str, Any]) -> bool:
        return found.when is None or bool(self._system.value(found.when, {**row, **scope}))

    def _receipt(self, fields: Mapping[str, Expression], content: Any, *, unknown_effect: bool) -> Receipt:
        now = self._system.clock.now()
        try:
            found = Values({name: one(content, self._system.words) for name, one in fields.items()})
            read = receipt(found, now)
        except (ExpressionFailed, RowRefused) as error:  # what an answer repeats of the order belongs in no log
            told = error.bare if isinstance(error, ExpressionFailed) else str(error).partition(":")[0]
            raise SourceGarbage(self._system.source.code, f"its receipt cannot be read: {told}", unknown_effect=unknown_effect) from None
        if "reference" in fields and read.reference is None:
            raise SourceGarbage(self._system.source.code, "its receipt names no reference", unknown_effect=unknown_effect)
        return read


def seen(message: Message) -> dict[str, Any]:
    """Return what expressions see as `message`: its body with kind, key and reference."""
    return {**message.body, "kind": message.kind, "key": message.key, "reference": message.reference}
