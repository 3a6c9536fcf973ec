"""
The audit: everything that was kept against the last final checkpoint, layer by layer.

    checkpoint   the log's signature and the witnesses' quorum
    log          entries against the tree, tiles against the entries, issuers' chains
    facts        bodies against commitments, commitments against entries, none missing
    rows         audited columns against the facts that set them
    segments     files of readings against the facts that sealed them

It gives findings, the first wrong thing first. It changes nothing.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from dure.kernel.errors import DureError
from dure.kernel.reason import Reason
from dure.prove.bridge import evidence
from dure.prove.bridge.log import read_staged
from dure.prove.engine.audit import Chains, audit_fact, audit_row, audit_tree
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.note import check_signed, read_note
from dure.prove.engine.policy import Policy, check_final
from dure.prove.engine.tiles import Tile
from dure.prove.store.folder import LogFolder

SEALED = "SegmentSealed"


def audit(folder: LogFolder, published: bytes | None, history: Path) -> Iterator[Reason]:
    """
    Find what is wrong in a home, the first thing first.

    Runs inside `acting` as the cooperative, in one snapshot of the database; published was
    read before that snapshot, so that a log that goes on growing is no finding.
    """
    policy = folder.policy()
    signed: list[Checkpoint] = []
    yield from _checkpoint_rows(policy, signed)
    yield from _published(published, policy, signed)
    yield from _log(folder, signed)
    yield from _facts()
    yield from _rows()
    yield from _segments(history)


def _checkpoint_rows(policy: Policy, signed: list[Checkpoint]) -> Iterator[Reason]:
    """Check what the log signed, size by size; puts what holds into signed."""
    before = 0
    for follows, size, data in evidence.read_notes():
        try:
            note = read_note(data)
            check_signed(note, policy.logs)
            checkpoint = read_checkpoint(note.text)
        except DureError:
            yield Reason("prove.audit_checkpoint_row", {"size": size})
            continue
        if (follows, size) != (before, checkpoint.size):
            yield Reason("prove.audit_checkpoint_row", {"size": size})
        before = size
        signed.append(checkpoint)


def _published(
    data: bytes | None, policy: Policy, signed: Sequence[Checkpoint]
) -> Iterator[Reason]:
    """Check the published checkpoint: signed, cosigned by the quorum, and one of ours."""
    if data is None:
        return
    try:
        final = check_final(read_note(data), policy).checkpoint
    except DureError as bad:
        yield Reason("prove.audit_checkpoint", {"problem": str(bad)})
        return
    if final not in signed:
        yield Reason("prove.audit_published", {"size": final.size})


def _log(folder: LogFolder, signed: Sequence[Checkpoint]) -> Iterator[Reason]:
    staged = read_staged()

    def fetch(tile: Tile) -> bytes:
        return staged[tile] if tile in staged else folder.read(tile)

    yield from audit_tree(_lines(), signed, fetch)
    chains = Chains()
    for index, line in evidence.read_lines():
        yield from chains.add(index, line)


def _lines() -> Iterator[bytes]:
    """Give the entries as long as their indexes have no hole."""
    for expected, (index, line) in enumerate(evidence.read_lines()):
        if index != expected:
            return
        yield line


def _facts() -> Iterator[Reason]:
    logged: dict[UUID, bytes] = {}
    for fact, index, entry, line in evidence.read_logged():
        logged[fact] = entry
        if index is not None and line != entry:
            yield Reason("prove.audit_entry_differs", {"fact": str(fact), "index": index})
    for row in evidence.read_facts():
        signed = logged.pop(row.id, None)
        if signed is None:
            yield Reason("prove.audit_fact_without_entry", {"fact": str(row.id)})
        yield from audit_fact(row, signed)
    for fact in logged:
        yield Reason("prove.audit_fact_missing", {"fact": str(fact)})
    for index in evidence.unlogged_entries():
        yield Reason("prove.audit_entry_without_fact", {"index": index})


def _rows() -> Iterator[Reason]:
    told = evidence.read_told()
    for row in evidence.read_audited():
        yield from audit_row(
            table=row.table,
            row=row.id,
            version=row.version,
            columns=row.columns,
            defaults=row.defaults,
            told=told.pop(row.id, []),
            decimals=row.decimals,
        )
    for aggregate, facts in told.items():
        if any(sets for _, sets in facts):
            yield Reason("prove.audit_row_missing", {"row": str(aggregate)})


def _segments(history: Path) -> Iterator[Reason]:
    for fact in evidence.read_sealed(SEALED):
        name, expected = fact["file"], fact["sha256"]
        try:
            data = (history / name).read_bytes()
        except OSError:
            yield Reason("prove.audit_segment_missing", {"file": name})
            continue
        if sha256(data).hexdigest() != expected:
            yield Reason("prove.audit_segment", {"file": name})
