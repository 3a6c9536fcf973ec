"""
Monitoring: what a member's own computer checks of a log that others run, step by step.

A step goes from the last checkpoint that we hold to the one that the log shows now. Every new
entry is read and hashed: the tree must begin with what we hold, the entries must give its root,
the tiles must be what they make. Among the entries our own keys must carry one unbroken chain,
and nothing that we did not issue.

A lie about history (a fork, a rollback) stops the step: we keep what we hold, and both
checkpoints are the evidence. What is wrong with an entry does not, because it is in the log.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from dure.kernel.entry import FIRST, check_signature, entry_hash, parse
from dure.kernel.errors import DureError, Malformed, NotFound, Unproven
from dure.kernel.merkle import root_of
from dure.kernel.reason import Reason
from dure.prove.engine.audit import BATCH
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.growth import EMPTY, Edge, grow, read_edge
from dure.prove.engine.note import Note, check_signed
from dure.prove.engine.policy import Policy, check_final
from dure.prove.engine.tiles import (
    ENTRIES,
    WIDTH,
    Fetch,
    Tile,
    out_of,
    read_entries,
    tile_nodes,
    tile_with,
)

Place = tuple[int, bytes]  # an issuer's last sequence number and entry hash
_BEFORE_FIRST: Place = (-1, FIRST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What we hold of a log: its last checkpoint that held, and where our own chains stand."""

    held: Note | None = None
    chains: Mapping[bytes, Place] = field(default_factory=dict)
    promised: Mapping[bytes, int] = field(default_factory=dict)  # what we had issued, up to seq

    @property
    def checkpoint(self) -> Checkpoint | None:
        """Give the checkpoint that we hold; None before the first."""
        return read_checkpoint(self.held.text) if self.held else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Whose chain we watch: our public keys; and, where we keep them, the entries we issued."""

    keys: Collection[bytes] = ()
    issued: Mapping[tuple[bytes, int], bytes] | None = None  # entry hashes; None: we keep no list

    def promised(self) -> dict[bytes, int]:
        """Give, by key, the last sequence number that we issued."""
        return dict(sorted(self.issued or {}))


@dataclass(slots=True)
class Step:
    """One step: what it found, and what we hold after it."""

    watch: Watch
    found: list[Reason] = field(default_factory=list)
    evidence: bytes | None = None


def follow(watch: Watch, shown: Note, policy: Policy, fetch: Fetch, ours: Ours) -> Step:
    """
    Go from what we hold to the checkpoint that the log shows, reading tiles with fetch.

    Never raises for what a log may do; lets through what fetch raises when the log is away.
    """
    step = Step(watch)
    try:
        new = check_final(shown, policy).checkpoint
    except DureError as wrong:
        step.found.append(wrong.reason)
        return step
    old = watch.checkpoint
    if old and new.size < old.size:
        _convict(step, shown, Reason("prove.monitor_rollback", _sizes(old, new)))
    elif old and new.size == old.size:
        if new.root != old.root:
            _convict(step, shown, Reason("prove.monitor_fork", _sizes(old, new)))
    else:
        try:
            _grow(step, shown, new, fetch, ours)
        except (NotFound, Malformed) as held_back:
            step.found.append(held_back.reason)
    return step


def compare(watch: Watch, who: str, theirs: Note, policy: Policy, fetch: Fetch) -> Step:
    """Compare what we hold with a checkpoint that somebody else, say a witness, holds."""
    step, old = Step(watch), watch.checkpoint
    try:
        other = read_checkpoint(theirs.text)
        check_signed(theirs, policy.keys_of(other.origin))
    except DureError:
        return step  # no word of the log's proves nothing against it
    if old is None or other.origin != old.origin or other.size > old.size:
        return step
    if root_of(other.size, tile_nodes(old.size, fetch)) != other.root:
        reason = Reason("prove.monitor_split_view", {"who": who, "size": other.size})
        _convict(step, theirs, reason)
    return step


def _grow(step: Step, shown: Note, new: Checkpoint, fetch: Fetch, ours: Ours) -> None:
    old = step.watch.checkpoint
    edge = read_edge(old.size, out_of(new.size, fetch)) if old else EMPTY
    if old and edge.root() != old.root:
        _convict(step, shown, Reason("prove.monitor_fork", _sizes(old, new)))
        return
    fold = _Fold(dict(step.watch.chains), ours)
    lines = _entries(edge.size, new.size, fetch)
    while batch := list(islice(lines, BATCH)):
        for index, line in enumerate(batch, start=edge.size):
            step.found += fold.add(index, line)
        edge, tiles = grow(edge, batch)
        _compare_tiles(step, tiles, edge, new.size, fetch)
    if edge.root() != new.root:
        _convict(step, shown, Reason("prove.monitor_root", {"size": new.size}))
        return
    for issuer, seq in step.watch.promised.items():
        logged, _ = fold.chains.get(issuer, _BEFORE_FIRST)
        if logged < seq:
            step.found.append(Reason("prove.monitor_missing", {"seq": logged + 1}))
    step.watch = Watch(held=shown, chains=fold.chains, promised=ours.promised())


@dataclass(slots=True)
class _Fold:
    """Our chains, entry by entry."""

    chains: dict[bytes, Place]
    ours: Ours

    def add(self, index: int, line: bytes) -> Iterator[Reason]:
        try:
            entry = parse(line)
        except DureError:
            yield Reason("prove.monitor_entry", {"index": index})
            return
        if entry.issuer not in self.ours.keys:
            return
        where, leaf = {"index": index, "seq": entry.seq}, entry_hash(line)
        try:
            check_signature(entry)
        except Unproven:
            yield Reason("prove.monitor_forged", where)
            return
        last, prev = self.chains.get(entry.issuer, _BEFORE_FIRST)
        if (entry.seq, entry.prev) != (last + 1, prev):
            yield Reason("prove.monitor_chain", where)
        self.chains[entry.issuer] = entry.seq, leaf
        issued = self.ours.issued
        if issued is not None and issued.get((entry.issuer, entry.seq)) != leaf:
            yield Reason("prove.monitor_in_our_name", where)


def _entries(start: int, size: int, fetch: Fetch) -> Iterator[bytes]:
    for index in range(start // WIDTH, -(-size // WIDTH)):
        tile = tile_with(ENTRIES, index, size)
        lines = read_entries(fetch(tile), tile.width)
        yield from lines[max(start - index * WIDTH, 0) :]


def _compare_tiles(
    step: Step, tiles: Mapping[Tile, bytes], edge: Edge, size: int, fetch: Fetch
) -> None:
    """Partial tiles exist at sizes of checkpoints alone."""
    for tile, data in tiles.items():
        if tile.level == ENTRIES or (tile.width < WIDTH and edge.size < size):
            continue
        if fetch(tile) != data:
            step.found.append(Reason("prove.audit_tile", {"path": tile.path}))


def _convict(step: Step, shown: Note, reason: Reason) -> None:
    held = step.watch.held
    step.found.append(reason)
    step.evidence = bytes(held) + b"\n" + bytes(shown) if held else bytes(shown)


def _sizes(old: Checkpoint, new: Checkpoint) -> dict[str, int]:
    return {"held": old.size, "shown": new.size}
