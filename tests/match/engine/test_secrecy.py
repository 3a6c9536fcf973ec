"""
An attacker tries to find out a rival's rate: a member that re-prices as often as it likes, its
second account, and a buyer of its own that asks for what it likes.

What it sees is all that an answer shows to a buyer, who of its own was taken, and, once the request
is closed, what its members are told. Rates that count as one step look alike in all of it.
"""

from dataclasses import replace
from math import log2

from hypothesis import given, settings
from hypothesis import strategies as st

from dure.kernel.coarse import coarse
from dure.match.engine.alternatives import alternatives
from dure.match.engine.coop import Coop
from dure.match.engine.need import Need, Task
from dure.match.engine.problem import FROM, STEPS, in_steps
from dure.match.engine.why import reckoned
from tests.match.engine.coops import skill

ATTACKER, SECOND, RIVAL = 1, 2, 3
OTHERS = tuple(
    skill(number, "press", setup_won=9_000 + 500 * number, unit_won=190 + 7 * number)
    for number in range(4, 8)
)
PAINT = skill(8, "paint")


def seen(rival, move, *, is_coarse=True):
    """Give all that the attacker sees of one request."""
    own_setup, own_unit, quantity, steps = move
    coop = Coop.of(
        [
            skill(ATTACKER, "press", setup_won=own_setup, unit_won=own_unit),
            skill(SECOND, "press", setup_won=own_setup, unit_won=own_unit + 3, east_m=700),
            skill(RIVAL, "press", setup_won=rival[0], unit_won=rival[1], east_m=250),
            *OTHERS,
            PAINT,
        ]
    )
    tasks = [Task(code="press", process="press", quantity=quantity)]
    if steps == 2:
        tasks.append(Task(code="paint", process="paint", quantity=quantity, after=("press",)))
    need = Need(tasks=tuple(tasks), fair_bp=100, is_coarse=is_coarse)
    answer = alternatives(coop, need)
    shown = [
        (
            each.label,
            each.price,
            each.longest_minutes,
            each.road_minutes,
            each.gap_bp,
            [(choice.task, choice.reason) for choice in each.choices],
            [choice.member for choice in each.choices if choice.member in (ATTACKER, SECOND)],
        )
        for each in answer.alternatives
    ]
    told = [
        verdict
        for step in reckoned(coop, need, answer.alternatives[0])
        for verdict in step.verdicts
        if verdict.member in (ATTACKER, SECOND)
    ]
    return repr((shown, told))


MOVES = st.tuples(
    st.integers(0, 30_000), st.integers(150, 300), st.integers(1, 5_000), st.integers(1, 2)
)
SECRETS = st.tuples(st.integers(1_000, 30_000), st.integers(51, 400))


@settings(max_examples=60)
@given(SECRETS, st.integers(0, 200), st.integers(0, 4), st.lists(MOVES, min_size=1, max_size=3))
def test_rates_of_one_step_look_alike_whatever_is_asked(rival, more_setup, more_unit, moves):
    other = (rival[0] + more_setup, rival[1] + more_unit)
    if [coarse(part) for part in rival] != [coarse(part) for part in other]:
        other = (coarse(rival[0]), coarse(rival[1]))

    assert [seen(rival, move) for move in moves] == [seen(other, move) for move in moves]


def bits_learnt(*, is_coarse):
    """Let the attacker try every own price against each of thirty rates of a rival."""
    secrets = [(10_000, unit) for unit in range(200, 230)]
    moves = [(10_000, own, 1_000, 1) for own in range(199, 231, 6)]
    transcripts = {
        secret: tuple(seen(secret, move, is_coarse=is_coarse) for move in moves)
        for secret in secrets
    }
    return log2(len(set(transcripts.values()))), log2(len(secrets))


def test_trying_every_price_learns_no_more_than_the_steps():
    learnt, secret = bits_learnt(is_coarse=True)

    cells = len({coarse(unit) for unit in range(200, 230)})
    assert 4 == cells
    assert learnt <= log2(cells)
    assert secret > 4.9


def test_without_the_steps_the_same_attack_learns_more_than_twice_as_much():
    learnt, _ = bits_learnt(is_coarse=False)

    assert learnt > 2 * log2(4)


@given(st.lists(st.integers(0, 10**12), max_size=20))
def test_columns_are_put_in_steps_as_single_amounts_are(amounts):
    import numpy as np

    found = in_steps(np.array(amounts, dtype=np.int64)).tolist()

    assert [coarse(each) for each in amounts] == found
    assert len(STEPS) == len(FROM) + 1


def test_a_need_is_exact_where_nobody_asks_for_steps():
    coop = Coop.of([skill(1, unit_won=101), skill(2, unit_won=102)])
    need = Need(tasks=(Task(code="press", process="press", quantity=10_000),))

    exact = alternatives(coop, need).alternatives[0]
    steps = alternatives(coop, replace(need, is_coarse=True)).alternatives[0]

    assert (1_020_000, 1_010_000) == (exact.price, steps.price)
