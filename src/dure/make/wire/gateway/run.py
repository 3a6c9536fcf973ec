"""
A gateway at work: its sources in threads, its session with the cooperative in this one.

Sources fill the queue whether the line is up or down; the session empties it when it can.
Killed at any moment it goes on where it was: the queue is the only memory.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from dure.kernel.errors import Malformed, Unavailable
from dure.make.wire.gateway.config import Config
from dure.make.wire.gateway.queue import Queue
from dure.make.wire.gateway.session import Session
from dure.make.wire.gateway.sources import Source, Stop

KEY_FILE = "gateway.key"
PULSE_SECONDS = 0.1
LONGEST_PAUSE = 30.0
WENT_WELL_MS = 60_000  # a source that ran so long was cut off anew
SAY_AGAIN_MS = 3_600_000  # a cut of days fills no log
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Gateway:
    """One running gateway. now_ms gives the wall clock in milliseconds."""

    config: Config
    stop: Stop
    now_ms: Callable[[], int]

    def run(self) -> None:
        """Work until told to stop."""
        key = own_key(self.config.folder)
        with Queue(self.config.folder, budget=self.config.budget) as queue:
            threads = [
                Thread(target=self._keep, args=(source, queue), name=source.name)
                for source in self.config.sources
            ]
            for thread in threads:
                thread.start()
            try:
                self._keep_session(queue, key)
            finally:
                for thread in threads:
                    thread.join()

    def _keep_session(self, queue: Queue, key: Ed25519PrivateKey) -> None:
        pause, said, said_ms = PULSE_SECONDS, "", 0
        while not self.stop.is_set():
            try:
                self._speak(queue, key)
                pause, said = PULSE_SECONDS, ""
            except Unavailable as away:
                if str(away) != said or self.now_ms() - said_ms > SAY_AGAIN_MS:
                    said, said_ms = str(away), self.now_ms()
                    log.warning("%d batches wait: %s", queue.waiting(), away)
                self.stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _speak(self, queue: Queue, key: Ed25519PrivateKey) -> None:
        session = Session(
            door=self.config.door, node=self.config.node, queue=queue, key=key, now_ms=self.now_ms
        )
        with session:
            while not self.stop.is_set() and not session.is_over:
                queue.settle_gaps(now_ms=self.now_ms())
                session.step(PULSE_SECONDS)

    def _keep(self, source: Source, queue: Queue) -> None:
        """Run a source again whenever it was cut off; its pauses grow to half a minute."""
        pause, said = 1.0, ""
        while not self.stop.is_set():
            began_ms = self.now_ms()
            try:
                source.run(queue, self.stop)
            except Unavailable as away:
                if self.now_ms() - began_ms > WENT_WELL_MS:
                    pause, said = 1.0, ""
                if str(away) != said:  # a source that is away for days fills no log
                    said = str(away)
                    log.warning("%s: %s", source.name, away)
                    with suppress(Unavailable):
                        queue.tell(away.reason, now_ms=self.now_ms())
                self.stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)


def own_key(folder: Path) -> Ed25519PrivateKey:
    """Give the key that was made on this machine, making it at the first call."""
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        draft = path.with_suffix(".tmp")
        draft.touch(mode=0o600)
        draft.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        draft.rename(path)
    read = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(read, Ed25519PrivateKey):
        raise Malformed("make.odd_key_file", file=str(path))
    return read
