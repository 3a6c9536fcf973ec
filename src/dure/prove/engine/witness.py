"""
A witness: to cosign a checkpoint or not (C2SP tlog-witness v1.1).

A witness remembers, per log, the last checkpoint that it cosigned, and cosigns another
only where that one begins with it. The decision is pure; whoever serves it makes the new
state durable before it lets the answer go, and keeps the evidence.

    200  cosigned: the body is the signature lines
    400  cannot be read, or old is past the checkpoint's size
    403  no signature by a key of that log
    404  unknown log
    409  old is not what we cosigned last: the body is that size
    422  not consistent with what we cosigned: a fork, or a bad proof
    503  our clock went backward: we sign no time before our last
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from dure.kernel.errors import Malformed, Unproven
from dure.kernel.merkle import EMPTY_ROOT, check_consistency
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.keys import SigningKey, VerifierKey
from dure.prove.engine.note import Note, check_signed, make_signature, read_note
from dure.prove.engine.strict import read_decimal, read_hash, read_text, write_base64

LARGEST_REQUEST = 1_100_000
MOST_HASHES = 63
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to cosign: the size we are thought to know, the proof from there, the note."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def __bytes__(self) -> bytes:
        lines = [f"old {self.old}", *(write_base64(item) for item in self.proof)]
        return "\n".join([*lines, "", str(self.note)]).encode()


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The last checkpoint that we cosigned for a log, as its log signed it, and when."""

    note: Note
    time: int

    @property
    def checkpoint(self) -> Checkpoint:
        """Give the checkpoint itself."""
        return read_checkpoint(self.note.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What to do with a request.

    Where cosigned is set, make it durable before sending the body. Where evidence is set,
    keep it: two checkpoints that the log signed. With one size and two roots they convict
    it; else the log must show a consistency proof, and is convicted if it cannot.
    """

    status: HTTPStatus
    body: str = ""
    content_type: str = TEXT_TYPE
    cosigned: Cosigned | None = None
    evidence: bytes | None = None


def read_request(data: bytes) -> Request:
    """Read an add-checkpoint request; raises Malformed."""
    if len(data) > LARGEST_REQUEST:
        raise Malformed("prove.witness_request", problem="is too large")
    head, blank, note = read_text(data).partition("\n\n")
    first, *hashes = head.split("\n")
    if not blank or not first.startswith("old ") or len(hashes) > MOST_HASHES:
        raise Malformed("prove.witness_request", problem="has no old size, or too many hashes")
    return Request(
        old=read_decimal(first.removeprefix("old ")),
        proof=tuple(read_hash(line) for line in hashes),
        note=read_note(note.encode()),
    )


def decide(
    data: bytes,
    *,
    logs: Mapping[str, Sequence[VerifierKey]],
    last: Mapping[str, Cosigned],
    keys: Sequence[SigningKey],
    now: int,
) -> Answer:
    """
    Decide on one request, with what we cosigned last per origin, at now (POSIX seconds).

    Whoever calls must hold a lock from reading last to storing what comes out.
    """
    try:
        request = read_request(data)
        checkpoint = read_checkpoint(request.note.text)
    except Malformed as bad:
        return Answer(status=HTTPStatus.BAD_REQUEST, body=f"{bad}\n")
    known = logs.get(checkpoint.origin)
    if known is None:
        return Answer(status=HTTPStatus.NOT_FOUND, body="unknown log\n")
    try:
        check_signed(request.note, known)
    except Unproven:
        return Answer(status=HTTPStatus.FORBIDDEN, body="invalid signature\n")
    if request.old > checkpoint.size:
        return Answer(status=HTTPStatus.BAD_REQUEST, body="old size is past the checkpoint's\n")
    return _decide_on(request, checkpoint, last.get(checkpoint.origin), keys, now)


def _decide_on(
    request: Request,
    checkpoint: Checkpoint,
    before: Cosigned | None,
    keys: Sequence[SigningKey],
    now: int,
) -> Answer:
    size = before.checkpoint.size if before else 0
    if request.old != size:
        return Answer(
            status=HTTPStatus.CONFLICT,
            body=f"{size}\n",
            content_type=SIZE_TYPE,
            evidence=_evidence(before, request) if _contradicts(before, checkpoint) else None,
        )
    try:
        _check_grows(before, checkpoint, request.proof)
    except Unproven:
        return Answer(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            body="the consistency proof does not hold\n",
            evidence=_evidence(before, request),
        )
    if before and now < before.time:
        return Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, body="the clock went backward\n")
    lines = (make_signature(request.note.text, key, time=now).line() for key in keys)
    return Answer(status=HTTPStatus.OK, body="".join(lines), cosigned=Cosigned(request.note, now))


def _check_grows(before: Cosigned | None, new: Checkpoint, proof: Sequence[bytes]) -> None:
    if before:
        old = before.checkpoint
        check_consistency(old.size, new.size, proof, old.root, new.root)
    else:
        check_consistency(0, new.size, proof, EMPTY_ROOT, new.root)


def _contradicts(before: Cosigned | None, new: Checkpoint) -> bool:
    old = before.checkpoint if before else new
    return old.size == new.size and old.root != new.root


def _evidence(before: Cosigned | None, request: Request) -> bytes | None:
    return bytes(before.note) + b"\n" + bytes(request.note) if before else None
