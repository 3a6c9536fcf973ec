"""
The kernel, compiled: the same source, bound to numba instead of to Python.

Compiling takes some seconds, once for a machine: numba keeps the result beside the
source or, where that cannot be written, in the user's cache folder. Problems of a few
hundred operations need no compiler (solve.py chooses); both ways give the same plan.
Compiled code lets go of Python's lock: regions are solved side by side in threads.
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
    world = kernel.names()
    for name, function in kernel.functions().items():
        bound = FunctionType(function.__code__, world, name)
        bound.__qualname__ = f"{name}_{_DIGEST}"
        world[name] = _compile(bound)
    return world


def _digest() -> str:
    """
    Name what is compiled in: every function's code, and the numbers (addresses, limits).

    numba notices when the file of a function changes, not when layout.py or the file of
    another function does that was compiled into it; such code would read and write anywhere.
    """
    numbers = sorted(
        (n, value) for n, value in kernel.names().items() if type(value) in (int, tuple)
    )
    codes = [each.__code__ for each in kernel.functions().values()]
    parts = [(code.co_code, code.co_consts, code.co_names) for code in codes]
    return sha256(repr((numbers, parts, _HOW)).encode()).hexdigest()[:12]


# Nothing in the kernel divides by zero, and nothing keeps the memory alive but its caller: without
# counting references to it at every call the kernel runs twice as fast.
_HOW: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
_DIGEST = _digest()


def _compile(function: FunctionType) -> Any:
    try:
        return njit(cache=True, **_HOW)(function)
    except RuntimeError:  # numba's word for: no folder here can be written
        return njit(**_HOW)(function)


FUNCTIONS = _compile_all()
