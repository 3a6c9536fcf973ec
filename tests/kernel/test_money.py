from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.money import Won, percent, percent_down, percent_up, split_by_weight

weights = st.dictionaries(st.integers(1, 10_000), st.integers(0, 10**9), min_size=1).filter(
    lambda weights: sum(weights.values()) > 0
)


@given(total=st.integers(-(10**12), 10**12), weights=weights)
def test_shares_always_add_up_to_the_total(total, weights):
    shares = split_by_weight(Won(total), weights)

    assert total == sum(shares.values())


@given(total=st.integers(0, 10**12), weights=weights)
def test_no_share_is_a_won_away_from_its_exact_part(total, weights):
    shares = split_by_weight(Won(total), weights)

    whole = sum(weights.values())
    assert all(abs(shares[who] * whole - total * weights[who]) < whole for who in weights)


def test_what_rounding_leaves_goes_to_the_smaller_business_number():
    shares = split_by_weight(Won(100), {3: 1, 1: 1, 2: 1})

    assert {1: 34, 2: 33, 3: 33} == shares


def test_percentages_round_the_way_their_purpose_asks():
    assert 13 == percent(Won(125), 1_000)
    assert 327_100_002 == percent_up(Won(3_271_000_017), 1_000)
    assert 327_100_001 == percent_down(Won(3_271_000_017), 1_000)
