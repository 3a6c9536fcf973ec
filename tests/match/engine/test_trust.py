"""Why a member was chosen or not, the frontier, trial work, ordering again."""

from dataclasses import replace

import pytest

from dure.match.engine.again import with_the_same
from dure.match.engine.alternatives import alternatives
from dure.match.engine.coop import Coop
from dure.match.engine.frontier import frontier, given_out, simulated
from dure.match.engine.need import Need, Task
from dure.match.engine.sieve import RULES
from dure.match.engine.trial import trial_step, with_newcomers
from dure.match.engine.why import (
    DECLINED,
    FACTORS,
    OTHERWISE,
    TAKEN,
    TOGETHER,
    YOURS,
    Position,
    advice,
    reckoned,
)
from dure.portal import words
from tests.match.engine.coops import by_chance, need, skill

PRESS = Task(code="press", process="press", quantity=100)
POSITION = Position(
    weighed=0,
    offered=0,
    accepted=0,
    declined=0,
    silent=0,
    share_percent=None,
    fails_bp=200,
    usual_bp=200,
    inspected=0,
)


def verdicts(skills, *tasks, **more):
    coop, posed = Coop.of(skills), need(*(tasks or (PRESS,)), **more)
    found = alternatives(coop, posed).alternatives[0]
    return {
        step.task: {each.member: (each.code, each.third) for each in step.verdicts}
        for step in reckoned(coop, posed, found)
    }


@pytest.mark.parametrize(
    ("worse", "fair_bp", "code"),
    [
        ({"unit_won": 120}, 0, "match.why_price"),
        ({"fails_bp": 900}, 0, "match.why_quality"),
        ({"share_bp": 30_000}, 1_000, "match.why_fair_share"),
        ({"lot_max": 50}, 0, "match.lot_range"),
        ({"consents": False}, 0, "match.no_consent"),
    ],
)
def test_the_factor_is_the_one_that_stood_against_it(worse, fair_bp, code):
    told = verdicts([skill(1), skill(2, **worse)], fair_bp=fair_bp)

    assert {1: (TAKEN, 0), 2: (code, 0)} == told["press"]


def test_the_road_to_the_others_counts_at_a_step():
    paint = Task(code="paint", process="paint", quantity=100, after=("press",))

    told = verdicts([skill(1), skill(2, "paint"), skill(3, "paint", east_m=900)], PRESS, paint)

    assert {2: (TAKEN, 0), 3: ("match.why_road", 0)} == told["paint"]


def test_of_five_and_more_the_third_is_told():
    told = verdicts([skill(number, unit_won=100 + number) for number in range(1, 7)])

    assert [0, 1, 2, 2, 3, 3] == [told["press"][member][1] for member in range(1, 7)]


def test_of_fewer_than_five_no_rank_is_told():
    told = verdicts([skill(number, unit_won=100 + number) for number in range(1, 5)])

    assert {0} == {third for _, third in told["press"].values()}


def test_where_nobody_can_everybody_is_told_why():
    coop, posed = Coop.of([skill(1, lot_max=10), skill(2, consents=False)]), need(PRESS)

    (step,) = reckoned(coop, posed, None)

    assert ["match.lot_range", "match.no_consent"] == [each.code for each in step.verdicts]


def test_every_code_that_members_are_told_has_words_and_advice():
    told = {*FACTORS, TAKEN, TOGETHER, YOURS, DECLINED, OTHERWISE, *(rule.code for rule in RULES)}
    helped = {f"{code}_advice" for code in told - {TAKEN, TOGETHER, YOURS, OTHERWISE}}

    assert set() == (told | helped) - words.catalogue().keys()


def test_advice_names_first_what_stood_against_it_most_often():
    codes = ["match.lot_range", "match.why_price", "match.why_price", YOURS]

    said = advice(codes, replace(POSITION, fails_bp=300, silent=2))

    assert [
        ("match.why_price_advice", 2),
        ("match.lot_range_advice", 1),
        ("match.fails_advice", None),
        ("match.silence_advice", 2),
    ] == [(each.code, each.parameters.get("times")) for each in said]


