import re

import pytest

from dure.stack.home import Home
from dure.stack.house import write_house
from dure.stack.kept import Kept
from dure.stack.metrics import Metric, metrics_page
from tests.stack.test_supervisor import Small

SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? \S+')


def test_it_tells_what_the_supervisor_sees(tmp_path) -> None:
    home = Home(tmp_path).prepare()
    kept = Kept(Small("web"), restarts=2)
    with home.held():
        write_house(home, address="http://127.0.0.1:8000", still=False, kept=[kept])

        page = metrics_page(home)

    assert 'dure_process_up{process="web"} 0\n' in page
    assert 'dure_process_restarts_total{process="web"} 2\n' in page
    assert "# TYPE dure_process_restarts_total counter\n" in page


def test_nothing_runs_nothing_is_told(tmp_path) -> None:
    assert "" == metrics_page(Home(tmp_path).prepare())


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", "두레"])
def test_any_text_can_stand_in_a_label(value: str) -> None:
    metric = Metric(name="m", kind="gauge", help="h", samples={(("process", value),): 1.0})

    *_, sample = metric.text().removesuffix("\n").split("\n")

    assert SAMPLE.fullmatch(sample)


@pytest.mark.django_db
def test_the_page_is_for_this_machine_only(client) -> None:
    here = client.get("/metrics")
    there = client.get("/metrics", REMOTE_ADDR="10.0.0.9")

    assert 200 == here.status_code
    assert 'dure_jobs{state="todo"}' in here.content.decode()
    assert 404 == there.status_code
