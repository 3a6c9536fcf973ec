"""
The sequencer: entries that wait become the log, in an order that survives every crash.

    commit     entries, tiles and the log's checkpoint in one transaction, which compares
               and swaps the size: THE commit point. Before it nothing happened.
    place      tiles from the staging table onto the disk
    publish    ask the witnesses, and put the cosigned checkpoint in its place by rename

Each step can be done again. `Sequencer.open` finishes what was committed and not done, and
refuses to run where the disk or a witness knows more of this log than the database does:
that is a database restored from an old backup, and going on would fork the log.

At New Year the next entries open the next shard, once the old one's last checkpoint is final.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self
from uuid import UUID

from dure.kernel.actor import THE_COOPERATIVE
from dure.kernel.entry import FIRST, entry_hash, parse
from dure.kernel.errors import NotFound, Refused, Unproven
from dure.kernel.merkle import consistency_proof, root_of
from dure.kernel.time import Instant
from dure.prove.bridge import log
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.growth import EMPTY, Edge, grow, read_edge
from dure.prove.engine.keys import SigningKey
from dure.prove.engine.note import Note, make_signature, sign_note, verified, with_signatures
from dure.prove.engine.policy import Policy, read_policy, witnessed
from dure.prove.engine.roster import check_succession, kind_of, own_entry, policy_text
from dure.prove.engine.shard import year_in, year_of
from dure.prove.engine.tiles import Tile, tile_nodes
from dure.prove.store.folder import LogFolder, Shards
from dure.prove.wire.client import Witnesses
from dure.stack.tenancy import acting

BATCH = 4096

Keys = Callable[[int], SigningKey]  # the log's key, by year
Former = Callable[[int], Sequence[SigningKey]]  # those before it, by year
Statements = list[tuple[UUID, Note]]


def announce(keys: Keys, shards: Shards, at: Instant) -> None:
    """Put the keys of this year's and the next year's shard into the policy."""
    policy, year = shards.policy(), year_of(at)
    known = {key.name for key in policy.logs}
    new = [keys(each).verifier for each in (year, year + 1)]
    missing = tuple(key for key in new if key.name not in known)
    if missing:
        shards.write_policy(replace(policy, logs=(*policy.logs, *missing)))


@dataclass(slots=True)
class Sequencer:
    """
    The one process that makes the log grow. Whoever runs it holds the advisory lock.

    Every step is a transaction of its own; the witnesses are asked outside of any. former gives
    the keys that were changed for another: while the policy names them they sign checkpoints too,
    so that whoever does not know the new key yet goes on believing.
    """

    keys: Keys
    shards: Shards
    witnesses: Witnesses
    now: Callable[[], Instant]
    year: int
    edge: Edge = EMPTY
    former: Former = lambda _: ()
    _unplaced: dict[tuple[int, Tile], bytes] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        keys: Keys,
        shards: Shards,
        witnesses: Witnesses,
        now: Callable[[], Instant],
        former: Former = lambda _: (),
    ) -> Self:
        """
        Take up the log where it stands; finish what was committed and not done.

        Raises Refused where the database is behind the log that others know, Unproven where
        the tiles on disk are not those of the last checkpoint.
        """
        sequencer = cls(keys, shards, witnesses, now, year_of(now()), former=former)
        with acting(THE_COOPERATIVE):
            sequencer._unplaced = log.read_staged()
        sequencer.place()
        with acting(THE_COOPERATIVE):
            committed = log.read_committed()
        if committed:
            sequencer.year = committed.year
            sequencer.edge = _edge_on_disk(sequencer.folder, committed.checkpoint)
        _refuse_a_fork(sequencer)
        return sequencer

    @property
    def folder(self) -> LogFolder:
        """Give the folder of the shard that grows."""
        return self.shards.shard(self.year)

    def step(self) -> int:
        """Log what waits, place it and publish; gives how many facts were logged."""
        count = self.commit()
        self.place()
        self.publish()
        return count

    def commit(self) -> int:
        """Give waiting entries their places, at most a batch of them; gives how many."""
        with acting(THE_COOPERATIVE):
            waiting = log.read_pending(BATCH)
            approved = log.read_approved()
            opening = self._opening(self.now()) if waiting or approved else None
            if opening is None:
                return 0
            year, edge, statements = opening
            statements += self._policy_statement(year, approved)
            statements += [each for each in approved if kind_of(each[1]) == "revoke"]
            if not waiting and not statements:
                return 0
            own = self._own_lines(year, statements)
            grown, tiles = grow(edge, [*own, *(entry.line for entry in waiting)])
            log.write_batch(
                log.Batch(
                    year=year,
                    follows=edge.size,
                    own=own,
                    statements=statements,
                    facts=[entry.fact for entry in waiting],
                    tiles=tiles,
                    signed=self._signed(year, grown),
                )
            )
        self.year, self.edge = year, grown
        self._unplaced |= {(year, tile): data for tile, data in tiles.items()}
        return len(waiting)

    def place(self) -> None:
        """Put committed tiles onto the disk; nothing is forgotten before it is there."""
        staged, self._unplaced = self._unplaced, {}
        for year in sorted({year for year, _ in staged}):
            folder = self.shards.shard(year)
            folder.write({tile: data for (of, tile), data in staged.items() if of == year})
        if staged:
            with acting(THE_COOPERATIVE):
                log.forget_staged(staged)

    def publish(self) -> bool:
        """Publish the last checkpoint once a quorum has cosigned it; says whether it stands."""
        with acting(THE_COOPERATIVE):
            last = log.read_committed()
        if last is None or last.final:
            return True
        folder = self.shards.shard(last.year)
        cosigned = self._cosigned(last.note, folder)
        if not self._is_final(cosigned):
            return False
        folder.publish(cosigned)
        with acting(THE_COOPERATIVE):
            log.write_final(last.year, last.checkpoint.size, cosigned)
        return True

    def renew(self) -> bool:
        """
        Have published checkpoints signed and cosigned anew that the policy no longer believes.

        Where other witnesses or keys came since, bundles over older entries, last year's too, go on
        being proven. Says whether all are believed: without a quorum, try again later.
        """
        all_are = True
        for year, note in self.shards.published():
            signed = _signed_too(note, *self._signers(year))
            if self._is_final(signed) and signed == note:
                continue
            renewed = self._cosigned(signed, self.shards.shard(year))
            if self._is_final(renewed):
                self.shards.shard(year).publish(renewed)
            else:
                all_are = False
        return all_are

    def _opening(self, at: Instant) -> tuple[int, Edge, Statements] | None:
        """
        Say in which shard to go on, from which edge, and with which statements first.

        None while the old year's last checkpoint waits for its quorum.
        """
        year = max(self.year, year_of(at))
        if year == self.year or not self.edge.size:
            return year, self.edge, []
        last = log.read_committed()
        assert last, "a shard that has entries has a checkpoint"
        if last.final is None:
            return None
        return year, EMPTY, [(log.write_approved(last.final), last.final)]

    def _policy_statement(self, year: int, approved: Statements) -> Statements:
        """Give the statement by which our policy comes into force, unless it is."""
        ours, before = policy_text(self.witnesses.policy), log.last_policy()
        if before and before.text == ours:
            return []
        policy = read_policy(before.text.encode()) if before else None
        key = self._key_under(policy, year)
        for waiting, note in approved:
            if note.text == ours:
                return [(waiting, _signed_too(note, key))]
        note = sign_note(ours, key)
        if policy:
            _check_follows(policy, note)
        return [(log.write_approved(note), note)]

    def _own_lines(self, year: int, statements: Statements) -> list[bytes]:
        """Make the log's own entries, which form one chain for each of its keys."""
        if not statements:
            return []
        before = log.last_policy()
        policy = read_policy(before.text.encode()) if before else None
        own, lines, at = log.read_own(year), list[bytes](), self.now()
        for _, note in statements:
            key = self._key_under(policy, year)
            chain = [line for line in (*own, *lines) if parse(line).issuer == key.verifier.public]
            prev = entry_hash(chain[-1]) if chain else FIRST
            lines.append(own_entry(note, key, time=at, seq=len(chain), prev=prev))
            if kind_of(note) == "key":
                policy = read_policy(note.text.encode())
        return lines

    def _key_under(self, policy: Policy | None, year: int) -> SigningKey:
        """Give the key of ours that a policy lets speak for the log of a year."""
        newest = self.keys(year)
        named = policy and policy.signing_logs().get(newest.verifier.name)
        for key in (newest, *self.former(year)):
            if named in {None, key.verifier}:
                return key
        raise Refused("prove.no_log_key", origin=newest.verifier.name)

    def _cosigned(self, note: Note, folder: LogFolder) -> Note:
        size = read_checkpoint(note.text).size
        read = tile_nodes(size, folder.read)
        lines = self.witnesses.cosign(note, lambda old: tuple(consistency_proof(old, size, read)))
        return with_signatures(note, lines)

    def _is_final(self, cosigned: Note) -> bool:
        policy = self.witnesses.policy
        return policy.is_met(set(witnessed(cosigned, policy).witnesses))

    def _signed(self, year: int, edge: Edge) -> Note:
        keys = self._signers(year)
        origin = keys[0].verifier.name
        checkpoint = Checkpoint(origin=origin, size=edge.size, root=edge.root())
        return sign_note(checkpoint.text(), *keys)

    def _signers(self, year: int) -> list[SigningKey]:
        """Give our keys that sign checkpoints of a year: the newest, and those still believed."""
        logs = self.witnesses.policy.logs
        return [self.keys(year), *(key for key in self.former(year) if key.verifier in logs)]


