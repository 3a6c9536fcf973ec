"""Planning: solve a scheduling problem from a file, or check somebody's plan of it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from signal import SIGINT, signal
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from dure.kernel.errors import Malformed

if TYPE_CHECKING:
    from dure.plan.engine.problem import Problem

app = typer.Typer(no_args_is_help=True)
FORMS = "Files: .fjs (flexible job shop, with set-ups), .json.gz (order book), .plan.json (Dure)."

File = Annotated[Path, typer.Argument(help="The problem.")]
NoSetups = Annotated[bool, typer.Option("--no-setups", help="Leave an order book's set-ups out.")]


class Seconds:
    """A budget of seconds on this machine's clock; the plan still names the steps it took."""

    def __init__(self, seconds: float, clock: Callable[[], float] = perf_counter) -> None:
        self.seconds, self.clock, self.start = seconds, clock, clock()

    def used(self, steps: int) -> int:
        """Give the thousandths that are spent."""
        if self.seconds <= 0:
            return 1000
        return int((self.clock() - self.start) * 1000 / self.seconds)

    def left(self) -> float:
        """Give the seconds that are left."""
        return self.seconds - (self.clock() - self.start)

    def end(self) -> None:
        """Let it be spent now."""
        self.seconds = 0.0


@contextmanager
def ended_by_ctrl_c(clock: Seconds) -> Iterator[None]:
    """Ctrl-C ends the search and not the program: what was found by then is kept."""
    before = signal(SIGINT, lambda *_: clock.end())
    try:
        yield
    finally:
        signal(SIGINT, before)


@app.command(epilog=FORMS)
def solve(
    file: File,
    *,
    out: Annotated[Path, typer.Option(help="Write the plan here.")],
    seconds: Annotated[float, typer.Option(help="Stop looking after so many.", min=0)] = 10,
    steps: Annotated[
        int, typer.Option(help="Stop after so many steps instead: repeatable.", min=0)
    ] = 0,
    seed: Annotated[int, typer.Option(help="The same seed and steps give the same plan.")] = 1,
    no_setups: NoSetups = False,
    backend: Annotated[
        str, typer.Option(help="Who works side by side: a backend of joblib, else threads.")
    ] = "",
) -> None:
    """
    Plan a problem, have the plan checked, and write it.

    The planner is compiled before the clock runs: a minute or two, once for a machine. Ctrl-C
    ends the search before its time: the best plan so far is written.
    """
    from dure.plan.engine.budget import Steps
    from dure.plan.engine.check import check
    from dure.plan.engine.exact import improve_and_prove
    from dure.plan.engine.fanning import done_by
    from dure.plan.engine.instants import Stretched
    from dure.plan.engine.solve import Floor, prepare
    from dure.plan.engine.solve import solve as plan_it

    problem = _read(file, setups=not no_setups)  # what is wrong with a file is said at once
    if out.is_dir() or not out.absolute().parent.is_dir():  # and not when the plan is lost
        raise Malformed("plan.no_place_for_it", file=str(out))
    prepare()
    clock = Seconds(seconds)
    with done_by(backend), nullcontext() if steps else ended_by_ctrl_c(clock):
        if steps:
            plan = plan_it(problem, seed=seed, budget=Steps(steps), way="compiled")
        else:
            stretched = Stretched.of(problem)
            floor = Floor(stretched.problem, seed=seed, way="compiled")
            floor.first_plan(clock)
            plan = stretched.restore(improve_and_prove(floor, clock))
    check(problem, plan.slots, unplanned=tuple(plan.unplanned))
    out.write_text(json.dumps(plan.as_json(), ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"objective {plan.objective:,}, at least {plan.lower_bound:,}; {plan.steps:,} steps")
    for why in plan.unplanned.values():
        print(_say(why))


@app.command(epilog=FORMS)
def check(
    file: File,
    plan: Annotated[Path, typer.Argument(help="A plan of it, as solve writes them.")],
    no_setups: NoSetups = False,
) -> None:
    """Check somebody's plan with code that shares nothing with the planner."""
    from dure.plan.engine.check import broken_rules
    from dure.plan.engine.document import read_slots

    problem = _read(file, setups=not no_setups)
    try:
        document = json.loads(_bytes(plan))
    except (ValueError, RecursionError) as bad:
        raise Malformed("plan.bad_document", problem=str(bad)) from bad
    slots, unplanned = read_slots(document)
    broken = list(broken_rules(problem, slots, unplanned=unplanned))
    for why in broken:
        print(_say(why))
    if broken:
        raise typer.Exit(1)
    print("every rule is kept")


def _read(file: Path, *, setups: bool) -> "Problem":
    from dure.plan.engine.read import read_problem

    return read_problem(file.name, _bytes(file), setups=setups)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as bad:
        raise Malformed("plan.bad_document", problem=str(bad)) from bad


def _say(why: object) -> str:
    from dure.kernel.reason import Reason
    from dure.portal.words import say

    assert isinstance(why, Reason)
    return say(why, "en")
