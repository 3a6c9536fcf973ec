"""
Audit: folds over everything that was kept, each giving what is wrong, and where.

They believe the last final checkpoint, and nothing else: entries must hash to its root,
tiles to the entries, facts to the commitments in the entries, rows to the facts that set
them. The first finding is the first wrong thing; later ones may follow from it.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from dure.kernel.canonical import from_canonical
from dure.kernel.commitment import KEY_SIZE, commit
from dure.kernel.entry import FIRST, check_signature, entry_hash, parse
from dure.kernel.errors import DureError, Malformed
from dure.kernel.reason import Reason
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.tiles import Fetch, Tile

BATCH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """A fact as its tables hold it; an erased one has neither body nor key."""

    id: UUID
    columns: Mapping[str, Any]
    body: bytes | None
    commitment: bytes
    key: bytes | None


@dataclass(slots=True)
class Chains:
    """The issuers' chains, folded entry by entry in the order of the log."""

    last: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)

    def add(self, index: int, line: bytes) -> Iterator[Reason]:
        """Say what is wrong with the next entry: form, signature, place in its chain."""
        try:
            entry = parse(line)
            check_signature(entry)
        except DureError as bad:
            yield Reason("prove.audit_entry", {"index": index, "problem": str(bad)})
            return
        seq, prev = self.last.get(entry.issuer, (-1, FIRST))
        self.last[entry.issuer] = entry.seq, entry_hash(line)
        if (entry.seq, entry.prev) != (seq + 1, prev):
            yield Reason("prove.audit_chain", {"index": index, "seq": entry.seq})


def audit_tree(
    lines: Iterable[bytes], checkpoints: Iterable[Checkpoint], fetch: Fetch
) -> Iterator[Reason]:
    """
    Grow the tree anew from its entries, and compare roots and tiles at every checkpoint.

    checkpoints by size; lines are consumed once, so that a log of any length needs little
    room.
    """
    edge, source = EMPTY, iter(lines)
    for checkpoint in checkpoints:
        while edge.size < checkpoint.size:
            count = min(BATCH, checkpoint.size - edge.size)
            batch = list(islice(source, count))
            if len(batch) < count:
                yield Reason("prove.audit_entry_missing", {"index": edge.size + len(batch)})
                return
            edge, tiles = grow(edge, batch)
            yield from _differing(tiles, fetch, only_full=edge.size < checkpoint.size)
        if edge.root() != checkpoint.root:
            yield Reason("prove.audit_root", {"size": checkpoint.size})
            return


def audit_fact(row: FactRow, logged: bytes | None, *, erased: bool = False) -> Iterator[Reason]:
    """Compare a fact with its columns, its commitment and its entry (None: it has none)."""
    where = {"fact": str(row.id), "kind": str(row.columns["kind"])}
    if logged is not None and _commit_of(logged) != row.commitment:
        yield Reason("prove.audit_fact", {**where, "what": "commitment"})
        return
    if row.body is None or row.key is None:
        if not erased:
            yield Reason("prove.audit_key_missing", where)
        return
    try:
        body = dict(from_canonical(row.body))
    except (Malformed, TypeError, ValueError):
        yield Reason("prove.audit_fact", {**where, "what": "body"})
        return
    for name, value in row.columns.items():
        if body.get(name) != value:
            yield Reason("prove.audit_fact", {**where, "what": name})
            return
    if len(row.key) != KEY_SIZE or commit(body, row.key) != row.commitment:
        yield Reason("prove.audit_fact", {**where, "what": "body"})


def audit_row(
    *,
    table: str,
    row: UUID,
    version: int,
    columns: Mapping[str, Any],
    defaults: Mapping[str, Any],
    told: Iterable[tuple[int, Mapping[str, Any] | None]],
    decimals: Set[str] = frozenset(),
) -> Iterator[Reason]:
    """
    Fold the facts of an aggregate, by version, and compare its audited columns.

    A column that no fact set must still be as it was born; what an erased fact (None) may
    have set, nobody knows. In decimals (columns that are decimal numbers) 12.5 equals 12.50.
    """
    where = {"table": table, "row": str(row)}
    expected: dict[str, Any] = dict(defaults)
    count = 0
    for number, sets in told:
        count += 1
        if number != count:
            yield Reason("prove.audit_row", {**where, "what": f"fact {count}"})
            return
        expected = {} if sets is None else {**expected, **sets}
    if version != count:
        yield Reason("prove.audit_row", {**where, "what": "version"})
    for name, value in columns.items():
        if name in expected and not _is_same(expected[name], value, name in decimals):
            yield Reason("prove.audit_row", {**where, "what": name})


def _commit_of(line: bytes) -> bytes | None:
    try:
        return parse(line).commit
    except Malformed:
        return None


def _is_same(told: Any, stored: Any, is_decimal: bool) -> bool:
    if is_decimal and told is not None and stored is not None:
        return Decimal(told) == Decimal(stored)
    return bool(told == stored)


def _differing(tiles: Mapping[Tile, bytes], fetch: Fetch, *, only_full: bool) -> Iterator[Reason]:
    """Partial tiles exist for sizes of checkpoints alone."""
    for tile, data in tiles.items():
        if only_full and tile.width < 256:
            continue
        try:
            same = fetch(tile) == data
        except DureError:
            yield Reason("prove.audit_tile_missing", {"path": tile.path})
            continue
        if not same:
            yield Reason("prove.audit_tile", {"path": tile.path})
