import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.kernel.errors import Refused
from dure.match.engine.alternatives import alternatives
from dure.match.engine.coop import Coop
from dure.match.engine.need import Task
from dure.match.engine.sieve import blocking, refusals
from tests.match.engine.coops import by_chance, graph, held, need, skill

PRESS = Task(code="press", process="press", quantity=100)
PAINT = Task(code="paint", process="paint", quantity=100, after=("press",))


def test_three_that_differ():
    coop = Coop.of(
        [
            skill(1, "press", east_m=0),
            skill(2, "press", unit_won=150, minutes_per_100=10, east_m=0),
            skill(3, "paint", unit_won=10, east_m=5_000),
            skill(4, "paint", unit_won=200, east_m=0),
        ]
    )

    answer = alternatives(coop, need(PRESS, PAINT))

    cheap, fast, near = answer.alternatives
    assert ["cheap", "fast", "near"] == [each.label for each in answer.alternatives]
    assert 3 == len({each.members() for each in answer.alternatives})
    assert cheap.price == min(each.price for each in answer.alternatives)
    assert fast.longest_minutes < cheap.longest_minutes
    assert near.road_minutes < cheap.road_minutes
    assert 0 == cheap.gap_bp == fast.gap_bp


def test_an_alternative_that_is_not_what_its_name_says_is_not_offered():
    coop = Coop.of(
        [
            skill(1, "press"),
            skill(2, "paint"),
            skill(3, "paint", unit_won=105, minutes_per_100=90, east_m=5_000),
        ]
    )

    answer = alternatives(coop, need(PRESS, PAINT))

    assert ["cheap"] == [each.label for each in answer.alternatives]


def test_where_there_is_one_way_only_one_alternative_is_offered():
    coop = Coop.of([skill(1, "press"), skill(2, "paint")])

    answer = alternatives(coop, need(PRESS, PAINT))

    assert ["cheap"] == [each.label for each in answer.alternatives]
    assert ["match.only_one"] * 2 == [c.reason.code for c in answer.alternatives[0].choices]


def test_a_step_that_nobody_has_is_named():
    answer = alternatives(Coop.of([skill(1, "press")]), need(PRESS, PAINT))

    assert () == answer.alternatives
    assert ["match.nobody_has"] == [reason.code for reason in answer.blocking]
    assert "paint" == answer.blocking[0].parameters["step"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lot_max": 99}, "match.lot_range"),
        ({"lot_min": 101}, "match.lot_range"),
        ({"free_minutes": 10}, "match.no_free_time"),
    ],
)
def test_the_rule_that_would_have_to_give_is_named(change, code):
    coop = Coop.of([skill(1, **change)])

    assert [(1, code)] == [
        (member, reason.code) for member, reason in refusals(coop, need(PRESS), PRESS)
    ]
    assert f"{code}_blocks" == blocking(coop, need(PRESS), PRESS).code


def test_food_goes_only_to_who_may_make_it():
    food = Task(code="fill", process="press", quantity=100, licences=frozenset({"food"}))
    coop = Coop.of([skill(1), skill(2, unit_won=900, licences=held("food", "kc"))])

    answer = alternatives(coop, need(food))

    assert (2,) == answer.alternatives[0].members()
    assert [(1, "match.no_licence")] == [(m, r.code) for m, r in refusals(coop, need(food), food)]


def test_who_declined_is_left_out():
    again = Task(code="press", process="press", quantity=100, excluded=frozenset({1}))
    coop = Coop.of([skill(1), skill(2, unit_won=900)])

    assert (2,) == alternatives(coop, need(again)).alternatives[0].members()


def test_fair_share_turns_work_to_who_had_little():
    coop = Coop.of([skill(1, share_bp=30_000), skill(2, unit_won=110)])

    assert (1,) == alternatives(coop, need(PRESS)).alternatives[0].members()
    assert (2,) == alternatives(coop, need(PRESS, fair_bp=1000)).alternatives[0].members()


def test_expected_failures_weigh():
    coop = Coop.of([skill(1, fails_bp=2000), skill(2, unit_won=110)])

    assert (2,) == alternatives(coop, need(PRESS)).alternatives[0].members()


def test_a_circle_is_refused():
    with pytest.raises(Refused, match=r"match\.steps_in_a_circle"):
        need(
            Task(code="a", process="press", quantity=1, after=("b",)),
            Task(code="b", process="press", quantity=1, after=("a",)),
        )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_alternatives_never_repeat_and_never_beat_their_bound(seed, tasks):
    coop = by_chance(seed, members=8, processes=3)

    answer = alternatives(coop, graph(seed, tasks, processes=3))

    assert bool(answer.alternatives) != bool(answer.blocking)
    assert len({each.members() for each in answer.alternatives}) == len(answer.alternatives)
    for each in answer.alternatives:
        assert each.bound <= each.cost
        assert each.price == sum(choice.price for choice in each.choices)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_order_of_arrival_decides_nothing(seed, mixing):
    from random import Random

    chance = Random(mixing)
    skills = [
        skill(member, f"p{p}", unit_won=100 + seed % 7) for member in range(6) for p in (0, 1)
    ]
    mixed = chance.sample(skills, k=len(skills))
    tasks = graph(seed, 4, processes=2)

    first = alternatives(Coop.of(skills), tasks)
    second = alternatives(Coop.of(mixed), tasks)

    assert [e.members() for e in first.alternatives] == [e.members() for e in second.alternatives]
