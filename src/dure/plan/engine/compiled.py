"""
The kernel, compiled: the same source as kernel.py, bound to numba instead of to Python.

Compiling takes some seconds, once for a machine: numba keeps the result beside the
source or, where that cannot be written, in the user's cache folder. Problems of a few
hundred operations need no compiler (solve.py chooses); both ways give the same plan.
"""

from types import FunctionType
from typing import Any

import numpy as np
from numba import njit

from dure.plan.engine import kernel


def as_array(memory: list[int]) -> Any:
    """Give the same memory as 64-bit integers, which is what the compiled kernel works on."""
    return np.asarray(memory, dtype=np.int64)


def _compile_all() -> dict[str, Any]:
    """Bind every function of the kernel to its compiled neighbours."""
    world = dict(vars(kernel))
    for name, function in vars(kernel).items():
        if isinstance(function, FunctionType) and function.__module__ == kernel.__name__:
            world[name] = _compile(FunctionType(function.__code__, world, name))
    return world


def _compile(function: FunctionType) -> Any:
    try:
        return njit(cache=True)(function)
    except RuntimeError:  # numba's word for: no folder here can be written
        return njit(function)


FUNCTIONS = _compile_all()
