from hypothesis import given
from hypothesis import strategies as st

from dure.sense.engine.price_band import StepPrices, price_band


def band(*steps, materials=0, fee=0):
    priced = [StepPrices(step=f"s{place}", prices=prices) for place, prices in enumerate(steps)]
    return price_band(priced, materials=materials, fee_basis_points=fee)


def test_the_ends_are_the_sums_of_the_least_and_the_most():
    found = band({1: 100_000, 2: 140_000, 3: 120_000}, {4: 210_000, 5: 260_000})

    assert (310_000, 400_000) == (found.low, found.high)
    assert 5 == found.firms
    assert 100 == found.coverage_percent


def test_the_fee_and_the_materials_are_in_it():
    found = band({1: 100_000, 2: 100_000, 3: 100_000, 4: 1, 5: 200_000}, materials=1000, fee=1000)

    assert 1000 == found.materials
    assert (1000, 230_000) == (found.low, found.high)


def test_under_five_firms_only_the_order_of_magnitude_is_said():
    found = band({1: 123_456, 2: 187_654})

    assert (100_000, 200_000) == (found.low, found.high)


def test_one_firm_alone_shows_nothing():
    found = band({1: 123_456})

    assert (None, None) == (found.low, found.high)


def test_a_step_that_nobody_can_do_leaves_the_band_open():
    assert band({1: 1, 2: 2, 3: 3, 4: 4, 5: 5}, {}).low is None


prices = st.dictionaries(st.integers(1, 60), st.integers(1, 10**8), min_size=1, max_size=40)


@given(st.lists(prices, min_size=1, max_size=6), st.integers(0, 10**7), st.integers(0, 2000))
def test_the_cheapest_choice_of_small_groups_lies_inside(steps, materials, fee):
    found = band(*steps, materials=materials, fee=fee)

    if found.low is not None and all(len(step) < 10 for step in steps):
        cheapest = sum(min(step.values()) for step in steps)
        assert found.low <= cheapest + cheapest * fee // 10_000 + materials + 1 <= found.high + 1


@given(st.lists(prices, min_size=1, max_size=6), st.integers(1, 5))
def test_one_member_that_moves_a_little_rarely_shows(steps, percent):
    """Rounded to two digits, the ends carry at most 90 values in each power of ten."""
    found = band(*steps)

    if found.low:
        assert len(str(found.low).rstrip("0")) <= 2
        assert len(str(found.high).rstrip("0")) <= 2
