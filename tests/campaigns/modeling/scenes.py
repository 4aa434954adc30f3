"""All scenes of the model."""

from tests.campaigns.modeling.limit_scenes import LIMITS
from tests.campaigns.modeling.order_scenes import (
    CHANGING,
    MORE_OF_EVERYTHING,
    NOBODY_SWEEPS,
    PLACING,
    PLANNING_AGAIN,
    RESERVING,
    STEPS_OF_ORDERS,
)
from tests.campaigns.modeling.plan_scenes import PLANS
from tests.campaigns.modeling.reference_scenes import REFERENCES
from tests.campaigns.modeling.supply_scenes import CAPACITY, FOLDING, SCRUBBING, SOURCES, SUPPLY, WORDS

SCENES = (
    *REFERENCES,
    *RESERVING,
    *PLANNING_AGAIN,
    *PLANS,
    *LIMITS,
    *PLACING,
    *CHANGING,
    *SOURCES,
    *NOBODY_SWEEPS,
    *STEPS_OF_ORDERS,
    *WORDS,
    *CAPACITY,
    *SUPPLY,
    *SCRUBBING,
    *FOLDING,
    *MORE_OF_EVERYTHING,
)
SHORT = (
    "twins, plenty",
    "twins, scarce, freed meanwhile",
    "rivals, 2 of 3 units",
    "re-plan, twins, rival",
    "re-plan keeps what it has",
    "reopen after a deadline",
    "place by two keys",
    "move of a hold, expiry",
    "one more, asked twice",
    "extension twice, buyer",
    "not found, buyer",
    "lift, figure first",
    "settle, lift, recovery, rival",
    "hand-over, cancel of units, buyer",
    "dead attempt, two buyers",
    "folded, twins, recovery",
    "folded, scrub, move, recovery",
    "folded, not found, buyer",
    "folded, difference that carries out",
)
"""Scenes of the short form: small ones of every kind."""
LARGE = frozenset({"capacity, expiry", "hand-over, re-route, buyer", "move of a hold, place", "two claims on one document"})
"""Scenes that a fault is aimed at and that only the full form walks through without it: more than 100,000 states."""
