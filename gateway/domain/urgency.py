"""How much hangs on an answer: under overload the less urgent is turned away first."""

from enum import IntEnum


class Urgency(IntEnum):
    """From what can wait to what must not be lost."""

    SEARCH = 0
    STOCK = 1
    STATUS = 2
    RESERVE = 3
    PLACE = 4
