"""
The sequencer: entries that wait become the log, in an order that survives every crash.

    commit     entries, tiles and the log's checkpoint in one transaction, which compares
               and swaps the size: THE commit point. Before it nothing happened.
    place      tiles from the staging table onto the disk
    publish    ask the witnesses, and put the cosigned checkpoint in its place by rename

Each step can be done again. `Sequencer.open` finishes what was committed and not done, and
refuses to run where the disk or a witness knows more of this log than the database does:
that is a database restored from an old backup, and going on would fork the log.
"""

from dataclasses import dataclass
from typing import Self

from dure.kernel.actor import THE_COOPERATIVE
from dure.kernel.errors import NotFound, Refused, Unproven
from dure.kernel.merkle import check_consistency, consistency_proof
from dure.prove.bridge import log
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.growth import EMPTY, Edge, grow, read_edge
from dure.prove.engine.keys import SigningKey
from dure.prove.engine.note import Note, sign_note, verified, with_signatures
from dure.prove.engine.policy import witnessed
from dure.prove.engine.tiles import tile_nodes
from dure.prove.store.folder import LogFolder
from dure.prove.wire.client import Witnesses
from dure.stack.tenancy import acting

BATCH = 4096


@dataclass(slots=True)
class Sequencer:
    """
    The one process that makes the log grow. Whoever runs it holds the advisory lock.

    Every step is a transaction of its own; the witnesses are asked outside of any.
    """

    key: SigningKey
    folder: LogFolder
    witnesses: Witnesses
    edge: Edge = EMPTY

    @classmethod
    def open(cls, key: SigningKey, folder: LogFolder, witnesses: Witnesses) -> Self:
        """
        Take up the log where it stands; finish what was committed and not done.

        Raises Refused where the database is behind the log that others know, Unproven where
        the tiles on disk are not those of the last checkpoint.
        """
        sequencer = cls(key, folder, witnesses)
        sequencer.place()
        sequencer.edge = _edge_on_disk(folder)
        _refuse_a_fork(sequencer)
        return sequencer

    def step(self) -> int:
        """Log what waits, place it and publish; gives how many entries were logged."""
        count = self.commit()
        self.place()
        self.publish()
        return count

    def commit(self) -> int:
        """Give waiting entries their places, at most a batch of them; gives how many."""
        with acting(THE_COOPERATIVE):
            waiting = log.read_pending(BATCH)
            if not waiting:
                return 0
            edge, tiles = grow(self.edge, [entry.line for entry in waiting])
            signed = sign_note(self._checkpoint(edge).text(), self.key)
            log.write_batch(self.edge.size, waiting, tiles, signed)
        self.edge = edge
        return len(waiting)

    def place(self) -> None:
        """Put committed tiles onto the disk; nothing is forgotten before it is there."""
        with acting(THE_COOPERATIVE):
            staged = log.read_staged()
        if staged:
            self.folder.write(staged)
            with acting(THE_COOPERATIVE):
                log.forget_staged(staged)

    def publish(self) -> bool:
        """Publish the last checkpoint once a quorum has cosigned it; says whether it stands."""
        with acting(THE_COOPERATIVE):
            last = log.read_committed()
        if last is None or last.is_final:
            return True
        cosigned = self._cosigned(last.note)
        if not self._is_final(cosigned):
            return False
        self.folder.publish(cosigned)
        with acting(THE_COOPERATIVE):
            log.write_final(last.checkpoint.size, cosigned)
        return True

    def _cosigned(self, note: Note) -> Note:
        size = read_checkpoint(note.text).size
        read = tile_nodes(size, self.folder.read)
        lines = self.witnesses.cosign(note, lambda old: tuple(consistency_proof(old, size, read)))
        return with_signatures(note, lines)

    def _is_final(self, cosigned: Note) -> bool:
        policy = self.witnesses.policy
        return policy.is_met(set(witnessed(cosigned, policy).witnesses))

    def _checkpoint(self, edge: Edge) -> Checkpoint:
        return Checkpoint(origin=self.key.verifier.name, size=edge.size, root=edge.root())


def _edge_on_disk(folder: LogFolder) -> Edge:
    with acting(THE_COOPERATIVE):
        committed = log.read_committed()
    if committed is None:
        return EMPTY
    checkpoint = committed.checkpoint
    try:
        edge = read_edge(checkpoint.size, folder.read)
    except NotFound as missing:
        raise Refused("prove.tiles_missing", size=checkpoint.size) from missing
    if edge.root() != checkpoint.root:
        raise Unproven("prove.tiles_differ", size=checkpoint.size)
    return edge


def _refuse_a_fork(sequencer: Sequencer) -> None:
    """Compare with every checkpoint that we signed and that others still know."""
    published = sequencer.folder.published()
    known = [("checkpoint", published)] if published else []
    origin = sequencer.key.verifier.name
    for who, note in [*known, *sequencer.witnesses.checkpoints(origin)]:
        if verified(note, [sequencer.key.verifier]):
            _refuse_unless_ours(sequencer, who, read_checkpoint(note.text))


def _refuse_unless_ours(sequencer: Sequencer, who: str, theirs: Checkpoint) -> None:
    edge = sequencer.edge
    if theirs.size > edge.size:
        raise Refused("prove.database_behind", who=who, theirs=theirs.size, ours=edge.size)
    read = tile_nodes(edge.size, sequencer.folder.read)
    proof = consistency_proof(theirs.size, edge.size, read)
    try:
        check_consistency(theirs.size, edge.size, proof, theirs.root, edge.root())
    except Unproven as fork:
        raise Refused("prove.log_forked", who=who, size=theirs.size) from fork
