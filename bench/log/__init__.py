"""The transparency log: growth, proofs and checks, beside pymerkle and one fsync."""

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from pymerkle import InmemoryTree, SqliteTree, verify_inclusion

from bench import Figure, seconds
from dure.kernel import merkle
from dure.kernel.commitment import commit
from dure.kernel.entry import FIRST, Entry, public_key, sign
from dure.kernel.time import Instant
from dure.prove.engine.bundle import check_bundle, read_bundle, with_disclosure
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, Edge, grow
from dure.prove.engine.keys import SignatureType, signing_key
from dure.prove.engine.many import Inclusions, Prover
from dure.prove.engine.note import sign_note
from dure.prove.engine.policy import Group, Policy, check_final
from dure.prove.engine.proof import Proof
from dure.prove.engine.whole import check_log
from dure.prove.store.folder import LogFolder
from dure.prove.store.standalone import StandaloneLog

MILLION = 1_000_000
PEERS = 50_000
PROOFS = 20_000
KEY = signing_key("dure.bench/log", SignatureType.ED25519, bytes(32))
WITNESSES = [
    signing_key(f"dure.bench/w/{n}", SignatureType.COSIGNATURE, bytes([n]) * 32)
    for n in range(1, 6)
]
POLICY = Policy(
    logs=(KEY.verifier,),
    witnesses={key.verifier.name: key.verifier for key in WITNESSES},
    groups={"all": Group(5, tuple(key.verifier.name for key in WITNESSES))},
    quorum="all",
)


def entry(number: int) -> bytes:
    """Give an entry of 200 bytes."""
    return b"%0200d" % number


def figures() -> Iterator[Figure]:
    """Measure the log, each figure beside a peer or a limit of the same run."""
    with (
        tempfile.TemporaryDirectory() as name,
        ProcessPoolExecutor(2, get_context("spawn")) as pool,
    ):
        yield from durable(Path(name))
        folder, edge, checked = grown(Path(name) / "million", pool)
        yield checked
        yield from proofs(folder, edge)
        yield from verifying(pool)
    yield committing()


