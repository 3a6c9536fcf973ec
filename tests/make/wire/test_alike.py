"""Payloads that are alike are cut into columns: the same rows as if each were parsed."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.make.engine.host import Host
from dure.make.wire import spb_flat_pb2 as pb
from dure.make.wire.alike import Block, Shape, Slot, laid, lengths_of, shape_of
from dure.make.wire.messages import Messages
from dure.make.wire.readings import Reading
from tests.make.wire.payloads import born, message, payload, plain

DATA = "spBv1.0/F001/DDATA/line-1/kiln"
NODE = "spBv1.0/F001/NDATA/line-1"
METRICS = (("temperature", 7, 20.0), ("count", 8, 0), ("open", 9, True), ("name", 10, "x"))

moments = st.one_of(st.none(), st.sampled_from([0, 1, 1_795_396_000_123, 2**48, 2**64 - 1]))
kinds = {
    "double_value": st.floats(),
    "float_value": st.floats(width=32),
    "int_value": st.sampled_from([0, 1, 127, 128, 2**31, 2**32 - 5, 65_535]),
    "long_value": st.sampled_from([0, 200, 2**40, 2**53 + 1, 2**64 - 1]),
    "boolean_value": st.booleans(),
    "string_value": st.sampled_from(["", "정상"]),
}
datatypes = st.sampled_from([None, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12])


@st.composite
def metrics(draw):
    """Fields of one metric: what is drawn here is the same in all payloads, its value is not."""
    named = st.sampled_from([{"alias": 7}, {"alias": 8}, {"alias": 9}, {"alias": 77}])
    fields = draw(st.one_of(named, st.sampled_from([{"name": "온도"}, {"name": "a", "alias": 9}])))
    datatype, extra = draw(datatypes), draw(st.sampled_from([{}, {}, {}, {"is_null": True}]))
    fields |= {} if datatype is None else {"datatype": datatype}
    return {**fields, **extra}, draw(st.sampled_from(sorted(kinds)))


@st.composite
def talks(draw):
    """Give bodies and topics of an edge node's messages: a few kinds of payload, told often."""
    shapes = draw(st.lists(st.lists(metrics(), min_size=1, max_size=3), min_size=1, max_size=2))
    said = []
    for number in range(draw(st.integers(1, 12))):
        body = pb.Payload(seq=(2 + number) % 256 if draw(st.integers(0, 20)) else 200)
        sent = draw(moments)
        if sent is not None:
            body.timestamp = sent
        for fields, kind in draw(st.sampled_from(shapes)):
            at = draw(moments)
            told = {} if at is None else {"timestamp": at}
            body.metrics.add(**fields, **told, **{kind: draw(kinds[kind])})
        said.append((draw(st.sampled_from([DATA, DATA, NODE])), body.SerializeToString()))
    return said


def heard(said, *, least_alike):
    reading = Reading(Host(), least_alike=least_alike)
    reading.read(born(metrics=METRICS))
    messages = [
        message(topic, body, seq=3 + number, stored=5_000 + number)
        for number, (topic, body) in enumerate(said)
    ]
    understood = reading.read(messages)
    tables = {group: _told(table) for group, table in understood.readings.items()}
    odd = [(row.message, row.reason) for row in understood.quarantined]
    return tables, sorted(odd, key=repr), understood.nodes, reading.host.tally.take()


def _told(table):
    """Give a table's rows, NaN as a word, because it equals nothing."""
    return [
        {name: "NaN" if value != value else value for name, value in row.items()}
        for row in table.cast(_in_numbers(table.schema)).to_pylist()
    ]


def _in_numbers(schema):
    """Times may lie past what Python's own can hold."""
    return pa.schema(
        [
            each.with_type(pa.int64()) if pa.types.is_timestamp(each.type) else each
            for each in schema
        ]
    )


@settings(max_examples=60)
@given(talks())
def test_cut_or_parsed_the_rows_are_the_same(said):
    assert heard(said, least_alike=10**9) == heard(said, least_alike=1)


def test_cut_or_parsed_a_thousand_messages_come_to_the_same_rows():
    said = [(DATA, payload((2 + n) % 256, [(None, 7, n / 8), (None, 9, True)])) for n in range(999)]

    assert heard(said, least_alike=10**9) == heard(said, least_alike=8)


def rows_of(*bodies):
    """Lay payloads side by side; they must be of one length."""
    given = Messages.of([message(DATA, body) for body in bodies])
    (length,) = set(lengths_of(given.arena, given.at, given.size).tolist())
    return laid(given.arena, given.at, given.size, length)


@pytest.mark.parametrize(
    "metric",
    [
        plain(None, 10, "text"),
        {"alias": 7, "is_null": True},
        {"alias": 7, "double_value": 1.0, "is_historical": True},
        {"alias": 7, "double_value": 1.0, "properties": b"\x0a\x01q"},
        {"alias": 7, "long_value": 2**64 - 1},
        {"double_value": 1.0},
    ],
)
def test_what_carries_more_than_numbers_has_no_shape(metric):
    assert shape_of(rows_of(payload(3, [metric]))[0]) is None


@pytest.mark.parametrize("body", [b"", b"\xff", b"\x12\x05\x10", b"\x12\x80", bytes(12)])
def test_bytes_that_are_no_payload_have_no_shape(body):
    assert shape_of(rows_of(body)[0]) is None


def test_a_seq_of_one_byte_and_of_two_are_alike():
    rows = rows_of(*(payload(seq, [(None, 7, 1.5)]) for seq in (5, 200)))

    shape = shape_of(rows[0])

    assert shape.fits(rows).all()
    assert [[5, 200]] == Block(shape, rows).numbers([shape.seq]).tolist()


def test_one_fixed_bit_that_differs_makes_a_payload_another():
    rows = rows_of(*(payload(200, [(None, alias, 1.5)]) for alias in (7, 8)))

    shape = shape_of(rows[0])

    assert [True, False] == shape.fits(rows).tolist()


@given(st.lists(st.integers(0, 2**49 - 1), min_size=1, max_size=5))
def test_varints_of_any_width_are_read(numbers):
    written = [_varint(number) for number in numbers]
    places = np.cumsum([0, *map(len, written)]).tolist()
    slots = [Slot(place, len(each)) for place, each in zip(places, written, strict=False)]
    row = np.frombuffer(bytearray(b"".join(written)), np.uint8)
    shape = Shape(row, row, None, None, ())

    block = Block(shape, row.reshape(1, -1))

    assert [[number] for number in numbers] == block.numbers(slots).tolist()


def _varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])