def test_the_frontier_costs_more_and_shares_more_evenly():
    coop = by_chance(3, 30, 4)

    points = frontier(coop, simulated(coop, 12, seed=1), (300, 3_000))

    assert [0, 300, 3_000] == [point.weight_bp for point in points]
    assert points[0].extra_bp == 0 < points[-1].extra_bp
    assert points[0].members < points[-1].members
    assert points[0].busiest_bp >= points[-1].busiest_bp


def test_simulated_needs_are_the_same_for_everybody():
    coop = by_chance(3, 10, 4)

    assert simulated(coop, 5, seed=1) == simulated(coop, 5, seed=1)
    assert simulated(coop, 5, seed=1) != simulated(coop, 5, seed=2)
    assert () == simulated(Coop.of([skill(1)]), 5, seed=1)


def test_needs_that_nobody_can_make_are_left_out_of_the_frontier():
    coop = Coop.of([skill(1), skill(2)])
    impossible = need(Task(code="weld", process="weld", quantity=1))

    assert () == frontier(coop, [impossible], (300,))
    assert 1 == given_out(coop, [impossible, need(PRESS)], 0).steps


def trial(steps, posed, *, given, tried, part_bp=500):
    coop = with_newcomers(Coop.of(steps), {1: 9, 2: 9})
    return coop, trial_step(coop, posed, given=given, tried=tried, part_bp=part_bp)


def test_trial_work_comes_when_the_part_is_due_and_goes_to_a_newcomer():
    posed = need(PRESS)
    skills = [skill(1), skill(2), skill(3, unit_won=101)]

    assert "" == trial(skills, posed, given=18, tried=0)[1]
    coop, step = trial(skills, posed, given=19, tried=0)
    assert "press" == step
    assert "" == trial(skills, posed, given=19, tried=1)[1]

    kept = Need(tasks=(replace(PRESS, only_new=True),))
    (choice,) = alternatives(coop, kept).alternatives[0].choices
    assert (3, "match.trial_work") == (choice.member, choice.reason.code)


@pytest.mark.parametrize(
    ("newcomer", "task"),
    [
        ({"unit_won": 150}, PRESS),  # asks far more than the cheapest
        ({"lot_max": 1}, PRESS),  # cannot do it
        ({}, replace(PRESS, firms_least=2)),  # critical
    ],
)
def test_no_trial_where_it_would_cost_much_or_cannot_be(newcomer, task):
    skills = [skill(1), skill(2), skill(3, **newcomer)]

    assert "" == trial(skills, need(task), given=99, tried=0)[1]


def test_where_everybody_is_new_nothing_is_reserved():
    assert "" == trial([skill(3), skill(4)], need(PRESS), given=99, tried=0)[1]


def test_of_several_steps_the_one_with_the_nearest_newcomer_is_the_trial():
    paint = Task(code="paint", process="paint", quantity=100, after=("press",))
    skills = [skill(1), skill(2, "paint"), skill(3, unit_won=105), skill(4, "paint", unit_won=101)]

    assert "paint" == trial(skills, need(PRESS, paint), given=99, tried=0)[1]


def again(skills, makers, room_bp):
    coop, posed = Coop.of(skills), need(PRESS)
    return with_the_same(coop, posed, alternatives(coop, posed), makers, room_bp).alternatives


def test_ordered_again_the_same_makers_come_first_within_the_room():
    skills = [skill(1, unit_won=100), skill(2, unit_won=104)]  # 20,000 and 20,400 won

    first, second, *_ = again(skills, {"press": frozenset({2})}, room_bp=200)

    assert ("again", (2,), "cheap", (1,)) == (
        first.label,
        first.members(),
        second.label,
        second.members(),
    )
    assert 200 == first.gap_bp
    assert "cheap" == again(skills, {"press": frozenset({2})}, 199)[0].label


def test_ordered_again_what_is_the_cheapest_anyway_is_said_once():
    found = again([skill(1), skill(2, unit_won=150)], {"press": frozenset({1})}, room_bp=0)

    assert ("again", 0) == (found[0].label, found[0].gap_bp)
    assert "cheap" not in [each.label for each in found]


def test_who_can_no_longer_do_it_does_not_come_first():
    skills = [skill(1), skill(2, lot_max=50)]

    assert "cheap" == again(skills, {"press": frozenset({2})}, 9_999)[0].label
