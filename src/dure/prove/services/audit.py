"""
The audit: everything that was kept against the last final checkpoints, layer by layer.

    checkpoint   the log's signatures and the witnesses' quorum, shard by shard
    log          entries against the tree, tiles against the entries
    keys         issuers' chains, who might speak when, each policy by consent of the one before
    facts        bodies against commitments, commitments against entries, none missing; the key map
    rows         audited columns against the facts that set them
    segments     readings, where they stand now, against the facts that sealed them; the manifest

It gives findings, the first wrong thing first. It changes nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from dure.journal.public import KEY_REGISTERED
from dure.kernel.entry import entry_hash, from_text, parse, to_text
from dure.kernel.errors import DureError, Malformed, Unproven
from dure.kernel.reason import Reason
from dure.make import public as make
from dure.prove.bridge import evidence
from dure.prove.bridge.log import read_staged
from dure.prove.engine.audit import Chains, audit_fact, audit_row, audit_tree
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.keys import VerifierKey
from dure.prove.engine.note import check_signed, read_note
from dure.prove.engine.policy import Policy, check_final
from dure.prove.engine.roster import Roster, policy_text
from dure.prove.engine.shard import place, split, year_in
from dure.prove.engine.tiles import Tile
from dure.prove.store.folder import Shards

SEALED = "SegmentSealed"
Published = Mapping[int, bytes]


@dataclass(slots=True)
class _Signed:
    """What the log signed and what holds of it, by shard and size."""

    policy: Policy
    keys: frozenset[VerifierKey]  # of the log, in any policy that was ever in force
    checkpoints: dict[int, list[Checkpoint]] = field(default_factory=dict)


def published_files(shards: Shards) -> Published:
    """Give the published checkpoints, by year, as they are written."""
    found = {year: shards.shard(year).published_file() for year in shards.years()}
    return {year: data for year, data in found.items() if data is not None}


def audit(shards: Shards, published: Published, history: Path) -> Iterator[Reason]:
    """
    Find what is wrong in a home, the first thing first.

    Runs inside `acting` as the cooperative, in one snapshot of the database; published was
    read before that snapshot, so that a log that goes on growing is no finding.
    """
    signed = _Signed(shards.policy(), evidence.read_log_keys())
    yield from _checkpoint_rows(signed)
    yield from _published(published, signed)
    yield from _trees(shards, signed)
    yield from _keys(signed)
    yield from _restarts()
    yield from _facts()
    yield from _key_map()
    yield from _rows()
    yield from _segments(history)


def _checkpoint_rows(signed: _Signed) -> Iterator[Reason]:
    """Check what the log signed, size by size; keeps what holds."""
    before = place(0, 0)
    for follows, at, data, final in evidence.read_notes():
        year, size = split(at)
        try:
            note = read_note(data)
            if final is not None and read_note(final).text != note.text:
                raise Unproven("prove.unsigned")
            check_signed(note, signed.keys | set(signed.policy.logs))
            checkpoint = read_checkpoint(note.text)
        except DureError:
            yield Reason("prove.audit_checkpoint_row", {"size": size})
            continue
        start = before if split(before)[0] == year else place(year, 0)
        if (follows, at) != (start, place(year_in(checkpoint.origin), checkpoint.size)):
            yield Reason("prove.audit_checkpoint_row", {"size": size})
        before = at
        signed.checkpoints.setdefault(year, []).append(checkpoint)


def _published(published: Published, signed: _Signed) -> Iterator[Reason]:
    """Check the published checkpoints: signed, cosigned by the quorum, and ours."""
    for year, data in published.items():
        try:
            final = check_final(read_note(data), signed.policy).checkpoint
        except DureError as bad:
            yield Reason("prove.audit_checkpoint", {"problem": str(bad)})
            continue
        if final not in signed.checkpoints.get(year, []):
            yield Reason("prove.audit_published", {"size": final.size})


def _trees(shards: Shards, signed: _Signed) -> Iterator[Reason]:
    staged = read_staged()
    for year, checkpoints in signed.checkpoints.items():

        def fetch(tile: Tile, year: int = year) -> bytes:
            waiting = staged.get((year, tile))
            return shards.shard(year).read(tile) if waiting is None else waiting

        for found in audit_tree(_lines(year), checkpoints, fetch):
            yield Reason(found.code, {"shard": year, **found.parameters})


def _lines(year: int) -> Iterator[bytes]:
    """Give a shard's entries as long as their indexes have no hole."""
    for expected, (at, line) in enumerate(evidence.read_lines(year), start=place(year, 0)):
        if at != expected:
            return
        yield line


