"""The WMS's HTTP surface."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.faults import Faults
from gateway.sandbox.feed import Feed
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
from gateway.sandbox.stamps import wall_ms
from gateway.sandbox.system import Accepted, fingerprint
from gateway.sandbox.wms import dialect

if TYPE_CHECKING:
    from gateway.sandbox.wms.state import Wms

_STOCK_PAGE, _QUERY_CODES, _ASN_PAGE, _EVENTS_PAGE, _LINES = 1000, 200, 100, 500, 500
_MOST_UNITS, _MOST_NUMBER = 100_000, 2**53
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(wms: "Wms") -> Sequence[Route]:
    calls = Calls(wms)
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "/facilities", calls.facilities),
        ("GET", "/stock", calls.stock),
        ("POST", "/stock/query", calls.query_stock),
        ("GET", "/stock/changes", calls.changes),
        ("GET", "/asn", calls.asns),
        ("GET", "/shipments/events", calls.events),
        ("GET", "/shipments", calls.shipments),
        ("POST", "/shipments", calls.take_shipment),
        ("GET", "/shipments/{shipment_id}", calls.shipment),
        ("POST", "/shipments/{shipment_id}/cancel", calls.cancel),
    ]
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]


class Calls:
    def __init__(self, wms: "Wms") -> None:
        self._wms = wms

    async def facilities(self, _: Request) -> Response:
        return Json({"facilities": [dialect.facility(place) for place in self._wms.retailer.warehouses]})

    async def stock(self, request: Request) -> Response:
        places = self._places(request)
        limit, start = bounded(request, "limit", _STOCK_PAGE, 1, _STOCK_PAGE), _token(request)
        count = self._wms.retailer.sku_count
        stop = min(start + limit, count * len(places))
        rows = [self._position(places[row // count], row % count) for row in range(start, stop)]
        return Json({**self._as_of(), "items": rows, "nextToken": _next(stop) if stop < count * len(places) else None, "unknown": []})

    async def query_stock(self, request: Request) -> Response:
        body, wms = await json_object(request), self._wms
        codes = texts_in(body, "itemCodes", most=_QUERY_CODES)
        places = (
            [self._place(code, "facilities") for code in texts_in(body, "facilities", most=100)]
            if body.get("facilities")
            else list(wms.on_hand)
        )
        known = wms.retailer.number_by_item_no
        rows = [self._position(place, known[code]) for place in places for code in codes if code in known]
        return Json({**self._as_of(), "items": rows, "nextToken": None, "unknown": [code for code in codes if code not in known]})

    def _position(self, place: str, number: int) -> dict[str, Any]:
        wms = self._wms
        return dialect.position(place, wms.retailer.products[number], wms.on_hand[place][number], wms.blocked[place][number])

    def _as_of(self) -> dict[str, Any]:
        return {"epoch": self._wms.journal.epoch, "asOfChangeNo": self._wms.change_no, "asOf": wall_ms()}

    async def changes(self, request: Request) -> Response:
        wms, faults = self._wms, _faults(request)
        entries = _since(request, wms.changes, _STOCK_PAGE)
        rows = [dialect.stock_change(entry, wms.retailer.products) for entry in faults.distorted(entries, wall_ms())]
        return Json({"epoch": wms.journal.epoch, "lastChangeNo": wms.change_no, "changes": rows})

    async def events(self, request: Request) -> Response:
        wms, faults = self._wms, _faults(request)
        entries = _since(request, wms.events, _EVENTS_PAGE)
        rows = [dialect.shipment_event(entry) for entry in faults.distorted(entries, wall_ms())]
        return Json({"epoch": wms.journal.epoch, "lastSeq": wms.event_seq, "events": rows})

    async def asns(self, request: Request) -> Response:
        places = self._places(request)
        found = [(order, at_ms) for order, at_ms in self._wms.announced() if order.warehouse in places]
        limit, start = bounded(request, "limit", _ASN_PAGE, 1, _ASN_PAGE), _token(request)
        products = self._wms.retailer.products
        rows = [dialect.asn(order, products, at_ms) for order, at_ms in page_of(found, start, limit)]
        return Json({"asns": rows, "nextToken": _next(start + limit) if start + limit < len(found) else None})

    async def shipments(self, request: Request) -> Response:
        reference = request.query_params.get("orderRef")
        if reference is None:
            raise invalid("orderRef", "a reference is needed")
        return Json({"shipments": [dialect.shipment(work) for work in self._wms.work.values() if work.reference == reference]})

    async def shipment(self, request: Request) -> Response:
        return Json(dialect.shipment(self._found(request)))

    async def take_shipment(self, request: Request) -> Response:
        wms, body, key = self._wms, await json_object(request), request.headers.get("Idempotency-Key")
        mark = fingerprint(body)
        if key is not None and key in wms.number_by_key:
            return self._repeated(wms.work[wms.number_by_key[key]], mark)
        text_in(body, "orderRef")
        self._place(text_in(body, "facilityId"), "facilityId")
        if body.get("shipTo") is not None:
            object_in(body, "shipTo")
        lines = [self._line(line, place) for place, line in enumerate(objects_in(body, "lines", most=_LINES))]
        work = wms.take_shipment(body, lines, key, mark)
        return Json(work.extra["answer"], status_code=201)

    def _repeated(self, work: Accepted, mark: str) -> Response:
        if work.fingerprint != mark:
            raise Refused(409, "IDEMPOTENCY_MISMATCH", "this key was used for another body", "Idempotency-Key", work.key)
        self._wms.record("repeat", number=work.number)
        return Json(work.extra["answer"], status_code=201, headers={"Idempotency-Replayed": "true"})

    def _line(self, line: dict[str, Any], place: int) -> dict[str, Any]:
        path = f"lines[{place}]."
        number = self._wms.retailer.number_by_item_no.get(str(line.get("itemCode")))
        if number is None:
            raise Refused(
                422, "UNKNOWN_ITEM", f"{path}itemCode: unknown item {line.get('itemCode')}", path + "itemCode", line.get("itemCode")
            )
        quantity = whole_in(line, "quantity", least=1, most=_MOST_UNITS, path=path)
        return {"line": str(line.get("lineId", place + 1)), "code": line["itemCode"], "n": number, "quantity": quantity}

    async def cancel(self, request: Request) -> Response:
        work = self._found(request)
        if work.status not in {"ACCEPTED", "CANCELED"}:
            raise Refused(409, "NOT_CANCELABLE", f"{work.number} is {work.status}", "status", work.status)
        if work.status == "ACCEPTED":
            self._wms.cancel(work)
        return Json(dialect.shipment(work))

    def _found(self, request: Request) -> Accepted:
        work = self._wms.work.get(request.path_params["shipment_id"])
        if work is None:
            raise Refused(404, "NOT_FOUND", "no such shipment", "shipmentId", request.path_params["shipment_id"])
        return work

    def _places(self, request: Request) -> list[str]:
        wanted = request.query_params.get("facility")
        return list(self._wms.on_hand) if wanted is None else [self._place(wanted, "facility")]

    def _place(self, code: str, field: str) -> str:
        if code not in self._wms.on_hand:
            raise Refused(422, "UNKNOWN_FACILITY", f"{field}: no facility {code}", field, code)
        return code


def _faults(request: Request) -> Faults:
    faults: Faults = request.app.state.faults
    return faults


def _since(request: Request, feed: Feed, most: int) -> Sequence[Any]:
    after = bounded(request, "after", 0, 0, _MOST_NUMBER)
    if after < feed.dropped_to:
        raise Refused(410, "FEED_EXPIRED", f"changes up to {feed.dropped_to} are no longer kept, take a snapshot", "after", after)
    return feed.after(after, bounded(request, "limit", most, 1, most))


def _next(row: int) -> str:
    return urlsafe_b64encode(f"row:{row}".encode()).decode().rstrip("=")


def _token(request: Request) -> int:
    raw = request.query_params.get("nextToken")
    if raw is None:
        return 0
    try:
        text = urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode()
        return int(text.removeprefix("row:"))
    except (ValueError, UnicodeDecodeError):
        raise invalid("nextToken", "not a token of this system", raw) from None
