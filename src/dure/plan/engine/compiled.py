"""
The kernel, compiled: the same source as kernel.py, bound to numba instead of to Python.

Compiling takes some seconds, once for a machine: numba keeps the result beside the
source or, where that cannot be written, in the user's cache folder. Problems of a few
hundred operations need no compiler (solve.py chooses); both ways give the same plan.
"""

from hashlib import sha256
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
            bound = FunctionType(function.__code__, world, name)
            bound.__qualname__ = f"{name}_{_LAYOUT}"
            world[name] = _compile(bound)
    return world


def _layout_digest() -> str:
    """
    Name the numbers that are compiled in: addresses of fields, weights, limits.

    numba notices when the kernel's file changes, not when layout.py does; code compiled
    for another layout would read and write anywhere.
    """
    numbers = sorted((name, value) for name, value in vars(kernel).items() if type(value) is int)
    return sha256(repr(numbers).encode()).hexdigest()[:12]


_LAYOUT = _layout_digest()


def _compile(function: FunctionType) -> Any:
    try:
        return njit(cache=True)(function)
    except RuntimeError:  # numba's word for: no folder here can be written
        return njit(function)


FUNCTIONS = _compile_all()
