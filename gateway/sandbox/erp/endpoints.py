"""The ERP's HTTP surface under /api/v2."""

from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.erp import dialect
from gateway.sandbox.refused import Json, Refused, bounded, invalid, json_object, listed, objects_in, text_in, whole_in
from gateway.sandbox.stamps import moment
from gateway.sandbox.system import Accepted, unknown_name

if TYPE_CHECKING:
    from gateway.sandbox.erp.state import Erp

_ITEMS_PER_PAGE, _ITEM_NOS, _ORDERS_PER_PAGE, _LINES = 200, 100, 50, 500
_MOST_PAGES, _MOST_UNITS, _MOST_CENTS = 1_000_000, 100_000, 100_000_000
_CLOSED = ("closed", "canceled")
_ITEM_CHANGES = ("item_no", "list_price", "active", "description")
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(erp: "Erp") -> Sequence[Route]:
    calls = Calls(erp)
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "/api/v2/items", calls.items),
        ("GET", "/api/v2/items/{item_no}", calls.item),
        ("GET", "/api/v2/purchase-orders", calls.purchase_orders),
        ("GET", "/api/v2/sales-orders", calls.sales_orders),
        ("POST", "/api/v2/sales-orders", calls.take_sales_order),
        ("GET", "/api/v2/sales-orders/{order_no}", calls.sales_order),
        ("POST", "/api/v2/sales-orders/{order_no}/changes", calls.change),
        ("POST", "/api/v2/sales-orders/{order_no}/cancel", calls.cancel),
        ("POST", "/api/v2/sales-orders/{order_no}/close", calls.close),
        ("POST", "/_sandbox/item", calls.change_item),
    ]
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]


