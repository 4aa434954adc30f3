"""Where an integer program is solved: here and at once, or by whoever asks for the plan, aside from everything that waits meanwhile.

Who offers to do so asks again with what was solved, and the engine, which remembers nothing, comes to the same question and finds it there.
"""

from collections.abc import Callable, Hashable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Solved = MutableMapping[Hashable, Any]
"""What programs came to, by what states them in full: an answer to another question is never taken for it."""
_solved: ContextVar[Solved | None] = ContextVar("solved", default=None)


class Unsolved(Exception):
    """Solve it, keep the answer under its name, and ask again."""

    def __init__(self, name: Hashable, solve: Callable[[], Any]) -> None:
        super().__init__("an integer program is to be solved first")
        self.name, self.solve = name, solve


@contextmanager
def solved_elsewhere(solved: Solved) -> Iterator[None]:
    """Let programs that are not among the solved ones raise Unsolved."""
    token = _solved.set(solved)
    try:
        yield
    finally:
        _solved.reset(token)


def solution(name: Callable[[], Hashable], solve: Callable[[], Answer]) -> Answer:
    """Return what a program comes to; raises Unsolved where somebody offers to solve it elsewhere."""
    solved = _solved.get()
    if solved is None:
        return solve()
    key = name()
    if key not in solved:
        raise Unsolved(key, solve)
    found: Answer = solved[key]
    return found
