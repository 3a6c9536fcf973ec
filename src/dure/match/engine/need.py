"""What is to be matched: the steps of a need as a graph of tasks."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dure.kernel.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """
    One step to be given to a member: quantity in the process's unit, after other tasks.

    rest_minutes pass between its end and what comes after. excluded: member numbers that
    declined, or that the rules leave out.
    """

    code: str
    process: str
    quantity: int
    after: tuple[str, ...] = ()
    licences: frozenset[str] = field(default_factory=frozenset)
    rest_minutes: int = 0
    excluded: frozenset[int] = field(default_factory=frozenset)


def in_order(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """
    Give the tasks so that each comes after what it builds on.

    Raises Refused for a task named twice, one that is not there, a cycle or two ends.
    """
    known = {task.code: task for task in tasks}
    if not tasks or len(known) < len(tasks):
        raise Refused("match.steps_named_twice")
    done: dict[str, Task] = {}
    while len(done) < len(known):
        ready = [
            task
            for task in tasks
            if task.code not in done and all(before in done for before in task.after)
        ]
        if not ready:
            stuck = sorted(set(known) - set(done))
            raise Refused("match.steps_in_a_circle", steps=", ".join(stuck))
        done.update((task.code, task) for task in ready)
    ends = sorted(set(known) - {before for task in tasks for before in task.after})
    if len(ends) > 1:
        raise Refused("match.several_ends", steps=", ".join(ends))
    return tuple(done.values())
