import ast
import inspect
from graphlib import TopologicalSorter

from dure.plan.engine import kernel


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
