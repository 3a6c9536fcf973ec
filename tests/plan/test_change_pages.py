import json
import re
from datetime import timedelta

import pytest

from dure.members import models as members
from dure.plan import models
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT_BUYER, OFFICE
from tests.match.houses import owner
from tests.plan.test_incidents import breaks, machine_of, the_draft
from tests.plan.test_pages import as_, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("its_day")]

HOUR = timedelta(hours=1)


def clock(instant):
    return (instant + 9 * HOUR).strftime("%Y-%m-%dT%H:%M")


def test_a_member_tells_of_a_breakdown_and_the_office_decides(story):
    story.ordered()
    member, office = as_(owner(story.press)), as_(OFFICE)
    form = {
        "machines": [str(machine_of(story.press))],
        "starts": clock(AT),
        "until": clock(AT + 24 * HOUR),
        "cause": "breakdown",
    }

    assert "/plan/incidents/" == member.post("/plan/incidents/", form)["Location"]
    story.settle()

    assert "고장 · PRESS-1" in text(member.get("/plan/incidents/"))
    assert "일정 변경안 1건이 있습니다." in text(office.get("/plan/"))
    page = text(office.get(f"/plan/changes/{the_draft().id}/"))
    assert "2개 작업을 옮기자는 안입니다. 아직 아무것도 움직이지 않았습니다." in page
    assert "그 시간에 설비가 서 있습니다." in page
    assert "업체 2곳에 동의를 묻습니다." in page


def test_the_office_reads_whose_machine_each_is(story):
    page = text(as_(OFFICE).get("/plan/incidents/"))

    both = f"{story.press.firm.name}PRESS-1{story.paint.firm.name}".replace(" ", "")
    assert both in page.replace(" ", "")


def test_a_wrong_time_is_said_beside_what_was_typed(story):
    form = {
        "machines": [str(machine_of(story.press))],
        "starts": clock(AT + 2 * HOUR),
        "until": clock(AT + HOUR),
        "cause": "operator",
        "note": "두 사람이 앓음",
    }

    page = as_(owner(story.press)).post("/plan/incidents/", form)

    said = page.content.decode()
    assert 409 == page.status_code
    assert "끝나는 때가 시작하는 때나 지금보다 뒤여야 합니다." in said
    assert "두 사람이 앓음" in said
    assert '<option value="operator" selected>' in said


def test_machines_of_two_firms_are_two_incidents(story):
    form = {
        "machines": [str(machine_of(story.press)), str(machine_of(story.paint))],
        "starts": clock(AT),
        "until": clock(AT + HOUR),
        "cause": "breakdown",
    }

    page = as_(OFFICE).post("/plan/incidents/", form)

    assert "업체마다 따로 알려 주세요." in page.content.decode()
    with acting(OFFICE):
        assert not models.Incident.objects.exists()


def test_a_member_tells_that_nobody_is_there_to_set_up(story):
    painted = story.job_orders(story.ordered())[1]
    member, office = as_(owner(story.paint)), as_(OFFICE)
    form = {
        "machines": [str(machine_of(story.paint))],
        "starts": clock(AT),
        "until": clock(painted.ends),
        "cause": "setter",
    }

    member.post("/plan/incidents/", form)
    story.settle()

    assert "준비작업 할 사람 없음" in text(member.get("/plan/incidents/"))
    page = text(office.get(f"/plan/changes/{the_draft().id}/"))
    assert "그때 설비의 준비작업을 할 사람이 없습니다." in page


def test_the_office_approves_and_its_page_follows_the_answers(story):
    story.ordered()
    breaks(story, story.press)
    office, draft = as_(OFFICE), the_draft()

    office.post(f"/plan/changes/{draft.id}/answer/", {"answer": "approve"})

    assert "조합원의 답을 기다립니다." in text(office.get(f"/plan/changes/{draft.id}/"))
    page = text(as_(owner(story.paint)).get("/plan/"))
    assert "다른 곳에서 일정이 바뀌었습니다." in page


def test_the_office_refuses(story):
    story.ordered()
    breaks(story, story.press)
    office, draft = as_(OFFICE), the_draft()

    office.post(f"/plan/changes/{draft.id}/answer/", {"answer": "refuse"})

    assert "움직인 것은 없습니다." in text(office.get(f"/plan/changes/{draft.id}/"))


