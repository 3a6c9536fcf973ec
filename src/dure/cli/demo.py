"""`dure demo`: one customer's order through the whole house, with simulated people and machines."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from threading import Event, Thread
from time import monotonic
from typing import IO, Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from dure.kernel.errors import Unavailable
from dure.stack.child import death_signal
from dure.stack.home import Home, dure_home
from dure.stack.house import house
from dure.stack.nats import free_port

WITNESSES = 4
BEGINS = "2026-11-02T00:00:00+00:00"  # Monday, nine in the morning in Seoul
START_SECONDS = 300.0
STOP_SECONDS = 15.0
TICK_SECONDS = 0.2
PEOPLE = "twin.json"
LOG_WIDTH = 160

STAGES = {
    "found": ("Found", "The cooperative and its 24 members"),
    "sense": ("Sense 수요", "Hanbit Café asks for 500 G-Valley coffee sets"),
    "match": ("Match 클러스터", "Which members make it together"),
    "plan": ("Plan 계획", "Who makes what, when; the quote and the promise"),
    "buy": ("Buy 공동구매", "The order's materials, pooled with what others need"),
    "make": ("Make 생산", "The machines work; a kiln drifts"),
    "move": ("Move 이동", "Hand-overs, counted"),
    "prove": ("Prove 증명", "The passport, checked with the network off"),
    "settle": ("Settle 정산", "Costs and surplus, to the won"),
}


@dataclass(slots=True)
class Upstairs:
    """`dure up` as our child: started, started again when it is killed, stopped at the end."""

    home: Home
    ports: tuple[str, ...]
    child: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    _errors: IO[bytes] | None = None

    def start(self) -> None:
        """Start it; its own words go to run/up.log."""
        self._errors = self._errors or (self.home.run / "up.log").open("w+b")
        self.child = subprocess.Popen(
            [sys.executable, "-m", "dure.cli", "up", "--home", str(self.home.path), *self.ports],
            env={**os.environ, "DURE_CLOCK": "stored"},
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            preexec_fn=death_signal(signal.SIGTERM),  # noqa: PLW1509 - one prctl, main thread
            process_group=0,
        )

    def address(self) -> str:
        """Wait until the house is open and give its address; raises Unavailable with its words."""
        deadline = monotonic() + START_SECONDS
        while monotonic() < deadline:
            assert self.child is not None, "start it first"
            if self.child.poll() is not None:
                raise Unavailable("demo.did_not_start", words=self._said())
            told = house(self.home)
            if told is not None and _is_ready(told.address):
                return told.address
            self._wait(TICK_SECONDS)
        raise Unavailable("demo.did_not_start", words=self._said())

    def keep(self) -> None:
        """Start it again if it was killed; raises Unavailable where it ends by itself."""
        assert self.child is not None, "start it first"
        status = self.child.poll()
        if status is None:
            return
        if status >= 0:
            raise Unavailable("demo.did_not_start", words=self._said())
        self.restarts += 1
        self.start()

    def stop(self) -> None:
        """Stop it cleanly, else at once."""
        if self.child is None:
            return
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            self._wait(STOP_SECONDS)
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        if self._errors is not None:
            self._errors.close()

    def _wait(self, seconds: float) -> None:
        assert self.child is not None, "start it first"
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def _said(self) -> str:
        assert self._errors is not None, "start it first"
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5.0).is_success
    except httpx.TransportError:
        return False


@dataclass(slots=True)
class Terminal:
    """Shows the story as it happens; with play, waits where a person decides."""

    console: Console
    url: str
    play: bool
    patience: Event = field(default_factory=Event)
    _stage: str = ""

    def stage(self, name: str) -> None:
        """Head a stage, once each time that the story comes to it."""
        if name != self._stage:
            self._stage = name
            title, what = STAGES[name]
            self.console.print(f"\n[bold blue]{title}[/]  {what}")

    def line(self, text: str) -> None:
        """Show what happened."""
        _say(self.console, f"  {text}")

    def decide(self, decision: Any, done: Callable[[], bool]) -> bool:
        """Ask the person at the browser, and wait for what they do there."""
        if not self.play:
            return False
        if done():  # whoever plays was ahead of the story
            return True
        _say(self.console, f"  [bold yellow]Your turn:[/] {decision.what}")
        _say(self.console, f"  Open {self.url}{decision.page}")
        _say(self.console, f"  and sign in as {decision.email} with {decision.password}")
        while not done():
            self.patience.wait(1.0)
        self.console.print("  [green]Decided.[/]")
        return True


def demo(
    home: Annotated[Path | None, typer.Option(help="The folder where everything lives.")] = None,
    *,
    seed: Annotated[int, typer.Option(help="Which cooperative to found.")] = 1,
    port: Annotated[int, typer.Option(help="The portal's port; 0 takes a free one.")] = 8000,
    mqtt_port: Annotated[int, typer.Option(help="Where machines connect; 0: a free one.")] = 1883,
    nats_port: Annotated[int, typer.Option(help="The broker's own port; 0: a free one.")] = 4222,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the summary to this file.")
    ] = None,
    passwords: Annotated[
        bool, typer.Option("--passwords", help="With --json: also how to sign in as each role.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Stop everything at the end.")] = False,
    play: Annotated[bool, typer.Option("--play", help="Let you decide where people do.")] = False,
) -> None:
    """
    Found a cooperative and take one order all the way round: 500 G-Valley coffee sets.

    Starts everything as `dure up` does, with simulated people and machines and a clock of its
    own. At the end the portal stays open (Ctrl-C stops it), unless you say --once. Run it
    again in the same home for another order in the same cooperative.
    """
    if home is not None:
        os.environ["DURE_HOME"] = str(home.expanduser().absolute())
    place = dure_home().prepare()
    doors = {"--port": port, "--mqtt-port": mqtt_port, "--nats-port": nats_port}
    # Taken once: a house that comes back after a kill must be found where it was.
    ports = [word for name, door in doors.items() for word in (name, str(door or free_port()))]
    upstairs = Upstairs(place, (*ports, "--witnesses", str(WITNESSES)))
    console = _console()
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        upstairs.start()
        url = upstairs.address()
        summary = _tell(place, seed, upstairs, Terminal(console, url, play))
        if json_file is not None:
            _write(json_file, summary, passwords=passwords)
        _show(console, summary)
        if not once:
            _stay(console, upstairs, url)
    except KeyboardInterrupt:
        console.print("\nStopping ...")
        raise typer.Exit(0 if not once else 130) from None
    finally:
        upstairs.stop()


def _tell(home: Home, seed: int, upstairs: Upstairs, terminal: Terminal) -> dict[str, Any]:
    """Tell the story in a thread of its own while we keep the house running."""
    box: list[dict[str, Any] | BaseException] = []

    def tell() -> None:
        try:
            box.append(_story(home, seed, terminal))
        except BaseException as error:  # carried over to the main thread
            box.append(error)

    teller = Thread(target=tell, daemon=True)
    teller.start()
    while teller.is_alive():
        teller.join(TICK_SECONDS)
        upstairs.keep()
    if isinstance(box[0], BaseException):
        raise box[0]
    return box[0]


def _story(home: Home, seed: int, terminal: Terminal) -> dict[str, Any]:
    from dure.twin.cooperative import found
    from dure.twin.door import Door, Problem, Silence
    from dure.twin.people import Parked, People
    from dure.twin.scene import Scene, Stuck
    from dure.twin.story import tell
    from dure.twin.telling import Summary

    coop = found(seed)
    door = Door(url=terminal.url, run=token_hex(8))
    people = People(coop=coop, door=door, file=home.secrets / PEOPLE)
    summary = Summary(seed=seed)
    scene = Scene(
        people=people,
        audience=terminal,
        summary=summary,
        folder=home.files,
        found=lambda body: _found(home, body),
        verify=_verify,
    )
    try:
        tell(scene)
    except (Parked, Problem, Silence, Stuck) as end:
        raise Unavailable("demo.stuck", words=str(end)) from end
    finally:
        door.close()
    return summary.as_json()


def _found(home: Home, body: dict[str, Any]) -> dict[str, Any]:
    """Found the cooperative of a new home, as whoever runs the machine."""
    told = subprocess.run(
        [sys.executable, "-m", "dure.cli", "found", "--at", BEGINS],
        env={**os.environ, "DURE_HOME": str(home.path), "DURE_CLOCK": "stored"},
        input=json.dumps(body).encode(),
        capture_output=True,
        check=False,
    )
    if told.returncode:
        raise Unavailable("demo.not_founded", words=told.stderr.decode()[-500:])
    answer: dict[str, Any] = json.loads(told.stdout)
    return answer


def _verify(bundle: Path, policy: Path) -> str:
    """Check a bundle as any stranger would: `dure-verify` on the file and nothing else."""
    told = subprocess.run(
        [sys.executable, "-m", "dure.cli.verify", str(bundle), "--policy", str(policy)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    words = told.stdout.decode().strip()
    if told.returncode:
        raise Unavailable("demo.bundle_refused", words=words)
    return words


def _write(file: Path, told: dict[str, Any], *, passwords: bool) -> None:
    """Write the summary for a checker; passwords only where asked for, and for us alone."""
    kept = told if passwords else {what: told[what] for what in told if what != "sign_ins"}
    file.touch(mode=0o600 if passwords else 0o666)
    file.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")


def _console() -> Console:
    """Print as wide as the terminal; into a file or a pipe as wide as the tables need."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, LOG_WIDTH))


