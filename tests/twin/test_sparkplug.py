import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st

from dure.twin.sparkplug import EdgeNode, Metric, Payload, encode

KINDS = {"uint64": 4, "uint32": 13, "double": 1, "bool": 8, "string": 9}
METRIC = [
    (1, "name", "string"),
    (2, "alias", "uint64"),
    (3, "timestamp", "uint64"),
    (4, "datatype", "uint32"),
    (5, "is_historical", "bool"),
    (11, "long_value", "uint64"),
    (13, "double_value", "double"),
    (14, "boolean_value", "bool"),
    (15, "string_value", "string"),
]


def reader():
    """Google's own decoder over the published fields: a second opinion about our bytes."""
    file = descriptor_pb2.FileDescriptorProto(name="spb.proto", package="spb", syntax="proto2")
    payload = file.message_type.add(name="Payload")
    metric = file.message_type.add(name="Metric")
    for number, name, kind in METRIC:
        metric.field.add(number=number, name=name, type=KINDS[kind], label=1)
    payload.field.add(number=1, name="timestamp", type=4, label=1)
    payload.field.add(number=2, name="metrics", type=11, label=3, type_name=".spb.Metric")
    payload.field.add(number=3, name="seq", type=4, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("spb.Payload"))


READ = reader().FromString
VALUE = {bool: "boolean_value", int: "long_value", float: "double_value", str: "string_value"}


@given(
    at=st.integers(0, 2**53),
    seq=st.integers(0, 255),
    name=st.text(max_size=20),
    alias=st.integers(0, 2**40),
    value=st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
)
def test_another_decoder_reads_what_we_write(at, seq, name, alias, value):
    body = encode(
        Payload(at=at, seq=seq, metrics=(Metric(name=name, alias=alias, at=at, value=value),))
    )

    read = READ(body)
    metric = read.metrics[0]
    expected = value % 2**64 if type(value) is int else value
    assert (at, seq, name, alias) == (read.timestamp, read.seq, metric.name, metric.alias)
    assert expected == getattr(metric, VALUE[type(value)])


def test_the_worked_example_of_the_module_holds():
    example = Payload(at=1, seq=2, metrics=(Metric(alias=3, value=True),))

    assert b"\x08\x01\x12\x06\x10\x03\x20\x0b\x70\x01\x18\x02" == encode(example)


@pytest.fixture
def node():
    return EdgeNode(
        group="G", node="site", devices={"kiln": {"temperature": 20.0, "shots": 0}}, session=7
    )


def test_data_after_a_birth_carries_the_birth_s_aliases(node):
    births = [READ(message.body) for message in node.births(1000)]

    data = READ(node.data("kiln", 2000, {"shots": 3}).body)

    named = {metric.alias: metric.name for metric in births[1].metrics}
    assert "shots" == named[data.metrics[0].alias]
    assert not data.metrics[0].HasField("name")


def test_sequence_numbers_run_on_from_the_birth_and_begin_again_after_255(node):
    birth_seqs = [READ(message.body).seq for message in node.births(0)]

    seqs = [READ(node.data("kiln", 1, {"shots": n}).body).seq for n in range(300)]

    assert [0, 1] == birth_seqs
    assert [(2 + n) % 256 for n in range(300)] == seqs


def test_the_will_and_the_birth_carry_one_session_number(node):
    will = READ(node.will(0).body)
    birth = READ(next(node.births(0)).body)

    assert ("bdSeq", 7) == (will.metrics[0].name, will.metrics[0].long_value)
    assert 7 == birth.metrics[0].long_value
    assert not will.HasField("seq")


def test_topics_follow_the_namespace(node):
    topics = [message.topic for message in [node.will(0), *node.births(0)]]

    assert [
        "spBv1.0/G/NDEATH/site",
        "spBv1.0/G/NBIRTH/site",
        "spBv1.0/G/DBIRTH/site/kiln",
    ] == topics
