import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.make.engine.host import Host
from dure.make.wire import spb_flat_pb2 as pb
from dure.make.wire.readings import Reading
from dure.make.wire.schema import READINGS
from dure.make.wire.sparkplug import decode, rebirth_command
from dure.make.wire.tables import quarantine_table
from tests.make.wire.payloads import born, message, payload, plain

DATA = "spBv1.0/F001/DDATA/line-1/kiln"


@pytest.fixture
def reading():
    return Reading(Host())


def said(reading, *messages):
    return reading.read([*born(), *messages])


def rows(understood, group="F001"):
    return understood.readings[group].to_pylist() if group in understood.readings else []


def readings_of(understood, metric="temperature"):
    return [
        (row["value"], row["seq"], row["position"])
        for row in rows(understood)
        if row["metric"] == metric
    ]


def test_data_by_alias_becomes_rows_by_name(reading):
    understood = said(reading, message(DATA, payload(2, [(None, 7, 21.5)]), seq=3))

    assert [(20.0, 2, 0), (21.5, 3, 0)] == readings_of(understood)
    assert READINGS == understood.readings["F001"].schema
    assert {"kiln", ""} == {row["device"] for row in rows(understood)}
    assert [] == understood.quarantined


def test_the_three_times_fall_back_from_metric_to_payload_to_broker(reading):
    metrics = [plain(None, 7, 1.0) | {"timestamp": 123}, plain(None, 7, 2.0)]
    no_time = pb.Payload(seq=3)
    no_time.metrics.add(alias=7, double_value=3.0)
    understood = said(
        reading,
        message(DATA, payload(2, metrics, at=456), seq=3),
        message(DATA, no_time.SerializeToString(), seq=4, stored=789_000),
    )

    at = [row["at"].timestamp() for row in rows(understood) if row["value"] in (1.0, 2.0, 3.0)]
    assert [0.123, 0.456, 789.0] == at


@pytest.mark.parametrize("bad", [0, 2**63, 2**64 - 1])
def test_a_time_that_is_none_gives_way_to_the_brokers(reading, bad):
    metric = plain(None, 7, 1.0) | {"timestamp": bad}

    understood = said(reading, message(DATA, payload(2, [metric], at=bad), seq=3, stored=8_000))

    assert [8.0] == [row["at"].timestamp() for row in rows(understood) if row["seq"] == 3]


def test_a_clock_a_year_off_is_kept_beside_the_brokers(reading):
    metric = plain(None, 7, 1.0) | {"timestamp": 31_536_000_000}

    understood = said(reading, message(DATA, payload(2, [metric]), seq=3, stored=8_000))

    (row,) = [row for row in rows(understood) if row["seq"] == 3]
    assert (31_536_000.0, 8.0) == (row["at"].timestamp(), row["received"].timestamp())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"datatype": 1, "int_value": 0xFF}, -1.0),
        ({"datatype": 1, "int_value": 0xFFFFFFFF}, -1.0),
        ({"datatype": 2, "int_value": 0xFFFE}, -2.0),
        ({"datatype": 3, "int_value": 0xFFFFFFFD}, -3.0),
        ({"datatype": 7, "int_value": 0xFFFFFFFD}, 4294967293.0),
        ({"datatype": 4, "long_value": 2**64 - 4}, -4.0),
        ({"datatype": 8, "long_value": 5}, 5.0),
        ({"datatype": 9, "float_value": 0.5}, 0.5),
        ({"datatype": 11, "boolean_value": True}, 1.0),
    ],
)
def test_each_datatype_becomes_its_number(reading, fields, expected):
    understood = said(reading, message(DATA, payload(2, [{"alias": 7, **fields}]), seq=3))

    assert [(20.0, 2, 0), (expected, 3, 0)] == readings_of(understood)


