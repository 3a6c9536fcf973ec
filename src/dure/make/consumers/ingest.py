"""
Ingest: reads what machines said, commits it, tells the journal, asks for rebirths. Forever.

Its own manifest is the only cursor. Killed at any moment it goes on after the last commit:
nothing acknowledged is lost, nothing is counted twice. While the broker or the disk does
not answer it waits; the broker keeps what comes meanwhile.
"""

import gc
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from dure.kernel.errors import Refused, Unavailable
from dure.kernel.reason import Reason
from dure.make.consumers.capture import Capture
from dure.make.consumers.sources import Cut, Sources
from dure.make.engine.health import THE_HOUSE, Tally
from dure.make.engine.host import Host
from dure.make.engine.topic import command_topic, subject_of_topic
from dure.make.history import inbox
from dure.make.history.manifest import Manifest, open_manifest
from dure.make.wire.messages import Messages
from dure.make.wire.nats import Lost
from dure.make.wire.presence import Presence
from dure.make.wire.sparkplug import rebirth_command
from dure.stack.home import Home
from dure.stack.mqtt import own_context
from dure.stack.nats import broker_of, reachable

PULL_SECONDS = 0.2
SAY_AGAIN_MS = 60_000  # a cut of days fills no log
AGAIN_SECONDS = 1.0
MOST_MESSAGES = 50_000  # of one commit; and so many bytes
MOST_BYTES = 128 << 20
log = logging.getLogger(__name__)


class Stop(Protocol):
    """Says when to stop; `threading.Event` is one."""

    def is_set(self) -> bool:
        """Say whether to stop."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait so many seconds, or until it is time to stop."""
        ...


@dataclass(slots=True, kw_only=True)
class Ingest:
    """
    One home's ingest.

    now_ms gives the wall clock in milliseconds. tell is called with the manifest after each
    commit, and again while nothing comes; it may be behind and catch up.
    Messages wait seal_seconds for company before they are committed.
    """

    home: Home
    stop: Stop
    now_ms: Callable[[], int]
    tell: Callable[[Manifest], None]
    seal_seconds: float = 1.0
    _noted: Tally = field(default_factory=Tally)

    def run(self) -> None:
        """Work until told to stop; raises Refused where another ingest has the manifest."""
        said, said_ms = "", 0
        with open_manifest(self.home.history) as manifest:
            while not self.stop.is_set():
                capture = Capture.recalled(manifest, Host())
                try:
                    self._follow(capture)
                except (Lost, Refused, Unavailable) as problem:
                    if str(problem) != said or self.now_ms() - said_ms > SAY_AGAIN_MS:
                        log.warning("ingest waits: %s", problem)
                        said, said_ms = str(problem), self.now_ms()
                    self._note(_reason(problem))
                    with suppress(Refused, Unavailable):  # a full disk takes not even that
                        capture.cut_off(self.now_ms())
                    self.stop.wait(AGAIN_SECONDS)

    def _follow(self, capture: Capture) -> None:
        with ExitStack() as open_:
            committer = open_.enter_context(ThreadPoolExecutor(1, "commit"))
            sources = open_.enter_context(Sources(self.home, capture.manifest.ends()))
            presence = open_.enter_context(self._presence())
            for name in sources.made_anew():
                self._note(Reason("make.stream_anew", {"source": name}))
            committing: Future[None] = committer.submit(self.tell, capture.manifest)
            cuts: list[Cut] = []
            while not self.stop.is_set():
                messages = self._gather(sources, committing)
                committing.result()  # one commit at a time: a slow disk holds the broker back
                _settle(cuts)
                self._ask_for_rebirths(capture.reading.host, sources)
                for group, reason in sources.hung_up():
                    self._noted.note(group, "", reason, self.now_ms())
                cuts = [cut for source in sources.all if (cut := source.cut()) is not None]
                committing = committer.submit(self._commit, capture, messages, cuts)
                presence.tend()
                sources.admit()
            committing.result()
            _settle(cuts)

    def _gather(self, sources: Sources, committing: Future[None]) -> Messages:
        """Wait for messages, then a little longer for their company, or while a commit takes."""
        came: list[Messages] = []
        count = size = 0
        deadline = monotonic() + self.seal_seconds
        while not self.stop.is_set() and count < MOST_MESSAGES and size < MOST_BYTES:
            for messages in sources.gather(min(PULL_SECONDS, self.seal_seconds)):
                came.append(messages)
                count, size = count + len(messages), size + len(messages.arena)
            if monotonic() >= deadline and committing.done():
                break
        return Messages.joined(came)

    def _commit(self, capture: Capture, messages: Messages, cuts: list[Cut]) -> None:
        """Commit what came or was noticed, and tell, while the next messages are gathered."""
        host = capture.reading.host
        capture.manifest.close_chapter_if_due(self.now_ms())
        if cuts or host.gaps or host.tally.troubles or self._noted.troubles:
            ranges = {cut.source.name: cut.span for cut in cuts}
            for trouble in self._noted.take():
                host.tally.add(trouble)
            capture.commit(messages, ranges, [row for cut in cuts for row in cut.missing_rows()])
        self._take_in(capture)
        self.tell(capture.manifest)

    def _take_in(self, capture: Capture) -> None:
        """Commit what waits in the inbox."""
        entries = list(inbox.waiting(self.home.history, capture.batches.ends))
        if entries:
            capture.take_in(entries)

    def _note(self, reason: Reason) -> None:
        """Count a trouble of the house; the next commit that succeeds writes it down."""
        self._noted.note(THE_HOUSE, "", reason, self.now_ms())

    def _ask_for_rebirths(self, host: Host, sources: Sources) -> None:
        now_ms = self.now_ms()
        for node in host.rebirths_due(now_ms):
            if (nats := sources.commands(node.group)) is None:
                continue  # no member any more: nobody hears it
            nats.publish(subject_of_topic(command_topic(node)), rebirth_command(now_ms))
            log.info("rebirth asked for: %s/%s", node.group, node.edge)

    def _presence(self) -> Presence:
        broker = broker_of(self.home)
        user, password = broker.cooperative_user()
        host = reachable(broker.mqtt_host)
        return Presence(
            host,
            broker.mqtt_port,
            user=user,
            password=password,
            at_ms=self.now_ms(),
            tls=own_context(self.home) if broker.mqtt_tls else None,
        )


def collect_seldom() -> None:
    """
    Look for garbage in cycles less often, in a process that does nothing but ingest.

    A batch is some hundred thousand small objects that hold no cycles: looking at them again
    and again while they come took a fifteenth of all time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 20, 100)


def _settle(cuts: list[Cut]) -> None:
    for cut in cuts:
        cut.source.settle(cut.span)


def _reason(problem: Lost | Refused | Unavailable) -> Reason:
    if isinstance(problem, Lost):
        return Reason("make.broker_cut")
    if problem.reason.code == "stack.disk_full":  # those words are for a start; we are running
        return Reason("make.disk_full", problem.reason.parameters)
    return problem.reason
