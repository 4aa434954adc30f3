"""Refusals keep their data on the way to the caller."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.domain import errors
from resolvers.context import Context
from schema.refusals import answered, user_error
from schema.types.info import Info
from schema.types.user_errors import IdempotencyConflict, IllegalTransition, InsufficientStock, PromiseChanged, Refusal, UserErrorCode
from tests.graph.conftest import NOW, SHOPPER, Retail


@pytest.fixture
def info(retail: Retail) -> Info:
    return cast("Info", SimpleNamespace(context=Context(retail.world(), SHOPPER, NOW)))


REFUSED: list[tuple[errors.DomainError, type, dict[str, Any]]] = [
    (errors.NotFound("sku", "X", field=("lines", "0", "sku")), Refusal, {"code": UserErrorCode.NOT_FOUND, "field": ["lines", "0", "sku"]}),
    (errors.InvalidInput("No.", field=None), Refusal, {"code": UserErrorCode.INVALID, "field": None, "message": "No."}),
    (
        errors.InsufficientStock("X", requested=3, available=1, location="LYO", next_available_at=NOW),
        InsufficientStock,
        {"sku": "X", "requested": 3, "available": 1, "location_code": "LYO", "next_available_at": NOW},
    ),
    (errors.PromiseChanged("Too late.", reason="TOO_LATE"), PromiseChanged, {"reason": "TOO_LATE", "option": None}),
    (
        errors.IllegalTransition(state="SHIPPED", attempted="PICKED", allowed=("DELIVERED",)),
        IllegalTransition,
        {"from_": "SHIPPED", "attempted": "PICKED", "allowed": ["DELIVERED"]},
    ),
    (errors.IdempotencyConflict(first_used_at=NOW - timedelta(1)), IdempotencyConflict, {"first_used_at": NOW - timedelta(1)}),
]


@pytest.mark.parametrize(("refused", "kind", "data"), REFUSED)
def test_each_refusal_is_told_with_its_data(info: Info, refused: errors.DomainError, kind: type, data: dict[str, Any]) -> None:
    told = user_error(info, refused)
    assert type(told) is kind
    assert {name: getattr(told, name) for name in data} == data
    assert told.message == refused.message


async def test_all_that_is_wrong_is_reported(info: Info) -> None:
    async def refuse() -> None:
        raise errors.Refusals([errors.NotFound("sku", "A"), errors.NotFound("sku", "B")])

    answer, told = await answered(info, refuse)
    assert (answer, [error.message for error in told]) == (None, ["There is no sku 'A'.", "There is no sku 'B'."])


async def test_a_failure_of_ours_is_no_refusal(info: Info) -> None:
    async def fail() -> None:
        raise errors.Unavailable("the database is away")

    with pytest.raises(errors.Unavailable):
        await answered(info, fail)
