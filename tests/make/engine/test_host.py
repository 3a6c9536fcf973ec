"""Host obligations of Eclipse Sparkplug 3.0; the ids are those of its compatibility kit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.reason import Reason
from dure.make.engine.host import (
    Declared,
    Heard,
    Host,
    Names,
    births_as_json,
    recall_births,
)
from dure.make.engine.topic import EdgeKey, Topic, Verb

LINE = EdgeKey("F001", "line-1")
TEMPERATURE = Declared("temperature", 7, 10)


def said(verb, seq=None, *, device="", at=0, bd_seq=None, declared=(), node=LINE):
    return Heard(
        topic=Topic(node, verb, device), at_ms=at, seq=seq, bd_seq=bd_seq, declared=declared
    )


@pytest.fixture
def host():
    host = Host()
    host.hear(said(Verb.NBIRTH, 0, bd_seq=3, declared=(TEMPERATURE,)))
    host.hear(said(Verb.DBIRTH, 1, device="kiln", declared=(TEMPERATURE,)))
    return host


def test_data_after_birth_is_read_by_the_births_names(host):
    names = host.hear(said(Verb.DDATA, 2, device="kiln"))

    assert (TEMPERATURE,) == names.metrics
    assert [] == host.rebirths_due(10_000)


@pytest.mark.parametrize(
    "message",
    [
        said(Verb.NDATA, 0),
        said(Verb.DDATA, 1, device="kiln"),
        said(Verb.DBIRTH, 1, device="kiln"),
        said(Verb.DDEATH, 1, device="kiln"),
    ],
)
def test_what_comes_before_the_nodes_birth_is_not_read_and_a_rebirth_is_asked_for(message):
    """tck-id-principles-birth-certificates-order."""
    host = Host()

    answer = host.hear(message)

    assert Reason("make.before_birth", {"topic": str(message.topic)}) == answer
    assert [LINE] == host.rebirths_due(0)


def test_data_of_a_device_that_died_is_not_read(host):
    """tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-offline."""
    host.hear(said(Verb.DDEATH, 2, device="kiln"))

    assert isinstance(host.hear(said(Verb.DDATA, 3, device="kiln")), Reason)


def test_a_nodes_birth_takes_back_its_devices_until_they_are_born_again(host):
    """tck-id-message-flow-device-birth-publish-nbirth-wait."""
    host.hear(said(Verb.NBIRTH, 0, bd_seq=4))

    assert isinstance(host.hear(said(Verb.DDATA, 1, device="kiln")), Reason)


def test_the_births_seq_is_the_start_even_when_it_is_not_zero():
    """
    tck-id-payloads-nbirth-seq,
    tck-id-message-flow-edge-node-birth-publish-nbirth-payload-seq.
    """
    host = Host()
    host.hear(said(Verb.NBIRTH, 250, bd_seq=0))

    for step in range(1, 20):
        host.hear(said(Verb.NDATA, (250 + step) % 256))

    assert [] == host.rebirths_due(60_000)
    assert [] == host.take_gaps()


def test_a_death_of_an_earlier_birth_is_ignored(host):
    """
    tck-id-payloads-ndeath-bdseq,
    tck-id-topics-nbirth-bdseq-matching.
    """
    host.hear(said(Verb.NDEATH, bd_seq=2))
    assert host.edges[LINE].online

    host.hear(said(Verb.NDEATH, bd_seq=3))
    assert not host.edges[LINE].online


def test_data_that_was_on_its_way_when_the_node_died_is_read_but_nothing_later(host):
    host.hear(said(Verb.NDEATH, bd_seq=3))

    assert isinstance(host.hear(said(Verb.DDATA, 2, device="kiln")), Names)
    assert isinstance(host.hear(said(Verb.DDATA, 9, device="kiln")), Reason)


def test_a_missing_message_asks_for_a_rebirth_only_after_the_reorder_time(host):
    """
    tck-id-operational-behavior-host-reordering-start,
    tck-id-operational-behavior-host-reordering-rebirth,
    tck-id-operational-behavior-host-reordering-param.
    """
    host.hear(said(Verb.NDATA, 3, at=1_000))

    assert [] == host.rebirths_due(2_999)
    assert [LINE] == host.rebirths_due(3_000)
    (gap,) = host.take_gaps()
    assert (2, 3) == (gap.expected, gap.got)


def test_a_late_message_in_time_makes_all_well(host):
    """tck-id-operational-behavior-host-reordering-success."""
    host.hear(said(Verb.NDATA, 4, at=1_000))
    host.hear(said(Verb.NDATA, 3, at=1_001))
    host.hear(said(Verb.NDATA, 2, at=1_002))

    assert [] == host.rebirths_due(60_000)
    assert [] == host.take_gaps()
    assert 5 == host.edges[LINE].next_seq


def test_a_repeated_seq_asks_for_a_rebirth(host):
    host.hear(said(Verb.NDATA, 2))
    host.hear(said(Verb.NDATA, 2))

    assert [LINE] == host.rebirths_due(0)


@pytest.mark.parametrize("seq", [-1, 256, 2**63])
def test_a_seq_out_of_range_is_not_read(host, seq):
    """tck-id-payloads-sequence-num-incrementing."""
    assert Reason("make.seq_range", {"seq": seq}) == host.hear(said(Verb.NDATA, seq))


def test_one_alias_for_two_metrics_is_no_birth():
    """tck-id-payloads-alias-uniqueness."""
    twice = (TEMPERATURE, Declared("pressure", 7, 10))

    answer = Host().hear(said(Verb.NBIRTH, 0, bd_seq=0, declared=twice))

    assert "make.alias_twice" == answer.code


def test_a_node_is_asked_again_only_after_a_while():
    host = Host()
    host.hear(said(Verb.NDATA, 0))

    assert [LINE] == host.rebirths_due(0)
    host.hear(said(Verb.NDATA, 1))
    assert [] == host.rebirths_due(9_999)
    assert [LINE] == host.rebirths_due(10_000)


def test_a_thousand_lost_nodes_are_asked_a_few_a_second():
    host = Host(asks_per_second=20)
    for number in range(1_000):
        host.hear(said(Verb.NDATA, 0, node=EdgeKey("F001", f"line-{number}")))

    first, same_second, next_second = (host.rebirths_due(ms) for ms in (0, 500, 1_000))

    assert [20, 0, 20] == [len(first), len(same_second), len(next_second)]
    assert not set(first) & set(next_second)


def test_a_birth_makes_the_request_for_it_needless():
    host = Host()
    host.hear(said(Verb.NDATA, 0))
    host.hear(said(Verb.NBIRTH, 0, bd_seq=1))

    assert [] == host.rebirths_due(0)


def test_births_are_recalled_after_a_restart(host):
    again = Host()
    recall_births(again, births_as_json(host))

    names = again.hear(said(Verb.DDATA, 2, device="kiln"))

    assert (TEMPERATURE,) == names.metrics
    assert births_as_json(host) == births_as_json(again)


@given(st.permutations(range(1, 40)))
def test_any_order_within_the_reorder_time_ends_well(order):
    host = Host()
    host.hear(said(Verb.NBIRTH, 0, bd_seq=0))

    for seq in order:
        host.hear(said(Verb.NDATA, seq, at=1))

    assert [] == host.rebirths_due(1)
    assert 40 == host.edges[LINE].next_seq


@given(st.sets(st.integers(1, 60), min_size=1, max_size=10))
def test_every_lost_message_is_noticed_once_another_follows(lost):
    host = Host()
    host.hear(said(Verb.NBIRTH, 0, bd_seq=0))

    for seq in range(1, 62):
        if seq not in lost:
            host.hear(said(Verb.NDATA, seq))

    assert [LINE] == host.rebirths_due(10_000)
    assert 1 == len(host.take_gaps())


def test_a_dead_node_is_offline_with_all_its_devices_from_its_death_on(host):
    """
    tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-offline,
    tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale,
    tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-offline,
    tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale.
    """
    before = [host.stale_since(LINE, device) for device in ("", "kiln")]

    host.hear(said(Verb.NDEATH, bd_seq=3, at=7_000))

    assert [None, None] == before
    assert [7_000, 7_000] == [host.stale_since(LINE, device) for device in ("", "kiln")]


def test_a_dead_device_is_stale_from_the_time_that_its_death_says(host):
    """
    tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale,
    tck-id-payloads-ddeath-timestamp.
    """
    topic = Topic(LINE, Verb.DDEATH, "kiln")

    host.hear(Heard(topic=topic, at_ms=9_000, sent_ms=8_500, seq=2))

    assert 8_500 == host.stale_since(LINE, "kiln")
    assert host.stale_since(LINE, "") is None


def test_a_device_born_again_is_online(host):
    host.hear(said(Verb.DDEATH, 2, device="kiln", at=5))

    host.hear(said(Verb.DBIRTH, 3, device="kiln", declared=(TEMPERATURE,)))

    assert host.stale_since(LINE, "kiln") is None


@given(
    st.lists(st.sampled_from(["kiln", "press", "", "stranger"]), min_size=1, max_size=12),
    st.sampled_from([3, 4, 250]),
    st.sampled_from(["born", "died", "unknown"]),
)
def test_many_messages_at_once_end_as_one_by_one(devices, first, state):
    def host_now():
        host = Host()
        if state != "unknown":
            host.hear(said(Verb.NBIRTH, 0, bd_seq=3, declared=(TEMPERATURE,)))
            host.hear(said(Verb.DBIRTH, 1, device="kiln", declared=(TEMPERATURE,)))
            host.hear(said(Verb.DBIRTH, 2, device="press", declared=(TEMPERATURE,)))
        if state == "died":
            host.hear(said(Verb.DDEATH, 3, device="press"))
        return host

    one_by_one, at_once = host_now(), host_now()
    heard = [
        said(Verb.DDATA if device else Verb.NDATA, (first + step) % 256, device=device, at=9)
        for step, device in enumerate(devices)
    ]
    answers = [one_by_one.hear(each) for each in heard]
    names = at_once.hear_data(LINE, devices, first, len(devices), 9)

    if names is None:
        assert births_as_json(host_now()) == births_as_json(at_once)
    else:
        assert [answer.metrics for answer in answers] == [each.metrics for each in names]
        assert births_as_json(one_by_one) == births_as_json(at_once)
        assert one_by_one.edges[LINE].next_seq == at_once.edges[LINE].next_seq


def test_requests_that_the_throttle_holds_back_are_counted_once_each():
    host = Host(asks_per_second=20)
    nodes = [EdgeKey("F001", f"line-{number}") for number in range(1_000)]
    for node in nodes:
        host.hear(said(Verb.NDATA, 0, node=node))
    asked = [node for second in range(50) for node in host.rebirths_due(second * 1_000)]

    found = {(each.edge, each.reason.code): each.count for each in host.tally.of("F001")}

    assert nodes == asked
    assert 980 == found["", "make.rebirth_waits"]
    assert 1_000 == sum(n for (_, code), n in found.items() if code == "make.rebirth_asked")


def test_few_requests_wait_for_nobody():
    host = Host()
    for number in range(20):
        host.hear(said(Verb.NDATA, 0, node=EdgeKey("F001", f"line-{number}")))
    asked = host.rebirths_due(0) + host.rebirths_due(100)

    assert 20 == len(asked)
    assert {"make.rebirth_asked"} == {each.reason.code for each in host.tally.of("F001")}
