"""An integer program for HiGHS: columns of whole numbers, rows that bind them, the least cost of all within a time cap."""

from dataclasses import dataclass
from math import isfinite

import highspy
import numpy as np
from numpy.typing import NDArray

GAP = 1e-9
Row = dict[int, float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`values` by column, the best that were found in time; `bound`: nothing costs less; `infeasible`: it is proven that there are none."""

    values: NDArray[np.float64] | None
    bound: float
    infeasible: bool


@dataclass(frozen=True, slots=True)
class Undecided:
    """The time was up before anything was found, or it was proven that there is nothing."""


class IntegerModel:
    """Built up column by column and row by row."""

    def __init__(self) -> None:
        self._costs: list[float] = []
        self._most: list[float] = []
        self._rows: list[tuple[float, float, Row]] = []

    @property
    def costs(self) -> list[float]:
        return self._costs

    def column(self, cost: float, most: float = 1.0) -> int:
        """Add a number of 0 to `most` and return its own."""
        self._costs.append(cost)
        self._most.append(most)
        return len(self._costs) - 1

    def most(self, column: int) -> float:
        return self._most[column]

    def row(self, least: float, most: float, row: Row) -> None:
        """Add that a sum of columns lies between two bounds."""
        self._rows.append((least, most, row))

    def solved(self, time_cap_s: float) -> Outcome:
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.silent()
        for option, value in (("threads", 1), ("time_limit", time_cap_s), ("mip_rel_gap", GAP), ("mip_abs_gap", GAP)):
            solver.setOptionValue(option, value)
        solver.passModel(self._as_told())
        solver.run()
        info = solver.getInfo()
        bound = info.mip_dual_bound if isfinite(info.mip_dual_bound) else sum(cost for cost in self._costs if cost < 0)
        feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        values = np.asarray(solver.getSolution().col_value) if feasible else None
        return Outcome(values, bound, solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible)

    def _as_told(self) -> highspy.HighsLp:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self._costs), len(self._rows)
        model.col_cost_ = np.array(self._costs)
        model.col_lower_, model.col_upper_ = np.zeros(len(self._costs)), np.array(self._most)
        model.row_lower_ = np.array([least for least, _, _ in self._rows])
        model.row_upper_ = np.array([most for _, most, _ in self._rows])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *(len(row) for _, _, row in self._rows)])
        model.a_matrix_.index_ = np.array([column for _, _, row in self._rows for column in row])
        model.a_matrix_.value_ = np.array([amount for _, _, row in self._rows for amount in row.values()])
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(self._costs)
        return model
