"""How much of what callers ask at the same time is carried as one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Combining:
    """`most`: steps that share one command; 1: every caller for itself.

    `admission_s`: how long a place is looked at before anything is claimed there, once it was short or several came at once; 0: never.
    `folded_from`: so many claims of a place that only wait for their source's word are kept as one; 0: each by itself for ever.
    `most_markers`: beyond so many claims that stand apart at one place no more are begun there, nor beyond `most_folds` texts of others.
    """

    most: int = 200
    admission_s: float = 2.0
    folded_from: int = 100
    most_markers: int = 20_000
    most_folds: int = 400
