"""The shop floor through its doors: HTTP as a machine's owner, a foreman, a rival and nobody."""

import asyncio
import json

import pytest
from django.test import Client

from dure.kernel.reason import Reason
from dure.make import public
from dure.make.engine.health import THE_HOUSE
from dure.make.services.watch import declare_characteristic
from dure.make.views import changes
from dure.stack.tenancy import acting
from tests.cast import AT
from tests.make.doors.callers import Caller, page, signed_in
from tests.make.shop import Press, lot_of, steady, token
from tests.make.wire.payloads import message

pytestmark = pytest.mark.django_db


def test_a_foreman_without_an_account_does_the_job_by_its_token(mine, job):
    foreman = Caller()
    way = f"/jobs/{token(job)}"

    answers = [
        foreman.post(f"{way}/start"),
        foreman.post(f"{way}/count", good=300, scrap=4),
        foreman.post(f"{way}/finish", good=200, scrap=1),
    ]

    assert [200] * 3 == [answer.status_code for answer in answers]
    assert (500, 5, "finished") == tuple(answers[2].json()[k] for k in ("good", "scrap", "state"))
    (shown,) = Caller(mine.token).get("/jobs").json()
    assert token(job) == shown["token"]


def test_the_same_count_sent_twice_counts_once(job):
    way = f"/api/v1/jobs/{token(job)}"
    head = {"Idempotency-Key": "once"}
    Caller().post(f"/jobs/{token(job)}/start")

    for _ in range(2):
        answer = Client().post(
            f"{way}/count", '{"good": 5}', content_type="application/json", headers=head
        )

    assert 5 == answer.json()["good"]


@pytest.mark.parametrize("wrong", ["x" * 24, "short"])
def test_a_wrong_token_is_not_found(job, wrong):
    answer = Caller().post(f"/jobs/{wrong}/start")

    assert answer.status_code in (401, 404)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"good": -1}, "make.negative_count"),
        ({"good": 5_000}, "make.count_beyond_plan"),
        ({"good": "many"}, "project.field"),
        ({"good": 10**12}, "project.field"),
    ],
)
def test_a_count_that_cannot_be_is_refused_with_its_reason(job, body, code):
    Caller().post(f"/jobs/{token(job)}/start")

    answer = Caller().post(f"/jobs/{token(job)}/count", **body)

    assert 400 <= answer.status_code < 500
    assert code == answer.json()["reason"]["code"]


def test_the_owner_inspects_and_releases(mine, job):
    foreman, owner = Caller(), Caller(mine.token)
    foreman.post(f"/jobs/{token(job)}/start")
    foreman.post(f"/jobs/{token(job)}/finish", good=500, scrap=0)
    (lot,) = owner.get("/lots").json()

    inspected = owner.post(f"/lots/{lot['id']}/inspect", inspected=500, failed=10)
    done = owner.post(f"/lots/{lot['id']}/release")

    assert (490, "released") == (inspected.json()["good"], done.json()["state"])


def test_a_rival_and_nobody_find_nothing(mine, rival, job):
    Caller().post(f"/jobs/{token(job)}/start")
    Caller().post(f"/jobs/{token(job)}/finish", good=1)
    with acting(mine.owner):
        lot = lot_of(job)
    other = Caller(rival.token)

    assert [] == other.get("/lots").json()
    assert 404 == other.get(f"/lots/{lot.id}").status_code
    assert 404 == other.post(f"/lots/{lot.id}/release").status_code
    assert 404 == other.get(f"/machines/{mine.press}").status_code
    assert 404 == other.get(f"/machines/{mine.press}/readings").status_code
    assert Caller().get("/lots").status_code in (401, 404)
    assert Caller().get("/machines").status_code in (401, 404)


def test_the_gateway_tells_only_the_owner_how_to_connect(mine, rival):
    own, theirs = (Caller(each.token).get("/gateway").json() for each in (mine, rival))

    assert ("F002", "F003") == (own["group"], theirs["group"])
    assert own["password"] != theirs["password"]
    assert Caller().get("/gateway").status_code in (401, 404)


@pytest.mark.parametrize(
    ("listens", "found"), [("0.0.0.0", "testserver"), ("", "127.0.0.1"), ("10.0.0.7", "10.0.0.7")]
)
def test_a_gateway_finds_the_broker_where_it_found_the_portal(mine, monkeypatch, listens, found):
    monkeypatch.setenv("DURE_MQTT_HOST", listens) if listens else None

    door = Caller(mine.token).get("/gateway").json()
    text = page(mine).get(f"/making/connect/?machine={mine.press}&way=opcua").content.decode()

    assert found == door["host"]
    assert (found == "127.0.0.1") == ("다른 컴퓨터의 게이트웨이를 받으려면" in text)


def test_a_machines_readings_and_its_unread_messages(mine, capture):
    press = Press(mine, capture)
    press.says([1.5, float("nan"), 2.5])
    press.commit([message(f"spBv1.0/{press.group}/DDATA/line-1/PRESS-1", b"\xff")])
    owner = Caller(mine.token)

    found = owner.get(f"/machines/{mine.press}/readings", metric="force").json()
    (held,) = owner.get("/quarantine").json()
    machine = owner.get(f"/machines/{mine.press}").json()

    assert [1.5, None, 2.5] == [row["value"] for row in found][-3:]
    assert "make.not_sparkplug" == held["code"]
    assert ("PRESS-1", True, 2.5) == (
        machine["device"],
        machine["is_online"],
        machine["values"][0]["value"],
    )


