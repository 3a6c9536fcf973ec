"""Whoever sets a member's machines up: declared with its calendar, reckoned with in every plan."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dure.kernel.time import SEOUL
from dure.members import public as members
from dure.members.engine.calendar import WorkCalendar
from dure.members.models import Calendar
from dure.members.services import set_calendar
from dure.plan import models
from dure.plan.bridge import plans
from dure.plan.engine.problem import Crew
from dure.plan.services import incidents
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE, RIVAL_OWNER, WORKER
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


def absent(story, *, starts=AT, until):
    with acting(owner(story.paint)):
        machine = story.paint.equipment[0].id
        return incidents.stand_still(
            story.paint.firm.id, [machine], starts=starts, until=until, at=AT, cause="setter"
        )


def test_while_nobody_is_there_to_set_up_what_needs_it_waits(cooperative):
    story = Story()
    order = story.ordered()
    _, painted = story.job_orders(order)

    absent(story, until=painted.ends + timedelta(days=1))
    story.settle()

    with acting(OFFICE):
        (move,) = models.Plan.objects.get(is_change=True).moves
    assert "paint" == move["step"]
    assert "plan.moved_not_set_up" == move["why"][0]["code"]
    assert (painted.ends + timedelta(days=1)).isoformat() < move["new"]["starts"]


def test_what_a_machine_is_set_up_for_goes_on(cooperative):
    story = Story()
    first, second = (story.job_orders(story.ordered())[1] for _ in range(2))

    absent(story, starts=first.starts + timedelta(minutes=1), until=second.ends)
    story.settle()

    with acting(OFFICE):
        assert not models.Plan.objects.filter(is_change=True).exists()


def test_all_machines_of_the_site_are_meant(cooperative):
    story = Story()

    told = absent(story, until=AT + timedelta(days=1))

    assert {each.id for each in story.paint.equipment} == set(told.equipment_ids)


def test_hours_that_change_after_the_plan_was_made_draft_what_no_longer_fits(cooperative):
    story = Story()
    order = story.ordered()
    _, painted = story.job_orders(order)
    day = painted.starts.astimezone(SEOUL).weekday()
    days_left = tuple(shift for shift in story.paint.calendar.shifts if shift.weekday != day)

    with acting(owner(story.paint)):
        set_calendar(story.paint.firm.id, WorkCalendar(shifts=days_left), at=AT)
    story.settle()

    with acting(OFFICE):
        change = models.Plan.objects.get(is_change=True)
    assert "plan.because_hours" == change.cause[0]["code"]
    assert ["paint"] == [move["step"] for move in change.moves]


def test_hours_that_change_and_hold_nothing_up_move_nothing(cooperative):
    story = Story()
    story.ordered()
    calendar = replace(story.press.calendar, setup_operators=1)

    with acting(owner(story.press)):
        set_calendar(story.press.firm.id, calendar, at=AT)
    story.settle()

    assert not models.Plan.objects.filter(is_change=True).exists()


def test_a_rival_learns_nothing_of_it(cooperative):
    joining = maker(8, "painting", 100)
    with acting(WORKER):
        Calendar.objects.filter(firm_id=joining.firm.id).update(setup_operators=3)

    with acting(RIVAL_OWNER):
        assert joining.firm.id not in members.calendars()
    with acting(owner(joining)):
        assert 3 == members.calendar(joining.firm.id).setup_operators