def _keys(signed: _Signed) -> Iterator[Reason]:
    """Follow the issuers' chains and the keys that may speak, in the order of the log."""
    chains, roster, statements = Chains(), Roster(), evidence.read_statements()
    for at, line in evidence.read_lines():
        year, index = split(at)
        wrong = list(chains.add(index, line))
        yield from (Reason(one.code, {"shard": year, **one.parameters}) for one in wrong)
        if not wrong:
            entry, statement = parse(line), statements.get(at)
            yield from roster.add(at, entry, statement)
            if entry.kind == "shard" and statement:
                yield from _opening(at, statement, signed)
    for at in evidence.doubled_statements():
        year, index = split(at)
        yield Reason("prove.audit_statement", {"shard": year, "index": index})
    if roster.policy and policy_text(roster.policy) != policy_text(signed.policy):
        yield Reason("prove.audit_policy", {})


def _opening(at: int, statement: bytes, signed: _Signed) -> Iterator[Reason]:
    """Check that a shard begins with the last checkpoint of the one before."""
    year, index = split(at)
    before = max((each for each in signed.checkpoints if each < year), default=0)
    last = signed.checkpoints.get(before, [])[-1:]
    with suppress(DureError):
        if not index and [read_checkpoint(read_note(statement).text)] == last:
            return
    yield Reason("prove.audit_opening", {"shard": year})


def _restarts() -> Iterator[Reason]:
    """Check where each key says that the chain of the one before it ended."""
    for fact in evidence.read_bodies(KEY_REGISTERED.name):
        try:
            goes_on = _goes_on(fact["payload"])
        except (Malformed, KeyError, TypeError, ValueError):
            continue  # the facts' own audit names it
        if not goes_on:
            yield Reason("prove.audit_restart", {"fact": fact["id"]})


def _goes_on(said: Mapping[str, Any]) -> bool:
    if not said["before"]:
        return True
    line = evidence.read_entry_of(from_text(said["before"], 32), said["before_seq"])
    return line is not None and to_text(entry_hash(line)) == said["before_hash"]


def _facts() -> Iterator[Reason]:
    logged: dict[UUID, bytes] = {}
    erased, unsigned = evidence.read_erased(), evidence.read_unsigned()
    for row in evidence.read_logged():
        logged[row.fact] = row.entry
        if not _is_as_logged(row):
            year, index = split(row.place or 0)
            yield Reason(
                "prove.audit_entry_differs", {"fact": str(row.fact), "shard": year, "index": index}
            )
    for fact in evidence.read_facts():
        signed = logged.pop(fact.id, None)
        if signed is None and fact.id not in unsigned:
            yield Reason("prove.audit_fact_without_entry", {"fact": str(fact.id)})
        yield from audit_fact(fact, signed, erased=fact.id in erased)
    for missing in [*logged, *evidence.stray_keys()]:
        yield Reason("prove.audit_fact_missing", {"fact": str(missing)})
    for at in evidence.unlogged_entries():
        year, index = split(at)
        yield Reason("prove.audit_entry_without_fact", {"shard": year, "index": index})


def _is_as_logged(row: evidence.Logged) -> bool:
    try:
        entry = parse(row.entry)
    except Malformed:
        return False
    said = row.issuer, row.seq, row.is_logged
    holds = (entry.issuer, entry.seq, row.place is not None) == said
    return holds and (row.place is None or row.line == row.entry)


def _key_map() -> Iterator[Reason]:
    """Compare the key map with the facts that registered its keys, and with their chains."""
    registered = {
        fact.get("aggregate_id"): {"actor_firm": fact.get("actor_firm"), **fact.get("payload", {})}
        for fact in evidence.read_bodies(KEY_REGISTERED.name)
    }
    for row in evidence.read_keys():
        told = registered.get(str(row.id), {})
        differs = any(told.get(name) != value for name, value in row.said.items())
        if differs or row.told != row.stands:
            yield Reason("prove.audit_key_map", {"row": str(row.id)})


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
    yield from make.check_readings(history, evidence.read_sealed(SEALED))
