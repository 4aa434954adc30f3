"""The controls that are the same on every system: faults, ledger, clock, behavior, true stock, webhook, health."""

from __future__ import annotations  # array takes no type arguments before 3.12

import os
from array import array
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.faults import Faults, FaultSettings
from gateway.sandbox.refused import Json, Refused, invalid, json_object, text_in, whole_in
from gateway.sandbox.system import System, unknown_name
from gateway.sandbox.work import MAX_SPEED

_LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
_MOST_UNITS = 10_000_000
_MOST_ADVANCE_S = 400 * 86_400
Endpoint = Callable[[Request], Awaitable[Response]]


def control_words(refused: Refused) -> Response:
    """Word a refusal of a control, alike on all systems."""
    nearest = refused.value if refused.code == "UNKNOWN_KEY" else None
    return Json({"error": refused.text, "field": refused.field, "nearest": nearest}, status_code=refused.status)


class Controls:
    def __init__(self, system: System, faults: Faults, requests: Mapping[str, int]) -> None:
        self._system, self._faults, self._requests = system, faults, requests

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Endpoint]] = [
            ("GET", "health", self.health),
            ("GET", "faults", self.faults),
            ("PUT", "faults", self.put_faults),
            ("DELETE", "faults", self.delete_faults),
            ("GET", "ledger", self.ledger),
            ("PUT", "clock", self.put_clock),
            ("GET", "behavior", self.behavior),
            ("PUT", "behavior", self.put_behavior),
            ("POST", "stock", self.set_stock),
            ("GET", "webhook", self.webhook),
            ("PUT", "webhook", self.put_webhook),
            ("DELETE", "webhook", self.delete_webhook),
        ]
        return [Route(f"/_sandbox/{name}", _local(endpoint), methods=[method]) for method, name, endpoint in table]

    async def health(self, _: Request) -> Response:
        system, retailer = self._system, self._system.retailer
        return Json(
            {
                "system": system.code,
                "status": "ok",
                "pid": os.getpid(),
                "seed": retailer.seed,
                "skus": retailer.sku_count,
                "stores": retailer.store_count,
                "warehouses": retailer.warehouse_count,
                "epoch": system.journal.epoch,
                "sequence": system.sequence,
                "speed": system.clock.speed,
                "requests": dict(self._requests),
            }
        )

    async def faults(self, _: Request) -> Response:
        return Json(self._faults.told())

    async def put_faults(self, request: Request) -> Response:
        self._faults.put(FaultSettings.of(await json_object(request)))
        return Json(self._faults.told())

    async def delete_faults(self, _: Request) -> Response:
        self._faults.clear()
        return Json(self._faults.told())

    async def ledger(self, request: Request) -> Response:
        system, query = self._system, request.query_params
        told: dict[str, Any] = {"system": system.code, "epoch": system.journal.epoch, "sequence": system.sequence}
        if query.get("stock", "true") != "false":
            skus = [sku for part in query.getlist("sku") for sku in part.split(",") if sku]
            numbers = {number for sku in skus if (number := system.retailer.number(sku)) is not None} if skus else None
            told["stock"] = self._quantities(system.levels(), query.get("location"), numbers, zeros=True)
            told["blocked"] = self._quantities(system.aside(), query.get("location"), numbers, zeros=False)
        told["accepted"] = [
            {
                "kind": work.kind,
                "number": work.number,
                "reference": work.reference,
                "key": work.key,
                "received": work.received,
                "status": work.status,
                "location": work.location,
                "lines": [{"sku": self._sku(line), "quantity": line["quantity"]} for line in work.lines],
                "deliveries": work.body.get("deliveries"),
                "at": work.at_ms,
            }
            for work in system.work.values()
        ]
        return Json(told)

    def _sku(self, line: Mapping[str, Any]) -> str:
        """Return a line's item number; a free item's own text where the system has no such item."""
        return str(line["code"]) if line["n"] is None else self._system.retailer.products[line["n"]].item_no

    def _quantities(
        self, levels: Mapping[str, array[int]], location: str | None, numbers: set[int] | None, *, zeros: bool
    ) -> dict[str, Any]:
        products = self._system.retailer.products
        return {
            place: {
                products[number].item_no: quantity
                for number, quantity in enumerate(row)
                if (quantity or zeros) and (numbers is None or number in numbers)
            }
            for place, row in levels.items()
            if location in {None, place}
        }

    async def put_clock(self, request: Request) -> Response:
        body = await json_object(request)
        for name in body:
            if name not in {"speed", "advance_s"}:
                raise unknown_name(name, ("speed", "advance_s"))
        speed, advance_s = body.get("speed"), body.get("advance_s", 0)
        if speed is not None:
            _number("speed", speed, MAX_SPEED)
        _number("advance_s", advance_s, _MOST_ADVANCE_S)
        self._system.turn_clock(speed=speed, advance_s=advance_s)
        return Json({"speed": self._system.clock.speed, "work_s": self._system.clock.now_s()})

    async def behavior(self, _: Request) -> Response:
        return Json(self._system.behavior)

    async def put_behavior(self, request: Request) -> Response:
        self._system.change_behavior(await json_object(request))
        return Json(self._system.behavior)

    async def set_stock(self, request: Request) -> Response:
        body = await json_object(request)
        location = text_in(body, "location")
        number = self._system.number_of(body.get("sku"), "sku")
        quantity = whole_in(body, "quantity", least=-_MOST_UNITS, most=_MOST_UNITS)
        aside = None if body.get("blocked") is None else whole_in(body, "blocked", least=0, most=_MOST_UNITS)
        if location not in self._system.levels():
            raise invalid(
                "location", f"{self._system.code} has no such place, it has {', '.join(self._system.levels()) or 'none'}", location
            )
        self._system.set_level(location, number, quantity, aside)
        return Json({"location": location, "sku": body["sku"], "quantity": quantity, "sequence": self._system.sequence})

    async def webhook(self, _: Request) -> Response:
        target = self._system.webhook
        return Json({"url": target["url"] if target else None})

    async def put_webhook(self, request: Request) -> Response:
        body = await json_object(request)
        url = text_in(body, "url", most=2000)
        if not url.startswith(("http://", "https://")):
            raise invalid("url", "an http or https address is needed", url)
        self._system.record("webhook", target={"url": url, "secret": text_in(body, "secret", most=500)})
        return Json({"url": url})

    async def delete_webhook(self, _: Request) -> Response:
        self._system.record("webhook", target=None)
        return Json({"url": None})


def _local(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        if request.client is not None and request.client.host not in _LOOPBACK:
            raise Refused(403, "NOT_LOCAL", "the controls of the sandbox answer on loopback only")
        return await endpoint(request)

    return guarded


def _number(name: str, value: Any, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise invalid(name, f"a number from 0 to {most:g} is needed", value)
