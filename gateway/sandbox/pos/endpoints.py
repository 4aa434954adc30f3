"""The HTTP surface of the POS under /v1."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.faults import Faults
from gateway.sandbox.pos import dialect, steps
from gateway.sandbox.refused import (
    Json,
    Refused,
    bounded,
    invalid,
    json_object,
    object_in,
    objects_in,
    page_of,
    text_in,
    texts_in,
    whole_in,
)
from gateway.sandbox.stamps import local, moment, wall_ms
from gateway.sandbox.system import Accepted, fingerprint

if TYPE_CHECKING:
    from gateway.sandbox.pos.state import Pos

_SHOPS_PAGE, _STOCK_PAGE, _LOOKUP, _JOURNAL_PAGE, _TASKS_PAGE, _LINES = 50, 500, 50, 500, 200, 200
_MOST_OFFSET, _MOST_UNITS, _MOST_AGO_S = 100_000_000, 100_000, 30 * 86_400
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(pos: "Pos") -> Sequence[Route]:
    calls = Calls(pos)
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "/v1/shops", calls.shops),
        ("GET", "/v1/shops/{no}/stock", calls.stock),
        ("POST", "/v1/stock/lookup", calls.lookup),
        ("GET", "/v1/journal", calls.journal),
        ("GET", "/v1/receipts/{no}", calls.receipt),
        ("GET", "/v1/tasks", calls.tasks),
        ("POST", "/v1/tasks", calls.take_task),
        ("GET", "/v1/tasks/{no}", calls.task),
        ("POST", "/v1/tasks/{no}/steps", calls.step),
        ("POST", "/_sandbox/sale", calls.sell),
    ]
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]


class Calls:
    def __init__(self, pos: "Pos") -> None:
        self._pos = pos

    async def shops(self, request: Request) -> Response:
        places = self._pos.retailer.shops
        offset, limit = _span(request, _SHOPS_PAGE)
        return Json(
            {"shops": {"total": len(places), "offset": offset, "shop": [dialect.shop(one) for one in page_of(places, offset, limit)]}}
        )

    async def stock(self, request: Request) -> Response:
        shop, count = self._shop(request.path_params["no"], 404), self._pos.retailer.sku_count
        offset, limit = _span(request, _STOCK_PAGE)
        rows = [self._position(shop, number) for number in range(offset, min(offset + limit, count))]
        return Json({"taken_at": local(wall_ms()), "total": count, "offset": offset, "stock": rows, "unknown": []})

    async def lookup(self, request: Request) -> Response:
        body, pos = await json_object(request), self._pos
        articles = texts_in(body, "articles", most=_LOOKUP)
        shops = [self._shop(no, 422) for no in texts_in(body, "shops", most=1000)] if body.get("shops") else list(pos.on_hand)
        known = pos.retailer.number_by_ean
        rows = [self._position(shop, known[ean]) for ean in articles if ean in known for shop in shops]
        return Json({"taken_at": local(wall_ms()), "stock": rows, "unknown": [ean for ean in articles if ean not in known]})

    def _position(self, shop: str, number: int) -> dict[str, Any]:
        pos = self._pos
        return dialect.position(shop, pos.retailer.products[number].ean, pos.on_hand[shop][number], pos.display[shop][number])

    async def journal(self, request: Request) -> Response:
        pos, now = self._pos, wall_ms()
        since, until = _moment(request, "since"), _moment(request, "until")
        if since is None:
            raise invalid("since", "an ISO 8601 time with offset is needed")
        shop = request.query_params.get("shop")
        last_ms = now if until is None else until + 999
        found = [entry for entry in pos.moves.stamped(since // 1000 * 1000, last_ms) if shop in {None, entry.row.shop}]
        offset, limit = _span(request, _JOURNAL_PAGE)
        faults: Faults = request.app.state.faults
        rows = [dialect.event(entry, pos.retailer.products) for entry in faults.distorted(page_of(found, offset, limit), now)]
        return Json({"journal": {"until": local(last_ms), "total": len(found), "offset": offset, "event": rows}})

    async def receipt(self, request: Request) -> Response:
        number = request.path_params["no"]
        found = self._pos.receipts.get(number)
        if found is None:
            raise Refused(404, "NOT_FOUND", f"no receipt {number}")
        return Json({"receipt": dialect.receipt(number, *found, self._pos.retailer.products)})

    async def tasks(self, request: Request) -> Response:
        since, query = _moment(request, "changed_since"), request.query_params
        found = [
            work
            for work in self._pos.work.values()
            if (since is None or work.changed_ms // 1000 >= since // 1000)
            and query.get("client_ref") in {None, work.reference}
            and query.get("shop") in {None, work.location}
        ]
        found.sort(key=lambda work: work.changed_ms)
        offset, limit = _span(request, _TASKS_PAGE)
        rows = [dialect.task(work) for work in page_of(found, offset, limit)]
        return Json({"tasks": {"total": len(found), "offset": offset, "task": rows}})

    async def task(self, request: Request) -> Response:
        return Json({"task": dialect.task(self._found(request))})

    async def take_task(self, request: Request) -> Response:
        body = object_in(await json_object(request), "task")
        known = self._pos.number_by_reference.get(text_in(body, "client_ref", path="task."))
        if known is not None:
            return self._repeated(self._pos.work[known], body)
        self._shop(text_in(body, "shop", path="task."), 422)
        if body.get("kind") not in steps.KINDS:
            raise invalid("task.kind", f"one of {', '.join(steps.KINDS)} is needed", body.get("kind"))
        sent = objects_in(object_in(body, "lines", path="task."), "line", most=_LINES, path="task.lines.")
        work = self._pos.take_task(body, [self._line(line, place) for place, line in enumerate(sent)])
        return Json({"task": dialect.task(work)}, status_code=201)

    def _repeated(self, work: Accepted, body: dict[str, Any]) -> Response:
        if work.fingerprint != fingerprint(body):
            raise Refused(409, "CONFLICT", "this client_ref was used for another task", "task.client_ref", work.reference)
        self._pos.record("repeat", number=work.number)
        return Json({"task": dialect.task(work)})

    def _line(self, line: dict[str, Any], place: int) -> dict[str, Any]:
        path, ean = f"task.lines.line[{place}].", line.get("article")
        number = self._pos.retailer.number_by_ean.get(ean) if isinstance(ean, str) else None
        if number is None:
            raise Refused(422, "UNKNOWN_ITEM", f"{path}article: unknown article {ean}", path + "article", ean)
        quantity = whole_in(line, "qty", least=1, most=_MOST_UNITS, path=path)
        return {"line": str(line.get("ref", place + 1)), "code": ean, "n": number, "quantity": quantity}

    async def step(self, request: Request) -> Response:
        work, body = self._found(request), await json_object(request)
        if body.get("step") != work.status:
            step = steps.checked_step(work.body["kind"], work.status, body.get("step"))
            reason = text_in(body, "reason", most=200) if body.get("reason") is not None else None
            parcels = objects_in(object_in(body, "parcels"), "parcel", most=100, path="parcels.") if body.get("parcels") else None
            self._pos.step(work, step, reason, parcels, _left(work, body))
        return Json({"task": dialect.task(work)})

    async def sell(self, request: Request) -> Response:
        body = await json_object(request)
        shop = self._shop(text_in(body, "location"), 422)
        number = self._pos.number_of(body.get("sku"), "sku")
        quantity = whole_in(body, "quantity", least=-_MOST_UNITS, most=_MOST_UNITS)
        ago_s = whole_in(body, "ago_s", least=0, most=_MOST_AGO_S) if "ago_s" in body else 0
        return Json({"receipt_no": self._pos.sell(shop, [(number, quantity)], ago_s * 1000), "sequence": self._pos.sequence})

    def _found(self, request: Request) -> Accepted:
        work = self._pos.work.get(request.path_params["no"])
        if work is None:
            raise Refused(404, "NOT_FOUND", f"no task {request.path_params['no']}")
        return work

    def _shop(self, no: str, status: int) -> str:
        if no not in self._pos.on_hand:
            raise Refused(status, "UNKNOWN_SHOP", f"no shop {no}", "shop", no)
        return no


def _left(work: Accepted, body: dict[str, Any]) -> list[int] | None:
    """Return the units of each line as a step tells them, those that it leaves out being 0; None: it tells of all there are."""
    if not body.get("lines"):
        return None
    told: dict[str, int] = {}
    known = {line["line"]: line["quantity"] for line in work.lines}
    for place, line in enumerate(objects_in(object_in(body, "lines"), "line", most=_LINES, path="lines.")):
        path = f"lines.line[{place}]."
        ref = text_in(line, "ref", path=path)
        if ref not in known:
            raise invalid(f"{path}ref", "the task has no such line", ref)
        told[ref] = whole_in(line, "qty", least=0, most=known[ref], path=path)
    return [told.get(line["line"], 0) for line in work.lines]


def _span(request: Request, most: int) -> tuple[int, int]:
    return bounded(request, "offset", 0, 0, _MOST_OFFSET), bounded(request, "limit", most, 1, most)


def _moment(request: Request, name: str) -> int | None:
    raw = request.query_params.get(name)
    return None if raw is None else moment(raw, name)
