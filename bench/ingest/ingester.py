"""Ingest in a process of its own, for the bench: `python -m bench.ingest.ingester HOME`."""

import signal
import sys
from pathlib import Path
from threading import Event
from time import time_ns

from dure.make.consumers.ingest import Ingest, collect_seldom
from dure.stack.home import Home

if __name__ == "__main__":
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    collect_seldom()
    print("ready", flush=True)
    Ingest(
        home=Home(Path(sys.argv[1])),
        stop=stop,
        now_ms=lambda: time_ns() // 1_000_000,
        tell=lambda lines: None,
        seal_seconds=0.5,
    ).run()
