"""Integer programs of sourcing, solved in threads of their own: a large plan makes nobody wait but who asked for it."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from gateway.domain.sourcing.aside import Unsolved, solved_elsewhere

MOST_PROGRAMS = 50
"""Of one question; the rest of one that has still more are solved where it is asked."""
Answer = TypeVar("Answer")


class Solvers:
    """`threads`: so many programs are solved at the same time, each within its profile's `time_cap`; further ones wait for their turn."""

    def __init__(self, threads: int = 1) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="solver")

    async def answered(self, ask: Callable[[], Answer]) -> Answer:
        """Return what the engine says; `ask` must be repeatable: it is asked again after each program that was solved for it."""
        solved: dict[Hashable, Any] = {}
        for _ in range(MOST_PROGRAMS):
            try:
                with solved_elsewhere(solved):
                    return ask()
            except Unsolved as unsolved:
                solved[unsolved.name] = await asyncio.get_running_loop().run_in_executor(self._pool, unsolved.solve)
        return ask()
