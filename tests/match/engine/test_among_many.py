"""Among many rows a choice is certified, not always proven the best."""

import pytest

from dure.match.engine.alternatives import alternatives
from dure.match.engine.need import Need, Task
from dure.match.engine.optimum import EXACT_ROWS, SLACK, optimum
from dure.match.engine.problem import WAY, pose
from dure.match.engine.weights import weights
from tests.match.engine.coops import by_chance

MEMBERS = 3_000
CHAIN = Need(
    tasks=tuple(
        Task(code=f"t{at}", process=f"p{at % 3}", quantity=150, after=(f"t{at - 1}",) if at else ())
        for at in range(5)
    )
)


def least_of_a_chain(problem):
    """The textbook's recurrence, in won."""
    value = problem.slots[0].won
    for before, slot in zip(problem.slots, problem.slots[1:], strict=False):
        ways = problem.places.minutes(before.place, slot.place) * problem.road_won
        value = (ways + value[:, None]).min(axis=0) + slot.won
    return int(value.min())


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_lies_under_the_optimum_and_the_choice_within_the_slack_above_it(seed):
    problem = pose(by_chance(seed, members=MEMBERS, processes=3), CHAIN, weights()["cheap"])
    assert EXACT_ROWS < sum(map(len, problem.slots))

    found = optimum(problem)

    assert found.bound <= least_of_a_chain(problem) <= found.cost
    assert found.cost == -(-problem.cost(found.picks) // WAY)
    assert (found.cost - found.bound) * 10_000 <= (SLACK + 2) * found.bound


def test_every_alternative_among_many_says_how_far_from_the_best_it_is_at_most():
    coop = by_chance(7, members=MEMBERS, processes=3)

    answer = alternatives(coop, CHAIN)

    assert answer.alternatives
    assert all(each.bound <= each.cost and each.gap_bp <= 50 for each in answer.alternatives)


def test_of_one_step_the_cheapest_is_shown_and_a_second_only_where_it_is_faster():
    coop = by_chance(3, members=40, processes=1)
    one = Need(tasks=(Task(code="t", process="p0", quantity=100),))

    cheap, *others = alternatives(coop, one).alternatives

    assert cheap.cost == cheap.bound
    assert all(each.label == "fast" for each in others)
    assert all(each.longest_minutes < cheap.longest_minutes for each in others)