def durable(path: Path) -> Iterator[Figure]:
    """Grow durably in batches, checkpoint signed and published: one sync a batch."""
    floor = fsync_seconds(path)
    for batch, reach in ((256, 60_000), (1_024, 120_000)):
        batches = max(8, 20_480 // batch)
        lines = [[entry(number * batch + n) for n in range(batch)] for number in range(batches)]
        log = StandaloneLog.open(KEY, LogFolder(path / str(batch)))
        began = perf_counter()
        for each in lines:
            log.append(each)
        log.settle()
        rate = batches * batch / (perf_counter() - began)
        yield Figure(
            name=f"durable sequenced entries, batches of {batch}",
            value=rate,
            unit="entries/s",
            reach=reach,
            peer=f"one fsync of 4 KiB a batch ({floor * 1000:.2f} ms)",
            peer_value=batch / floor,
        )
        yield Figure(
            name=f"durable sequenced entries, batches of {batch}, beside a peer",
            value=rate,
            unit="entries/s",
            reach=None,
            peer="pymerkle on SQLite, one transaction a batch",
            peer_value=pymerkle_durable(path / f"peer-{batch}.db", lines),
        )


def pymerkle_durable(file: Path, batches: list[list[bytes]]) -> float:
    """Append the same batches to pymerkle's durable tree."""
    with SqliteTree(str(file), algorithm="sha256") as tree:
        began = perf_counter()
        for each in batches:
            tree.append_entries(each)
            tree.get_state()
        return sum(map(len, batches)) / (perf_counter() - began)


def grown(path: Path, pool: ProcessPoolExecutor) -> tuple[LogFolder, Edge, Figure]:
    """Check a whole log of a million entries on disk: leaves, tiles, signatures, two processes."""
    folder, edge = LogFolder(path), EMPTY
    for at in range(0, MILLION, 65_536):
        edge, tiles = grow(edge, [entry(n) for n in range(at, min(at + 65_536, MILLION))])
        for tile, data in tiles.items():
            place = path / tile.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    note = sign_note(
        Checkpoint(origin=KEY.verifier.name, size=MILLION, root=edge.root()).text(),
        KEY, *WITNESSES, time=1,
    )  # fmt: skip

    def check() -> None:
        check_log(check_final(note, POLICY).checkpoint, folder.read, spread=pool.map)

    check()
    figure = Figure(
        name="check a whole log of a million entries, leaves, tiles and signatures, two processes",
        value=seconds(check),
        unit="s",
        reach=2.5,
        peer="hashing its leaves alone, one process",
        peer_value=seconds(lambda: [merkle.leaf_hash(entry(n)) for n in range(MILLION)], times=1),
    )
    return folder, edge, figure


def proofs(folder: LogFolder, edge: Edge) -> Iterator[Figure]:
    """Prove inclusion in a million entries: out of tiles at hand, and of tiles never read."""
    indexes = [number * 48_271 % MILLION for number in range(PROOFS)]
    prover = Prover(MILLION, folder.read)
    one_a_tile = [number * 512 + number % 256 for number in range(1_900)]
    cold = rate(prover.prove, one_a_tile)
    found = [prover.prove(index) for index in indexes]
    warm = rate(prover.prove, indexes)
    tree = InmemoryTree(algorithm="sha256")
    for number in range(PEERS):
        tree.append_entry(entry(number))
    peer = rate(lambda index: tree.prove_inclusion(index % PEERS + 1), indexes[:2_000])
    for name, value, reach in (
        ("warm", warm, 50_000),
        ("each from a tile that was not read before", cold, 1_000),
    ):
        yield Figure(
            name=f"inclusion proofs on a million entries, {name}",
            value=value,
            unit="proofs/s",
            reach=reach,
            peer=f"pymerkle in memory, {PEERS} entries",
            peer_value=peer,
        )
    leaves = [merkle.leaf_hash(entry(index)) for index in indexes]
    known = Inclusions(MILLION, edge.root())
    cases = list(zip(leaves, indexes, found, strict=True))
    ours = rate(lambda case: known.check(*case), cases)
    theirs = tree.prove_inclusion(8)
    base, state = tree.get_leaf(8), tree.get_state()
    yield Figure(
        name="verify inclusions against one checkpoint of a million entries",
        value=ours,
        unit="proofs/s",
        reach=60_000,
        peer=f"pymerkle, {PEERS} entries",
        peer_value=rate(lambda _: verify_inclusion(base, state, theirs), indexes[:2_000]),
    )


def verifying(pool: ProcessPoolExecutor) -> Iterator[Figure]:
    """Verify whole bundles, each its own checkpoint, with the log's and five witnesses' keys."""
    bundles = [one_bundle(time) for time in range(1, 601)]
    signature = KEY.sign("x" * 120)
    list(pool.map(verify, bundles[:8]))
    began = perf_counter()
    list(pool.map(verify, bundles, chunksize=25))
    taken = perf_counter() - began
    alone = rate(lambda _: KEY.verifier.check("x" * 120, signature), range(2_000))
    yield Figure(
        name="verify bundles with seven signatures, two processes",
        value=len(bundles) / taken,
        unit="bundles/s",
        reach=500,
        peer="seven bare Ed25519 verifications, one process",
        peer_value=alone / 7,
    )


def verify(bundle: bytes) -> None:
    """Check one bundle."""
    check_bundle(read_bundle(bundle), POLICY)


def committing() -> Figure:
    """Commit to a record of 12 fields and sign its entry."""
    record = {f"field_{n}": n * 1000 for n in range(12)}
    seed, key = bytes(range(32)), bytes(32)
    public = public_key(seed)

    def make(seq: int) -> None:
        commitment = commit(record, key)
        sign(new_entry(public, commitment, seq), seed).line()

    leaf = rate(lambda _: sign(new_entry(public, bytes(32), 0), seed), range(2_000))
    return Figure(
        name="a 12-field commitment with its signed entry",
        value=rate(make, range(3_000)),
        unit="entries/s",
        reach=None,
        peer="signing alone",
        peer_value=leaf,
    )


def one_bundle(time: int) -> bytes:
    """Make a bundle of one fact in a tree of 2^20 entries."""
    from dure.kernel.commitment import disclose

    seed, key = bytes(range(32)), bytes(32)
    record = {f"field_{n}": n * 1000 for n in range(12)}
    line = sign(new_entry(public_key(seed), commit(record, key), 0), seed).line()
    node, hashes = merkle.leaf_hash(line), [bytes([n]) * 32 for n in range(20)]
    for neighbour in hashes:
        node = merkle.node_hash(node, neighbour)
    note = sign_note(
        Checkpoint(origin=KEY.verifier.name, size=2**20, root=node).text(),
        KEY,
        *WITNESSES,
        time=time,
    )
    proof = Proof(index=0, hashes=tuple(hashes), checkpoint=note)
    return bytes(with_disclosure(proof, line, disclose(record, key, ["/field_3", "/field_4"])))


def new_entry(public: bytes, commitment: bytes, seq: int) -> Entry:
    """Give an unsigned entry."""
    return Entry(
        kind="fact", issuer=public, commit=commitment, time=_NOON, seq=seq,
        prev=FIRST, held="custodian",
    )  # fmt: skip


def signed(edge: Edge):
    """Sign the checkpoint of a tree."""
    checkpoint = Checkpoint(origin=KEY.verifier.name, size=edge.size, root=edge.root())
    return sign_note(checkpoint.text(), KEY)


def fsync_seconds(path: Path) -> float:
    """Measure one fsync of a 4 KiB append, the median of 60."""
    taken = []
    with (path / "floor").open("ab") as file:
        for _ in range(60):
            began = perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(perf_counter() - began)
    return sorted(taken)[30]


def rate(work: Callable[[int], object], items) -> float:
    """Give how many items a second work does."""
    began = perf_counter()
    for item in items:
        work(item)
    return len(items) / (perf_counter() - began)


_NOON = Instant.fromisoformat("2026-12-03T12:00:00+00:00")
