from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Unproven
from dure.make.engine.manifest import FIRST, Line, Range, SegmentEntry, read_manifest

SEGMENT = SegmentEntry(
    group="F001", kind="readings", file="readings/F001/1.parquet", sha256="ab" * 32,
    content="cd" * 32, rows=3, at_lo=1, at_hi=2, received_lo=1, received_hi=2,
)  # fmt: skip


def chain(*ranges, epoch="e1", missing=()):
    lines = []
    for lo, hi in ranges:
        lines.append(
            Line(
                number=len(lines) + 1,
                prev=lines[-1].digest() if lines else FIRST,
                sources={"machines": Range(epoch=epoch, lo=lo, hi=hi)},
                segments=(SEGMENT,),
                heard={"F001/line-1": (7, 5_000)},
                missing=missing,
            )
        )
    return lines


def written(lines):
    return b"".join(line.body() + b"\n" for line in lines)


def test_lines_are_read_back_as_written():
    lines = chain((1, 10), (11, 20))

    assert (lines, len(written(lines))) == read_manifest(written(lines))


@given(st.integers(1, 10_000))
def test_a_torn_tail_never_was(cut):
    data = written(chain((1, 10), (11, 20), (21, 30)))
    cut = cut % len(data)

    lines, whole = read_manifest(data[:cut])

    assert data[:cut].count(b"\n") == len(lines)
    assert data[:whole] == written(lines)


@given(st.data())
def test_one_changed_byte_is_found(data):
    body = bytearray(written(chain((1, 10), (11, 20), (21, 30))))
    inside = len(written(chain((1, 10), (11, 20))))
    place = data.draw(st.integers(0, inside - 2).filter(lambda at: body[at] != 10))
    body[place] ^= data.draw(st.integers(1, 255).filter(lambda flip: body[place] ^ flip != 10))

    with pytest.raises(Unproven):
        read_manifest(bytes(body))


def test_a_dropped_line_is_found():
    lines = chain((1, 10), (11, 20), (21, 30))

    with pytest.raises(Unproven):
        read_manifest(written([lines[0], lines[2]]))


@pytest.mark.parametrize("second", [(12, 20), (10, 20), (1, 20)])
def test_ranges_that_do_not_tile_are_found(second):
    with pytest.raises(Unproven):
        read_manifest(written(chain((1, 10), second)))


def test_messages_that_the_broker_no_longer_had_are_said_to_be_missing():
    gap = {"source": "machines", "lo": 11, "hi": 14}

    lines, _ = read_manifest(written(chain((1, 10), (15, 20), missing=(gap,))))

    assert 2 == len(lines)


def test_a_stream_made_anew_begins_a_new_epoch():
    (first,) = chain((1, 10))
    anew = Line(number=2, prev=first.digest(), sources={"machines": Range(epoch="e2", lo=1, hi=4)})

    lines, _ = read_manifest(written([first, anew]))
    assert 2 == len(lines)

    with pytest.raises(Unproven):
        read_manifest(written([first, replace(anew, sources=first.sources)]))
