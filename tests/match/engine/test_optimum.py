from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.match.engine.coop import Coop
from dure.match.engine.need import Task
from dure.match.engine.optimum import hurried, optimum
from dure.match.engine.problem import WAY, pose
from dure.match.engine.weights import weights
from tests.match.engine.coops import by_chance, graph, need, skill


def posed(coop, asked, label="cheap"):
    return pose(coop, asked, weights()[label])


def by_trying_all(problem):
    """Give the least cost over every choice there is: the judge of the small problems."""
    every = product(*(range(len(slot)) for slot in problem.slots))
    costs = [problem.cost(picks) for picks in every if keeps_to_rules(problem, picks)]
    return min(costs, default=None)


def keeps_to_rules(problem, picks):
    who = problem.members(picks)
    used, tasks = {}, {}
    for slot, pick, member in zip(problem.slots, picks, who, strict=True):
        key = (shelf_of(problem, slot), slot.rows[pick])
        used[key] = used.get(key, 0) + int(slot.minutes[pick])
        if used[key] > slot.free[pick] and used[key] > int(slot.minutes[pick]):
            return False
        tasks.setdefault(slot.task, []).append(member)
    regions = [int(slot.region[pick]) for slot, pick in zip(problem.slots, picks, strict=True)]
    return all(len(set(each)) == len(each) for each in tasks.values()) and all(
        regions.count(region) <= most for region, most in problem.caps.items()
    )


def shelf_of(problem, slot):
    """Name the shelf of a slot by the first slot that is on it."""
    at = next(place for place, each in enumerate(problem.slots) if each is slot)
    first = [u for u, v in problem.same if v == at]
    return min([at, *first])


def test_it_works():
    coop = Coop.of([skill(1, unit_won=120), skill(2, unit_won=100), skill(3, unit_won=110)])

    problem = posed(coop, need(Task(code="press", process="press", quantity=100)))
    found = optimum(problem)

    assert (2,) == problem.members(found.picks)
    assert found.cost == found.bound == 20_000


def test_a_dearer_neighbour_wins_where_the_road_costs_more_than_its_price():
    coop = Coop.of(
        [
            skill(1, "press", east_m=0),
            skill(2, "paint", unit_won=100, east_m=10_000),
            skill(3, "paint", unit_won=150, east_m=0),
        ]
    )
    problem = posed(
        coop,
        need(
            Task(code="press", process="press", quantity=100),
            Task(code="paint", process="paint", quantity=100, after=("press",)),
        ),
    )

    found = optimum(problem)

    assert (1, 3) == problem.members(found.picks)


def test_a_tie_goes_to_the_smaller_member_number():
    problem = posed(
        Coop.of([skill(9), skill(4), skill(7)]),
        need(Task(code="press", process="press", quantity=10)),
    )

    assert (4,) == problem.members(optimum(problem).picks)


TWICE = need(
    Task(code="a", process="press", quantity=100),
    Task(code="b", process="press", quantity=100, after=("a",)),
)


def test_two_steps_do_not_get_one_members_last_minutes():
    coop = Coop.of([skill(1, free_minutes=100), skill(2, unit_won=900, free_minutes=100)])
    problem = posed(coop, TWICE)

    assert {1, 2} == set(problem.members(optimum(problem).picks))


def test_where_all_minutes_together_do_not_suffice_there_is_no_cluster():
    assert optimum(posed(Coop.of([skill(1, free_minutes=100)]), TWICE)) is None


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10**6),
    st.integers(2, 5),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, 2, 3]),
    st.sampled_from(["cheap", "near"]),
)
def test_it_is_the_least_of_all_choices_on_any_small_graph(
    seed, tasks, tight, split, most_in_region, label
):
    coop = by_chance(seed, members=4, processes=3, tight=tight)
    asked = graph(seed, tasks, processes=3, split=split, most_in_region=most_in_region)
    problem = posed(coop, asked, label)

    found = optimum(problem)

    least = by_trying_all(problem)
    assert least == (found and found.cost * WAY)
    if found:
        assert found.cost == found.bound
        assert problem.allows(found.picks)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 5))
def test_with_minutes_on_the_longest_ways_it_is_the_least_of_all_choices_too(seed, tasks):
    problem = posed(by_chance(seed, members=4, processes=3), graph(seed, tasks, 3), "fast")
    if not all(len(slot) for slot in problem.slots):
        return
    problem = hurried(problem, [0] * len(problem.slots))

    found = optimum(problem)

    assert -(-by_trying_all(problem) // WAY) == found.cost == found.bound
    assert WAY == sum(parts for _, parts in problem.flow.ways)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_what_has_to_differ_is_the_least_of_all_that_does(seed, tasks):
    coop = by_chance(seed, members=4, processes=3)
    problem = posed(coop, graph(seed, tasks, processes=3))
    first = optimum(problem)
    if first is None:
        return

    other = problem.differing([problem.members(first.picks)])
    found = optimum(other)

    every = product(*(range(len(slot)) for slot in other.slots))
    least = min((other.cost(picks) for picks in every if other.allows(picks)), default=None)
    assert least == (found and found.cost * WAY)


@pytest.mark.parametrize("seed", range(3))
def test_leaving_out_rows_keeps_the_optimum_of_a_large_coop(seed):
    coop = by_chance(seed, members=300, processes=4)
    problem = posed(
        coop,
        need(
            *(
                Task(code=f"t{n}", process=f"p{n}", quantity=100, after=(f"t{n - 1}",) if n else ())
                for n in range(4)
            ),
            fair_bp=1000,
        ),
    )

    found = optimum(problem)

    assert whole_chain(problem) == found.cost == found.bound


def whole_chain(problem):
    """Give the least cost of a chain by the textbook's recurrence, over every row."""
    value = problem.slots[0].won
    for before, slot in zip(problem.slots, problem.slots[1:], strict=False):
        ways = problem.places.minutes(before.place, slot.place) * problem.road_won
        value = (ways + value[:, None]).min(axis=0) + slot.won
    return int(value.min())


def test_where_states_have_to_be_dropped_the_bound_says_so(monkeypatch):
    monkeypatch.setattr("dure.match.engine.optimum.MANY_STATES", 1)
    monkeypatch.setattr("dure.match.engine.optimum.FEW_STATES", 1)
    monkeypatch.setattr("dure.match.engine.optimum.LOOKS", 0)
    problem = posed(by_chance(7, members=40, processes=4), graph(7, 8, processes=4))

    found = optimum(problem)

    assert found.bound <= found.cost == problem.cost(found.picks) // WAY
    monkeypatch.undo()
    assert found.bound <= optimum(problem).cost <= found.cost


def test_a_region_gets_no_more_than_its_cap():
    coop = Coop.of(
        [
            skill(1, "press", region="구로"),
            skill(2, "paint", region="구로"),
            skill(3, "paint", unit_won=900, region="금천"),
        ]
    )
    tasks = (
        Task(code="press", process="press", quantity=100),
        Task(code="paint", process="paint", quantity=100, after=("press",)),
    )

    free, capped = (
        posed(coop, need(*tasks)),
        posed(coop, need(*tasks, caps={"구로": 1})),
    )

    assert (1, 2) == free.members(optimum(free).picks)
    assert (1, 3) == capped.members(optimum(capped).picks)
    assert optimum(replace(capped, caps={0: 0, 1: 0})) is None
