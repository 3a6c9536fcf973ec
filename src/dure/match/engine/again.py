"""
Ordered again: the makers of the earlier order come first while they still can and cost little more.

All of them, or none: what they learnt together is the point. What they cost more than the cheapest
cluster is stated with the answer, as its distance from the proven best.
"""

from collections.abc import Mapping
from dataclasses import replace

from dure.match.engine.alternatives import Alternative, Answer, alternatives
from dure.match.engine.coop import Coop
from dure.match.engine.need import Need, Task
from dure.match.engine.problem import BP

LABEL = "again"


def with_the_same(
    coop: Coop, need: Need, answer: Answer, makers: Mapping[str, frozenset[int]], room_bp: int
) -> Answer:
    """
    Put the cluster of an earlier order before the others, where it costs at most room_bp more.

    makers: who made each step then. What is the same as it is left out.
    """
    if not answer.alternatives or not makers:
        return answer
    tasks = tuple(_only(coop, task, makers.get(task.code)) for task in need.tasks)
    found = alternatives(coop, replace(need, tasks=tasks), ("cheap",)).alternatives
    cheapest = min(answer.alternatives, key=lambda each: (each.label != "cheap", each.cost))
    if not found or found[0].cost * BP > cheapest.cost * (BP + room_bp):
        return answer
    same = replace(found[0], label=LABEL, bound=min(cheapest.bound, found[0].cost))
    others = tuple(each for each in answer.alternatives if each.members() != same.members())
    return replace(answer, alternatives=(same, *others))


def _only(coop: Coop, task: Task, makers: frozenset[int] | None) -> Task:
    if not makers:
        return task
    others = frozenset(coop.shelf(task.process).columns["member"].tolist()) - makers
    return replace(task, excluded=task.excluded | others, only_new=False)


def members_of(found: Alternative) -> Mapping[str, frozenset[int]]:
    """Give who makes each step of an alternative."""
    made: dict[str, set[int]] = {}
    for choice in found.choices:
        made.setdefault(choice.task, set()).add(choice.member)
    return {task: frozenset(who) for task, who in made.items()}
