"""
The kernel, compiled: the same source, bound to numba instead of to Python.

Compiling takes well over a minute of processor time, once for a machine: `dure kernels` does it
ahead, and numba keeps the result beside the source or, where that cannot be written, in the user's
cache folder. Problems of a few hundred operations need no compiler (solve.py chooses); both ways
give the same plan.
Compiled code lets go of Python's lock: regions are solved side by side in threads.
"""

from hashlib import sha256
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from dure.plan.engine import kernel


def as_array(memory: list[int], room: int) -> Any:
    """Give the same memory, and room behind it, as integers for the compiled kernel (64 bits)."""
    row = np.zeros(len(memory) + room, dtype=np.int64)
    row[: len(memory)] = memory
    return row


def _address_of(_typing: Any, row: Any) -> Any:
    """Give the address of a row's first integer."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    pointer: Any = types.CPointer
    return pointer(types.int64)(row), code


address_of: Any = intrinsic(_address_of)
inner: Any = None
"""What an entry calls: each is bound to a function of its own."""


def _enter_0(m: Any) -> Any:
    return inner(address_of(m))


def _enter_1(m: Any, a: int) -> Any:
    return inner(address_of(m), a)


def _enter_2(m: Any, a: int, b: int) -> Any:
    return inner(address_of(m), a, b)


def _enter_3(m: Any, a: int, b: int, c: int) -> Any:
    return inner(address_of(m), a, b, c)


_ENTRIES: tuple[Any, ...] = (_enter_0, _enter_1, _enter_2, _enter_3)
"""By how many arguments there are beside the memory."""
CALLED = (
    *("roll", "value", "least_rest", "least_rest_of", "keep_all"),
    *("clear", "first_plan", "dispatch", "fill", "improve", "go_back", "go_along", "tabu"),
    *("put_back", "take", "place_job", "place_best", "withdraw", "hold_crews_anew"),
)
"""What Python calls of the kernel; the rest is called inside it."""


def _compile_all() -> dict[str, Any]:
    """
    Bind every function of the kernel to its compiled neighbours, and give those that are CALLED.

    Inside the kernel the memory is a bare address: an array brings its shape along at every call,
    and at every look asks whether the index counts from the end.
    """
    world = kernel.names()
    for name, function in kernel.functions().items():
        world[name] = _compile(_bound(function, world, name))
    given = {}
    for name in CALLED:
        entry = _ENTRIES[_beside(name)]
        around = {"__name__": __name__, "inner": world[name], "address_of": address_of}
        given[name] = _compile(_bound(entry, around, f"enter_{name}"))
    return given


def _beside(name: str) -> int:
    """Say how many arguments a function of the kernel has beside the memory."""
    return kernel.functions()[name].__code__.co_argcount - 1


def prepare() -> None:
    """Compile all that is CALLED, or load what was compiled; otherwise the first call does it."""
    row = types.Array(types.int64, 1, "C")
    for name, entry in FUNCTIONS.items():
        entry.compile((row, *(types.int64,) * _beside(name)))


def _bound(function: FunctionType, world: dict[str, Any], name: str) -> FunctionType:
    bound = FunctionType(function.__code__, world, name)
    bound.__qualname__ = f"{name}_{_DIGEST}"
    return bound


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