def test_late_material_and_rush_are_told_on_pages(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)

    as_(owner(story.press)).post(
        f"/plan/job-orders/{pressed.id}/wait/",
        {"until": clock(AT + 48 * HOUR), "cause": "material"},
    )
    as_(OFFICE).post(f"/plan/orders/{order.id}/rush/", {"until": clock(AT + 5 * HOUR)})

    with acting(OFFICE):
        assert ["material", "rush"] == list(
            models.Incident.objects.order_by("number").values_list("kind", flat=True)
        )


def test_a_job_order_is_given_back_on_its_page(story):
    pressed, _ = story.job_orders(story.ordered())
    page = as_(owner(story.press))
    assert "아예 못 한다고 하기" in text(page.get("/plan/incidents/"))

    page.post(f"/plan/job-orders/{pressed.id}/give-back/", {"note": "금형이 깨짐"})

    shown = text(page.get("/plan/incidents/"))
    assert "다른 조합원에게 묻는 중" in shown
    assert "아예 못 한다고 하기" not in shown


def test_what_if_is_asked_and_answered_on_its_page(story):
    story.ordered()
    office = as_(OFFICE)
    form = {
        "name": "프레스가 열흘 선다면",
        "kind": "machine_absent",
        "machine": str(machine_of(story.press)),
        "starts": clock(AT),
        "until": clock(AT + 24 * 20 * HOUR),
    }

    path = office.post("/plan/scenarios/", form)["Location"]
    assert "계산하고 있습니다." in text(office.get(path))
    story.settle()

    assert "늦는 수주가 0건에서 1건으로 늘어납니다." in text(office.get(path))


def test_what_a_question_needs_is_asked_for_and_what_was_typed_stays(story):
    story.ordered()

    page = as_(OFFICE).post("/plan/scenarios/", {"name": "더 오면", "kind": "order_added"})

    said = page.content.decode()
    assert 200 == page.status_code
    assert 'value="더 오면"' in said
    assert '<option value="order_added" selected>' in said
    assert ["id_due_error", "id_order_error", "id_percent_error"] == sorted(
        set(re.findall(r'id="(id_\w+_error)"', said))
    )
    with acting(OFFICE):
        assert not models.Scenario.objects.exists()


def test_a_proposal_of_another_machine_names_both(story):
    story.ordered()
    breaks(story, story.press)
    office, draft = as_(OFFICE), the_draft()
    office.post(f"/plan/changes/{draft.id}/answer/", {"answer": "approve"})
    (asked,) = story.proposals(story.press)
    with acting(OFFICE):
        row = models.Proposal.objects.get(id=asked.id)
        row.new = row.old | {"equipment_id": str(machine_of(story.paint))}
        row.save()
        members.Equipment.objects.filter(id=machine_of(story.paint)).update(
            firm_id=story.press.firm.id, code="PRESS-9"
        )

    page = text(as_(owner(story.press)).get(f"/plan/proposals/{asked.id}/"))

    assert "수주 1호의 우리 일을 PRESS-9 설비에서 하자고 합니다." in page
    assert "설비PRESS-1PRESS-9" in page.replace(" ", "")


def test_refused_the_page_says_that_it_stays(story):
    story.ordered()
    breaks(story, story.press)
    as_(OFFICE).post(f"/plan/changes/{the_draft().id}/answer/", {"answer": "approve"})
    (asked,) = story.proposals(story.paint)
    painter = as_(owner(story.paint))

    painter.post(f"/plan/proposals/{asked.id}/answer/", {"answer": "refuse"})

    page = text(painter.get(f"/plan/proposals/{asked.id}/"))
    assert "거절했습니다. 수주 1호의 우리 일은" in page
    assert "그대로 시작합니다." in page


