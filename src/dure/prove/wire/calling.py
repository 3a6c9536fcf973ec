"""
A witness without an address of its own calls the log: fetches, cosigns, hands in.

It decides as it would if it were asked (C2SP tlog-witness), but builds the request itself,
out of the log's tiles: so the log cannot choose what it proves from.
"""

from collections.abc import Callable

from dure.kernel.merkle import consistency_proof
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.note import Note, read_signatures, with_signatures
from dure.prove.engine.tiles import tile_nodes
from dure.prove.engine.witness import Answer, Request
from dure.prove.wire.log import RemoteLog


def call(
    log: RemoteLog,
    *,
    known: Callable[[str], int],
    answer: Callable[[bytes], Answer],
    done: Note | None = None,
) -> tuple[Note, Answer] | None:
    """
    Cosign the checkpoint that waits, unless it is the one done before; None where none does.

    known gives the size that we cosigned last, by origin; answer decides, durably. Gives the
    checkpoint and our answer to it: one that is no 200 was not handed in.
    Raises Unavailable or NotFound where the log does not answer or holds tiles back.
    """
    pending = log.pending()
    if pending is None or (done and pending.text == done.text):
        return None
    checkpoint = read_checkpoint(pending.text)
    old = known(checkpoint.origin)
    proof: list[bytes] = []
    if old <= checkpoint.size:
        proof = consistency_proof(old, checkpoint.size, tile_nodes(checkpoint.size, log.read))
    answered = answer(bytes(Request(old=old, proof=tuple(proof), note=pending)))
    if answered.cosigned:
        log.post(with_signatures(pending, read_signatures(answered.body)))
    return pending, answered
