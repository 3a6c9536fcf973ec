"""
The sequencer's loop. Exactly one runs: PostgreSQL's advisory lock says which.

PostgreSQL wakes it when entries wait (journal/bridge.py notifies); it looks by itself once a
second, too, for what nobody told. Any trouble ends the process, and the supervisor starts it
anew, so that it always goes on from what is stored. A new policy and a new year are taken up
in the same way, without ending.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event
from time import monotonic

from django.db import connection

from dure.journal.public import await_entries, hear_entries, now
from dure.kernel.errors import Refused, Unproven
from dure.prove.engine.keys import SigningKey
from dure.prove.engine.policy import read_policy
from dure.prove.engine.shard import year_of
from dure.prove.services.approval import approve, propose_policy
from dure.prove.store.folder import Shards
from dure.prove.store.keys import local_approval, log_key, log_keys
from dure.prove.store.mailbox import Mailbox
from dure.stack.home import Home

Keys = Callable[[int], Sequence[SigningKey]]
LOCK = 0x64757265  # "dure"
IDLE_SECONDS = 1.0
WITHOUT_QUORUM_SECONDS = 1.0
RENEWAL_SECONDS = 60.0


def run_sequencer(home: Home, stop: Event) -> None:
    """Make the log of a home grow until stop is set; raises Refused where another one does."""
    # Only this process speaks to witnesses: the others, which find this file, need no HTTP client.
    from dure.prove.services.sequencer import announce

    shards = Shards(home.log)
    with _alone():
        hear_entries()
        while not stop.is_set():
            announce(partial(log_key, home), shards, now())
            ours = partial(log_keys, home, policy=shards.policy())
            _approve_here(home, shards, ours)
            _run(shards, ours, stop)


def _run(shards: Shards, ours: Keys, stop: Event) -> None:
    """Run until told to stop, or until the policy or the year is another one."""
    from dure.prove.services.sequencer import Sequencer
    from dure.prove.wire.client import witnesses

    policy, year = shards.policy_file(), year_of(now())
    brought = Mailbox(shards.path).collect
    with witnesses(read_policy(policy), brought) as known:
        sequencer = Sequencer.open(
            lambda year: ours(year)[-1], shards, known, now, former=lambda year: ours(year)[:-1]
        )
        renewed, tried = sequencer.renew(), monotonic()
        while not stop.is_set() and (policy, year) == (shards.policy_file(), year_of(now())):
            if not renewed and monotonic() > tried + RENEWAL_SECONDS:
                renewed, tried = sequencer.renew(), monotonic()
            logged = sequencer.commit()
            sequencer.place()
            published = sequencer.publish()
            if not logged and published:
                await_entries(IDLE_SECONDS)
            elif not logged:
                stop.wait(WITHOUT_QUORUM_SECONDS)


def _approve_here(home: Home, shards: Shards, ours: Keys) -> None:
    """In a trial all witnesses live on this machine, and may change without a meeting."""
    statement = propose_policy(shards.policy(), ours(year_of(now()))[-1])
    if statement is None:
        return
    try:
        approve(local_approval(home, statement, int(now().timestamp())), shards)
    except Unproven:
        return  # the sequencer refuses, and says what to do


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock for as long as this process' connection lives."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        if cursor.fetchone() != (True,):
            raise Refused("prove.sequencer_runs")
        yield
