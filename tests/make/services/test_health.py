"""What a member is told of its sources: gaps as facts, troubles counted, on real files and rows."""

import pytest

from dure.journal.public import facts_of
from dure.make import models, public
from dure.make.consumers.capture import Capture
from dure.make.engine.host import Host
from dure.make.engine.manifest import Range
from dure.make.services.sealing import tell_sealed
from dure.stack.tenancy import acting
from tests.cast import WORKER
from tests.make.shop import shop
from tests.make.wire.payloads import message, payload

pytestmark = pytest.mark.django_db


def data(press, seq, stored, at=1_000):
    topic = f"spBv1.0/{press.group}/DDATA/line-1/PRESS-1"
    return message(topic, payload(seq, [(None, 7, 1.0)], at=at), stored=stored)


def gaps(at_shop):
    with acting(at_shop.owner):
        return public.gaps(at_shop.firm)


def troubles(at_shop, edge="line-1"):
    with acting(at_shop.owner):
        found = {source.edge: source for source in public.source_health(at_shop.firm)}
    return {each.reason.code: each.count for each in found[edge].troubles}


def lose_three(press, capture):
    press.commit([data(press, 2, 6_000), data(press, 6, 7_000)])
    capture.reading.host.rebirths_due(60_000)
    press.commit([data(press, 7, 61_000)])


def test_a_gap_is_a_row_and_a_fact_of_its_member_alone(mine, press, capture):
    rival = shop(3)

    lose_three(press, capture)

    (gap,) = gaps(mine)
    assert ("line-1", "sequence", 3, 6) == (gap.edge, gap.kind, gap.expected, gap.got)
    assert (6_000, 7_000) == (gap.lo_ms, gap.hi_ms)
    assert () == gaps(rival)
    with acting(WORKER):
        row = models.Gap.objects.get()
        assert ["GapFound"] == [fact.kind for fact in facts_of(row.id)]


def test_a_gap_is_told_once(mine, press, capture):
    lose_three(press, capture)

    again = tell_sealed(capture.manifest)

    assert 0 == again
    assert 1 == len(gaps(mine))


def test_gaps_are_asked_for_by_time(mine, press, capture):
    lose_three(press, capture)

    with acting(mine.owner):
        found = [public.gaps(mine.firm, lo_ms=lo) for lo in (7_000, 7_001)]

    assert [1, 0] == [len(each) for each in found]


def test_what_a_members_stream_lost_is_told_to_that_member_alone(mine, press, capture):
    rival = shop(3)
    lost = {"source": f"machines/{press.group}", "lo": 4, "hi": 9, "hi_ms": 9_000}
    span = Range(epoch="other", lo=0, hi=9)

    capture.commit([], {lost["source"]: span}, [lost])
    tell_sealed(capture.manifest)

    (gap,) = gaps(mine)
    assert ("", "stream", 4, 9, 5_000, 9_000) == (
        gap.edge,
        gap.kind,
        gap.expected,
        gap.got,
        gap.lo_ms,
        gap.hi_ms,
    )
    assert [] == list(gaps(rival))


def test_troubles_are_counted_by_node_and_last_a_restart(mine, press, capture, home):
    topic = f"spBv1.0/{press.group}/DDATA/line-1/PRESS-1"
    press.commit([message(topic, b"\xff\xff"), message(topic, b"\xff\xfe")])
    lose_three(press, capture)
    before = troubles(mine)

    Capture.recalled(capture.manifest, Host()).commit([], {"x": Range(epoch="e", lo=1, hi=1)})

    expected = {"make.not_sparkplug": 2, "make.messages_lost": 3, "make.rebirth_asked": 1}
    assert expected == before
    assert expected == troubles(mine)


def test_a_source_says_whether_it_is_online_and_when_it_was_heard(mine, press):
    press.commit([data(press, 2, 6_000)])

    with acting(mine.owner):
        (source,) = public.source_health(mine.firm)

    assert ("line-1", True, 6_000) == (source.edge, source.is_online, source.heard_ms)
    assert {"PRESS-1": True} == source.devices


def test_of_a_source_that_was_never_heard_nothing_is_known(mine):
    with acting(mine.owner):
        assert () == public.source_health(mine.firm)