def _signed_too(note: Note, *keys: SigningKey) -> Note:
    return with_signatures(note, [make_signature(note.text, key) for key in keys])


def _check_follows(before: Policy, note: Note) -> None:
    try:
        check_succession(before, note)
    except Unproven as stolen:
        raise Refused("prove.policy_not_approved") from stolen


def _edge_on_disk(folder: LogFolder, checkpoint: Checkpoint) -> Edge:
    try:
        edge = read_edge(checkpoint.size, folder.read)
    except NotFound as missing:
        raise Refused("prove.tiles_missing", size=checkpoint.size) from missing
    if edge.root() != checkpoint.root:
        raise Unproven("prove.tiles_differ", size=checkpoint.size)
    return edge


def _refuse_a_fork(sequencer: Sequencer) -> None:
    """Compare with every checkpoint that we signed and that others still know."""
    known = [("checkpoint", note) for _, note in sequencer.shards.published()]
    for key in sequencer.witnesses.policy.logs:
        if year_in(key.name) >= sequencer.year:
            known += sequencer.witnesses.checkpoints(key.name)
    for who, note in known:
        if verified(note, sequencer.witnesses.policy.logs):
            _refuse_unless_ours(sequencer, who, read_checkpoint(note.text))


def _refuse_unless_ours(sequencer: Sequencer, who: str, theirs: Checkpoint) -> None:
    year = year_in(theirs.origin)
    with acting(THE_COOPERATIVE):
        ours = log.size_of(year)
    if theirs.size > ours:
        raise Refused("prove.database_behind", who=who, theirs=theirs.size, ours=ours)
    root = root_of(theirs.size, tile_nodes(ours, sequencer.shards.shard(year).read))
    if root != theirs.root:
        raise Refused("prove.log_forked", who=who, size=theirs.size)
