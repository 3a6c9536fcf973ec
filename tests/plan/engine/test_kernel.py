import ast
import inspect
from graphlib import TopologicalSorter

import pytest

from dure.plan.engine import compiled, kernel
from dure.plan.engine import layout as at
from dure.plan.engine.kernel.roads import travel
from dure.plan.engine.pack import pack
from dure.plan.engine.problem import Alternative, Job, Machine, Operation, Problem
from dure.plan.engine.regions import _roads


def test_no_function_of_the_kernel_comes_back_to_itself():
    """The compiler's cache gives broken code for recursion: the second process crashes."""
    functions = {
        name: ast.parse(inspect.getsource(function))
        for name, function in kernel.functions().items()
    }
    calls = {
        name: {
            call.func.id
            for call in ast.walk(node)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        }
        & functions.keys()
        for name, node in functions.items()
    }

    assert len(functions) == len(tuple(TopologicalSorter(calls).static_order()))


def test_no_name_of_the_kernel_means_two_things():
    known = [name for module in kernel.MODULES for name in vars(module) if name[0] != "_"]

    assert all(
        1 == len({id(vars(module)[name]) for module in kernel.MODULES if name in vars(module)})
        for name in known
        if name not in ("FunctionType",)
    )


@pytest.mark.parametrize(
    ("longest", "in_one"), [(at.LONGEST_ROAD, 4), (at.LONGEST_ROAD + 1, 1), (0, 4)]
)
def test_every_road_is_as_long_as_it_was_told_however_they_lie(longest, in_one):
    roads = ((0, 7, longest), (longest, 0, 1), (3, longest, 0))
    step = Operation(alternatives=(Alternative(machine=0, minutes=1),))
    book = Problem(jobs=(Job(operations=(step,)),), machines=(Machine(),), transport=roads)

    memory = pack(book, seed=1).memory

    assert in_one == memory[at.ROADS_IN_ONE]
    assert roads == tuple(tuple(travel(memory, a, b) for b in range(3)) for a in range(3))
    assert [*map(list, roads)] == _roads(compiled.as_array(memory, 0)).tolist()
