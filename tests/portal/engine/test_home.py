from datetime import timedelta

from dure.kernel.actor import Role
from dure.kernel.fact import Fact
from dure.kernel.ids import FactId
from dure.kernel.reason import Reason
from dure.portal.engine.home import MOST, Home, Waiting, told
from tests.cast import AT, BUSAN


def fact(kind, minutes=0):
    return Fact(
        id=FactId(BUSAN),
        kind=kind,
        schema=1,
        aggregate="x",
        aggregate_id=BUSAN,
        aggregate_version=1,
        parties=(),
        actor_firm=BUSAN,
        actor_person=None,
        at=AT - timedelta(minutes=minutes),
    )


def test_facts_of_one_kind_on_one_day_are_told_once_with_their_count():
    events = told([fact("LotShipped"), fact("JobStarted", 1), fact("LotShipped", 2)])

    assert [("fact.LotShipped", 2), ("fact.JobStarted", 1)] == [
        (event.what.code, event.count) for event in events
    ]
    assert AT == events[0].at


def test_sealed_readings_are_not_told():
    assert () == told([fact("SegmentSealed")])


def test_a_page_tells_only_so_much():
    assert MOST == len(told([fact(f"Kind{number}", number) for number in range(2 * MOST)]))


def test_the_sentence_says_what_waits_or_how_to_begin():
    offer = Waiting(what=Reason("portal.wait_alarm"), path="/making/")

    assert "portal.home_waiting" == Home(role=Role.OWNER, waiting=(offer,)).sentence.code
    assert "portal.home_new_owner" == Home(role=Role.OWNER).sentence.code
    assert (
        "portal.home_quiet" == Home(role=Role.OWNER, latest=told([fact("LotMade")])).sentence.code
    )
