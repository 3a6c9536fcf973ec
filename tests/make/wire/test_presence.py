"""
STATE, as a Sparkplug host application must say it: what goes over the wire.

Each test names the assertions of Eclipse Sparkplug 3.0 that it holds us to; the list of
all that concern a host stands in docs/sparkplug.md.
"""

import json

import pytest

from dure.make.wire.presence import Presence
from tests.make.consumers.machines import until
from tests.make.wire.recorder import CONNECT, DISCONNECT, PUBLISH, SUBSCRIBE, recording

STATE = "spBv1.0/STATE/dure"
AT = 1_795_396_000_123


@pytest.fixture
def recorder():
    with recording() as running:
        yield running


@pytest.fixture
def presence(recorder):
    with Presence("127.0.0.1", recorder.port, user="u", password="p", at_ms=AT) as here:
        yield here


def said(recorder):
    return [json.loads(packet.payload) for packet in recorder.of(PUBLISH)]


def test_it_connects_clean_with_a_will_that_says_offline(recorder, presence):
    """
    tck-id-message-flow-phid-sparkplug-clean-session-311,
    tck-id-host-topic-phid-death-required, tck-id-host-topic-phid-death-topic,
    tck-id-host-topic-phid-death-retain, tck-id-host-topic-phid-death-payload,
    tck-id-operational-behavior-host-application-connect-will,
    tck-id-operational-behavior-host-application-connect-will-topic,
    tck-id-operational-behavior-host-application-connect-will-payload,
    tck-id-operational-behavior-host-application-connect-will-retained,
    tck-id-payloads-state-will-message, tck-id-payloads-state-will-message-retain,
    tck-id-payloads-state-will-message-payload, tck-id-conformance-primary-host.
    """
    will = recorder.will()

    assert will.clean_session
    assert (STATE, True) == (will.topic, will.retain)
    assert {"online": False, "timestamp": AT} == json.loads(will.payload.decode())


def test_it_hears_its_own_state_before_it_says_it_and_says_nothing_before(recorder, presence):
    """
    tck-id-host-topic-phid-birth-sub-required, tck-id-host-topic-phid-birth-required,
    tck-id-host-topic-phid-birth-message, tck-id-payloads-state-subscribe,
    tck-id-payloads-state-birth, tck-id-message-flow-phid-sparkplug-subscription,
    tck-id-message-flow-phid-sparkplug-state-publish, tck-id-intro-sparkplug-host-state,
    tck-id-operational-behavior-host-application-connect-birth,
    tck-id-operational-behavior-primary-application-state-with-multiple-servers-state.
    """
    until(lambda: recorder.of(PUBLISH), "the birth")

    kinds = [packet.kind for packet in recorder.packets]
    assert [CONNECT, SUBSCRIBE, PUBLISH] == kinds[:3]
    (subscription,) = recorder.of(SUBSCRIBE)
    assert STATE.encode() in subscription.body


def test_its_birth_is_retained_and_carries_the_time_of_its_will(recorder, presence):
    """
    tck-id-host-topic-phid-birth-topic, tck-id-host-topic-phid-birth-retain,
    tck-id-host-topic-phid-birth-payload, tck-id-host-topic-phid-birth-payload-timestamp,
    tck-id-message-flow-phid-sparkplug-state-publish-payload,
    tck-id-message-flow-phid-sparkplug-state-publish-payload-timestamp,
    tck-id-operational-behavior-host-application-connect-birth-topic,
    tck-id-operational-behavior-host-application-connect-birth-payload,
    tck-id-operational-behavior-host-application-connect-birth-retained,
    tck-id-payloads-state-birth-payload.
    """
    until(lambda: recorder.of(PUBLISH), "the birth")

    birth = recorder.of(PUBLISH)[0]
    assert (STATE, True) == (birth.topic, birth.retain)
    assert {"online": True, "timestamp": AT} == json.loads(birth.payload.decode())


def test_told_that_it_is_gone_it_says_at_once_that_it_is_there(recorder, presence):
    """tck-id-message-flow-hid-sparkplug-state-message-delivered."""
    until(lambda: recorder.of(PUBLISH), "the birth")
    recorder.say(STATE, b'{"online":false,"timestamp":1}')

    def told_again():
        presence.tend()
        return said(recorder)[1:]

    assert [{"online": True, "timestamp": AT}] == until(told_again, "a second birth")


def test_before_it_leaves_it_says_that_it_leaves(recorder):
    """
    tck-id-operational-behavior-host-application-death-topic,
    tck-id-operational-behavior-host-application-death-payload,
    tck-id-operational-behavior-host-application-death-retained,
    tck-id-operational-behavior-host-application-disconnect-intentional.
    """
    with Presence("127.0.0.1", recorder.port, user="u", password="p", at_ms=AT):
        until(lambda: recorder.of(PUBLISH), "the birth")
    assert recorder.ended.wait(10)

    death, goodbye = recorder.packets[-2:]
    assert (PUBLISH, STATE, True) == (death.kind, death.topic, death.retain)
    assert not json.loads(death.payload.decode())["online"]
    assert DISCONNECT == goodbye.kind
