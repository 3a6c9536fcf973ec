"""Growing durably: `engine` over `store`, checkpoint signed, one sync a batch."""

import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

from pymerkle import SqliteTree

from bench import Figure
from bench.log import aics
from bench.log.cast import KEY, entry
from dure.prove.engine.hashing import ONE_BY_ONE, Hasher
from dure.prove.engine.lanes import SIDE_BY_SIDE
from dure.prove.store.folder import LogFolder
from dure.prove.store.standalone import StandaloneLog

ENTRIES = 65_536
FLOOR = "one fsync of 4 KiB a batch"
HASHERS = (("hashlib", ONE_BY_ONE), ("numba", SIDE_BY_SIDE))


def figures() -> Iterator[Figure]:
    """Measure batches of 256 and of 1,024 entries of 200 bytes, on this disk and on none."""
    SIDE_BY_SIDE.leaves([b"compiled, or read from where that is kept"])
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        for batch, reach in ((256, 60_000), (1_024, 120_000)):
            lines = batches(batch)
            peer = pymerkle_durable(path / f"peer-{batch}.db", lines[: 20_480 // batch])
            for how, hasher in HASHERS:
                floor = fsync_seconds(path / "floor")
                value = durable(path / f"{how}-{batch}", lines, hasher)
                what = f"durable sequenced entries, batches of {batch}, {how}"
                yield figure(what, value, reach, f"{FLOOR}, {floor * 1000:.2f} ms", batch / floor)
                if hasher is ONE_BY_ONE:
                    ours = figure(
                        what, value, None,
                        "pymerkle on SQLite, a transaction a batch", peer,
                    )  # fmt: skip
                    yield ours
                    few, other = lines[: 20_480 // batch], path / f"aics-{batch}"
                    yield from aics.beside(ours, partial(aics.durable, other, few))
            yield in_memory(batch, lines)


def batches(size: int) -> list[list[bytes]]:
    """Cut the entries into batches."""
    return [[entry(at + n) for n in range(size)] for at in range(0, ENTRIES, size)]


def in_memory(batch: int, lines: list[list[bytes]]) -> Figure:
    """Show what is left where syncing costs nothing: a folder in memory."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        value = durable(Path(name), lines, ONE_BY_ONE)
        floor = fsync_seconds(Path(name) / "floor")
    what = f"the same in memory, batches of {batch}, hashlib"
    return figure(what, value, None, f"{FLOOR}, {floor * 1000:.2f} ms", batch / floor)


def figure(name: str, value: float, reach: float | None, peer: str, peer_value: float) -> Figure:
    """Give a figure in entries a second."""
    return Figure(
        name=name, value=value, unit="entries/s", reach=reach, peer=peer, peer_value=peer_value
    )


def durable(path: Path, batches: list[list[bytes]], hasher: Hasher) -> float:
    """Give entries a second; at the end every file is in its place and synced there, too."""
    log = StandaloneLog.open(KEY, LogFolder(path), hasher=hasher)
    began = perf_counter()
    for _ in log.extend(batches):
        pass
    log.settle()
    return sum(map(len, batches)) / (perf_counter() - began)


def pymerkle_durable(file: Path, batches: list[list[bytes]]) -> float:
    """Append the same batches to pymerkle's durable tree."""
    with SqliteTree(str(file), algorithm="sha256") as tree:
        began = perf_counter()
        for each in batches:
            tree.append_entries(each)
            tree.get_state()
        return sum(map(len, batches)) / (perf_counter() - began)


def fsync_seconds(path: Path) -> float:
    """Measure one fsync of a 4 KiB append, the median of 60."""
    taken = []
    with path.open("ab") as file:
        for _ in range(60):
            began = perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(perf_counter() - began)
    return sorted(taken)[30]
