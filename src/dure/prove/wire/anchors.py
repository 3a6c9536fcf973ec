"""
Anchors: what somebody outside the cooperative says of a checkpoint.

An anchor has two verbs. `submit` hands a checkpoint in and gives a receipt to keep; `verify` judges
a receipt offline, with nothing but what the verifier trusts already.

    wire/timestamp.py    a time-stamp authority (RFC 3161)           extra `anchors`
    wire/chain.py        a contract that refuses a forked log (EVM)  extra `evm`
"""

from dataclasses import dataclass
from typing import Protocol

from dure.kernel.time import Instant
from dure.prove.engine.note import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """A checkpoint existed at an instant, by the word of an outsider."""

    at: Instant
    by: str


class Anchor(Protocol):
    """Somebody outside who attests checkpoints."""

    def submit(self, checkpoint: Note) -> bytes:
        """Have a checkpoint attested; gives the receipt. Raises Unavailable, Refused, Unproven."""
        ...

    def verify(self, receipt: bytes, checkpoint: Note) -> Attested:
        """Judge a receipt, offline; raises Unproven, Malformed."""
        ...
