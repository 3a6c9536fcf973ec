"""Pages of where readings come from, as a machine's owner, a foreman and a rival meet them."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client

from dure.make.services.jobs import finish_job, start_job
from dure.stack.tenancy import acting
from tests.cast import AT
from tests.make.consumers.test_hard_days import mounted
from tests.make.doors.callers import page, take_in
from tests.make.services.test_health import lose_three
from tests.make.shop import Press, token
from tests.make.wire.payloads import message, payload

pytestmark = pytest.mark.django_db


def shown(client, path, status=200):
    answer = client.get(path)
    assert status == answer.status_code
    return answer.content.decode()


def test_a_source_shows_what_went_wrong_how_often_and_what_to_do(mine, capture):
    press = Press(mine, capture)
    topic = f"spBv1.0/{press.group}/DDATA/line-1/PRESS-1"
    press.commit([message(topic, b"\xff"), message(topic, b"\xff")])

    text = shown(page(mine), "/making/sources/")

    assert "line-1" in text
    assert "게이트웨이가 Sparkplug B로 보내는지 확인하세요" in text
    assert "PRESS-1" in text


def test_without_a_source_the_page_leads_to_the_first_machine(mine):
    assert "/making/connect/" in shown(page(mine), "/making/sources/")


@pytest.mark.parametrize("way", ["", "opcua", "folder", "hand", "http", "nonsense"])
def test_the_way_to_a_first_machine_is_shown_whatever_is_asked(mine, way):
    text = shown(page(mine), f"/making/connect/?machine={mine.press}&way={way}")

    assert "PRESS-1" in text


def test_the_first_value_shows_as_soon_as_it_is_there(mine, capture):
    path = f"/making/connect/{mine.press}/now/"
    before = shown(page(mine), path)

    Press(mine, capture).says([41.5])

    assert "41.5" not in before
    assert "41.5" in shown(page(mine), path)


def test_what_came_before_somebody_began_is_not_the_first_value(mine, capture):
    Press(mine, capture).says([41.5])

    text = shown(page(mine), f"/making/connect/{mine.press}/now/?since={2**43}")

    assert "첫 값을 기다립니다" in text
    assert "41.5" not in text


def test_where_no_machine_ever_spoke_the_first_page_leads_to_connecting_one(mine, capture):
    silent = shown(page(mine), "/making/")

    Press(mine, capture).says([41.5])

    assert "설비 1대가 아직 아무 값도 보내지 않았습니다" in silent
    assert "/making/connect/" in silent
    assert "울린 경보는 없습니다" in shown(page(mine), "/making/")


def test_each_value_says_who_made_it(mine, capture):
    client, hand = page(mine), f"/making/machines/{mine.press}/hand/"
    client.post(hand, {"metric": "ph", "number": "7.1", "grade": "laboratory"})
    client.post(hand, {"metric": "count", "number": "3"})
    take_in(capture)
    Press(mine, capture).says([41.5])

    text = shown(client, f"/making/machines/{mine.press}/now/")

    assert [">설비<", ">손<", ">시험실<"] == [
        word for word in (">설비<", ">손<", ">시험실<") if word in text
    ]


def test_a_message_that_nobody_could_read_says_its_own_reason(mine, capture):
    press = Press(mine, capture)
    topic = f"spBv1.0/{press.group}/DDATA/line-1/PRESS-1"
    press.commit([message(topic, b"\xff"), message(topic, payload(300, [(None, 7, 1.0)]))])

    text = shown(page(mine), "/making/quarantine/")

    assert "순번 300은 0에서 255 사이가 아닙니다" in text
    assert "make." not in text


def test_a_gap_says_how_many_messages_are_missing(mine, capture):
    press = Press(mine, capture)
    lose_three(press, capture)

    text = shown(page(mine), "/making/sources/")

    assert "순번 2 다음에 6이 왔습니다. 메시지 3건이 없습니다." in text


def test_a_thousand_devices_of_a_node_are_folded_away(mine, capture):
    press = Press(mine, capture)
    births = [
        message(f"spBv1.0/{press.group}/DBIRTH/line-1/m-{n}", payload(n, [("v", n + 50, 1.0)]))
        for n in range(2, 20)
    ]
    press.commit(births)

    text = shown(page(mine), "/making/sources/")

    assert "<summary>19대</summary>" in text


def test_two_taps_write_a_state_and_a_number_down(mine, capture):
    client, path = page(mine), f"/making/machines/{mine.press}/hand/"

    client.post(path, {"metric": "state", "text": "setup"})
    answer = client.post(path, {"metric": "ph", "number": "7.1", "grade": "laboratory"})
    take_in(capture)

    assert 302 == answer.status_code
    text = shown(client, path)
    assert "준비 ✓" in text
    assert "7.1" in text


@pytest.mark.parametrize(
    "said", [{"metric": "ph"}, {"number": "7"}, {"metric": "ph", "number": "x"}]
)
def test_what_says_nothing_is_asked_again(mine, said):
    assert 400 == page(mine).post(f"/making/machines/{mine.press}/hand/", said).status_code


def test_a_foreman_writes_by_the_jobs_qr_code(mine, job, capture):
    path = f"/job/{token(job)}/hand/"

    Client().post(path, {"metric": "count", "number": "12"})
    take_in(capture)

    assert "12" in shown(Client(), path)


@pytest.mark.parametrize(
    "path", ["machines/{press}/hand/", "connect/{press}/now/", "machines/{press}/"]
)
def test_a_rival_finds_none_of_it(mine, rival, path):
    shown(page(rival), f"/making/{path.format(press=mine.press)}", 404)


def test_the_key_figures_stand_on_the_machines_page_once_a_job_is_done(mine, job):
    before = shown(page(mine), f"/making/machines/{mine.press}/")
    with acting(mine.owner):
        start_job(token(job), at=AT)
        finish_job(token(job), good=450, scrap=50, at=job.ends)

    after = shown(page(mine), f"/making/machines/{mine.press}/")

    assert "설비종합효율" not in before
    assert "설비종합효율" in after
    assert "90<small>%</small>" in after


def test_a_clock_that_was_never_set_does_not_make_the_oldest_reading_half_a_century_old(
    mine, capture
):
    Press(mine, capture).says([41.5])  # its births say a second after 1970

    text = shown(page(mine), "/making/kept/")

    assert f"{AT.year}년" in text
    assert "1970" not in text


def test_what_was_just_written_down_shows_before_it_is_sealed(mine):
    client = page(mine)
    path = f"/making/machines/{mine.press}/hand/"

    answer = client.post(
        path, {"metric": "state", "text": "stopped", "idempotency_key": "k"}, follow=True
    )
    text = answer.content.decode()

    assert 'value="stopped" aria-pressed="true"' in text
    assert 1 == text.count('aria-pressed="true"')


def test_a_full_disk_is_said_while_it_is_full_and_no_longer(mine, home, monkeypatch, tmp_path):
    client = page(mine)
    small = tmp_path / "small"
    small.mkdir()

    with mounted(small, "2m"):
        monkeypatch.setattr(settings, "HOME", replace(home, path=small))
        full = shown(client, "/making/sources/") + shown(client, "/making/")
    monkeypatch.setattr(settings, "HOME", home)

    assert 2 == full.count("디스크가 가득 찼습니다")
    assert "저절로 이어집니다" in full
    assert "디스크가 가득 찼습니다" not in shown(client, "/making/sources/")
