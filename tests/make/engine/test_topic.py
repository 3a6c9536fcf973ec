import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Malformed
from dure.make.engine.topic import (
    EdgeKey,
    Topic,
    Verb,
    parse_topic,
    subject_of_topic,
    topic_of_subject,
)


def test_a_device_topic_is_read():
    topic = parse_topic("spBv1.0/F001/DDATA/line-1/가마")

    assert Topic(EdgeKey("F001", "line-1"), Verb.DDATA, "가마") == topic
    assert "spBv1.0/F001/DDATA/line-1/가마" == str(topic)


@pytest.mark.parametrize(
    "text",
    [
        "spBv1.0/F001/DDATA/line-1",
        "spBv1.0/F001/NDATA/line-1/kiln",
        "spBv1.0/F001/NCMD/line-1",
        "spBv1.0/STATE/dure",
        "spAv1.0/F001/NDATA/line-1",
        "spBv1.0//NDATA/line-1",
        "spBv1.0/F001/NDATA/line-1/a/b",
        "spBv1.0/F001/DDATA/line-1/\u1100\u1161",
        "",
    ],
)
def test_what_no_edge_node_may_publish_is_malformed(text):
    with pytest.raises(Malformed):
        parse_topic(text)


def test_nats_writes_a_dot_as_two_slashes():
    assert "spBv1//0.F001.DDATA.line-1.press//01" == subject_of_topic(
        "spBv1.0/F001/DDATA/line-1/press.01"
    )


@given(st.lists(st.text("ab.가-", min_size=1), min_size=1).map("/".join))
def test_topics_survive_the_way_through_nats(topic):
    assert topic == topic_of_subject(subject_of_topic(topic))
