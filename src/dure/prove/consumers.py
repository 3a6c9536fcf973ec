"""
The sequencer's loop. Exactly one runs: PostgreSQL's advisory lock says which.

It looks for waiting entries ten times a second. Any trouble ends the process, and the
supervisor starts it anew, so that it always goes on from what is stored.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from django.db import connection

from dure.kernel.errors import Refused
from dure.prove.store.folder import LogFolder
from dure.prove.store.keys import log_key
from dure.prove.store.mailbox import Mailbox
from dure.stack.home import Home

LOCK = 0x64757265  # "dure"
IDLE_SECONDS = 0.1
WITHOUT_QUORUM_SECONDS = 1.0


def run_sequencer(home: Home, stop: Event) -> None:
    """Make the log of a home grow until stop is set; raises Refused where another one does."""
    # Only this process speaks to witnesses: the others, which find this file, need no HTTP client.
    from dure.prove.services.sequencer import Sequencer
    from dure.prove.wire.client import witnesses

    folder = LogFolder(home.log)
    brought = Mailbox(home.log).collect
    with _alone(), witnesses(folder.policy(), brought) as known:
        sequencer = Sequencer.open(log_key(home), folder, known)
        while not stop.is_set():
            logged = sequencer.commit()
            sequencer.place()
            published = sequencer.publish()
            if not logged:
                stop.wait(IDLE_SECONDS if published else WITHOUT_QUORUM_SECONDS)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock for as long as this process' connection lives."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        if cursor.fetchone() != (True,):
            raise Refused("prove.sequencer_runs")
        yield
