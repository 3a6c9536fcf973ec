"""Ingest: takes in what machines say, seals it, and tells the journal. Started by `dure up`."""

import logging
import signal
from threading import Event
from time import time_ns
from typing import TYPE_CHECKING

from dure.cli.django import set_up_django

if TYPE_CHECKING:
    from dure.make.history.manifest import Manifest

HIDDEN = True


def ingest(seal_seconds: float = 0.5) -> None:
    """Take in what machines say, until told to stop. Started by `dure up`."""
    set_up_django()
    from django.conf import settings

    from dure.make.consumers.ingest import Ingest, collect_seldom

    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    collect_seldom()
    Ingest(
        home=settings.HOME,
        stop=stop,
        now_ms=lambda: time_ns() // 1_000_000,
        tell=_tell,
        seal_seconds=seal_seconds,
    ).run()


def _tell(manifest: "Manifest") -> None:
    """Tell the journal; while the database is away capture goes on, the next call catches up."""
    from django.db import OperationalError, connection

    from dure.make.services.sealing import tell_sealed

    try:
        tell_sealed(manifest)
    except OperationalError as away:
        logging.getLogger(__name__).warning("the journal waits: %s", away)
        connection.close()