class Calls:
    def __init__(self, erp: "Erp") -> None:
        self._erp = erp

    async def items(self, request: Request) -> Response:
        erp, retailer = self._erp, self._erp.retailer
        wanted, since = listed(request, "item_nos", _ITEM_NOS), _since(request)
        known = retailer.number_by_item_no
        numbers: Sequence[int] = range(len(retailer.products)) if wanted is None else sorted({known[one] for one in wanted if one in known})
        if since is not None:
            numbers = [number for number in numbers if erp.modified_ms(number) // 1000 >= since // 1000]
        page, per_page = _page(request, _ITEMS_PER_PAGE)
        rows = [self._worded(number) for number in numbers[(page - 1) * per_page : page * per_page]]
        return Json({"items": rows, **_paging(page, per_page, len(numbers))})

    async def item(self, request: Request) -> Response:
        number = self._erp.retailer.number_by_item_no.get(request.path_params["item_no"])
        if number is None:
            raise Refused(404, "ITEM_NOT_FOUND", request.path_params["item_no"])
        return Json(self._worded(number))

    def _worded(self, number: int) -> dict[str, Any]:
        erp = self._erp
        opened_ms = int(erp.journal.header["opened_ms"])
        product = erp.retailer.products[number]
        return dialect.item(
            product, erp.modified_ms(number), opened_ms, erp.changes.get(number, {}), erp.retailer.counter_sales_per_day(product)
        )

    async def purchase_orders(self, request: Request) -> Response:
        status, since = request.query_params.get("status", "open"), _since(request)
        if status not in {"open", "received", "all"}:
            raise invalid("status", "open, received or all is needed", status)
        today = self._erp.today()
        found = [
            order
            for order in self._erp.purchases()
            if (status == "all" or dialect.is_received(order, today) == (status == "received"))
            and (since is None or dialect.purchase_modified_ms(order, today) >= since)
        ]
        page, per_page = _page(request, _ORDERS_PER_PAGE)
        products = self._erp.retailer.products
        rows = [dialect.purchase_order(order, today, products) for order in found[(page - 1) * per_page : page * per_page]]
        return Json({"purchase_orders": rows, **_paging(page, per_page, len(found))})

    async def sales_orders(self, request: Request) -> Response:
        reference, since = request.query_params.get("your_reference"), _since(request)
        found = [
            order
            for order in self._erp.work.values()
            if reference in {None, order.reference} and (since is None or order.changed_ms // 1000 >= since // 1000)
        ]
        page, per_page = _page(request, _ORDERS_PER_PAGE)
        rows = [dialect.sales_order(order) for order in found[(page - 1) * per_page : page * per_page]]
        return Json({"sales_orders": rows, **_paging(page, per_page, len(found))})

    async def take_sales_order(self, request: Request) -> Response:
        body = await json_object(request)
        text_in(body, "your_reference")
        lines = []
        for place, line in enumerate(objects_in(body, "lines", most=_LINES)):
            path = f"lines[{place}]."
            quantity = whole_in(line, "qty", least=1, most=_MOST_UNITS, path=path)
            lines.append({"n": self._item(line.get("item_no"), path), "code": line.get("item_no"), "quantity": quantity})
        return Json(dialect.sales_order(self._erp.take_order(body, lines)), status_code=201)

    def _item(self, item_no: object, path: str) -> int | None:
        """Return an item's number; None for a free one, where the behavior `free_items` lets it pass."""
        if self._erp.behavior["free_items"] and isinstance(item_no, str) and self._erp.retailer.number(item_no) is None:
            return None
        return self._erp.number_of(item_no, path + "item_no")

    async def sales_order(self, request: Request) -> Response:
        return Json(dialect.sales_order(self._found(request)))

    async def change(self, request: Request) -> Response:
        """Leave fewer units of lines, and send deliveries elsewhere; what is not named stays as it was."""
        order, body = self._found(request), await json_object(request)
        quantities, deliveries = _quantities(order, body), order.body.get("deliveries")
        if body.get("deliveries") is not None:
            deliveries = list(objects_in(body, "deliveries", most=_LINES))
        if (quantities, deliveries) != ([line["quantity"] for line in order.lines], order.body.get("deliveries")):
            if order.status in _CLOSED:
                raise Refused(409, "NOT_CHANGEABLE", f"{order.number} is {order.status}")
            self._erp.change_order(order.number, quantities, deliveries)
        return Json(dialect.sales_order(order))

    async def cancel(self, request: Request) -> Response:
        return self._ended(self._found(request), "canceled")

    async def close(self, request: Request) -> Response:
        return self._ended(self._found(request), "closed")

    def _ended(self, order: Accepted, state: str) -> Response:
        if order.status in _CLOSED and order.status != state:
            raise Refused(409, "NOT_CANCELABLE", f"{order.number} is {order.status}")
        if order.status != state:
            self._erp.move_order(order.number, state)
        return Json(dialect.sales_order(order))

    def _found(self, request: Request) -> Accepted:
        order = self._erp.work.get(request.path_params["order_no"])
        if order is None:
            raise Refused(404, "ORDER_NOT_FOUND", request.path_params["order_no"])
        return order

    async def change_item(self, request: Request) -> Response:
        body = await json_object(request)
        for name in body:
            if name not in _ITEM_CHANGES:
                raise unknown_name(name, _ITEM_CHANGES)
        number = self._erp.number_of(body.get("item_no"), "item_no")
        if "list_price" in body:
            whole_in(body, "list_price", least=0, most=_MOST_CENTS)
        if "description" in body:
            text_in(body, "description", most=500)
        if not isinstance(body.get("active", True), bool):
            raise invalid("active", "true or false is needed", body["active"])
        self._erp.change_item(number, body)
        return Json(self._worded(number))


def _quantities(order: Accepted, body: dict[str, Any]) -> list[int]:
    """Return what is left of each line."""
    quantities = [line["quantity"] for line in order.lines]
    places = {line.get("pos"): place for place, line in enumerate(order.body["lines"])}
    for place, line in enumerate(objects_in(body, "lines", most=_LINES)):
        path, pos = f"lines[{place}].", whole_in(line, "pos", least=1, most=_MOST_UNITS, path=f"lines[{place}].")
        if pos not in places:
            raise invalid(f"{path}pos", "the order has no such position", pos)
        quantities[places[pos]] = whole_in(line, "qty", least=0, most=order.lines[places[pos]]["quantity"], path=path)
    return quantities


def _page(request: Request, most: int) -> tuple[int, int]:
    return bounded(request, "page", 1, 1, _MOST_PAGES), bounded(request, "per_page", most, 1, most)


def _paging(page: int, per_page: int, total: int) -> dict[str, int]:
    return {"page": page, "per_page": per_page, "total_pages": ceil(total / per_page), "total": total}


def _since(request: Request) -> int | None:
    raw = request.query_params.get("changed_since")
    return None if raw is None else moment(raw, "changed_since")
