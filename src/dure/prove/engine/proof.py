"""
Proofs: one entry of a log, proven offline (C2SP tlog-proof).

    c2sp.org/tlog-proof@v1
    extra base64(whatever the application needs beside it; not authenticated)
    index 73894
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
    …one hash a line, from the leaf's neighbour up

    dure.example/guro/2026
    109482
    sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

    — dure.example/guro/2026 hI2DJw…
    — witness.example mJirIk…
"""

from dataclasses import dataclass

from dure.kernel.errors import Malformed
from dure.kernel.merkle import check_inclusion
from dure.prove.engine.note import Note, read_note
from dure.prove.engine.policy import Policy, Witnessed, check_final
from dure.prove.engine.strict import (
    read_base64,
    read_decimal,
    read_hash,
    read_text,
    write_base64,
)

HEADER = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A leaf's place in a log, the way up to the root, and the checkpoint with that root."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes | None = None

    def __bytes__(self) -> bytes:
        extra = [] if self.extra is None else [f"extra {write_base64(self.extra)}"]
        hashes = [write_base64(item) for item in self.hashes]
        head = "\n".join([HEADER, *extra, f"index {self.index}", *hashes])
        return f"{head}\n\n{self.checkpoint}".encode()


def read_proof(data: bytes) -> Proof:
    """Read a proof; raises Malformed."""
    head, blank, note = read_text(data).partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != HEADER:
        raise Malformed("prove.proof", problem=f"does not begin with {HEADER}")
    extra = lines.pop(0).removeprefix("extra ") if _begins(lines, "extra ") else None
    if not _begins(lines, "index ") or len(lines) > MOST_HASHES + 1:
        raise Malformed("prove.proof", problem="has no index, or too many hashes")
    return Proof(
        index=read_decimal(lines[0].removeprefix("index ")),
        hashes=tuple(read_hash(line) for line in lines[1:]),
        checkpoint=read_note(note.encode()),
        extra=None if extra is None else read_base64(extra),
    )


def check_proof(proof: Proof, leaf: bytes, policy: Policy) -> Witnessed:
    """
    Check that a leaf hash is in a log that policy knows, under a final checkpoint.

    Gives that checkpoint and who cosigned it; raises Unproven.
    """
    final = check_final(proof.checkpoint, policy)
    root, size = final.checkpoint.root, final.checkpoint.size
    check_inclusion(leaf, proof.index, size, proof.hashes, root)
    return final


def _begins(lines: list[str], word: str) -> bool:
    return bool(lines) and lines[0].startswith(word)
