"""A prototype that becomes a series: what was learnt of it, who made it and its passport stay."""

import re
from datetime import date, timedelta
from html import unescape
from uuid import UUID

import pytest
from django.test import Client

from dure.journal.services import record
from dure.kernel.actor import Actor, Role
from dure.kernel.ids import check_digit
from dure.make.engine.facts import LOT_INSPECTED
from dure.match import public as match
from dure.match.services import choose, decline_step
from dure.members import models as members
from dure.members.schemas import FirmIn
from dure.members.services import join_firm
from dure.move import models as moving
from dure.plan.engine.facts import ORDER_ACCEPTED
from dure.sense import public
from dure.sense.engine.enquiry import Brief
from dure.sense.services.drawings import attach_drawing
from dure.sense.services.enquiries import make_enquiry, turn_enquiry
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE, WORKER
from tests.match.houses import House, list_tray, maker, owner
from tests.match.test_forming import accept
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

EMAIL, NINE = "buyer@cafe.example", "113009801"
BUYER = {
    "business_number": NINE + str(check_digit(NINE)),
    "name": "골목 카페",
    "kind": "buyer",
    "people": [{"email": EMAIL, "name": "한결", "roles": ["buyer"]}],
}
ONE = Brief(text="지름 300 쟁반 시제품", quantity=1, due=date(2027, 12, 10))


class Story:
    """A co-op with two presses, of which one takes single pieces, and a buyer at a browser."""

    def __init__(self):
        self.house = House()
        list_tray()
        self.small = maker(2, "press-forming", 104)
        self.cheap = maker(3, "press-forming", 100, lot_min=10)
        self.paint = maker(4, "painting", 200)
        joining = FirmIn.model_validate(BUYER).joining()
        with acting(OFFICE):
            members.Bylaws.objects.update(fair_share_basis_points=0)
            joined = join_firm(joining, at=AT)
        self.buyer = Actor(firm=joining.firm.id, role=Role.BUYER, person=joining.people[0].id)
        self.browser = Client()
        self.browser.post("/sign-in/", {"email": EMAIL, "password": joined.passwords[EMAIL]})

    def asked_freely(self):
        """Ask freely for one piece with a drawing; the office turns it into a request."""
        with acting(self.buyer):
            enquiry = make_enquiry(ONE, buyer=self.buyer.firm, at=AT)
            attach_drawing(enquiry, "쟁반.pdf", b"%PDF-1.7\nthe tray", at=AT)
        with acting(OFFICE):
            request = turn_enquiry(enquiry, "TRAY", at=AT)
        self.house.settle()
        return request

    def chosen(self, request, label, *makers):
        """Let the buyer choose, and the makers accept."""
        with acting(self.buyer):
            (found,) = (each for each in match.alternatives(request) if each.label == label)
            choose(request, found.id, buyer=self.buyer.firm, at=AT)
        self.house.settle()
        for each in makers:
            accept(each)
            self.house.settle()

    def ordered(self, request):
        """Let plan say that it became an order, make what it found, and move that it arrived."""
        order, lot = new_id(), new_id()
        with acting(OFFICE):
            cluster = match.cluster_of(request).id
        told = {"cluster": cluster, "quote": new_id(), "request": request}
        day = "2027-12-01"
        self._tell(ORDER_ACCEPTED, order, told, number=1, price=50_000, promised_on=day)
        seen = {"order": order, "job_order": new_id(), "step": "press", "clear": True}
        self._tell(LOT_INSPECTED, lot, seen | {"inspected": 100, "failed": 20})
        with acting(WORKER):
            moving.Delivery.objects.create(
                number=1,
                order_id=order,
                lot_id=lot,
                from_firm_id=self.paint.firm.id,
                buyer_id=self.buyer.firm,
                quantity=1,
                state="delivered",
                delivered_at=AT,
                inspect_by=AT.date() + timedelta(days=14),
            )
        return lot

    def ordered_again(self, number, quantity):
        """Take the way that the page of needs shows, and order in quantity."""
        (link,) = re.findall(rf'href="([^"]+earlier={number})"', self.page("/needs/"))
        page = self.browser.get(link)
        fields = page.context["form"].initial | {"quantity": quantity, "due": "2028-06-01"}
        posted = {name: value for name, value in fields.items() if value is not None}
        address = self.browser.post(link.partition("?")[0], posted)["Location"]
        self.house.settle()
        return UUID(address.split("/")[2])

    def declined(self, joining):
        with acting(owner(joining)):
            decline_step(match.offers(joining.firm.id)[0].id, at=AT)
        self.house.settle()

    def drawings_of(self, joining):
        with acting(owner(joining)):
            return len(public.drawings())

    def page(self, address):
        return self.browser.get(address).content.decode()

    def _tell(self, kind, aggregate, payload, **sets):
        with acting(WORKER):
            record(
                kind, aggregate_id=aggregate, aggregate_version=1, at=AT, payload=payload, sets=sets
            )
        self.house.settle()


def test_a_prototype_keeps_its_scrap_its_makers_its_drawings_and_its_passport(cooperative):
    story = Story()
    prototype = story.asked_freely()
    story.chosen(prototype.id, "cheap", story.small, story.paint)
    lot = story.ordered(prototype.id)

    series = story.ordered_again(prototype.number, 100)
    story.chosen(series, "again", story.small, story.paint)

    with acting(story.buyer):
        assert [prototype.id] == [each.id for each in public.line_of(series)]
        # the bill knows no scrap; of 100 pressed, 20 failed
        assert public.need(prototype.id).step("press").quantity == 1
        assert public.need(series).step("press").quantity > 100
    page = story.page(f"/needs/{series}/")
    assert f"/needs/{prototype.id}/" in page
    (passport,) = re.findall(rf'href="(/proof/lots/{lot}/[^"]+)"', page)
    assert 200 == story.browser.get(unescape(passport)).status_code
    assert [1, 1] == [story.drawings_of(each) for each in (story.small, story.paint)]


def test_who_makes_only_the_series_sees_the_drawings_until_its_cluster_fails(cooperative):
    story = Story()
    prototype = story.asked_freely()
    story.chosen(prototype.id, "cheap", story.small, story.paint)
    series = story.ordered_again(prototype.number, 100)

    story.chosen(series, "cheap", story.cheap)

    assert [1, 1] == [story.drawings_of(each) for each in (story.cheap, story.small)]
    story.declined(story.paint)  # nobody else paints
    assert [0, 1] == [story.drawings_of(each) for each in (story.cheap, story.small)]
