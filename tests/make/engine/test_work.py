import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import DureError, Malformed, Refused
from dure.make.engine import work
from dure.make.engine.work import Holding, JobState, LotState, Tally

WAITING = Tally(state=JobState.WAITING, planned=500, good=0, scrap=0)
RUNNING = work.start(WAITING)
MADE = Holding(state=LotState.OPEN, good=508, scrapped=12, job_finished=True)


def test_a_job_is_started_counted_and_finished():
    tally = work.finish(work.count(work.start(WAITING), good=508, scrap=12))

    assert Tally(state=JobState.FINISHED, planned=500, good=508, scrap=12) == tally


def test_starting_twice_is_starting_once():
    assert RUNNING == work.start(RUNNING)


def test_a_withdrawn_job_is_not_started_and_one_under_way_is_not_withdrawn():
    withdrawn = work.withdraw(WAITING)

    assert RUNNING == work.withdraw(RUNNING)
    with pytest.raises(Refused, match=r"make\.job_withdrawn"):
        work.start(withdrawn)
    with pytest.raises(Refused, match=r"make\.job_not_started"):
        work.count(withdrawn, good=1, scrap=0)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda: work.count(WAITING, good=1, scrap=0), "make.job_not_started"),
        (lambda: work.finish(WAITING), "make.job_not_started"),
        (lambda: work.finish(RUNNING), "make.nothing_counted"),
        (lambda: work.count(RUNNING, good=5_080, scrap=0), "make.count_beyond_plan"),
        (lambda: work.count(RUNNING, good=-1, scrap=0), "make.negative_count"),
        (lambda: work.count(RUNNING, good=0, scrap=-1), "make.negative_count"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(act, code):
    with pytest.raises(DureError) as refusal:
        act()

    assert code == refusal.value.reason.code


def test_nothing_happens_to_a_finished_job():
    finished = work.finish(work.count(RUNNING, good=1, scrap=0))

    for act in (work.start, work.finish, lambda job: work.count(job, good=1, scrap=0)):
        with pytest.raises(Refused):
            act(finished)


def test_a_held_lot_is_not_released_before_somebody_looked():
    held = work.hold(MADE)

    with pytest.raises(Refused) as refusal:
        work.release(held)

    assert "make.lot_uninspected" == refusal.value.reason.code


def test_after_a_failure_in_the_sample_every_piece_must_be_looked_at():
    sampled = work.inspect(work.hold(MADE), inspected=50, failed=3)
    with pytest.raises(Refused):
        work.release(sampled)

    all_seen = work.inspect(sampled, inspected=505, failed=7)

    assert (498, 22) == (all_seen.good, all_seen.scrapped)
    assert LotState.RELEASED is work.release(all_seen).state


def test_a_sample_without_failure_clears_the_lot():
    cleared = work.inspect(work.hold(MADE), inspected=50, failed=0)

    assert LotState.RELEASED is work.release(cleared).state


def test_an_alarm_after_the_inspection_asks_for_another():
    looked = work.inspect(work.hold(MADE), inspected=508, failed=0)

    with pytest.raises(Refused):
        work.release(work.hold(looked))


def test_a_lot_leaves_only_finished_and_with_something_good():
    with pytest.raises(Refused):
        work.release(Holding(state=LotState.OPEN, good=5, scrapped=0))
    with pytest.raises(Refused):
        work.release(Holding(state=LotState.OPEN, good=0, scrapped=5, job_finished=True))


def test_a_released_lot_is_not_touched():
    gone = work.release(MADE)

    for act in (work.hold, work.release, lambda lot: work.inspect(lot, inspected=1, failed=0)):
        with pytest.raises(Refused):
            act(gone)


@given(good=st.integers(0, 600), inspected=st.integers(-2, 700), failed=st.integers(-2, 700))
def test_an_inspection_never_makes_or_loses_a_piece(good, inspected, failed):
    lot = Holding(state=LotState.HELD, good=good, scrapped=3)
    try:
        after = work.inspect(lot, inspected=inspected, failed=failed)
    except Malformed:
        return

    assert good + 3 == after.good + after.scrapped
    assert min(after.good, after.scrapped) >= 0
