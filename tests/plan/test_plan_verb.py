"""The verb that plans a file."""

from signal import SIGINT, getsignal, raise_signal

from dure.cli.plan import Seconds, ended_by_ctrl_c
from dure.plan.engine.budget import WHOLE


def test_ctrl_c_spends_the_time_that_is_left_and_leaves_the_program_alone():
    clock, whose = Seconds(1000, clock=lambda: 7.0), getsignal(SIGINT)
    with ended_by_ctrl_c(clock):
        before = clock.used(0), clock.left()

        raise_signal(SIGINT)

        after = clock.used(0), clock.left()
    assert [(0, 1000.0), (WHOLE, 0.0)] == [before, after]
    assert whose == getsignal(SIGINT)
