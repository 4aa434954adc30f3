"""The HTTP surface of a supplier."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.faults import Faults
from gateway.sandbox.feed import Feed
from gateway.sandbox.refused import Json, Refused, bounded, json_object, listed, object_in, objects_in, page_of, text_in, whole_in
from gateway.sandbox.stamps import wall_ms
from gateway.sandbox.supplier import dialect
from gateway.sandbox.system import Accepted

if TYPE_CHECKING:
    from gateway.sandbox.supplier.state import SupplierSystem

_OFFERS_PAGE, _EANS, _FEED_PAGE, _LINES = 250, 100, 500, 500
_MOST_OFFSET, _MOST_UNITS, _MOST_REV = 100_000_000, 100_000, 2**53
_DESPATCHED = ("despatched", "delivered", "rejected")
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(supplier: "SupplierSystem") -> Sequence[Route]:
    calls = Calls(supplier)
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "/profile", calls.profile),
        ("GET", "/offers", calls.offers),
        ("GET", "/offers/changes", calls.changes),
        ("POST", "/purchase-orders", calls.take_order),
        ("GET", "/purchase-orders/updates", calls.updates),
        ("GET", "/purchase-orders/{receipt}", calls.order),
        ("POST", "/purchase-orders/{receipt}/cancel", calls.cancel),
    ]
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]


class Calls:
    def __init__(self, supplier: "SupplierSystem") -> None:
        self._supplier = supplier

    async def profile(self, _: Request) -> Response:
        return Json(dialect.profile(self._supplier.supplier))

    async def offers(self, request: Request) -> Response:
        system = self._supplier
        eans = listed(request, "ean", _EANS)
        products = system.offered if eans is None else self._named(eans)
        offset = bounded(request, "offset", 0, 0, _MOST_OFFSET)
        limit = bounded(request, "limit", _OFFERS_PAGE, 1, _OFFERS_PAGE)
        rows = [dialect.offer(system.supplier, one, system.available[one.number]) for one in page_of(products, offset, limit)]
        return Json({**self._as_of(), "total": len(products), "offset": offset, "offers": rows})

    def _named(self, eans: list[str]) -> list[Any]:
        retailer, offered = self._supplier.retailer, self._supplier.offered_numbers
        numbers = (retailer.number_by_ean.get(ean) for ean in eans)
        return [retailer.products[number] for number in numbers if number is not None and number in offered]

    def _as_of(self) -> dict[str, Any]:
        return {"rev": self._supplier.rev, "epoch": self._supplier.journal.epoch}

    async def changes(self, request: Request) -> Response:
        rows = [dialect.offer_change(entry, self._supplier.retailer.products) for entry in _entries(request, self._supplier.changes)]
        return Json({**self._as_of(), "changes": rows})

    async def updates(self, request: Request) -> Response:
        return Json({**self._as_of(), "updates": [dialect.update(entry) for entry in _entries(request, self._supplier.updates)]})

    async def take_order(self, request: Request) -> Response:
        body = await json_object(request)
        text_in(body, "po-number")
        object_in(body, "ship-to")
        lines = [self._line(line, place) for place, line in enumerate(objects_in(body, "lines", most=_LINES))]
        return Json(dialect.received(self._supplier.take_order(body, lines)), status_code=202)

    def _line(self, line: dict[str, Any], place: int) -> dict[str, Any]:
        path, ean = f"lines[{place}].", line.get("ean")
        number = self._supplier.retailer.number_by_ean.get(ean) if isinstance(ean, str) else None
        if number is None or number not in self._supplier.offered_numbers:
            raise Refused(422, "UNKNOWN_ITEM", f"{path}ean: unknown article {ean}", path + "ean", ean)
        quantity = whole_in(line, "quantity", least=1, most=_MOST_UNITS, path=path)
        return {"line": str(line.get("line", place + 1)), "code": ean, "n": number, "quantity": quantity}

    async def order(self, request: Request) -> Response:
        return Json(dialect.purchase_order(self._found(request)))

    async def cancel(self, request: Request) -> Response:
        work = self._found(request)
        if work.status in _DESPATCHED:
            raise Refused(409, "NOT_CANCELABLE", f"{work.number} is {work.status}")
        if work.status != "canceled":
            self._supplier.cancel(work)
        return Json(dialect.purchase_order(work))

    def _found(self, request: Request) -> Accepted:
        work = self._supplier.work.get(request.path_params["receipt"])
        if work is None:
            raise Refused(404, "NOT_FOUND", f"no purchase order {request.path_params['receipt']}")
        return work


def _entries(request: Request, feed: Feed) -> Sequence[Any]:
    after = bounded(request, "after", 0, 0, _MOST_REV)
    if after < feed.dropped_to:
        raise Refused(410, "FEED_EXPIRED", f"revisions up to {feed.dropped_to} are no longer kept, read the offers anew")
    faults: Faults = request.app.state.faults
    return faults.distorted(feed.after(after, bounded(request, "limit", _FEED_PAGE, 1, _FEED_PAGE)), wall_ms())
