"""The way to a first machine, in an owner's browser: what the page says is typed, and works."""

import json
import os
import shlex
import subprocess
import sys
from contextlib import contextmanager
from datetime import datetime

import pytest
import yaml
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from dure.kernel.time import SEOUL
from dure.make.history.health import read_health
from tests.cli.house import CLEAN, PATIENCE, wait_until
from tests.journeys.doors import Ledger
from tests.journeys.people import having

pytestmark = pytest.mark.browser


@pytest.fixture
def owner(chromium, first, reopened, visitors):
    """Let the owner of a member whose machines never said anything sign in at a window."""
    firms = json.loads((first.home.secrets / "twin.json").read_text())
    (firm,) = [one for one in having(firms, "owner@") if one["firm"] == visitors["rival"].firm]
    email = next(mail for mail in firm["passwords"] if mail.startswith("owner@"))
    chromium.get(f"{reopened.house.address}/sign-in/")
    chromium.delete_all_cookies()
    chromium.refresh()
    chromium.find_element(By.NAME, "email").send_keys(email)
    chromium.find_element(By.NAME, "password").send_keys(firm["passwords"][email])
    chromium.find_element(By.CSS_SELECTOR, "main form button").click()
    yield chromium
    chromium.delete_all_cookies()


@pytest.fixture
def line(tmp_path):
    """Give the folder of a machine that writes its values as Korean Windows does."""
    folder = tmp_path / "csv"
    folder.mkdir()
    at = datetime.now(SEOUL)
    text = f"생산일지,,\n시각,하중(kN),비고\n{at:%Y-%m-%d %H:%M:%S},41.5,정상\n"
    (folder / "일지.csv").write_bytes(text.encode("cp949"))
    os.utime(folder / "일지.csv", (1_700_000_000, 1_700_000_000))  # nobody writes it any more
    return folder


def typed(command, folder, site):
    """Give a command of the page as the program and the words that somebody types."""
    words = [str(folder) if word == "/home/line/csv" else word for word in shlex.split(command)]
    assert "dure" == words[0]
    return [sys.executable, "-m", "dure.cli", *words[1:]], {"cwd": site, "env": CLEAN}


@contextmanager
def running(command, folder, site):
    words, manner = typed(command, folder, site)
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL, **manner)
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def has_settled(home, site):
    """Say whether the house heard the gateway's death, and has told all that it heard."""
    group = yaml.safe_load((site / "gateway.yaml").read_text())["broker"]["group"]
    health = read_health(home.history, group)
    ((line,),) = Ledger(home).ask("select line from make_told")
    return not health["nodes"]["site"]["is_online"] and line >= health["line"]


def test_a_first_machine_is_connected_by_three_commands_of_its_page(
    owner, reopened, line, tmp_path
):
    owner.get(f"{reopened.house.address}/making/")
    owner.find_element(By.CSS_SELECTOR, "main a.button[href='/making/connect/']").click()
    owner.find_element(By.CSS_SELECTOR, "button[value=folder]").click()
    join, discover, run = [each.text for each in owner.find_elements(By.CSS_SELECTOR, "ol code")]
    page = owner.find_element(By.TAG_NAME, "main")

    for command in (join, discover):
        words, manner = typed(command, line, tmp_path)
        said = subprocess.run(words, capture_output=True, text=True, check=False, **manner)
        assert 0 == said.returncode, said.stderr
    waited = page.text
    with running(run, line, tmp_path):
        WebDriverWait(owner, PATIENCE).until(lambda _: "값이 왔습니다" in page.text)
        shown = page.text
    wait_until(lambda: has_settled(reopened.home, tmp_path))

    assert "첫 값을 기다립니다" in waited
    assert "하중(kN)" in shown
    assert "41.5" in shown
    assert "0분" in shown  # of the ten that it may take
    assert [] == [line["message"] for line in owner.get_log("browser")]
