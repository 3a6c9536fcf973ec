"""Checking a whole log on disk: every leaf, tile and signature; and the memory it takes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import Figure, seconds
from bench.log import aics
from bench.log.cast import KEY, MILLION, POLICY, WITNESSES, entry
from dure.kernel import merkle
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, Edge, grow
from dure.prove.engine.note import sign_note
from dure.prove.engine.policy import write_policy
from dure.prove.store.folder import LogFolder

ALONE = Path(__file__).with_name("alone.py")
WAYS = {"hashlib": ("two processes", 2.5), "numba": ("two threads", 1.0)}


def grown(path: Path) -> tuple[LogFolder, Edge]:
    """Write the tiles of a million entries of 200 bytes, and the final checkpoint over them."""
    folder, edge = LogFolder(path), EMPTY
    for at in range(0, MILLION, 65_536):
        edge, tiles = grow(edge, [entry(n) for n in range(at, min(at + 65_536, MILLION))])
        for tile, data in tiles.items():
            place = path / tile.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    checkpoint = Checkpoint(origin=KEY.verifier.name, size=MILLION, root=edge.root())
    folder.publish(sign_note(checkpoint.text(), KEY, *WITNESSES, time=1_796_000_000))
    return folder, edge


def figures(path: Path, root: bytes) -> Iterator[Figure]:
    """Check the log at path in each way, in a process that holds nothing else."""
    policy = path.with_name("policy")
    policy.write_bytes(write_policy(POLICY))
    leaves = seconds(lambda: [merkle.leaf_hash(entry(n)) for n in range(MILLION)], times=1)
    for way, (shared, reach) in WAYS.items():
        command = [sys.executable, ALONE, str(path), str(policy), way]
        here = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=here)
        taken, megabytes = map(float, done.stdout.split())
        name = f"check a whole log of a million entries, {way}, {shared}"
        ours = Figure(
            name=f"{name}: leaves, tiles, signatures", value=taken, unit="s", reach=reach,
            peer="hashing its leaves alone with hashlib, one process", peer_value=leaves,
        )  # fmt: skip
        yield ours
        if way == "hashlib":
            yield from aics.beside(ours, lambda: aics.whole(path, MILLION, root), ", one process")
        yield Figure(
            name=f"{name}: memory, all processes together", value=megabytes, unit="MB", reach=200,
            peer="the log's entries and tiles", peer_value=MILLION * (202 + 32.125) / 2**20,
        )  # fmt: skip
