"""aics-tlog beside ours, on the very same files where it reads them; it needs Python 3.12."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench import Figure
from bench.log.cast import KEY, POLICY, rate

IS_THERE = find_spec("aics_tlog") is not None
NAME = "aics-tlog"


def beside(figure: Figure, measured: Callable[[], float], how: str = "") -> Iterator[Figure]:
    """Give the figure once more beside what aics-tlog takes for the same; none where it is not."""
    if IS_THERE:
        name = f"{figure.name}, beside {NAME}"
        yield replace(figure, name=name, reach=None, peer=NAME + how, peer_value=measured())


def durable(path: Path, batches: Sequence[list[bytes]]) -> float:
    """Append batches, each synced and under a signed checkpoint; gives entries a second."""
    import aics_tlog as aics

    store, key = aics.DirectoryTileStore(path), Ed25519PrivateKey.from_private_bytes(bytes(32))
    writer, name = aics.IncrementalTileWriter(store), KEY.verifier.name
    began = perf_counter()
    for each in batches:
        writer.append(each)
        checkpoint = aics.Checkpoint(name, writer.size, writer.root())
        store.write_checkpoint(aics.sign_checkpoint(checkpoint, key, name).to_bytes())
    return sum(map(len, batches)) / (perf_counter() - began)


def warm(path: Path, size: int, indexes: Sequence[int]) -> float:
    """Make inclusion proofs out of the log's tiles, held in memory; gives proofs a second."""
    import aics_tlog as aics

    files = (file for file in (path / "tile").rglob("*") if file.is_file())
    held = {str(f.relative_to(path)): f.read_bytes() for f in files if "entries" not in f.parts}
    reader = aics.MemoryTileReader(held)
    return rate(lambda index: aics.inclusion_proof_from_tiles(reader, index, size), indexes)


def cold(path: Path, size: int, indexes: Sequence[int]) -> float:
    """Make inclusion proofs out of the log's files; gives proofs a second."""
    import aics_tlog as aics

    reader = aics.FileSystemTileReader(path)
    return rate(lambda index: aics.inclusion_proof_from_tiles(reader, index, size), indexes)


def inclusions(cases: Sequence[tuple[bytes, int, list[bytes]]], size: int, root: bytes) -> float:
    """Verify inclusion proofs, one process; gives proofs a second."""
    from aics_tlog import verify_inclusion

    def check(case: tuple[bytes, int, list[bytes]]) -> None:
        leaf, index, proof = case
        assert verify_inclusion(leaf, index, size, proof, root), "it refuses our proof"

    return rate(check, cases)


def whole(path: Path, size: int, root: bytes) -> float:
    """Check every tile and entry bundle of the log; gives seconds."""
    import aics_tlog as aics

    began = perf_counter()
    report = aics.audit_tiles(aics.FileSystemTileReader(path), size, root)
    assert size == report.size, "it refuses our log"
    return perf_counter() - began


def checkpoints(notes: Sequence[bytes]) -> float:
    """Verify checkpoints under the log's and five witnesses' signatures; gives them a second."""
    import aics_tlog as aics

    log = aics.parse_vkey(str(KEY.verifier))
    witnesses = [aics.parse_vkey(str(each)) for each in POLICY.witnesses.values()]

    def check(note: bytes) -> None:
        found = aics.verify_checkpoint(aics.parse_note(note), log, witnesses, len(witnesses))
        assert found.ok, f"it refuses our checkpoint: {found.error}"

    return rate(check, notes)
