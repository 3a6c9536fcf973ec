from dataclasses import replace

import pytest

from dure.make.engine.grade import Claims, Grade, disagreements, grades_in, with_grade

AGREED = Claims(declared=500, cycles=503, energy_kwh=50.0, usual_kwh=0.1, made=495, shipped=495)


def codes(**changes):
    return [reason.code for reason in disagreements(replace(AGREED, **changes))]


def test_claims_that_agree_within_tolerance_are_told_of_nothing():
    assert [] == codes()


@pytest.mark.parametrize(
    ("cycles", "told"),
    [
        (490, []),
        (489, ["make.cycles_differ"]),
        (510, []),
        (511, ["make.cycles_differ"]),
        (None, []),
    ],
)
def test_cycles_may_differ_by_two_in_a_hundred(cycles, told):
    assert told == codes(cycles=cycles)


@pytest.mark.parametrize(("cycles", "told"), [(7, []), (6, ["make.cycles_differ"])])
def test_a_small_lot_may_differ_by_three_pieces(cycles, told):
    assert told == codes(declared=10, cycles=cycles, energy_kwh=None)


@pytest.mark.parametrize(
    ("energy", "told"),
    [(25.0, []), (24.9, ["make.energy_differs"]), (75.0, []), (75.1, ["make.energy_differs"])],
)
def test_energy_a_piece_may_differ_by_half(energy, told):
    assert told == codes(energy_kwh=energy)


@pytest.mark.parametrize("changes", [{"usual_kwh": None}, {"energy_kwh": None}, {"usual_kwh": 0.0}])
def test_energy_is_not_compared_where_nobody_says_what_is_usual(changes):
    assert [] == codes(**changes)


def test_shipping_more_than_was_made_has_no_tolerance():
    assert ["make.shipped_beyond"] == codes(shipped=496)
    assert [] == codes(made=None, shipped=496)


def test_a_lot_remembers_each_way_in_which_it_was_counted_once():
    words = ""
    for grade in (Grade.HAND, Grade.MACHINE, Grade.HAND):
        words = with_grade(words, grade)

    assert (Grade.MACHINE, Grade.HAND) == grades_in(words)
    assert () == grades_in("")
