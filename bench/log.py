"""The transparency log: growth, proofs and checks, beside pymerkle and one fsync."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from pymerkle import InmemoryTree, verify_inclusion

from bench import Figure
from dure.kernel import merkle
from dure.kernel.commitment import commit
from dure.kernel.entry import FIRST, Entry, public_key, sign
from dure.kernel.time import Instant
from dure.prove.engine.bundle import check_bundle, read_bundle, with_disclosure
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, Edge, grow
from dure.prove.engine.keys import SignatureType, signing_key
from dure.prove.engine.note import sign_note
from dure.prove.engine.policy import Group, Policy
from dure.prove.engine.proof import Proof
from dure.prove.engine.tiles import Tile, tile_nodes
from dure.prove.store.folder import LogFolder

MILLION = 1_000_000
PEERS = 50_000
PROOFS = 20_000
KEY = signing_key("dure.bench/log", SignatureType.ED25519, bytes(32))
WITNESSES = [
    signing_key(f"dure.bench/w/{n}", SignatureType.COSIGNATURE, bytes([n]) * 32)
    for n in range(1, 6)
]


def entry(number: int) -> bytes:
    """Give an entry of 200 bytes."""
    return b"%0200d" % number


def figures() -> Iterator[Figure]:
    """Measure the log, each figure beside a peer or a limit of the same run."""
    with tempfile.TemporaryDirectory() as name:
        yield from durable(Path(name))
        folder, edge, checked = grown(Path(name) / "million")
        yield checked
        yield from proofs(folder, edge)
    yield from verifying()
    yield committing()


def durable(path: Path) -> Iterator[Figure]:
    """Grow durably in batches, checkpoint signed and published: tiles synced file by file."""
    floor = fsync_seconds(path)
    for batch, reach in ((256, 60_000), (1_024, 120_000)):
        folder, edge, batches = LogFolder(path / str(batch)), EMPTY, max(8, 20_480 // batch)
        folder.path.mkdir()
        began = perf_counter()
        for number in range(batches):
            edge, tiles = grow(edge, [entry(number * batch + n) for n in range(batch)])
            folder.write(tiles)
            folder.publish(signed(edge))
        rate = batches * batch / (perf_counter() - began)
        yield Figure(
            name=f"durable sequenced entries, batches of {batch}",
            value=rate,
            unit="entries/s",
            reach=reach,
            peer=f"one fsync of 4 KiB a batch ({floor * 1000:.2f} ms)",
            peer_value=batch / floor,
        )


def grown(path: Path) -> tuple[dict[Tile, bytes], Edge, Figure]:
    """Grow a million entries in memory: what checking a whole log costs, leaves and tiles."""
    lines = [entry(number) for number in range(MILLION)]
    edge, kept = EMPTY, {}
    began = perf_counter()
    for at in range(0, MILLION, 4096):
        edge, tiles = grow(edge, lines[at : at + 4096])
        kept |= {(tile.level, tile.index): (tile, data) for tile, data in tiles.items()}
    taken = perf_counter() - began
    began = perf_counter()
    for line in lines:
        merkle.leaf_hash(line)
    floor = perf_counter() - began
    figure = Figure(
        name="check a whole log of a million entries",
        value=taken,
        unit="s",
        reach=2.5,
        peer="hashing its leaves alone",
        peer_value=floor,
    )
    return dict(kept.values()), edge, figure


def proofs(tiles: dict[Tile, bytes], edge: Edge) -> Iterator[Figure]:
    """Prove inclusion in a million entries: tiles read once, and anew for each proof."""
    read = tile_nodes(MILLION, tiles.__getitem__)
    right = merkle.right_edge(MILLION, read)
    indexes = [number * 48_271 % MILLION for number in range(PROOFS)]
    for index in indexes:
        merkle.inclusion_proof(index, MILLION, read, right)
    warm = rate(lambda index: merkle.inclusion_proof(index, MILLION, read, right), indexes)

    def from_cold(index: int) -> None:
        merkle.inclusion_proof(index, MILLION, tile_nodes(MILLION, tiles.__getitem__))

    cold = rate(from_cold, indexes[:400])
    tree = InmemoryTree(algorithm="sha256")
    for number in range(PEERS):
        tree.append_entry(entry(number))
    peer = rate(lambda index: tree.prove_inclusion(index % PEERS + 1), indexes[:2_000])
    for name, value, reach in (("warm", warm, 50_000), ("from cold tiles", cold, 1_000)):
        yield Figure(
            name=f"inclusion proofs on a million entries, {name}",
            value=value,
            unit="proofs/s",
            reach=reach,
            peer=f"pymerkle in memory, {PEERS} entries",
            peer_value=peer,
        )
    proof = merkle.inclusion_proof(7, MILLION, read, right)
    leaf, root = merkle.leaf_hash(entry(7)), edge.root()
    ours = rate(lambda _: merkle.check_inclusion(leaf, 7, MILLION, proof, root), indexes)
    theirs = tree.prove_inclusion(8)
    base, state = tree.get_leaf(8), tree.get_state()
    yield Figure(
        name="verify inclusions",
        value=ours,
        unit="proofs/s",
        reach=60_000,
        peer="pymerkle",
        peer_value=rate(lambda _: verify_inclusion(base, state, theirs), indexes[:2_000]),
    )


def verifying() -> Iterator[Figure]:
    """Verify whole bundles, with the log's and five witnesses' signatures."""
    policy = Policy(
        logs=(KEY.verifier,),
        witnesses={key.verifier.name: key.verifier for key in WITNESSES},
        groups={"all": Group(5, tuple(key.verifier.name for key in WITNESSES))},
        quorum="all",
    )
    data, message = one_bundle(), b"x" * 120
    signature = KEY.sign("x" * 120)
    bundles = rate(lambda _: check_bundle(read_bundle(data), policy), range(300))
    alone = rate(lambda _: KEY.verifier.check(message.decode(), signature), range(2_000))
    yield Figure(
        name="verify bundles with seven signatures",
        value=bundles,
        unit="bundles/s",
        reach=500,
        peer="seven bare Ed25519 verifications",
        peer_value=alone / 7,
    )


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


def one_bundle() -> bytes:
    """Make a bundle of one fact in a tree of 2^20 entries."""
    from dure.kernel.commitment import disclose

    seed, key = bytes(range(32)), bytes(32)
    record = {f"field_{n}": n * 1000 for n in range(12)}
    line = sign(new_entry(public_key(seed), commit(record, key), 0), seed).line()
    node, hashes = merkle.leaf_hash(line), [bytes([n]) * 32 for n in range(20)]
    for neighbour in hashes:
        node = merkle.node_hash(node, neighbour)
    note = sign_note(
        Checkpoint(origin=KEY.verifier.name, size=2**20, root=node).text(), KEY, *WITNESSES, time=1
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
