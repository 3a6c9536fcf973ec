"""Inclusion proofs on a million entries: made from warm and cold tiles, and verified."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter

from pymerkle import InmemoryTree, SqliteTree, verify_inclusion

from bench import Figure, seconds
from bench.log import aics
from bench.log.cast import MILLION, PEERS, entry, rate
from dure.kernel import merkle
from dure.prove.engine.growth import Edge
from dure.prove.engine.lanes import check_inclusions
from dure.prove.engine.many import Inclusions, Prover
from dure.prove.store.folder import LogFolder

PROOFS = 20_000
COLD = 1_900  # tiles, each asked once


def figures(path: Path, edge: Edge, pool: ProcessPoolExecutor) -> Iterator[Figure]:
    """Measure in the log at path, which has a million entries."""
    folder, root = LogFolder(path), edge.root()
    tree = InmemoryTree(algorithm="sha256")
    for number in range(PEERS):
        tree.append_entry(entry(number))
    indexes = [number * 48_271 % MILLION for number in range(PROOFS)]
    prover = Prover(MILLION, folder.read)
    yield from cold(prover, path)
    found = [prover.prove(index) for index in indexes]
    ours = proofs(
        "inclusion proofs on a million entries, warm", rate(prover.prove, indexes), 50_000,
        f"pymerkle in memory, {PEERS} entries",
        rate(lambda index: tree.prove_inclusion(index % PEERS + 1), indexes[:2_000]),
    )  # fmt: skip
    yield ours
    yield from aics.beside(ours, lambda: aics.warm(path, MILLION, indexes[:2_000]))
    leaves = [merkle.leaf_hash(entry(index)) for index in indexes]
    cases = list(zip(leaves, indexes, found, strict=True))
    yield from verifying(cases, root, pool, tree)


def cold(prover: Prover, path: Path) -> Iterator[Figure]:
    """Prove one entry out of each of many tiles that were not read before."""
    places = [number * 512 + number % 256 for number in range(COLD)]
    value = rate(prover.prove, places)
    with SqliteTree(str(path / "peer.db"), algorithm="sha256") as tree:
        tree.append_entries([entry(number) for number in range(PEERS)])
        peer = rate(tree.prove_inclusion, [number * 517 % PEERS + 1 for number in range(100)])
    name = "inclusion proofs on a million entries, each from a cold tile"
    ours = proofs(name, value, 1_000, f"pymerkle on SQLite, {PEERS} entries", peer)
    yield ours
    yield from aics.beside(ours, lambda: aics.cold(path, MILLION, places))


def verifying(
    cases: list[tuple[bytes, int, list[bytes]]], root: bytes, pool: ProcessPoolExecutor,
    tree: InmemoryTree,
) -> Iterator[Figure]:  # fmt: skip
    """Verify proofs, each alone and with what is shared against one checkpoint."""
    places, top = [index % PEERS + 1 for _, index, _ in cases[:2_000]], tree.get_root()
    theirs = [(tree.get_leaf(place), top, tree.prove_inclusion(place)) for place in places]
    peer = rate(lambda case: verify_inclusion(*case), theirs)
    name, other = "verify inclusions in a million entries", f"pymerkle, {PEERS} entries"
    known = Inclusions(MILLION, root)
    shared = rate(lambda case: known.check(*case), cases)
    work = partial(check_alone, root)
    alone = len(cases) / max(pool.map(work, [cases[0::2], cases[1::2]]))
    ours = proofs(f"{name}, each alone, two processes", alone, 60_000, other, peer)
    yield ours
    measured = partial(aics.inclusions, cases[:5_000], MILLION, root)
    yield from aics.beside(ours, measured, ", one process")
    together = len(cases) / seconds(lambda: check_inclusions(MILLION, root, cases))
    yield proofs(f"{name}, thousands at once, one thread", together, 60_000, other, peer)
    hashing = rate(lambda _: merkle.node_hash(root, root), range(100_000))
    yield proofs(f"{name}, against one checkpoint, one process", shared, 60_000, other, peer)
    limit = "twenty hashes each, as hashlib makes them, one process"
    yield proofs(f"{name}, against one checkpoint, one process", shared, None, limit, hashing / 20)


def check_alone(root: bytes, cases: list[tuple[bytes, int, list[bytes]]]) -> float:
    """Check proofs one by one, all the way; gives the seconds."""
    began = perf_counter()
    for leaf, index, proof in cases:
        merkle.check_inclusion(leaf, index, MILLION, proof, root)
    return perf_counter() - began


def proofs(name: str, value: float, reach: float | None, peer: str, peer_value: float) -> Figure:
    """Give a figure in proofs a second."""
    return Figure(
        name=name, value=value, unit="proofs/s", reach=reach, peer=peer, peer_value=peer_value
    )