def test_a_sign_is_known_from_the_birth_where_the_data_gives_no_datatype(reading):
    births = born(metrics=[{"name": "shift", "alias": 7, "datatype": 3, "int_value": 0}])
    data = message(DATA, payload(2, [{"alias": 7, "int_value": 2**32 - 5}]), seq=3)

    understood = reading.read([*births, data])

    assert [(0.0, 2, 0), (-5.0, 3, 0)] == readings_of(understood, "shift")


@pytest.mark.parametrize(("datatype", "number"), [(4, -(2**62) - 1), (8, 2**64 - 1)])
def test_a_whole_number_too_large_for_a_float_stays_exact_as_text(reading, datatype, number):
    metric = {"alias": 7, "datatype": datatype, "long_value": number % 2**64}

    understood = said(reading, message(DATA, payload(2, [metric]), seq=3))

    assert [str(number)] == [row["text"] for row in rows(understood) if row["seq"] == 3]


def test_nulls_nan_text_bytes_history_and_quality_are_kept_apart(reading):
    quality = pb.PropertySet(keys=["Quality"], values=[pb.PropertyValue(type=3, int_value=500)])
    metrics = [
        {"alias": 7, "datatype": 10, "is_null": True},
        {"alias": 7, "datatype": 10, "double_value": math.nan},
        {"alias": 7, "datatype": 12, "string_value": "예열"},
        {"alias": 7, "datatype": 17, "bytes_value": b"\x00\x01"},
        {"alias": 7, "datatype": 10, "double_value": 1.0, "is_historical": True},
        {
            "alias": 7,
            "datatype": 10,
            "double_value": 2.0,
            "properties": quality.SerializeToString(),
        },
        {"alias": 7, "datatype": 10, "double_value": 3.0, "properties": b"\xff"},
    ]

    understood = said(reading, message(DATA, payload(2, metrics), seq=3))

    null, nan, text, raw, old, odd, garbled = [row for row in rows(understood) if row["seq"] == 3]
    assert (None, True) == (null["value"], null["is_null"])
    assert math.isnan(nan["value"])
    assert (None, "예열") == (text["value"], text["text"])
    assert b"\x00\x01" == raw["raw"]
    assert (1.0, True) == (old["value"], old["is_historical"])
    assert (2.0, 500) == (odd["value"], odd["quality"])
    assert (3.0, None) == (garbled["value"], garbled["quality"])


@pytest.mark.parametrize("bad", [b"\xff\xff", b"\x0a", b"", b"hello", b"\x12\xff\xff\xff\xff\x0f"])
def test_one_poisoned_message_is_set_aside_and_the_rest_is_read(reading, bad):
    understood = said(
        reading,
        message(DATA, payload(2, [(None, 7, 1.0)]), seq=3),
        message(DATA, bad, seq=4),
        message(DATA, payload(3, [(None, 7, 2.0)]), seq=5),
    )

    assert [20.0, 1.0, 2.0] == [value for value, _, _ in readings_of(understood)]
    (poison,) = understood.quarantined
    assert (4, "make.not_sparkplug") == (poison.message.seq, poison.reason.code)
    assert [bad] == quarantine_table(understood.quarantined).column("payload").to_pylist()


def test_data_before_birth_is_set_aside_with_its_bytes_and_a_rebirth_is_asked_for(reading):
    body = payload(5, [(None, 7, 1.0)])

    understood = reading.read([message(DATA, body, seq=3)])

    (held,) = understood.quarantined
    assert ("make.before_birth", body) == (held.reason.code, held.message.payload)
    assert 1 == len(reading.host.rebirths_due(5_000))


def test_an_unknown_alias_sets_its_whole_message_aside(reading):
    both = payload(2, [(None, 7, 1.0), (None, 99, 2.0)])

    understood = said(reading, message(DATA, both, seq=3))

    assert [20.0] == [value for value, _, _ in readings_of(understood)]
    assert ["make.unknown_alias"] == [held.reason.code for held in understood.quarantined]
    assert 1 == len(reading.host.rebirths_due(5_000))


