"""What Decisions do, wherever they are kept."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.domain.ids import ChannelCode, LocationCode, Rid, Sku
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.cost import Cost
from gateway.domain.sourcing.decision import DecidedCandidate, DecidedShipment, Decision, RunnerUp, ShelfRisk
from gateway.ports.decisions import Decisions

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
LONG_AFTER = datetime(2100, 1, 1, tzinfo=UTC)
RISK = ShelfRisk(Sku("A"), 1, 3, 0.25, 7.0, 20.5, Decimal("8.00"), Decimal("12.50"), Decimal("0.1234"), Decimal("-3.2100"))
COST = Cost(Decimal("4.90"), Decimal("1.50"), stock_out=Decimal("0.1234"), markdown_credit=Decimal("-3.2100"))
SENT = DecidedShipment(LocationCode("L"), "post/parcel", (SkuQuantity(Sku("A"), 1),), 400, 1, COST, AT, AT, 2, (RISK,))
DECISION = Decision(
    id=Rid("d1"),
    rid=Rid("r1"),
    group="1",
    channel=ChannelCode("web"),
    service="standard",
    currency="EUR",
    decided_at=AT,
    trigger="PLACED",
    profile="default",
    profile_version=0,
    strategy="everywhere",
    method="LOCATIONS",
    proven=True,
    bound=COST.total,
    cost=COST,
    shipments=(SENT,),
    candidates=(
        DecidedCandidate(LocationCode("L"), chosen=True, can_supply=SENT.lines, cost=COST),
        DecidedCandidate(LocationCode("P"), chosen=False, can_supply=(), excluded_by="TOO_LATE", detail="too late"),
    ),
    summary="From Lyon.",
    runner_up=RunnerUp((SENT,), COST, Cost(handling=Decimal("1.90")), "Its handling would have to be lower."),
    short=(SkuQuantity(Sku("B"), 2),),
    tolerated_late_days=2,
)
LATER = replace(DECISION, id=Rid("d2"), decided_at=AT + timedelta(hours=1), trigger="REJECTED")


class DecisionsContract(ABC):
    """Inherit, and give `decisions` (empty)."""

    @pytest.fixture
    @abstractmethod
    def decisions(self) -> Decisions: ...

    async def test_a_decision_comes_back_as_it_was_saved(self, decisions: Decisions) -> None:
        await decisions.save([DECISION])
        assert await decisions.decision(DECISION.id) == DECISION
        assert await decisions.decision(Rid("unknown")) is None

    async def test_an_orders_decisions_come_newest_first(self, decisions: Decisions) -> None:
        other = replace(DECISION, id=Rid("d3"), rid=Rid("r2"))
        second = replace(DECISION, id=Rid("d4"), group="2")
        await decisions.save([DECISION, LATER, other, second])
        assert list(await decisions.of(Rid("r1"), 5)) == [LATER, second, DECISION]
        assert list(await decisions.of(Rid("r1"), 1)) == [LATER]
        assert list(await decisions.of(Rid("r9"), 5)) == []

    async def test_a_repeat_stands_over_the_former(self, decisions: Decisions) -> None:
        again = replace(DECISION, summary="From Paris.")
        await decisions.save([DECISION])
        await decisions.save([again])
        assert list(await decisions.of(Rid("r1"), 5)) == [again]

    async def test_decisions_of_orphans_go_and_those_of_orders_wait_no_more(self, decisions: Decisions) -> None:
        orphan, early = replace(DECISION, id=Rid("d5"), rid=Rid("r5")), replace(DECISION, id=Rid("d6"), rid=Rid("r6"))
        await decisions.save([DECISION, LATER, orphan, early])
        assert await decisions.waiting(AT, 9) == {}
        since = await decisions.waiting(LONG_AFTER, 9)
        assert since.keys() == {"r1", "r5", "r6"}
        await decisions.settle(since, kept={Rid("r1")}, orphans={Rid("r5")})
        assert (await decisions.waiting(LONG_AFTER, 9)).keys() == {"r6"}
        assert list(await decisions.of(Rid("r5"), 5)) == []
        assert list(await decisions.of(Rid("r1"), 5)) == [LATER, DECISION]

    async def test_what_was_saved_meanwhile_is_left_alone(self, decisions: Decisions) -> None:
        await decisions.save([DECISION])
        since = {rid: at - 1 for rid, at in (await decisions.waiting(LONG_AFTER, 9)).items()}
        await decisions.settle(since, kept=(), orphans={Rid("r1")})
        assert list(await decisions.of(Rid("r1"), 5)) == [DECISION]
