from datetime import timedelta

import pytest

from dure.journal.models import Fact
from dure.kernel.errors import Malformed
from dure.plan import models, public
from dure.plan.bridge import plans
from dure.plan.services import drafting, scenarios
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE, RIVAL_OWNER, WORKER
from tests.plan.test_incidents import breaks, machine_of
from tests.plan.test_pages import as_, text

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def asked(story, *changes):
    with acting(OFFICE):
        row = scenarios.ask_scenario("만약에", list(changes), AT)
    story.settle()
    with acting(OFFICE):
        return public.scenario(row.id)


def absent(joining, days=20):
    return {
        "kind": "machine_absent",
        "machine": str(machine_of(joining)),
        "starts": AT.isoformat(),
        "until": (AT + days * DAY).isoformat(),
    }


def test_without_a_machine_orders_would_be_late_and_nothing_is_published(story):
    order = story.ordered()
    before = story.job_orders(order)
    with acting(WORKER):
        told = Fact.objects.exclude(aggregate="scenario").count()

    scenario = asked(story, absent(story.press))

    assert "planned" == scenario.state
    assert (0, 1) == (scenario.figures["before"]["late"], scenario.figures["after"]["late"])
    assert "plan.scenario_more_late" == scenario.reasons[0].code
    assert before == story.job_orders(order)
    with acting(WORKER):
        assert told == Fact.objects.exclude(aggregate="scenario").count()
        assert not models.Plan.objects.filter(is_change=True).exists()


def test_an_order_without_a_place_is_told_as_that_and_not_as_late(story):
    story.ordered()

    scenario = asked(story, absent(story.press, days=300))

    assert {"late": 0, "lost": 1}.items() <= scenario.figures["after"].items()
    assert ["plan.scenario_more_lost"] == [why.code for why in scenario.reasons][:1]
    assert "자리가 없습니다" in text(as_(OFFICE).get(f"/plan/scenarios/{scenario.id}/"))


def test_the_same_question_gives_the_same_plan_to_the_byte(story):
    story.ordered()

    scenario = asked(story, absent(story.press))

    with acting(WORKER):
        row = models.Scenario.objects.get(id=scenario.id)
        assert bytes(row.body) == drafting.replay(row)


def test_one_more_of_a_machine_that_broke_down_keeps_the_promise(story):
    story.ordered()
    breaks(story, story.press, until=AT + 3 * DAY)

    scenario = asked(story, {"kind": "machine_added", "machine": str(machine_of(story.press))})

    assert (1, 0) == (scenario.figures["before"]["late"], scenario.figures["after"]["late"])
    codes = [reason.code for reason in scenario.reasons]
    assert [
        "plan.scenario_fewer_late",
        "plan.scenario_less_tardy",
        "plan.scenario_earlier",
    ] == codes


def test_a_longer_day_makes_orders_earlier(story):
    order = story.ordered(quantity=900)
    shifts = [
        {
            "kind": "shift_added",
            "firm": str(joining.firm.id),
            "starts": AT.isoformat(),
            "until": (AT + DAY).isoformat(),
        }
        for joining in (story.press, story.paint)
    ]

    scenario = asked(story, *shifts)

    (leaves,) = scenario.figures["orders"]
    assert order.number == leaves["order_number"]
    assert leaves["after"] < leaves["before"]


def test_one_more_order_stands_among_the_others(story):
    order = story.ordered()
    added = {"kind": "order_added", "order": str(order.id), "percent": 200, "due": "2026-12-11"}

    scenario = asked(story, added)

    assert [order.number, 0] == [each["order_number"] for each in scenario.figures["orders"]]
    assert scenario.figures["orders"][1]["after"]


def test_one_more_order_must_leave_a_working_day_before_it_is_wanted(story):
    order = story.ordered()
    added = {"kind": "order_added", "order": str(order.id), "percent": 100}

    thursday = asked(story, added | {"due": "2026-11-26"})
    friday = asked(story, added | {"due": "2026-11-27"})
    sunday = asked(story, added | {"due": "2026-11-29"})

    with acting(WORKER):
        rows = [models.Scenario.objects.get(id=each.id) for each in (thursday, friday, sunday)]
        dues = [plans.read_inputs(bytes(row.inputs))[0].problem.jobs[1].due for row in rows]
    # A working day on the road: to be there on Friday or Sunday, all leaves on Thursday.
    assert [0, 1440, 1440] == [due - dues[0] for due in dues]


def test_what_changes_nothing_says_so(story):
    story.ordered()

    scenario = asked(story, {**absent(story.press), "machine": str(OFFICE.person)})

    assert ["plan.scenario_same"] == [reason.code for reason in scenario.reasons]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"kind": "flood"},
        {"kind": "machine_added"},
        {"kind": "shift_added", "firm": "x", "starts": "1", "until": "2"},
        {"kind": "order_added", "order": "nobody's", "percent": 100, "due": "2026-12-11"},
    ],
)
def test_what_makes_no_sense_is_refused_at_once(story, change):
    story.ordered()

    with acting(OFFICE), pytest.raises(Malformed, match=r"plan\.bad_change"):
        scenarios.ask_scenario("만약에", [change], AT)


def test_a_member_sees_no_scenario(story):
    story.ordered()
    asked(story, absent(story.press))

    with acting(RIVAL_OWNER):
        assert () == public.scenarios()
