"""Decide a round: the joint purchase, what each member would pay alone, and the award."""

from collections.abc import Mapping
from dataclasses import dataclass

from dure.buy.engine.award import Award, Suggestion, award
from dure.buy.engine.check import check
from dure.buy.engine.problem import Effort, Problem, alone, arranged, members


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A round as it is stored: the arranged problem, the solver's suggestions, the award."""

    problem: Problem
    joint: Suggestion
    alone: Mapping[int, Suggestion]
    award: Award


def solve(problem: Problem, effort: Effort, *, effort_alone: Effort | None = None) -> Decision:
    """
    Buy what all need as cheaply as the effort allows, and share the cost.

    Raises Malformed for a round that cannot be, Unavailable where the solver finds no
    purchase (ask `blocked` first), Unproven where its answer does not stand up to the check.
    """
    from dure.buy.engine.model import Model  # HiGHS and numpy: for those who solve, not who replay

    problem = arranged(problem)
    joint = Model(problem).suggest(effort)
    single = {
        member: Model(arranged(alone(problem, member))).suggest(effort_alone or effort)
        for member in members(problem)
    }
    decided = award(problem, joint, single)
    check(problem, decided)
    return Decision(problem=problem, joint=joint, alone=single, award=decided)


def replayed(problem: Problem, joint: Suggestion, alone: Mapping[int, Suggestion]) -> Award:
    """Compute an award again from what is stored, without a solver, and check it."""
    again = award(problem, joint, alone)
    check(problem, again)
    return again
