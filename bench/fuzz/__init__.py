"""
The decoder under fuzzing that follows the code's own branches (atheris, where it is installed).

`pip install atheris==3.0.0` (Python 3.11 to 3.13, Linux); DURE_BENCH_SECONDS says how long.
Whatever bytes come, nothing may be raised, and cut or parsed the rows must be the same.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from time import perf_counter

from bench import Figure
from bench.fuzz import target

SECONDS = int(os.environ.get("DURE_BENCH_SECONDS", "30"))


def figures() -> Iterator[Figure]:
    """Fuzz for a while; gives how many inputs were tried, and how many broke something."""
    if find_spec("atheris") is None:
        print("atheris is not installed: pip install atheris==3.0.0", file=sys.stderr)
        return
    plain = _plainly()
    program = [sys.executable, "-m", "bench.fuzz.target", f"-max_total_time={SECONDS}"]
    ended = subprocess.run(
        [*program, "-print_final_stats=1", "-max_len=512"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"number_of_executed_units: (\d+)", ended.stderr)
    tried = int(found[1]) if found else 0
    if ended.returncode:
        print(ended.stderr[-4_000:], file=sys.stderr)
    yield Figure(
        name=f"inputs tried in {SECONDS} s; {'none' if not ended.returncode else 'ONE'} broke",
        value=tried / SECONDS,
        unit="1/s",
        reach=None,
        peer="the same reading, its branches not followed",
        peer_value=plain,
    )


def _plainly() -> float:
    """Give how many inputs a second are read when nobody follows the branches."""
    readers = target.readers()
    began = perf_counter()
    for number in range(200):
        target.trial(readers, b"\x12\x0b\x10\x07\x69" + bytes(7) + bytes([number]))
    return 200 / (perf_counter() - began)
