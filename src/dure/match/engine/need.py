"""What is to be matched: the steps of a need as a graph of tasks, and the rules over all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dure.kernel.errors import Refused

ALWAYS = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """
    One step to be given to a member: quantity in the process's unit, after other tasks.

    rest_minutes pass between its end and what comes after. tolerance: the IT grade that it
    takes, 0 for none. envelope_mm: the piece's sides, none where they do not matter. excluded:
    member numbers that declined, or that the rules leave out. firms_least: so many members
    make a part of it each (two for a critical step); lots_most: into so many lots it may be
    split where nobody takes it whole. only_new: a trial, kept for members with little work yet.
    """

    code: str
    process: str
    quantity: int
    after: tuple[str, ...] = ()
    licences: frozenset[str] = field(default_factory=frozenset)
    certificates: frozenset[str] = field(default_factory=frozenset)
    material: str = ""
    envelope_mm: tuple[int, int, int] | None = None
    tolerance: int = 0
    rest_minutes: int = 0
    excluded: frozenset[int] = field(default_factory=frozenset)
    firms_least: int = 1
    lots_most: int = 1
    only_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """
    The tasks, each after those that it builds on, and what holds for all of them.

    fair_bp: the weight of fair share. first_day, last_day: the window in which members must
    have time, as date.toordinal counts; licences must hold on the last. most_in_region: so
    many lots at most in one region; caps: the same for a region by its name. is_coarse: rates
    weigh in steps (kernel/coarse.py), so that nobody's can be found out by asking.
    """

    tasks: tuple[Task, ...]
    fair_bp: int = 0
    first_day: int = 0
    last_day: int = ALWAYS
    buyer: str = ""
    most_in_region: int | None = None
    caps: Mapping[str, int] = field(default_factory=dict)
    is_coarse: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "tasks", in_order(self.tasks))


def in_order(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """
    Give the tasks so that each comes after what it builds on.

    Raises Refused for a task named twice, one that is not there, or a cycle, which it names.
    """
    known = {task.code: task for task in tasks}
    if not tasks or len(known) < len(tasks):
        raise Refused("match.steps_named_twice")
    for task in tasks:
        if stray := sorted(set(task.after) - set(known)):
            raise Refused("match.unknown_step", step=task.code, missing=", ".join(stray))
    done: dict[str, Task] = {}
    while len(done) < len(known):
        ready = [
            task
            for task in tasks
            if task.code not in done and all(before in done for before in task.after)
        ]
        if not ready:
            circle = _circle({code: each for code, each in known.items() if code not in done})
            raise Refused("match.steps_in_a_circle", steps=" → ".join(circle))
        done.update((task.code, task) for task in ready)
    return tuple(done.values())


def _circle(stuck: Mapping[str, Task]) -> list[str]:
    """Walk back from a step that waits until one comes again: that is the circle."""
    way = [min(stuck)]
    while way.count(way[-1]) < 2:
        way.append(min(code for code in stuck[way[-1]].after if code in stuck))
    return way[way.index(way[-1]) :][::-1]