def test_a_characteristic_is_declared_over_http(mine):
    owner = Caller(mine.token)

    made = owner.post("/characteristics", device="PRESS-1", metric="force", unit="kN")
    again = owner.post("/characteristics", device="PRESS-1", metric="force")

    assert (201, 409) == (made.status_code, again.status_code)


def test_the_pages_show_a_held_lot_a_ringed_point_and_what_to_do(mine, capture, job, react):
    press = Press(mine, capture)
    with acting(mine.owner):
        declare_characteristic(device="PRESS-1", metric="force", unit="kN", at=AT)
    Caller().post(f"/jobs/{token(job)}/start")
    press.says([*steady(20), 130])
    react()
    client = page(mine)
    with acting(mine.owner):
        lot = lot_of(job)

    making = client.get("/making/").content.decode()
    machine = client.get(f"/making/machines/{mine.press}/").content.decode()
    shown = client.get(f"/making/lots/{lot.id}/").content.decode()

    assert "경보가 1건 울렸습니다" in making
    assert "규칙 1: 한계를 벗어남" in making
    assert f'data-live="/making/machines/{mine.press}/events/"' in machine
    assert '"rule": 1' in machine.replace("&quot;", '"')
    assert json.dumps("관리 상한")[1:-1] in machine
    assert "보류되어 있습니다. 검사가 필요합니다." in shown


def test_the_owner_inspects_and_releases_on_the_page(mine, job):
    Caller().post(f"/jobs/{token(job)}/start")
    Caller().post(f"/jobs/{token(job)}/finish", good=500)
    client = page(mine)
    with acting(mine.owner):
        lot = lot_of(job)

    wrong = client.post(f"/making/lots/{lot.id}/inspect/", {"inspected": "많이", "failed": 1})
    client.post(f"/making/lots/{lot.id}/inspect/", {"inspected": 500, "failed": 2})
    client.post(f"/making/lots/{lot.id}/release/")

    assert 400 == wrong.status_code
    with acting(mine.owner):
        assert (498, "released") == (public.lot(lot.id).good, public.lot(lot.id).state)


def test_the_foreman_starts_counts_and_finishes_by_thumb(mine, job):
    client, way = Client(), f"/job/{token(job)}/"

    assert "500개를 만들 차례입니다" in client.get(way).content.decode()
    client.post(way, {"do": "start"})
    client.post(way, {"do": "count", "good": "120", "scrap": ""})
    assert "380개 남았습니다" in client.get(way).content.decode()
    client.post(way, {"do": "finish", "good": 380, "scrap": 2})

    assert "수고하셨습니다" in client.get(way).content.decode()
    assert 400 == client.post(way, {"do": "dance"}).status_code
    with acting(mine.owner):
        assert (500, 2) == (public.job(job.id).good, public.job(job.id).scrap)


def test_a_stray_qr_code_shows_nothing(job):
    answer = Client().get(f"/job/{'x' * 24}/")

    assert "PRESS" not in answer.content.decode()
    assert answer.status_code in (302, 404)


@pytest.mark.parametrize("path", ["", "quarantine/", "machines/{press}/", "machines/{press}/now/"])
def test_pages_are_for_those_who_work_there(mine, rival, path):
    way = f"/making/{path}".format(press=mine.press)

    assert 200 == page(mine).get(way).status_code
    assert (404 if "machines" in path else 200) == page(rival).get(way).status_code
    assert 302 == Client().get(way).status_code


def test_an_unread_message_shows_with_what_to_do(mine, capture):
    press = Press(mine, capture)
    press.commit([message(f"spBv1.0/{press.group}/DDATA/line-1/PRESS-1", b"\xff")])

    shown = page(mine).get("/making/quarantine/").content.decode()

    assert "1건을 읽지 못해 따로 두었습니다" in shown
    assert "게이트웨이가 Sparkplug B로 보내는지 확인하세요" in shown


def test_the_office_alone_sees_what_went_wrong_in_the_house_itself(cooperative, mine, capture):
    ((email, password),) = cooperative.passwords.items()
    office = signed_in(email=email, password=password)
    capture.reading.host.tally.note(THE_HOUSE, "", Reason("make.broker_cut"), 5_000, 3)
    capture.commit([], {})

    shown = office.get("/making/").content.decode()

    assert "두레 자체의 탈" in shown
    assert "메시지 서버와의 연결이 끊겼습니다" in shown
    assert "두레 자체의 탈" not in page(mine).get("/making/").content.decode()


def test_events_come_at_once_and_end(mine, tmp_path):
    path = tmp_path / "latest.json"
    path.write_text("{}")

    async def listen():
        return [event async for event in changes(path, looks=1)]

    (event,) = asyncio.run(listen())
    assert f"data: {path.stat().st_mtime_ns}\n\n" == event
    response = page(mine).get(f"/making/machines/{mine.press}/events/")
    assert "text/event-stream" == response["Content-Type"]