def test_a_topic_that_is_none_sets_its_message_aside(reading):
    understood = said(reading, message("spBv1.0/F001/DDATA/a/b/c", b"\x00", seq=3))

    (stray,) = understood.quarantined
    assert ("make.topic", "F001") == (stray.reason.code, stray.message.group)


def test_a_metric_without_name_and_alias_is_set_aside(reading):
    understood = said(reading, message(DATA, payload(2, [(None, None, 1.0)]), seq=3))

    assert 1 == len(understood.quarantined)


def test_a_rebirth_within_a_batch_changes_what_an_alias_means(reading):
    again = [
        message("spBv1.0/F001/NBIRTH/line-1", payload(0, [("bdSeq", None, 1)]), seq=4),
        message("spBv1.0/F001/DBIRTH/line-1/kiln", payload(1, [("pressure", 7, 0.0)]), seq=5),
    ]
    understood = said(
        reading,
        message(DATA, payload(2, [(None, 7, 1.0)]), seq=3),
        *again,
        message(DATA, payload(2, [(None, 7, 2.0)]), seq=6),
    )

    assert [20.0, 1.0] == [value for value, _, _ in readings_of(understood)]
    assert [0.0, 2.0] == [value for value, _, _ in readings_of(understood, "pressure")]


def test_each_members_table_holds_no_word_of_another(reading):
    theirs = born(group="F002", edge="rival-line", device="rival-press")

    understood = reading.read([*born(), *theirs])

    assert {"F001", "F002"} == set(understood.readings)
    for name in ("edge", "device", "metric"):
        column = understood.readings["F001"].column(name).combine_chunks()
        assert not [word for word in column.dictionary.to_pylist() if "rival" in word]


def test_rows_stand_by_machine_metric_and_arrival(reading):
    metrics = [("b", 1, 0.0), ("a", 2, 0.0)]
    births = born(metrics=metrics)
    data = [
        message(DATA, payload(seq - 1, [(None, 1, 1.0), (None, 2, 2.0)]), seq=seq)
        for seq in range(3, 20)
    ]

    table = reading.read([*births, *reversed(data)]).readings["F001"]

    keys = [(row["edge"], row["device"], row["metric"], row["seq"]) for row in table.to_pylist()]
    assert sorted(keys) == keys


def test_the_rebirth_command_is_a_boolean_as_the_specification_asks():
    command = pb.Payload.FromString(rebirth_command(5))

    (metric,) = command.metrics
    assert ("Node Control/Rebirth", 11, True) == (
        metric.name,
        metric.datatype,
        metric.boolean_value,
    )
    assert not command.HasField("seq")


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_at_all_are_read_or_set_aside_never_raised(payloads):
    decoded = decode(payloads)

    assert len(payloads) == len(decoded.batch)
    messages = [message(DATA, body, seq=seq) for seq, body in enumerate(payloads, start=3)]
    understood = Reading(Host()).read([*born(), *messages])
    assert isinstance(quarantine_table(understood.quarantined), pa.Table)


@given(
    st.lists(
        st.lists(st.floats(allow_nan=False) | st.integers(-(2**40), 2**40), max_size=5),
        min_size=1,
        max_size=20,
    )
)
def test_every_metric_of_every_readable_message_is_one_row(batches):
    messages = [
        message(DATA, payload(seq % 256, [(None, 7, value) for value in values]), seq=seq)
        for seq, values in enumerate(batches, start=3)
    ]
    births = born()
    births[1] = message("spBv1.0/F001/DBIRTH/line-1/kiln", payload(2, [("t", 7, 0.0)]), seq=2)

    understood = Reading(Host()).read([*births, *messages])

    expected = [(float(v), seq) for seq, vs in enumerate(batches, start=3) for v in vs]
    found = [(value, seq) for value, seq, _ in readings_of(understood, "t") if seq > 2]
    assert expected == found
