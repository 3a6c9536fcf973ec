"""
Work that is done side by side: in threads, processes or elsewhere, as joblib is told.

    with done_by("loky"):      # or "ray", "dask", where they are registered
        solve(...)

Without a word it is threads: compiled code lets go of Python's lock, and what would have to be
copied to another process and back is all of a book's memory. Where the work is done changes
nothing of what comes out: each part works on its own copy, and the parts come back in order.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from dure.kernel.errors import Malformed
from dure.plan.engine import kernel

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

Part = TypeVar("Part")
Done = TypeVar("Done")
Pair = Callable[[Callable[[Any], Any], Any, Any], tuple[Any, Any]]
"""Does the same with two parts at once."""


def done_by(backend: str) -> "AbstractContextManager[object]":
    """
    Let what follows be done by one of joblib's backends; the usual way for an empty name.

    Raises Malformed for a name that joblib does not know.
    """
    if not backend:
        return nullcontext()
    from joblib import parallel_config

    try:
        return cast("AbstractContextManager[object]", parallel_config(backend=backend))
    except ValueError as bad:
        raise Malformed("plan.unknown_backend", backend=backend) from bad


def side_by_side(
    work: Callable[[Part], Done], parts: Sequence[Part], *, workers: int | None = None
) -> list[Done]:
    """Do each part, and give what came of them in the same order. workers None: as many as fit."""
    if workers == 1 or len(parts) == 1:
        return [work(part) for part in parts]
    from joblib import Parallel, cpu_count, delayed

    count = min(workers or cpu_count(), len(parts))
    # What a part is given must be its own to write in: not a picture of memory that cannot be.
    pool = Parallel(n_jobs=count, prefer="threads", max_nbytes=None)
    return list(pool(delayed(work)(part) for part in parts))


@contextmanager
def one_beside(workers: int | None = None) -> "Iterator[Pair]":
    """
    Give what does two parts at once: one here, one in a thread that stays, where there are cores.

    For parts of milliseconds: joblib takes longer than that to begin and to notice an end.
    """
    from joblib import cpu_count

    if workers == 1 or cpu_count() == 1:
        yield lambda work, here, there: (work(here), work(there))
        return
    with ThreadPoolExecutor(max_workers=1) as beside:

        def both(work: Callable[[Any], Any], here: Any, there: Any) -> tuple[Any, Any]:
            other = beside.submit(work, there)
            return work(here), other.result()

        yield both


def functions_for(memory: object) -> dict[str, Any]:
    """Give the kernel that works on a memory: plain Python on a list, compiled on an array."""
    return _functions(isinstance(memory, list))


@cache
def _functions(is_plain: bool) -> dict[str, Any]:
    if is_plain:
        return kernel.names()
    # The compiler is not imported before a problem needs it: it takes most of a second.
    from dure.plan.engine import compiled

    return compiled.FUNCTIONS
