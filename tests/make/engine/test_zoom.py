"""Fewer points, the same picture."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dure.make.engine.zoom import largest_triangles


@given(st.lists(st.floats(-1e6, 1e6), max_size=400), st.integers(3, 60))
def test_it_keeps_at_most_so_many_in_order_with_both_ends(values, count):
    x = np.arange(len(values), dtype=float)

    kept = largest_triangles(x, np.array(values), count)

    assert min(len(values), count) == len(kept)
    assert kept.tolist() == sorted(set(kept.tolist()))
    if values:
        assert (0, len(values) - 1) == (kept[0], kept[-1])


def test_a_lone_peak_is_kept():
    values = np.zeros(10_000)
    values[4_321] = 9.0

    assert 4_321 in largest_triangles(np.arange(10_000.0), values, 20)
