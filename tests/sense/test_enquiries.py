from datetime import date
from uuid import UUID

import pytest

from dure.journal.public import facts_of
from dure.journal.services import record
from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.errors import NotFound, Refused
from dure.kernel.ids import FirmId
from dure.match.engine.facts import CLUSTER_CHOSEN, CLUSTER_FAILED, STEP_ACCEPTED
from dure.sense import models, public
from dure.sense.engine.enquiry import Brief, EnquiryState
from dure.sense.services.drawings import (
    attach_drawing,
    close_drawings,
    fetch_drawing,
    limit_drawing,
    open_drawings,
    remove_drawing,
)
from dure.sense.services.enquiries import (
    complete_enquiry,
    decline_enquiry,
    make_enquiry,
    turn_enquiry,
    withdraw_enquiry,
)
from dure.sense.services.learning import note_cluster
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, BUSAN_OWNER, HANBIT, HANBIT_BUYER, OFFICE, RIVAL_OWNER, WORKER
from tests.members.test_founding import cooperative
from tests.sense.test_understanding import list_tray

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

OTHER_BUYER = Actor(firm=FirmId(UUID(int=COOPERATIVE.int + 77)), role=Role.BUYER)
PDF = b"%PDF-1.7\nthe tray"
WHOLE = Brief(text="지름 300 쟁반", quantity=100, due=date(2026, 12, 24))


@pytest.fixture
def asked(cooperative):
    list_tray()
    with acting(HANBIT_BUYER):
        return make_enquiry(WHOLE, buyer=HANBIT, at=AT)


@pytest.fixture
def attached(asked):
    with acting(HANBIT_BUYER):
        return attach_drawing(asked, "쟁반.pdf", PDF, at=AT)


def happened(kind, payload, actor=WORKER, aggregate=None):
    with acting(actor):
        return record(
            kind,
            aggregate_id=aggregate or new_id(),
            aggregate_version=1 if aggregate is None else 9,
            at=AT,
            payload=payload,
        )


def turned(asked):
    """Turn the request and let a cluster be chosen for it; gives the cluster's id."""
    with acting(OFFICE):
        request = turn_enquiry(asked, "TRAY", at=AT)
    chosen = {"alternative": new_id(), "label": "cheap", "request": request.id}
    fact = happened(CLUSTER_CHOSEN, chosen)
    with acting(WORKER):
        note_cluster(fact, AT)
    return fact.aggregate_id


def accepted(cluster, step="press", actor=BUSAN_OWNER):
    fact = happened(STEP_ACCEPTED, {"cluster": cluster, "step": step}, actor)
    with acting(WORKER):
        open_drawings(fact, AT)


def test_it_works(asked, attached):
    cluster = turned(asked)

    accepted(cluster)

    with acting(BUSAN_OWNER):
        assert ("쟁반.pdf", PDF) == fetch_drawing(attached.id, at=AT)
    with acting(HANBIT_BUYER):
        enquiry = public.enquiry(asked)
        assert EnquiryState.TURNED is enquiry.state
        assert 100 == public.request(enquiry.request).terms.quantity
        kinds = [fact.kind for fact in facts_of(attached.id)]
        assert ["DrawingAttached", "DrawingOpened", "DrawingFetched"] == kinds


@pytest.mark.parametrize("actor", [RIVAL_OWNER, BUSAN_OWNER, OTHER_BUYER])
def test_a_drawing_is_not_there_for_others(asked, attached, actor):
    with acting(actor):
        assert () == public.drawings()
        assert 0 == models.DrawingBytes.objects.count()
        with pytest.raises(NotFound):
            fetch_drawing(attached.id, at=AT)
        with pytest.raises(NotFound):
            public.enquiry(asked)


def test_only_makers_of_steps_that_need_it_see_a_drawing(asked, attached):
    cluster = turned(asked)
    with acting(OFFICE):
        limit_drawing(attached.id, ["paint"])

    accepted(cluster, "press")

    with acting(BUSAN_OWNER):
        assert () == public.drawings()
    accepted(cluster, "paint", RIVAL_OWNER)
    with acting(RIVAL_OWNER):
        assert [attached.id] == [each.id for each in public.drawings()]


def test_a_cluster_that_came_to_nothing_sees_no_drawing_any_more(asked, attached):
    cluster = turned(asked)
    accepted(cluster)

    failed = happened(CLUSTER_FAILED, {"reason": "x", "request": new_id()}, aggregate=cluster)
    with acting(WORKER):
        close_drawings(failed, AT)

    with acting(BUSAN_OWNER), pytest.raises(NotFound):
        fetch_drawing(attached.id, at=AT)


def test_a_removed_drawing_leaves_no_bytes(asked, attached):
    with acting(OFFICE), pytest.raises(NotFound):
        remove_drawing(attached.id, at=AT)
    with acting(HANBIT_BUYER):
        remove_drawing(attached.id, at=AT)

        assert () == public.enquiry(asked).drawings
    with acting(WORKER):
        assert 0 == models.DrawingBytes.objects.count()


def test_the_same_file_is_taken_once(asked, attached):
    with acting(HANBIT_BUYER), pytest.raises(Refused, match=r"sense\.drawing_twice"):
        attach_drawing(asked, "again.pdf", PDF, at=AT)


def test_nobody_attaches_to_anothers_request(asked):
    with acting(OTHER_BUYER), pytest.raises(NotFound):
        attach_drawing(asked, "mine.pdf", PDF, at=AT)


def test_what_lacks_its_terms_is_completed_before_it_is_turned(cooperative):
    list_tray()
    with acting(HANBIT_BUYER):
        asked = make_enquiry(Brief(text="쟁반"), buyer=HANBIT, at=AT)
    with acting(OFFICE), pytest.raises(Refused, match=r"sense\.brief_lacks_terms"):
        turn_enquiry(asked, "TRAY", at=AT)

    with acting(HANBIT_BUYER):
        complete_enquiry(asked, WHOLE, at=AT)

    with acting(OFFICE):
        assert HANBIT == turn_enquiry(asked, "TRAY", at=AT).buyer


def test_what_was_answered_is_answered_once(asked):
    with acting(OFFICE):
        decline_enquiry(asked, why="조합원 가운데 할 수 있는 곳이 없습니다", at=AT)

    with acting(HANBIT_BUYER):
        assert public.enquiry(asked).why
        for late in (withdraw_enquiry, lambda of, at: complete_enquiry(of, WHOLE, at=at)):
            with pytest.raises(Refused, match=r"sense\.enquiry_decided"):
                late(asked, at=AT)
