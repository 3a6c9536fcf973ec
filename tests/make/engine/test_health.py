from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.reason import Reason
from dure.make.engine.health import Tally, Trouble, folded, read_troubles

LOST = Reason("make.messages_lost", {"lost": 2})

troubles = st.builds(
    Trouble,
    group=st.sampled_from(["", "F001", "F002"]),
    edge=st.sampled_from(["", "line-1"]),
    reason=st.sampled_from([LOST, Reason("make.rebirth_asked")]),
    count=st.integers(1, 9),
    first_ms=st.integers(0, 50),
    last_ms=st.integers(50, 99),
)


def test_a_trouble_is_counted_by_member_node_and_code():
    tally = Tally()
    tally.note("F001", "line-1", LOST, 10, 2)
    tally.note("F001", "line-1", Reason("make.messages_lost", {"lost": 5}), 30, 5)
    tally.note("F002", "line-1", LOST, 20)

    (mine,) = tally.of("F001")

    assert (7, 10, 30, 5) == (
        mine.count,
        mine.first_ms,
        mine.last_ms,
        mine.reason.parameters["lost"],
    )


def test_what_was_taken_is_counted_once():
    tally = Tally()
    tally.note("F001", "", LOST, 1)

    assert 1 == len(tally.take())
    assert [] == tally.take()


@given(st.lists(troubles, max_size=12))
def test_a_trouble_written_down_is_read_back(given_troubles):
    assert given_troubles == list(read_troubles(each.as_json() for each in given_troubles))


@given(st.lists(st.lists(troubles, max_size=5), max_size=6))
def test_folding_the_lines_again_gives_the_same_counts(lines):
    running = Tally()
    for line in lines:
        for trouble in line:
            running.add(trouble)

    again = folded([[each.as_json() for each in line] for line in lines])

    assert running.troubles == again.troubles
    assert sum(each.count for line in lines for each in line) == sum(
        each.count for each in again.troubles.values()
    )
