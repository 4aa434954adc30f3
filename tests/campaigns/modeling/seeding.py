"""Faults seeded into the product's own protocol code, each by one function whose text is changed, to prove that the model bites."""

import contextlib
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Edit = tuple[Callable[..., Any], str, str]
"""A function, a piece of its text, and what stands there instead."""


@dataclass(frozen=True)
class Fault:
    """`what` it does; `scene`: the smallest that catches it."""

    name: str
    what: str
    scene: str
    edits: tuple[Edit, ...]


@contextlib.contextmanager
def seeded(fault: Fault) -> Iterator[None]:
    """Let the product run with a fault; raises LookupError when the text that it changes is not there any more."""
    with contextlib.ExitStack() as stack:
        for function, edits in edits_by_function(fault.edits).items():
            stack.enter_context(changed(function, edits))
        yield


def edits_by_function(edits: Sequence[Edit]) -> dict[Callable[..., Any], list[tuple[str, str]]]:
    grouped: dict[Callable[..., Any], list[tuple[str, str]]] = {}
    for function, old, new in edits:
        grouped.setdefault(function, []).append((old, new))
    return grouped


@contextlib.contextmanager
def changed(function: Callable[..., Any], edits: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Give a function another body wherever it is known by: its code is exchanged, not its name."""
    text = textwrap.dedent(inspect.getsource(function))
    for old, new in edits:
        if text.count(old) != 1:
            raise LookupError(f"{function.__qualname__} does not say {old!r} once: the fault must be aimed anew")
        text = text.replace(old, new)
    space = dict(function.__globals__)
    exec(compile(text, inspect.getfile(function), "exec"), space)  # noqa: S102 - the product's own text
    before = function.__code__
    function.__code__ = space[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = before
