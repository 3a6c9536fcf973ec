"""A tray that is pressed and then painted, from the request to its job orders."""

from datetime import timedelta
from uuid import uuid4

from dure.journal.public import fact
from dure.kernel.fact import Fact
from dure.match import public as match
from dure.match import services as matching
from dure.members.models import Capability, Equipment, Firm
from dure.plan import models, public
from dure.plan.services import asking, changing, quoting
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, WORKER
from tests.match import houses
from tests.match.houses import ask_for_trays, list_tray, maker, owner

STORY = (*houses.STORY, "dure.plan.")


class Story(houses.House):
    """The house with planning in it, and the two members that make trays."""

    def __init__(self, **more) -> None:
        super().__init__()
        list_tray()
        with acting(OFFICE):
            Firm.objects.create(
                id=HANBIT,
                number=90,
                business_number="1248100998",
                name="한빛카페",
                name_en="Hanbit Café",
                kind="buyer",
            )
        self.press = maker(2, "press-forming", 100, **more)
        self.paint = maker(3, "painting", 200, **more)

    def settle(self, at=AT):
        houses.STORY, kept = STORY, houses.STORY
        try:
            super().settle(at)
        finally:
            houses.STORY = kept

    def quoted(self, quantity=100, **terms):
        """A request of trays that has its quote."""
        request = ask_for_trays(quantity, **terms)
        self.settle()
        with acting(HANBIT_BUYER):
            cheap = match.alternatives(request.id)[0]
            matching.choose(request.id, cheap.id, buyer=HANBIT, at=AT)
        self.settle()
        for member in (self.press, self.paint):
            with acting(owner(member)):
                matching.accept_step(match.offers(member.firm.id)[0].id, at=AT)
            self.settle()
        with acting(HANBIT_BUYER):
            return public.quote_of(request.id)

    def ordered(self, quantity=100, **terms):
        """An order of trays with its job orders released."""
        quote = self.quoted(quantity, **terms)
        with acting(HANBIT_BUYER):
            order = quoting.accept_quote(quote.id, buyer=HANBIT, at=AT)
        self.settle()
        with acting(WORKER):
            return public.order(order.id)

    def job_orders(self, order):
        with acting(WORKER):
            return public.job_orders_of(order.id)

    def happens(self, kind, job_order, at, **sets):
        """What make would tell: something happened to the lot or job of a job order."""
        with acting(WORKER):
            known = models.JobOrder.objects.get(id=job_order.id)
            event = fact_like(known, kind, job_order, at, sets)
            changing.propose_repair(event, at)

    def proposals(self, joining):
        with acting(owner(joining)):
            return [each for each in public.proposals() if each.state == "open"]

    def answer(self, joining, *, agree, at=AT + timedelta(hours=1)):
        (asked,) = self.proposals(joining)
        with acting(owner(joining)):
            asking.answer_proposal(asked.id, agree=agree, firm=joining.firm.id, at=at)
        self.settle(at)
        return asked


def with_a_spare(pressed):
    """Give the firm of a job order a second machine, without work, that could do it."""
    with acting(OFFICE):
        press = Equipment.objects.get(id=pressed.equipment)
        spare = Equipment.objects.create(
            id=uuid4(), code="ZZ-1", firm_id=press.firm_id, site_id=press.site_id
        )
        process = pressed.family.split("/")[0]
        able = Capability.objects.get(firm_id=pressed.firm, process=process)
        able.equipment = [*able.equipment, spare.id]
        able.save()
    return spare


def fact_like(row, kind, job_order, at, sets) -> Fact:
    from dure.journal.models import Fact as Stored

    some = fact(Stored.objects.filter(aggregate_id=row.id).latest("aggregate_version").id)
    return Fact(
        id=some.id,
        kind=kind,
        schema=1,
        aggregate="lot",
        aggregate_id=row.id,
        aggregate_version=1,
        parties=some.parties,
        actor_firm=job_order.firm,
        actor_person=None,
        at=at,
        sets=sets,
        payload={"job_order": str(job_order.id), "step": job_order.step},
    )
