"""The way to a first machine, walked as its page says against a running house."""

import logging
import os
import re
from datetime import datetime, timedelta
from time import perf_counter
from types import SimpleNamespace
from unicodedata import normalize
from zoneinfo import ZoneInfo

import httpx
import pytest
from django.test import Client
from typer.testing import CliRunner

from dure.cli.gateway import _mapped, app
from dure.make.wire.gateway.config import read_config
from dure.make.wire.gateway.sources import Offer
from dure.stack.nats import running_nats
from tests.make.consumers.machines import ingesting, until
from tests.make.doors.callers import home, mine, page
from tests.make.gateway.site import history, now_ms, working
from tests.members.test_founding import cooperative

__all__ = ["cooperative", "home", "mine"]

GROUP = "F002"
log = logging.getLogger(__name__)
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def broker(home, monkeypatch):
    with running_nats(home.path, [GROUP]) as running:
        monkeypatch.setenv("DURE_NATS_PORT", str(running.broker.port))
        monkeypatch.setenv("DURE_MQTT_PORT", str(running.broker.mqtt_port))
        yield running


@pytest.fixture
def server(mine, broker, monkeypatch):
    """Let the program reach this house: all of HTTP but the socket."""

    def answered(request):
        kind = request.headers.get("content-type", "")
        path, said = request.url.raw_path.decode(), dict(request.headers)
        answer = Client().generic(
            request.method, path, request.content, content_type=kind, headers=said
        )
        return httpx.Response(answer.status_code, content=answer.content)

    with httpx.Client(transport=httpx.MockTransport(answered)) as house:
        monkeypatch.setattr(httpx, "request", house.request)
        yield "http://testserver"


def commands(text):
    """Give what the page says to type."""
    return re.findall(r"dure gateway ([a-z]+)", text)


def typed(*words, token):
    done = CliRunner().invoke(app, list(map(str, words)), env={"DURE_TOKEN": token})
    assert 0 == done.exit_code, done.output
    return done.output


@pytest.mark.django_db
def test_a_first_machine_is_connected_as_its_page_says(mine, home, server, react, tmp_path):
    began, asked_ms = perf_counter(), now_ms()
    folder, file = tmp_path / "line", tmp_path / "site" / "gateway.yaml"
    folder.mkdir()
    file.parent.mkdir()
    owner = page(mine)
    way = f"/making/connect/?machine={mine.press}&way=folder&since={asked_ms}"
    text = owner.get(way).content.decode()
    at = datetime.now(SEOUL) - timedelta(seconds=1)
    sheet = folder / normalize("NFD", "가압.csv")
    sheet.write_text(f"시각,PRESS-1 하중(kN)\n{at:%Y-%m-%d %H:%M:%S},41.5\n", encoding="cp949")
    os.utime(sheet, (1_700_000_000, 1_700_000_000))  # nobody is writing it any more

    typed("join", server, "--file", file, token=mine.token)
    found = typed(
        "discover", folder, "--file", file, "--server", server, "--token", mine.token,
        token=mine.token,
    )  # fmt: skip
    react()
    site = SimpleNamespace(config=read_config(file, now_ms=now_ms))
    with ingesting(home), working(site):
        now = f"/making/connect/{mine.press}/now/?since={asked_ms}"
        until(lambda: b"41.5" in owner.get(now).content)
        shown = owner.get(now).content.decode()

    assert ["join", "discover", "run"] == commands(text)
    assert "PRESS-1" in found
    assert [(1,)] == history(home, "count(*)", kind="signed", group=GROUP, where="serial = 1")
    assert re.search(r"\d+분 \d+초 걸렸습니다", shown)
    spent = perf_counter() - began
    logging.getLogger(__name__).info(
        "two choices, three commands, %.1f s to the first value", spent
    )


@pytest.mark.parametrize(
    ("codes", "name", "found"),
    [
        (["PRESS-1", "KILN-1"], "line/press_1/하중", "PRESS-1"),
        (["가마-1호", "가마-2호"], normalize("NFD", "가마 1호 온도"), "가마-1호"),
        (["가마-1호", "가마-2호"], "가마 온도", ""),
        (["가마-1호"], "온도", "가마-1호"),
        ([], "온도", ""),
    ],
)
def test_what_is_found_is_given_to_the_machine_whose_code_its_name_holds(codes, name, found):
    offer = Offer(place="ns=2;i=3", name=name, sample="1")

    assert {found: [offer]} == _mapped([offer], codes)
