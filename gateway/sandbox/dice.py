"""Numbers that follow from a seed and a name, the same in every process and run."""

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def dice(*names: object) -> Random:
    """Return a generator whose rolls depend on nothing but the names."""
    text = "/".join(map(str, names))
    return Random(int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big"))


def drawn(bound: int, *names: object) -> int:
    """Return one number from 0 to bound - 1."""
    text = "/".join(map(str, names))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") % bound


def picked(items: Sequence[Item], *names: object) -> Item:
    return items[drawn(len(items), *names)]
