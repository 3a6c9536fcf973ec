"""Whoever sets a member's machines up: declared with its calendar, reckoned with in every plan."""

import pytest

from dure.members import public as members
from dure.members.models import Calendar
from dure.plan import models
from dure.plan.bridge import plans
from dure.plan.engine.problem import Crew
from dure.stack.tenancy import acting
from tests.cast import RIVAL_OWNER, WORKER
from tests.match.houses import maker, owner
from tests.members.test_founding import cooperative, firm
from tests.plan.story import Story

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


def posed():
    with acting(WORKER):
        return plans.read_inputs(bytes(models.Plan.objects.latest("number").inputs))[0].problem


def test_a_firm_says_with_its_calendar_how_many_set_machines_up(cooperative):
    shifts = {"shifts": [], "setup_operators": 2}

    joining = firm(7, calendar=shifts).joining()

    assert 2 == joining.calendar.setup_operators


def test_a_plan_reckons_with_those_who_set_machines_up(cooperative):
    story = Story()
    with acting(WORKER):
        Calendar.objects.filter(firm_id=story.paint.firm.id).update(setup_operators=1)

    story.quoted()

    problem = posed()
    assert (Crew(operators=1),) == problem.crews
    assert [None, 0] == [machine.crew for machine in problem.machines]


def test_a_rival_learns_nothing_of_it(cooperative):
    joining = maker(8, "painting", 100)
    with acting(WORKER):
        Calendar.objects.filter(firm_id=joining.firm.id).update(setup_operators=3)

    with acting(RIVAL_OWNER):
        assert joining.firm.id not in members.calendars()
    with acting(owner(joining)):
        assert 3 == members.calendar(joining.firm.id).setup_operators
