"""Work side by side comes back in order, whoever does it."""

import numpy as np
import pytest

from dure.kernel.errors import Malformed
from dure.plan.engine.fanning import done_by, side_by_side


def doubled(part):
    part *= 2  # in place: a part is its worker's own to write in
    return part


@pytest.mark.parametrize("backend", ["", "threading", "loky"])
def test_each_part_is_done_and_comes_back_in_its_place(backend):
    parts = [np.full(200_000, number) for number in range(3)]

    with done_by(backend):
        done = side_by_side(doubled, parts, workers=2)

    assert [0, 2, 4] == [int(part[0]) for part in done]


def test_a_backend_that_nobody_knows_is_refused():
    with pytest.raises(Malformed, match=r"plan\.unknown_backend"):
        done_by("nosuch")