def _say(console: Console, text: str) -> None:
    """Print a line as it is: an address that is broken into two is none."""
    console.print(text, highlight=False, soft_wrap=True)


def _show(console: Console, told: dict[str, Any]) -> None:
    """Print what happened, what it cost, what each member gets; and how to sign in."""
    stages = {stage["stage"]: stage for stage in told["stages"]}
    happened = Table("Stage", "What happened", "Seconds", title="What happened")
    for name, stage in stages.items():
        happened.add_row(STAGES[name][0], stage.get("happened", ""), f"{stage['seconds']:.1f}")
    console.print(happened)
    if "settle" in stages:
        _show_money(console, stages["settle"])
    console.print(_sign_ins(told["sign_ins"]))


def _show_money(console: Console, settle: dict[str, Any]) -> None:
    cost = Table("", "Won", title="What it cost")
    for what, won in settle["costs"].items():
        cost.add_row(what, f"{won:,}")
    console.print(cost)
    gets = Table("Member", "For", "Work", "Paid", "By", title="What each member gets")
    for share in settle["shares"]:
        amounts = (f"{share['work']:,}", f"{share['pays']:,}")
        gets.add_row(share["member"], share["name"], *amounts, share["due_on"])
    console.print(gets)


def _sign_ins(people: list[dict[str, str]]) -> Table:
    table = Table("Who", title="Sign in as")
    for column in ("E-mail", "Password"):
        table.add_column(column, no_wrap=True)  # they are copied
    for each in people:
        table.add_row(each["who"], each["email"], each["password"])
    return table


def _stay(console: Console, upstairs: Upstairs, url: str) -> None:
    _say(console, f"\nThe portal stays open at {url} until you press Ctrl-C.")
    while True:
        upstairs.keep()
        upstairs._wait(1.0)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt
