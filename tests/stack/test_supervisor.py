"""The supervisor over small programs of the tests' own."""

import errno
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dure.kernel.errors import Unavailable
from dure.stack.home import Home
from dure.stack.house import House, holding_still, house
from dure.stack.kept import Kept
from dure.stack.logs import LogFile
from dure.stack.supervisor import Stopped, Supervisor
from tests.stack.programs import ENVIRONMENT, python

SLEEPER = "import sys, time; print('awake', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('awake', flush=True); time.sleep(600)"
)


@dataclass
class Small:
    """A small program: a Python script."""

    name: str
    script: str = SLEEPER
    layer: int = 2
    can_pause: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def launch(self, log: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", self.script]
        self.children.append(subprocess.Popen(command, stdout=log, stderr=log, process_group=0))
        return self.children[-1]

    def is_ready(self) -> bool:
        return True

    def hear(self, said: bytes) -> None:
        pass

    def tend(self) -> None:
        pass


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path).prepare()
    with home.held():
        yield home


@pytest.fixture
def supervisor(home: Home) -> Iterator[Supervisor]:
    with Supervisor(home, LogFile(home.run / "log.jsonl")).listening() as listening:
        yield listening


def lines(home: Home) -> list[dict[str, str]]:
    return [json.loads(line) for line in (home.run / "log.jsonl").read_text().splitlines()]


def said(home: Home, process: str) -> list[str]:
    return [line["message"] for line in lines(home) if line["process"] == process]


def running(home: Home) -> House:
    found = house(home)
    assert found is not None
    return found


def test_it_runs_a_program_and_tells_others(supervisor: Supervisor, home: Home) -> None:
    program = Small("small")

    supervisor.start(program)
    supervisor.keep(until=lambda: "awake" in said(home, "small"))

    process = running(home).processes[0]
    assert ("small", program.children[0].pid, 0) == (process.name, process.pid, process.restarts)
    assert os.getpid() == running(home).pid


def test_what_was_killed_comes_back(supervisor: Supervisor, home: Home) -> None:
    program = Small("small")
    supervisor.start(program)

    program.children[0].kill()
    supervisor.keep(until=lambda: len(program.children) == 2)

    assert "ended with -9" in said(home, "small")
    assert 1 == running(home).processes[0].restarts
    assert program.children[1].poll() is None


def test_what_ends_again_and_again_is_started_ever_more_slowly() -> None:
    program = Small("brief", script="")
    kept = Kept(program, is_up=True)
    kept.launch(0.0)
    program.children[0].wait()

    kept.bury(1.0)
    first = kept.next_start
    kept.launch(1.1)
    program.children[1].wait()
    kept.bury(1.2)
    second = kept.next_start
    kept.launch(1.4)
    program.children[2].wait()
    kept.bury(20.0)
    forgiven = kept.next_start
    kept.let_go()

    assert (1.1, 1.4, 20.1) == pytest.approx((first, second, forgiven))


def test_what_it_left_behind_is_swept_away(supervisor: Supervisor, home: Home) -> None:
    family = (
        "import subprocess, sys, time; "
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid,"
        " flush=True); time.sleep(600)"
    )
    program = Small("family", script=family)
    supervisor.start(program)
    supervisor.keep(until=lambda: len(said(home, "family")) == 2)
    helper = os.pidfd_open(int(said(home, "family")[1]))

    program.children[0].kill()
    supervisor.keep(until=lambda: len(program.children) == 2)

    assert ended(helper)


def ended(process: int) -> bool:
    found, _, _ = select.select([process], [], [], 10)
    os.close(process)
    return bool(found)


def test_it_stops_the_top_layer_first(supervisor: Supervisor, home: Home) -> None:
    supervisor.start(Small("database", layer=0))
    supervisor.start(Small("broker", layer=1))
    supervisor.start(Small("web"), Small("worker"))

    supervisor.stop_all()

    stopped = [line["process"] for line in lines(home) if line["message"] == "stopped"]
    assert ["web", "worker", "broker", "database"] == stopped
    assert house(home) is None


def test_what_does_not_want_to_stop_is_killed(
    supervisor: Supervisor, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dure.stack.supervisor.STOP_SECONDS", 0.5)
    program = Small("stubborn", script=STUBBORN)
    supervisor.start(program)
    supervisor.keep(until=lambda: "awake" in said(home, "stubborn"))

    supervisor.stop_all()

    assert -signal.SIGKILL == program.children[0].returncode
    assert "did not end in time" in said(home, "stubborn")


def test_a_program_that_ends_at_once_is_told_and_nothing_is_left(
    home: Home,
) -> None:
    good, bad = Small("good"), Small("bad", script="raise SystemExit('no such thing')")
    bad.is_ready = lambda: False  # type: ignore[method-assign]
    supervisor = Supervisor(home, LogFile(home.run / "log.jsonl"))

    with (
        pytest.raises(Unavailable, match=r"process=bad.*said=no such thing"),
        supervisor.listening(),
    ):
        supervisor.start(good, bad)

    assert good.children[0].poll() is not None
    assert "no such thing" in said(home, "bad")


def test_a_wish_to_stop_while_starting_is_heard(home: Home) -> None:
    slow = Small("slow")
    slow.is_ready = lambda: os.kill(os.getpid(), signal.SIGTERM) or False  # type: ignore[method-assign,func-returns-value]
    supervisor = Supervisor(home, LogFile(home.run / "log.jsonl"))

    with pytest.raises(Stopped), supervisor.listening():
        supervisor.start(slow)

    assert slow.children[0].poll() is not None


def test_a_program_that_runs_once_must_succeed(supervisor: Supervisor) -> None:
    supervisor.run_once(Small("fine", script=""))

    with pytest.raises(Unavailable, match="process=broken"):
        supervisor.run_once(Small("broken", script="raise SystemExit(3)"))
    assert [] == [kept for kept in supervisor.kept if kept.runs]


def test_words_that_are_json_keep_their_form_and_others_get_one(
    supervisor: Supervisor, home: Home
) -> None:
    talker = """print('{"message": "json", "level": "error"}'); print('두레 plain')"""

    supervisor.run_once(Small("talker", script=talker))

    told = [line for line in lines(home) if line["process"] == "talker"]
    assert {"message": "json", "level": "error", "process": "talker"} in told
    assert ("info", "두레 plain") in {(line["level"], line["message"]) for line in told}


def state_of(program: Small) -> str:
    stat = Path(f"/proc/{program.children[-1].pid}/stat").read_text()
    return stat.rsplit(")", 1)[1].split()[0]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_holds_still_for_a_backup_and_goes_on_when_the_backup_dies(
    supervisor: Supervisor, home: Home
) -> None:
    log, page = Small("sequencer", can_pause=True), Small("web")
    supervisor.start(log, page)
    script = """
import sys
from pathlib import Path
from dure.stack.home import Home
from dure.stack.house import holding_still
with holding_still(Home(Path(sys.argv[1]))):
    sys.stdin.read()
"""
    command = python(script, home.path)
    with subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.PIPE) as backup:
        supervisor.keep(until=lambda: state_of(log) == "T")
        web_went_on = state_of(page) != "T"
        backup.kill()
        supervisor.keep(until=lambda: state_of(log) != "T")

    assert web_went_on
    assert not running(home).still


def test_nothing_needs_to_hold_still_where_nothing_runs(tmp_path: Path) -> None:
    home = Home(tmp_path).prepare()

    with holding_still(home):
        held = (home.run / "still").exists()

    assert held


def test_the_log_begins_anew_when_it_is_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dure.stack.logs.LARGEST_LOG", 100)
    log = LogFile(tmp_path / "log.jsonl")

    for number in range(4):
        log.note("web", f"line {number}")

    assert 2 == len((tmp_path / "log.1.jsonl").read_text().splitlines())
    assert 2 == len((tmp_path / "log.jsonl").read_text().splitlines())


@dataclass
class Cramped(Small):
    """A program that finds no room on the disk when it is started again, once."""

    refusals: int = 1

    def launch(self, log: int) -> subprocess.Popen[bytes]:
        if self.children and self.refusals:
            self.refusals -= 1
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().launch(log)


def test_what_finds_no_room_to_start_again_is_started_when_there_is(
    supervisor: Supervisor, home: Home
) -> None:
    program, other = Cramped("cramped"), Small("other")
    supervisor.start(program, other)

    program.children[0].kill()
    supervisor.keep(until=lambda: len(program.children) == 2)

    assert 0 == program.refusals
    assert any("could not be started" in line for line in said(home, "cramped"))
    assert 1 == len(other.children)
