"""Pages of where readings come from, as a machine's owner, a foreman and a rival meet them."""

import pytest
from django.test import Client

from dure.make.services.jobs import finish_job, start_job
from dure.stack.tenancy import acting
from tests.cast import AT
from tests.make.doors.callers import page, take_in
from tests.make.shop import Press, token
from tests.make.wire.payloads import message

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
