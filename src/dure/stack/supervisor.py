"""
The supervisor: starts programs in order, starts again what dies, and stops all in reverse order.

One thread, no locks. It sleeps in `_listen` until a child says something or ends, a signal
comes, or a fifth of a second is over; what children say becomes JSON lines in one log.

A program that ends is started again after a pause that doubles from 0.1 to 5 seconds and is
forgiven after ten good seconds. That children end when we are killed is the kernel's work
(child.py).
"""

import select
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

from dure.kernel.errors import DureError, Unavailable
from dure.stack.home import Home
from dure.stack.house import forget_house, wants_stillness, write_house
from dure.stack.kept import LONGEST_PAUSE, Kept, Program
from dure.stack.logs import LogFile

TICK_SECONDS = 0.2
READY_SECONDS = 120.0
STOP_SECONDS = 8.5
ROOM_SECONDS = 2.0


class Stopped(Exception):
    """Somebody asked us to stop while we were starting."""


@dataclass(slots=True)
class Supervisor:
    """Keeps programs running over one home. Use it from the main thread."""

    home: Home
    log: LogFile
    address: str = ""
    kept: list[Kept] = field(default_factory=list)
    stopping: bool = False
    still: bool = False
    _bell: socket.socket | None = None
    _has_room: bool = True
    _next_look: float = 0.0

    @contextmanager
    def listening(self) -> Iterator["Supervisor"]:
        """Take SIGINT, SIGTERM and SIGHUP as the wish to stop; at the end stop all that runs."""
        bell, rope = socket.socketpair()
        bell.setblocking(False)
        rope.setblocking(False)
        self._bell = bell
        old_rope = signal.set_wakeup_fd(rope.fileno(), warn_on_full_buffer=False)
        wishes = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        old = {wish: signal.signal(wish, self._stop_wanted) for wish in wishes}
        old[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield self
        finally:
            self.stop_all()
            for wish, handler in old.items():
                signal.signal(wish, handler)
            signal.set_wakeup_fd(old_rope)
            bell.close()
            rope.close()

    def start(self, *programs: Program) -> None:
        """
        Start programs together and wait until all are ready.

        Raises Unavailable when one ends before that or takes two minutes, Stopped when told to.
        """
        fresh = [Kept(program) for program in programs]
        self.kept += fresh
        for kept in fresh:
            self._launch(kept)
        deadline = monotonic() + READY_SECONDS
        waiting = fresh
        while waiting := [kept for kept in waiting if not self._has_come_up(kept)]:
            if monotonic() > deadline:
                raise self._not_started(waiting[0])
            self._tick(0.02)
        self._tell()

    def run_once(self, program: Program) -> None:
        """Run a program to its end; raises Unavailable when it fails, Stopped when told to."""
        kept = Kept(program)
        self.kept.append(kept)
        self._launch(kept)
        while kept.runs:
            self._tick(TICK_SECONDS)
        self._hear(kept)
        kept.let_go()
        self.kept.remove(kept)
        if kept.child is not None and kept.child.returncode:
            raise self._not_started(kept)

    def keep(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything running until somebody wants us to stop, or until says so."""
        with suppress(Stopped):
            while not until():
                self._tick(TICK_SECONDS)

    def stop_all(self) -> None:
        """
        Stop everything within 9 seconds, top layer first: our own, the broker, the database.

        Who does not end in its share of the time is killed; nothing acknowledged is lost by that.
        """
        self.stopping = True
        self._hold(still=False)
        deadline = monotonic() + STOP_SECONDS
        for layer in sorted({kept.program.layer for kept in self.kept}, reverse=True):
            share = (deadline - monotonic()) * (0.7 if layer else 1)
            self._stop([kept for kept in self.kept if kept.program.layer == layer], share)
        self.kept.clear()
        forget_house(self.home)

    def note(self, process: str, message: str, level: str = "info") -> None:
        """Write a line of our own into the log."""
        self.log.note(process, message, level)

    def _stop_wanted(self, *_: object) -> None:
        self.stopping = True

    def _tick(self, seconds: float) -> None:
        """Let a moment pass and see to what happened in it; raises Stopped when we are to stop."""
        self._listen(seconds)
        if self.stopping:
            raise Stopped
        wanted = wants_stillness(self.home)
        if wanted != self.still:
            self._hold(still=wanted)
        self._look_at_room(monotonic())
        for kept in self.kept:
            if kept.is_up:
                self._tend(kept, monotonic())

    def _tend(self, kept: Kept, now: float) -> None:
        if kept.runs:
            kept.program.tend()
        elif not kept.is_buried:
            self._hear(kept)
            status = kept.bury(now)
            self.note(kept.program.name, f"ended with {status}", level="warning")
            self._tell()
        elif now >= kept.next_start and not (self.still and kept.program.can_pause):
            self._launch_again(kept, now)

    def _launch_again(self, kept: Kept, now: float) -> None:
        """Start again what ended; where the disk gives no room for that, a little later."""
        try:
            self._launch(kept)
        except (DureError, OSError) as trouble:
            kept.next_start = now + LONGEST_PAUSE
            self.note(kept.program.name, f"could not be started: {trouble}", level="warning")
            return
        kept.restarts += 1
        self._tell()

    def _look_at_room(self, now: float) -> None:
        """Say in the log when the disk runs full, and when there is room again."""
        if now < self._next_look:
            return
        self._next_look = now + ROOM_SECONDS
        if self.home.has_room() != self._has_room:
            self._has_room = not self._has_room
            if self._has_room:
                self.note("supervisor", "the disk has room again")
            else:
                self.note("supervisor", f"the disk is full: {self.home.path}", level="warning")

    def _launch(self, kept: Kept) -> None:
        process = kept.launch(monotonic())
        self.note(kept.program.name, f"started as process {process}")

    def _has_come_up(self, kept: Kept) -> bool:
        if not kept.runs:
            raise self._not_started(kept)
        kept.is_up = kept.program.is_ready()
        return kept.is_up

    def _hold(self, *, still: bool) -> None:
        """Have what can pause hold still (or go on), so that a backup sees one moment."""
        for kept in self.kept:
            if kept.program.can_pause:
                kept.signal(signal.SIGSTOP if still else signal.SIGCONT)
        if still != self.still:
            self.still = still
            self._tell()

    def _stop(self, layer: Sequence[Kept], seconds: float) -> None:
        for kept in layer:
            kept.signal(kept.program.stop_signal)
        until = monotonic() + seconds
        while any(kept.runs for kept in layer) and monotonic() < until:
            self._listen(0.05)
        for kept in layer:
            if kept.runs:
                self.note(kept.program.name, "did not end in time", level="warning")
            kept.signal(signal.SIGKILL)
            kept.sweep()
            if kept.child is not None:
                kept.child.wait()
            self._hear(kept)
            kept.let_go()
            self.note(kept.program.name, "stopped")

    def _listen(self, seconds: float) -> None:
        """Sleep until something happens, and write down what children say."""
        assert self._bell is not None, "only while listening"
        speakers = {kept.pipe: kept for kept in self.kept if kept.pipe >= 0}
        ready, _, _ = select.select([self._bell.fileno(), *speakers], [], [], seconds)
        for pipe in speakers.keys() & set(ready):
            self._hear(speakers[pipe])
        with suppress(BlockingIOError):
            while self._bell.recv(512):
                pass

    def _hear(self, kept: Kept) -> None:
        for line in kept.lines():
            kept.program.hear(line)
            self.log.pass_on(kept.program.name, line)

    def _not_started(self, kept: Kept) -> Unavailable:
        self._hear(kept)
        what = {"process": kept.program.name, "log": str(self.log.path)}
        if not kept.last:
            return Unavailable("stack.did_not_start", **what)
        said = kept.last.decode(errors="replace").removeprefix("dure: ")
        return Unavailable("stack.did_not_start_but_said", **what, said=said)

    def _tell(self) -> None:
        write_house(self.home, address=self.address, still=self.still, kept=self.kept)
