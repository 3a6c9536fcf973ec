"""The way to a first machine, walked as its page says against a running house."""

import logging
import os
import re
import shlex
from datetime import datetime, timedelta
from html import unescape
from time import perf_counter
from types import SimpleNamespace
from unicodedata import normalize
from zoneinfo import ZoneInfo

import httpx
import pytest
from django.test import Client
from typer.testing import CliRunner

from dure.cli.gateway import app
from dure.make.wire.gateway.config import read_config
from dure.stack.nats import running_nats
from tests.make.consumers.machines import ingesting, until
from tests.make.doors.callers import page
from tests.make.gateway.site import history, now_ms, working

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
    """Give what the page says to type, word by word."""
    return [shlex.split(unescape(each)) for each in re.findall(r"dure gateway ([^<\n]+)", text)]


def typed(*words):
    done = CliRunner().invoke(app, list(map(str, words)))
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

    join, discover, run = commands(text)
    typed(*join, "--file", file)
    found = typed(*[{"/home/line/csv": folder, "gateway.yaml": file}.get(w, w) for w in discover])
    react()
    site = SimpleNamespace(config=read_config(file, now_ms=now_ms))
    with ingesting(home), working(site):
        now = f"/making/connect/{mine.press}/now/?since={asked_ms}"
        until(lambda: b"41.5" in owner.get(now).content)
        shown = owner.get(now).content.decode()

    assert ["join", server, "--token"] == join[:3]
    assert ["discover", "run"] == [discover[0], run[0]]
    assert "PRESS-1" in found
    assert [(1,)] == history(home, "count(*)", kind="signed", group=GROUP, where="serial = 1")
    assert re.search(r"\d+분 \d+초 걸렸습니다", shown)
    spent = perf_counter() - began
    logging.getLogger(__name__).info(
        "two choices, three commands, %.1f s to the first value", spent
    )
