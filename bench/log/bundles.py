"""Bundles of a log of a million entries: how large they are, and how fast they are verified."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from time import perf_counter

import segno

from bench import Figure
from bench.log import aics
from bench.log.cast import KEY, MILLION, NOON, POLICY, WITNESSES, entry, rate
from dure.kernel.commitment import commit, disclose
from dure.kernel.entry import FIRST, Entry, public_key, sign
from dure.prove.engine.bundle import check_bundle, read_bundle, with_disclosure
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, Edge, grow
from dure.prove.engine.many import Prover
from dure.prove.engine.note import sign_note
from dure.prove.engine.proof import Proof

BUNDLES = 600
PLACE = 300_000  # where the way up is longest
SIGNATURES = 7  # the log's, five witnesses', the issuer's
SEED, RECORD_KEY = bytes(range(32)), bytes(32)
RECORD = {f"field_{n}": n * 1000 for n in range(12)}


def figures(pool: ProcessPoolExecutor) -> Iterator[Figure]:
    """Take one fact out of a real log of a million entries, under many checkpoints."""
    line = signed_line(0)
    edge, tiles = grow(EMPTY, [line if n == PLACE else entry(n) for n in range(MILLION)])
    hashes = tuple(Prover(MILLION, tiles.__getitem__).prove(PLACE))
    del tiles
    whole = bundle(line, hashes, edge, 1_796_000_000)
    yield from sizes(line, hashes, edge, whole)
    ours = verified([bundle(line, hashes, edge, time) for time in range(1, BUNDLES + 1)], pool)
    yield ours
    notes = [bytes(proof_of(hashes, edge, time).checkpoint) for time in range(1, BUNDLES // 4)]
    how = ", checkpoints alone, one process"
    yield from aics.beside(ours, lambda: aics.checkpoints(notes), how)


def sizes(line: bytes, hashes: tuple[bytes, ...], edge: Edge, whole: bytes) -> Iterator[Figure]:
    """Measure a proof, and the whole bundle of a fact with four of its fields, in bytes."""
    proof = len(bytes(proof_of(hashes, edge, 1_796_000_000)))
    code = segno.make(whole, error="l", mode="byte", micro=False)
    yield Figure(
        name="a proof in a million entries, five Ed25519 cosigners", value=proof, unit="B",
        reach=1_800, peer="its hashes and signatures alone, in base64",
        peer_value=(len(hashes) * 32 + 6 * 68 + 5 * 8) * 4 / 3,
    )  # fmt: skip
    yield Figure(
        name=f"with its entry and four fields: a QR code of version {code.version}",
        value=len(whole), unit="B", reach=2_900, peer="what one QR code holds", peer_value=2_953,
    )  # fmt: skip


def verified(bundles: list[bytes], pool: ProcessPoolExecutor) -> Figure:
    """Verify whole bundles, each its own checkpoint, on two cores."""
    list(pool.map(verify, bundles[:8]))
    began = perf_counter()
    list(pool.map(verify, bundles, chunksize=25))
    taken = perf_counter() - began
    list(pool.map(bare, [20, 20]))
    began = perf_counter()
    list(pool.map(bare, [BUNDLES * SIGNATURES // 8] * 8))
    limit = perf_counter() - began
    return Figure(
        name="verify bundles: the log's, five witnesses' and the issuer's signature, two processes",
        value=len(bundles) / taken, unit="bundles/s", reach=500,
        peer="seven bare Ed25519 verifications each, two processes",
        peer_value=len(bundles) / limit,
    )  # fmt: skip


def verify(data: bytes) -> None:
    """Check one bundle."""
    check_bundle(read_bundle(data), POLICY)


def bare(count: int) -> None:
    """Verify signatures and nothing else."""
    signature = KEY.sign("x" * 120)
    rate(lambda _: KEY.verifier.check("x" * 120, signature), range(count))


def bundle(line: bytes, hashes: tuple[bytes, ...], edge: Edge, time: int) -> bytes:
    """Write the bundle of the entry under a checkpoint that was cosigned at time."""
    shown = disclose(RECORD, RECORD_KEY, [f"/field_{n}" for n in (2, 3, 4, 5)])
    return bytes(with_disclosure(proof_of(hashes, edge, time), line, shown))


def proof_of(hashes: tuple[bytes, ...], edge: Edge, time: int) -> Proof:
    """Prove the entry."""
    text = Checkpoint(origin=KEY.verifier.name, size=edge.size, root=edge.root()).text()
    checkpoint = sign_note(text, KEY, *WITNESSES, time=time)
    return Proof(index=PLACE, hashes=hashes, checkpoint=checkpoint)


def signed_line(seq: int) -> bytes:
    """Commit to the record and sign its entry."""
    unsigned = Entry(
        kind="fact", issuer=public_key(SEED), commit=commit(RECORD, RECORD_KEY), time=NOON,
        seq=seq, prev=bytes([1]) * 32 if seq else FIRST, held="custodian",
    )  # fmt: skip
    return sign(unsigned, SEED).line()