def test_a_calendar_is_read_by_its_private_address_until_it_is_revoked(story):
    pressed, _ = story.job_orders(story.ordered())
    member = as_(owner(story.press))
    member.post("/plan/own/calendar/")
    page = member.get("/plan/own/").content.decode()
    path = "/plan/calendar/" + page.split("/plan/calendar/")[1].split("<")[0]
    stranger = as_(HANBIT_BUYER).__class__()

    feed = stranger.get(path)
    member.post("/plan/own/calendar/close/")

    body = feed.content.decode()
    assert "text/calendar; charset=utf-8" == feed["Content-Type"]
    assert (1, f"UID:{pressed.id}@dure") == (body.count("BEGIN:VEVENT"), _line(body, "UID"))
    assert pressed.starts.strftime("DTSTART:%Y%m%dT%H%M%SZ") in body
    (to,) = pressed.hands_over
    assert f"{to.firm_name} {to.at + 9 * HOUR:%Y-%m-%d %H:%M}" in body.replace("\r\n ", "")
    assert 404 == stranger.get(path).status_code
    assert path not in member.get("/plan/own/").content.decode()


def _line(body, name):
    return next(line for line in body.split("\r\n") if line.startswith(name))


def test_a_member_publishes_free_time_and_withdraws_it(story):
    member = as_(owner(story.paint))
    form = {
        "capability": str(story.paint.capabilities[0].id),
        "windows": "2026-12-03 09:00 ~ 2026-12-03 18:00\n\n2026-12-04 09:00 ~ 2026-12-04 12:00",
        "setup_minutes": 10,
        "minutes_per_100": 30,
        "setup_won": 9000,
        "unit_won": 90,
    }

    member.post("/plan/own/", form)
    page = text(member.get("/plan/own/"))
    member.post(f"/plan/own/{form['capability']}/withdraw/")

    assert "2026년 12월 3일(목) 09:00" in page
    assert "계획은 우리가 공개한 빈 시간과 값만 봅니다." in page
    assert "계획은 우리 설비와 달력을 보고 있습니다." in text(member.get("/plan/own/"))


def test_job_orders_are_a_spreadsheet(story):
    story.ordered()

    answer = as_(owner(story.press)).get("/plan/?sheet=xlsx")

    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer.content.startswith(b"PK")


def test_by_order_the_rows_are_orders_and_their_steps(story):
    order = story.ordered()

    page = as_(OFFICE).get("/plan/?by=order").content.decode()

    drawn = json.loads(page.split('type="application/json"')[1].split(">", 1)[1].split("<")[0])
    rows = [bar["row"] for bar in drawn["data"]["values"]]
    assert [f"수주 {order.number}호 · 공정 press", f"수주 {order.number}호 · 공정 paint"] == rows


def test_the_chain_of_reasons_stands_on_the_offices_order_page_alone(story):
    order = story.ordered()

    office = text(as_(OFFICE).get(f"/plan/orders/{order.id}/"))
    buyer = text(as_(HANBIT_BUYER).get(f"/plan/orders/{order.id}/"))

    assert "처음부터 끝까지, 무엇에 걸린 시간인지" in office
    assert "처음부터 끝까지, 무엇에 걸린 시간인지" not in buyer


@pytest.mark.parametrize(
    "path", ["/plan/board/", "/plan/scenarios/", "/plan/changes/{draft}/", "/plan/again/"]
)
def test_what_is_the_offices_is_not_there_for_others(story, path):
    story.ordered()
    breaks(story, story.press)
    address = path.format(draft=the_draft().id)

    for actor in (owner(story.press), HANBIT_BUYER):
        browser = as_(actor)
        answer = browser.post(address) if "again" in path else browser.get(address)
        assert 404 == answer.status_code


@pytest.mark.parametrize("path", ["/plan/incidents/", "/plan/own/"])
def test_a_buyer_tells_nothing_of_machines(story, path):
    assert 404 == as_(HANBIT_BUYER).get(path).status_code


def test_all_of_it_reads_in_english(story):
    story.ordered()
    breaks(story, story.press)
    browser = as_(OFFICE)
    browser.cookies["dure_language"] = "en"

    page = text(browser.get(f"/plan/changes/{the_draft().id}/"))

    assert "2 steps would move. Nothing has moved yet." in page
    assert "Its machine stands still then." in page
    assert f"PRESS-1 at {story.press.firm.name_en} stands still until" in page
