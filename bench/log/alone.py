"""
Check a log in a process that holds nothing else: prints seconds, and megabytes of all processes.

    python bench/log/alone.py FOLDER POLICY (hashlib|numba)

It is run as a file, so that the other benches and their peers are not in its memory.
"""

import sys
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from dure.prove.engine.hashing import ONE_BY_ONE, Hasher
from dure.prove.engine.policy import Policy, check_final, read_policy
from dure.prove.engine.whole import check_log
from dure.prove.store.folder import LogFolder


def way(name: str) -> tuple[Hasher, Executor, int]:
    """Give the hasher, who shares the work, and how many processes that starts."""
    if name == "numba":
        from dure.prove.engine.lanes import SIDE_BY_SIDE

        return SIDE_BY_SIDE, ThreadPoolExecutor(2), 0
    return ONE_BY_ONE, ProcessPoolExecutor(2, get_context("spawn")), 2


def check(folder: LogFolder, policy: Policy, hasher: Hasher, pool: Executor) -> float:
    """Check signatures, leaves and tiles; gives the seconds."""
    began = perf_counter()
    note = folder.published()
    assert note, "the log was grown"
    final = check_final(note, policy).checkpoint
    check_log(final, folder.read, spread=pool.map, hasher=hasher)
    return perf_counter() - began


def main(folder: LogFolder, policy: Policy, name: str) -> None:
    """Check three times, of which the first warms up."""
    hasher, pool, children = way(name)
    with pool:
        taken = min([check(folder, policy, hasher, pool) for _ in range(3)][1:])
        theirs = max(pool.map(megabytes, range(8))) if children else 0
    print(taken, megabytes() + children * theirs)


def megabytes(_: object = None) -> float:
    """Give the most memory that this process has held."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main(LogFolder(Path(sys.argv[1])), read_policy(Path(sys.argv[2]).read_bytes()), sys.argv[3])
