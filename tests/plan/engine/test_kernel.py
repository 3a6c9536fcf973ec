import ast
import inspect
from graphlib import TopologicalSorter

from dure.plan.engine import kernel


def test_no_function_of_the_kernel_comes_back_to_itself():
    """The compiler's cache gives broken code for recursion: the second process crashes."""
    functions = {
        node.name: node
        for node in ast.parse(inspect.getsource(kernel)).body
        if isinstance(node, ast.FunctionDef)
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
