import json

import pytest
from hypothesis import given, settings

from dure.buy.engine.form import (
    decision_bytes,
    problem_as_json,
    problem_from_json,
    replay,
)
from dure.buy.engine.meter import meter
from dure.buy.engine.problem import Effort, arranged
from dure.buy.engine.solve import solve
from dure.kernel.canonical import canonical
from dure.kernel.errors import Malformed, Unproven
from tests.buy.engine.rounds import need, offer, round_of, small_rounds, supplier

ROUND = round_of(need(1, 9), need(2, 4), offer(1, (1, 100), (10, 90)), supplier(1, 500))


@given(small_rounds())
def test_a_round_comes_back_from_its_file(problem):
    problem = arranged(problem)

    assert problem == problem_from_json(json.loads(json.dumps(problem_as_json(problem))))


@settings(max_examples=20, deadline=None)
@given(small_rounds())
def test_a_stored_decision_is_recomputed_to_the_same_bytes(problem):
    decision = solve(problem, Effort())

    assert decision.award == replay(decision_bytes(decision))


def test_one_changed_won_is_found():
    stored = json.loads(decision_bytes(solve(ROUND, Effort())))
    stored["award"]["shares"][0]["pays"] -= 1

    with pytest.raises(Unproven):
        replay(canonical(stored))


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other/1"},
        {"needs": [{"member": 1}]},
        {"needs": [{"member": 1, "item": 1, "amount": 1.5, "by_day": 3}]},
        {"offers": 7},
        {"suppliers": None},
    ],
)
def test_a_file_of_another_shape_is_refused(change):
    with pytest.raises(Malformed):
        problem_from_json({**problem_as_json(ROUND), **change})


def test_the_meter_says_what_is_missing_to_the_next_break():
    tariff = offer(1, (1, 1_000), (500, 900))

    far, near, over = (meter(tariff, amount * 1_000) for amount in (400, 451, 500))

    assert (100, 90_000, 40_000, False) == (
        far.missing_packs,
        far.missing_won,
        far.falls_won,
        far.round_up,
    )
    assert near.round_up
    assert over is None
