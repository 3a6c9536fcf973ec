from dure.plan.engine.lots import Share, left_over, shrink


def shares():
    return [
        Share(step="form", after=(), quantity=1_000, good=1_000),
        Share(step="fire.1", after=("form",), quantity=500, good=500, of="fire"),
        Share(step="fire.2", after=("form",), quantity=500, good=500, of="fire"),
        Share(step="card", after=(), quantity=1_000, good=1_000),
        Share(step="pack", after=("fire.1", "fire.2", "card"), quantity=1_000, good=1_000),
    ]


def test_what_two_makers_of_a_step_give_is_added_up():
    assert 900 == shrink(shares(), {"fire.1": 400})["pack"]


def test_the_scarcest_of_different_inputs_decides():
    assert 700 == shrink(shares(), {"fire.1": 400, "card": 700})["pack"]


def test_what_came_short_before_comes_short_in_each_lot():
    starts = shrink(shares(), {"form": 800})

    assert (400, 400, 800) == (starts["fire.1"], starts["fire.2"], starts["pack"])
    assert 800 == left_over(shares(), {"form": 800})
