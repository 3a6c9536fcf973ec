"""
A real PostgreSQL for all tests, migrated once by its owner, used by the bound role.

Tests connect as dure_worker: the row policies hold for it as they do for the web role,
but it may also act as the cooperative. So one test can act as everybody in turn.
"""

import json
import os
from collections.abc import Iterator
from signal import SIGTERM, default_int_handler, signal
from threading import current_thread, main_thread

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

settings.register_profile("dure", deadline=None)  # machines differ in speed; laws do not
settings.load_profile("dure")

JOURNEYS = "tests/journeys/"
TOGETHER = {  # what goes on in one home; the order that all begin with is told once for each
    "the story": ("test_demo.py", "test_played.py"),
    "its visitors": ("test_first_machine.py", "test_who_may_do_what.py", "test_who_sees_what.py"),
}
APART = {f"{JOURNEYS}{file}": name for name, files in TOGETHER.items() for file in files}


def pytest_configure() -> None:
    """Take SIGTERM as Ctrl-C is taken: what runs is stopped, what was made is cleared away."""
    if current_thread() is main_thread():
        signal(SIGTERM, default_int_handler)


class TogetherScheduling(LoadFileScheduling):
    """Keeps in one process what shares a server: a file's tests, or those of several files."""

    def _split_scope(self, nodeid: str) -> str:
        """Say what a test goes together with."""
        scope = super()._split_scope(nodeid)
        return APART.get(scope, scope)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Give one process more than there are cores: tests wait for servers and for the disk."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: "object") -> TogetherScheduling:
    """Share the tests out among processes."""
    return TogetherScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Let the journeys begin first: they are the longest, whatever others who sort thought."""
    yield
    items.sort(key=lambda item: not item.nodeid.startswith(JOURNEYS))


@pytest.fixture(scope="session")
def postgres() -> Iterator["object"]:
    """Run the embedded PostgreSQL for the length of the session."""
    from dure.stack.home import dure_home
    from dure.stack.postgres import running_postgres

    with running_postgres(dure_home().path, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def django_db_setup(postgres, django_db_blocker) -> Iterator[None]:
    """Migrate as the owner, then let Django's connection be the bound role."""
    from django.db import connection

    from dure.project.settings import database
    from dure.stack.rowsecurity import apply_migrations

    def connect_as(role: str) -> None:
        connection.close()
        connection.settings_dict.update(database(postgres.url(role)))

    with django_db_blocker.unblock():
        connect_as("dure_owner")
        apply_migrations()
        connect_as("dure_worker")
    yield
    connection.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Keep pytest-django from renaming the database: it is ours and new."""


@pytest.fixture
def at():
    """Give the instant at which tests act, and set the stored clock to it."""
    from tests.cast import AT

    return AT


@pytest.fixture
def react(db):
    """
    Give what lets all deferred jobs take effect, as the worker would, in order.

    Reactions that they cause in turn run too. A reaction that raises, raises here.
    """
    from django.db import connection
    from procrastinate.contrib.django import app

    def next_job():
        with connection.cursor() as cursor:
            cursor.execute(
                "delete from procrastinate_jobs where id = (select min(id) from"
                " procrastinate_jobs) returning args, task_name"
            )
            return cursor.fetchone()

    def react() -> int:
        count = 0
        while found := next_job():
            args = found[0] if isinstance(found[0], dict) else json.loads(found[0])
            app.tasks[found[1]].func(**args)
            count += 1
        return count

    return react


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """Open a browser without a window; skip, and say so, where there is none."""
    from shutil import which

    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    binary, driver = which("chromium"), which("chromedriver")
    if not binary or not driver:
        pytest.skip("chromium and chromedriver are not installed: apt-get install chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    browser.set_window_size(1440, 900)
    yield browser
    browser.quit()


@pytest.fixture
def window(chromium):
    """Give the browser as nobody knows it yet."""
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    chromium.get("about:blank")
    chromium.get_log("browser")
    return chromium


@pytest.fixture
def served(db, settings):
    """Serve the portal on loopback, as the test's own transaction has it."""
    from tests.browsing import serving

    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with serving() as address:
        yield address
