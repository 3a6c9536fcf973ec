import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dure.match.engine.envelope import enveloped

spot = st.tuples(st.integers(-40, 40), st.integers(-40, 40)).map(
    lambda at: (at[0] * 97, at[1] * 97)
)
source = st.tuples(spot, st.integers(-(10**6), 10**8))


def laid(spots):
    """East, north, number of the spot, and the orders, as the kernel takes them."""
    number = {each: at for at, each in enumerate(sorted(spots))}
    east, north = (np.array(each, dtype=np.int64) for each in zip(*spots, strict=True))
    which = np.array([number[each] for each in spots], dtype=np.int64)
    return east, north, which


def bounds(targets, sources, won, handling, speed):
    here, there = list(targets), [each for each, _ in sources]
    east, north, which = laid(here + there)
    cost = np.array([each for _, each in sources], dtype=np.int64)

    def rows(part):
        orders = [np.argsort(east[part]), np.argsort(north[part])]
        return np.stack([east[part], north[part], which[part], *orders])

    found = np.empty(len(here), dtype=np.int64)
    roads = np.array([won, handling, speed, len(here) + len(there)])
    cut = len(here)
    enveloped(rows(slice(None, cut)), rows(slice(cut, None)), cost, roads, found)
    return found


def true_least(target, sources, won, handling, speed):
    def road(east, north):
        metres = abs(target[0] - east) + abs(target[1] - north)
        return won * (handling - (-metres // speed)) if metres else 0

    return min(cost + road(*at) for at, cost in sources)


@given(
    st.lists(spot, min_size=1, max_size=25),
    st.lists(source, min_size=1, max_size=25),
    st.integers(0, 30_000),
    st.integers(0, 30),
    st.integers(1, 400),
)
def test_it_is_never_more_than_the_least_and_less_than_a_minutes_won_below_it(
    targets, sources, won, handling, speed
):
    found = bounds(targets, sources, won, handling, speed)

    for target, bound in zip(targets, found.tolist(), strict=True):
        least = true_least(target, sources, won, handling, speed)
        assert least - max(won, 1) < bound <= least


def test_in_one_place_there_is_no_road():
    assert [500] == bounds([(0, 0)], [((0, 0), 500), ((97, 0), 1)], 1_000, 15, 250).tolist()
