"""Who comes to the doors of the shop floor, at the API and on the pages, and what is captured."""

import json
from dataclasses import replace
from itertools import count

import pytest
from django.conf import settings
from django.test import Client

from dure.make.consumers.capture import Capture
from dure.make.engine.host import Host
from dure.make.history import inbox
from dure.make.history.manifest import open_manifest
from tests.make.shop import released, shop

KEYS = count()


class Caller:
    """Somebody at the API."""

    def __init__(self, token=None):
        self.head = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path, **asked):
        return Client().get(f"/api/v1{path}", asked, headers=self.head)

    def post(self, path, **body):
        return Client().post(
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={**self.head, "Idempotency-Key": f"key-{next(KEYS)}"},
        )


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "HOME", replace(settings.HOME, path=tmp_path).prepare())
    return settings.HOME


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
def job(mine):
    return released(mine)


def page(at_shop):
    return signed_in(**at_shop.sign_in)


def signed_in(*, email, password):
    client = Client()
    client.post("/sign-in/", {"email": email, "password": password})
    return client


def take_in(capture):
    capture.take_in(list(inbox.waiting(capture.manifest.folder, capture.batches.ends)))
