"""
The transparency log: growth, facts on their way into it, proofs, checks, bundles.

Each figure stands beside pymerkle, or what the disk or hashing or signing allows in the same run;
and beside aics-tlog, which needs Python 3.12 and is left out below.
"""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench import Figure
from bench.log import bundles, checking, growing, proving, sequencing


def figures() -> Iterator[Figure]:
    """Measure the log, each figure beside a peer or a limit of the same run."""
    yield from growing.figures()
    yield from sequencing.figures()
    with (
        tempfile.TemporaryDirectory() as name,
        ProcessPoolExecutor(2, get_context("spawn")) as pool,
    ):
        path = Path(name) / "million"
        _, edge = checking.grown(path)
        yield from checking.figures(path, edge.root())
        yield from proving.figures(path, edge, pool)
        yield from bundles.figures(pool)
