"""What a gateway took in stands; what finds no room is written down."""

from itertools import count

import pytest

from dure.kernel.errors import Unavailable
from dure.kernel.reason import Reason
from dure.make.engine.told import read
from dure.make.wire.gateway.queue import LEAST_BUDGET, THE_NODE, Queue, Reading


def reading(at=1, value=1.5, device="PRESS-1", metric="force"):
    return Reading(device=device, metric=metric, at_ms=at, value=value)


@pytest.fixture
def queue(tmp_path):
    with Queue(tmp_path, budget=LEAST_BUDGET) as opened:
        yield opened


def filled(queue):
    for serial in count(1):
        try:
            queue.put([reading(serial * 1_000 + at, at / 7) for at in range(500)], now_ms=serial)
        except Unavailable as full:
            return full
    return None


def test_what_was_put_comes_back_in_order_after_a_stop(tmp_path):
    with Queue(tmp_path, budget=LEAST_BUDGET) as first:
        first.put([reading(1), reading(2), reading(3, device="KILN-1")], now_ms=9)
        queue_id = first.id

    with Queue(tmp_path, budget=LEAST_BUDGET) as again:
        batches = again.next_batches(0, 10)

        assert queue_id == again.id
    assert [(1, "PRESS-1", 2), (2, "KILN-1", 1)] == [
        (batch.serial, batch.device, len(batch.readings)) for batch in batches
    ]


def test_a_serial_is_never_given_twice(tmp_path):
    with Queue(tmp_path, budget=LEAST_BUDGET) as first:
        first.put([reading()], now_ms=1)
        first.done([1])

    with Queue(tmp_path, budget=LEAST_BUDGET) as again:
        again.put([reading()], now_ms=2)

        assert [2] == [batch.serial for batch in again.next_batches(0, 10)]


def test_a_named_source_says_each_reading_once_for_ever(queue):
    rows = [reading(at) for at in range(5)]

    taken = [queue.put(rows, now_ms=1, source="folder a") for _ in range(2)]
    longer = queue.put([*rows, reading(9)], now_ms=1, source="folder b")

    assert [5, 0, 1] == [*taken, longer]


def test_beyond_its_budget_nothing_is_taken_and_all_that_was_stands(queue, tmp_path):
    refused = filled(queue)
    waiting = queue.waiting()

    assert "make.queue_full" == refused.reason.code
    assert waiting == len(queue.next_batches(0, 10_000)) > 0
    assert (tmp_path / "queue.sqlite").stat().st_size <= LEAST_BUDGET


def test_a_machine_that_cannot_wait_leaves_a_written_gap_which_travels_later(queue):
    filled(queue)

    assert not queue.put_or_gap([reading(70), reading(50)], now_ms=1)
    assert not queue.put_or_gap([reading(90)], now_ms=1)
    assert not queue.settle_gaps(now_ms=2)
    assert [("PRESS-1", 3, 50, 90)] == [
        (gap.device, gap.count, gap.since_ms, gap.until_ms) for gap in queue.gaps()
    ]
    last = max(batch.serial for batch in queue.next_batches(0, 10_000))
    queue.done(range(1, last + 1))
    assert queue.settle_gaps(now_ms=3)
    told, shown = queue.next_batches(0, 10)
    assert {"gap/count": 3, "gap/since": 50, "gap/until": 90} == {
        each.metric: each.value for each in told.readings
    }
    (trouble,) = shown.readings
    assert ("", "Gateway/Trouble") == (trouble.device, trouble.metric)
    assert (
        Reason("make.no_room", {"device": "PRESS-1", "since": 50, "until": 90}), 3
    ) == read(trouble.value)  # fmt: skip
    assert [] == queue.gaps()


def test_a_metric_keeps_its_alias_and_its_birth_is_counted(queue):
    queue.put([reading(), reading(metric="state", value="run")], now_ms=1)
    queue.put([reading(value=2)], now_ms=1)

    assert [("force", 10), ("state", 12)] == [
        (m.name, m.datatype) for m in queue.metrics() if m.device != THE_NODE
    ]
    assert [0, 1] == [queue.next_bd_seq() for _ in range(2)]
