"""
The round as a mixed-integer program for HiGHS: what the solver may choose, rule by rule.

    x[t]  packs bought in tier t (integer)        y[t]  tier t is used (0 or 1)
    u[s]  anything is bought from supplier s (0 or 1)
    min  Σ price[t] x[t] + Σ freight[s] u[s]

What comes back is only a suggestion: packs are rounded to integers, counted again and
checked by `check`, and the bound that is certified is recomputed by `bound`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

import highspy
import numpy as np

from dure.buy.engine.award import Suggestion
from dure.buy.engine.bound import MICRO, ShadowPrice
from dure.buy.engine.problem import Cover, Effort, Problem, covers, tiers
from dure.buy.engine.start import first_purchase
from dure.kernel.errors import Unavailable

SOLVER = f"HiGHS {version('highspy')}"
TIES_UP_TO = 2_000


@dataclass(slots=True)
class _Rows:
    """Constraints, collected in the compressed form that HiGHS takes."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, low: float, high: float, terms: Sequence[tuple[int, float]]) -> None:
        self.starts.append(len(self.columns))
        self.low.append(low)
        self.high.append(high)
        for column, value in terms:
            self.columns.append(column)
            self.values.append(value)


class Model:
    """One arranged round as rows and columns: tiers' packs, tiers' use, suppliers' use."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tiers = tiers(problem)
        self.covers = covers(problem)
        self.lead = {supplier.number: supplier.lead_days for supplier in problem.suppliers}
        self.use = {
            supplier.number: 2 * len(self.tiers) + place
            for place, supplier in enumerate(problem.suppliers)
        }
        self.by_item: dict[int, list[int]] = {}
        for place, tier in enumerate(self.tiers):
            self.by_item.setdefault(tier.offer.item, []).append(place)
        self.rows = _Rows()
        self._every_need_is_covered()
        self._a_tier_holds_its_packs()
        self._an_offer_has_one_tier()
        self._so_many_suppliers_at_most()

    def suggest(self, effort: Effort) -> Suggestion:
        """Solve, then break ties towards the lower supplier numbers where that is cheap."""
        prices = self._shadow_prices()
        solver = self._solver(effort)
        self._start(solver)
        solver.run()
        status = solver.getModelStatus()
        if (
            solver.getInfo().primal_solution_status
            != highspy.SolutionStatus.kSolutionStatusFeasible
        ):
            raise Unavailable("buy.no_answer", solver=SOLVER, status=str(status))
        optimal = status == highspy.HighsModelStatus.kOptimal and effort.gap_ppm == 0
        claimed = solver.getInfo().mip_dual_bound
        values = list(solver.getSolution().col_value)
        if optimal and len(self.tiers) <= TIES_UP_TO:
            values = self._with_ties_broken(solver, values)
        return Suggestion(
            packs=self._packs(values),
            claimed_bound=max(0, int(np.ceil(claimed - 1e-6 * max(1.0, abs(claimed))))),
            prices=prices,
            solver=SOLVER,
        )

    def _every_need_is_covered(self) -> None:
        """Ensures that by each day enough arrives for all needs up to that day."""
        for cover in self.covers:
            unit = _scale(cover)
            self.rows.add(
                cover.amount / unit,
                highspy.kHighsInf,
                [
                    self._delivers(place, cover, unit)
                    for place in self.by_item.get(cover.item, ())
                    if self.lead[self.tiers[place].offer.supplier] <= cover.by_day
                ],
            )

    def _a_tier_holds_its_packs(self) -> None:
        """Ensures that a tier's price is paid only for as many packs as the tier spans."""
        count = len(self.tiers)
        for place, tier in enumerate(self.tiers):
            used = count + place
            self.rows.add(0, highspy.kHighsInf, [(place, 1), (used, -float(tier.low))])
            self.rows.add(-highspy.kHighsInf, 0, [(place, 1), (used, -float(tier.high))])

    def _an_offer_has_one_tier(self) -> None:
        """Ensures that an offer is bought at one price, and that its supplier's freight is paid."""
        used: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for place, tier in enumerate(self.tiers):
            used.setdefault(tier.offer.key, []).append((len(self.tiers) + place, 1.0))
        for (_, supplier), terms in used.items():
            self.rows.add(-highspy.kHighsInf, 0, [*terms, (self.use[supplier], -1.0)])

    def _so_many_suppliers_at_most(self) -> None:
        """Ensures that the round stays with as many suppliers as the office can handle."""
        if self.problem.most_suppliers is not None:
            terms = [(column, 1.0) for column in self.use.values()]
            self.rows.add(-highspy.kHighsInf, float(self.problem.most_suppliers), terms)

    def _delivers(self, place: int, cover: Cover, unit: int) -> tuple[int, float]:
        """
        Give a tier's term in a cover. A tier of one size counts for no more than the cover asks.

        What is left over covers nothing; saying so keeps the relaxation from buying a
        quarter of a large order at the large order's price.
        """
        tier = self.tiers[place]
        if tier.low == tier.high:
            return len(self.tiers) + place, min(tier.low * tier.offer.pack, cover.amount) / unit
        return place, tier.offer.pack / unit

    def _solver(self, effort: Effort, *, relaxed: bool = False) -> highspy.Highs:
        solver = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy has no types
        for option, value in {
            "output_flag": False,
            "threads": 1,
            "random_seed": 0,
            "time_limit": float(effort.seconds),
            "mip_rel_gap": effort.gap_ppm / 1e6,
            "mip_abs_gap": 0.999 if not effort.gap_ppm else 1e-6,
        }.items():
            solver.setOptionValue(option, value)
        solver.passModel(self._linear_program(relaxed=relaxed))
        return solver

    def _linear_program(self, *, relaxed: bool) -> highspy.HighsLp:
        count, suppliers = len(self.tiers), self.problem.suppliers
        prices = [float(tier.price) for tier in self.tiers]
        freights = [float(supplier.freight) for supplier in suppliers]
        most = [float(tier.high) for tier in self.tiers]
        program = highspy.HighsLp()
        program.num_col_ = 2 * count + len(suppliers)
        program.num_row_ = len(self.rows.starts)
        program.col_cost_ = np.array(prices + [0.0] * count + freights)
        program.col_lower_ = np.zeros(program.num_col_)
        program.col_upper_ = np.array(most + [1.0] * (count + len(suppliers)))
        program.row_lower_ = np.array(self.rows.low)
        program.row_upper_ = np.array(self.rows.high)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array([*self.rows.starts, len(self.rows.columns)])
        program.a_matrix_.index_ = np.array(self.rows.columns)
        program.a_matrix_.value_ = np.array(self.rows.values)
        if not relaxed:
            program.integrality_ = [highspy.HighsVarType.kInteger] * program.num_col_
        return program

    def _shadow_prices(self) -> tuple[ShadowPrice, ...]:
        solver = self._solver(Effort(), relaxed=True)
        solver.run()
        duals = solver.getSolution().row_dual
        return tuple(
            ShadowPrice(
                item=cover.item,
                by_day=cover.by_day,
                micro=max(0, round(duals[row] * MICRO / _scale(cover))),
            )
            for row, cover in enumerate(self.covers)
        )

    def _start(self, solver: highspy.Highs) -> None:
        """Hand the solver a purchase that is found without it, so that it never has nothing."""
        packs = first_purchase(self.problem)
        if packs is None:
            return
        values = [0.0] * (2 * len(self.tiers) + len(self.use))
        for place, tier in enumerate(self.tiers):
            bought = packs.get(tier.offer.key, 0)
            if tier.low <= bought <= tier.high:
                values[place] = float(bought)
                values[len(self.tiers) + place] = values[self.use[tier.offer.supplier]] = 1.0
        solution = highspy.HighsSolution()
        solution.col_value = values
        solver.setSolution(solution)

    def _with_ties_broken(self, solver: highspy.Highs, values: list[float]) -> list[float]:
        """Among purchases of the same cost prefer the lower supplier numbers."""
        count = len(self.tiers)
        costs = list(self._linear_program(relaxed=True).col_cost_)
        best = round(float(np.dot(costs, np.round(values))))
        columns = np.nonzero(costs)[0].astype(np.int32)
        chosen = np.array([costs[column] for column in columns])
        solver.addRow(-highspy.kHighsInf, float(best) + 0.5, len(columns), columns, chosen)
        rank = {supplier: place + 1 for place, supplier in enumerate(self.use)}
        ranks = [0.0] * count + [float(rank[tier.offer.supplier]) for tier in self.tiers]
        ranks += [0.0] * len(self.use)
        solver.changeColsCost(len(ranks), np.arange(len(ranks), dtype=np.int32), np.array(ranks))
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return values
        return list(solver.getSolution().col_value)

    def _packs(self, values: Sequence[float]) -> dict[tuple[int, int], int]:
        packs: dict[tuple[int, int], int] = {}
        for tier, value in zip(self.tiers, values, strict=False):
            if round(value):
                packs[tier.offer.key] = packs.get(tier.offer.key, 0) + round(value)
        return packs


def _scale(cover: Cover) -> int:
    """Give whole units where amounts are large, so that the solver sees numbers of one size."""
    return max(1, min(1_000, cover.amount))
