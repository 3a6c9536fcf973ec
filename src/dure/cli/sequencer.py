"""The sequencer: what was recorded becomes the log. Exactly one runs."""

import signal
from threading import Event

HIDDEN = True


def sequencer() -> None:
    """Make the log grow until told to stop. Started by `dure up`."""
    from dure.cli.django import set_up_django

    set_up_django()
    from dure.prove.consumers import run_sequencer
    from dure.stack.home import dure_home

    stop = Event()
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, lambda *_: stop.set())
    run_sequencer(dure_home(), stop)
