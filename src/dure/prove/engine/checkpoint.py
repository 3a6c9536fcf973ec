"""
Checkpoints: what a log says about its tree at one size (C2SP tlog-checkpoint).

    dure.example/guro/2026
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

Origin, number of leaves, root. The text is signed as a note. Extension lines are read
but never written: no monitor can audit them.
"""

from dataclasses import dataclass

from dure.kernel.errors import Malformed
from dure.prove.engine.strict import read_decimal, read_hash, write_base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log's tree at one size. The root does not commit to the size: they go together."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """Give the text that is signed."""
        lines = [self.origin, str(self.size), write_base64(self.root), *self.extensions]
        return "".join(f"{line}\n" for line in lines)


def read_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text; raises Malformed."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise Malformed("prove.checkpoint", problem="needs three non-empty lines or more")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin=origin,
        size=read_decimal(size),
        root=read_hash(root),
        extensions=tuple(extensions),
    )
