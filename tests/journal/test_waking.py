"""Whoever waits for entries is woken by them, once a transaction."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import pytest
from django.db import connection

from dure.journal import bridge, public, services
from dure.kernel.fact import FactKind
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import BUSAN_OWNER

pytestmark = pytest.mark.django_db

PRESSED = FactKind("PartsPressed", "pressing", ("count",))


def test_a_transaction_wakes_once_however_many_facts_it_tells(
    at, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as hooks, acting(BUSAN_OWNER):
        for count in range(3):
            services.record(
                PRESSED, aggregate_id=new_id(), aggregate_version=1, at=at, payload={"count": count}
            )

    assert [bridge.wake] == hooks


def test_whoever_waits_is_woken():
    hears = Event()

    def wait():
        with closing(connection):
            public.hear_entries()
            hears.set()
            return public.await_entries(60)

    def wake():
        with closing(connection):
            bridge.wake()

    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(wait)
        hears.wait()
        threads.submit(wake).result()

        assert waiting.result()


def test_without_entries_the_time_passes():
    public.hear_entries()

    assert not public.await_entries(0.01)
