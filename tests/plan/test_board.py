from datetime import timedelta

import pytest

from dure.plan import models
from dure.stack.tenancy import acting
from tests.cast import OFFICE
from tests.plan.story import with_a_spare
from tests.plan.test_change_pages import clock
from tests.plan.test_incidents import the_draft
from tests.plan.test_pages import as_, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("its_day")]

HOUR = timedelta(hours=1)


def put(job_order, starts, machine=None):
    return as_(OFFICE).post(
        "/plan/board/move/",
        {
            "job_order": str(job_order.id),
            "machine": str(machine or job_order.equipment),
            "starts": clock(starts),
        },
    )


def drafts():
    with acting(OFFICE):
        return models.Plan.objects.filter(is_change=True).count()


def test_a_job_order_is_put_elsewhere_by_form(story):
    pressed, _ = story.job_orders(story.ordered())
    page = as_(OFFICE).get(f"/plan/board/?move={pressed.id}").content.decode()
    assert str(pressed.id) in page
    assert clock(pressed.starts) in page

    answer = put(pressed, pressed.starts + HOUR)

    assert f"/plan/changes/{the_draft().id}/" == answer["Location"]


def test_the_form_begins_with_where_a_job_order_stands(story):
    story.ordered()
    page = as_(OFFICE).get("/plan/board/").content.decode()

    chosen = page.split('<select id="move-job"')[1].split("selected")[0].rsplit("<option", 1)[1]
    with acting(OFFICE):
        row = models.JobOrder.objects.get(id=chosen.split('"')[1])

    assert f'data-machine="{row.equipment_id}" data-starts="{clock(row.starts)}"' in chosen
    assert f'name="starts" value="{clock(row.starts)}"' in page


def test_a_machine_without_work_that_could_do_it_has_a_row_to_drop_it_on(story):
    pressed, _ = story.job_orders(story.ordered())
    spare = with_a_spare(pressed)

    answer = as_(OFFICE).get("/plan/board/")

    lanes = answer.content.decode().split('data-lanes="')[1].split('"')[0].split()
    assert str(spare.id) in lanes
    rows = answer.context["chart"]["layer"][-2]["encoding"]["y"]["scale"]["domain"]
    assert len(lanes) == len(rows)
    assert rows[lanes.index(str(spare.id))].endswith("ZZ-1")


@pytest.mark.parametrize(
    ("moved", "on", "hours", "said"),
    [
        (1, 0, 0, "그 설비로는 공정"),
        (0, 0, -1000, "지난 시각에 놓을 수 없습니다."),
        (1, 1, -1, "그때까지"),
    ],
)
def test_what_cannot_stand_there_is_said_on_the_board_and_what_was_typed_stays(
    story, moved, on, hours, said
):
    both = story.job_orders(story.ordered())
    job_order, machine = both[moved], both[on].equipment
    starts = job_order.starts + hours * HOUR

    answer = put(job_order, starts, machine)

    page = answer.content.decode()
    assert 409 == answer.status_code
    assert said in page.split('id="refused"')[1].split("</p>")[0]
    assert f'value="{clock(starts)}"' in page
    assert f'<option value="{machine}" selected>' in page
    assert 0 == drafts()


def test_put_at_night_the_board_says_when_the_machine_opens(story):
    _, painted = story.job_orders(story.ordered())
    night = painted.starts.replace(hour=15)  # midnight in Seoul

    answer = put(painted, night)

    refused = answer.content.decode().split('id="refused"')[1].split("</p>")[0]
    assert "그 시간에는 설비가 쉽니다." in refused
    assert "그 뒤에 놓을 수 있는 가장 이른 때는 2026년 11월" in refused


def test_put_where_pinned_work_stands_it_is_said(story):
    (stays, _), (goes, _) = (story.job_orders(story.ordered()) for _ in range(2))
    as_(OFFICE).post(f"/plan/board/{stays.id}/pin/", {"pinned": "yes"})

    answer = put(goes, stays.starts + timedelta(minutes=10))

    assert "옮길 수 없는 다른 일이 있습니다." in answer.content.decode()


def test_put_where_it_stands_it_says_that_nothing_would_change(story):
    pressed, _ = story.job_orders(story.ordered())

    answer = put(pressed, pressed.starts)

    assert "그 작업은 이미 거기에 있습니다." in text(answer)


def test_a_time_that_is_none_is_said_and_the_rest_stays(story):
    pressed, _ = story.job_orders(story.ordered())
    form = {"job_order": str(pressed.id), "machine": str(pressed.equipment), "starts": "soon"}

    answer = as_(OFFICE).post("/plan/board/move/", form)

    assert 400 == answer.status_code
    assert "날짜와 시각을 읽을 수 없습니다." in answer.content.decode()
    assert f'<option value="{pressed.equipment}" selected>' in answer.content.decode()


def test_a_pin_is_set_and_let_go(story):
    pressed, _ = story.job_orders(story.ordered())
    office = as_(OFFICE)

    office.post(f"/plan/board/{pressed.id}/pin/", {"pinned": "yes"})
    assert "고정됨" in text(office.get("/plan/board/"))
    office.post(f"/plan/board/{pressed.id}/pin/", {"pinned": "no"})

    assert "고정됨" not in text(office.get("/plan/board/"))
