"""Fixtures of the shop floor: two members, what is captured of the first, a press and a job."""

from dataclasses import replace

import pytest
from django.conf import settings as django_settings

from dure.make.consumers.capture import Capture
from dure.make.engine.host import Host
from dure.make.history.manifest import open_manifest
from tests.make.shop import Press, released, shop
from tests.members.test_founding import cooperative

__all__ = ["cooperative"]


@pytest.fixture(autouse=True)
def only_make_reacts(settings):
    settings.DURE_WIRING = "tests.make.wiring"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Let the house live in a folder of the test's own."""
    own = replace(django_settings.HOME, path=tmp_path).prepare()
    monkeypatch.setattr(django_settings, "HOME", own)
    return own


@pytest.fixture
def mine(cooperative, home):
    return shop(2)


@pytest.fixture
def rival(mine):
    return shop(3)


@pytest.fixture
def capture(home):
    with open_manifest(home.history) as manifest:
        yield Capture.recalled(manifest, Host())


@pytest.fixture
def press(mine, capture):
    return Press(mine, capture)


@pytest.fixture
def job(mine):
    return released(mine)
