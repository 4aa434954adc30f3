"""The owner of the stock: it takes each claim once, numbers what it does, and tells its figures."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Literal

from gateway.domain.claims.documents import Claim
from gateway.domain.ids import StockKey
from gateway.ports.ledger import Statement
from tests.campaigns.simulation.clock import BEGIN_MS, now_s

Word = Literal["TAKEN", "CLOSED", "NOT_FOUND"]


@dataclass(frozen=True, slots=True)
class Answer:
    word: Word
    k: int
    units: int


@dataclass
class Owner:
    """`answers` by claim; a claim that comes again gets the same answer."""

    dice: Random
    quantities: dict[StockKey, int]
    sequence: int = 1
    refuses: float = 0.15
    answers: dict[str, Answer] = field(default_factory=dict)

    def take(self, claim: Claim) -> Answer:
        if claim.mid not in self.answers:
            word: Word = self.dice.choice(("CLOSED", "NOT_FOUND")) if self.dice.random() < self.refuses else "TAKEN"
            if word == "TAKEN":
                self.sequence += 1
                self.quantities[claim.key] -= claim.units
            self.answers[claim.mid] = Answer(word, self.sequence, claim.units)
        return self.answers[claim.mid]

    def receive(self, key: StockKey, units: int) -> None:
        self.sequence += 1
        self.quantities[key] += units

    def figures(self) -> list[Statement]:
        at = datetime.fromtimestamp((BEGIN_MS + now_s() * 1000) / 1000, UTC)
        return [Statement(key, quantity, 0, self.sequence, at, begun_at=at) for key, quantity in self.quantities.items()]
