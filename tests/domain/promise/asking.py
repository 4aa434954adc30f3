"""What tests ask of the engine, and the one answer that they look at."""

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.domain.ids import Sku
from gateway.domain.promise.options import DeliveryOption, PromiseFacts, PromiseRequest, UnavailableMethod
from gateway.domain.promise.quote import delivery_options
from gateway.domain.quantities import SkuQuantity
from tests.domain.retailer import LYON_HOME, THURSDAY_8, A

SECOND = timedelta(seconds=1)


def asked(sku: Sku = A, units: int = 1, **changes: object) -> PromiseRequest:
    request = PromiseRequest((SkuQuantity(sku, units),), LYON_HOME)
    return replace(request, **changes)  # type: ignore[arg-type]


def option(service: str, request: PromiseRequest, known: PromiseFacts, now: datetime = THURSDAY_8) -> DeliveryOption:
    found = delivery_options(replace(request, services=(service,)), known, now)
    assert found.unavailable == ()
    return found.options[0]


def absence(service: str, request: PromiseRequest, known: PromiseFacts, now: datetime = THURSDAY_8) -> UnavailableMethod:
    found = delivery_options(replace(request, services=(service,)), known, now)
    assert found.options == ()
    (told,) = found.unavailable
    return told
