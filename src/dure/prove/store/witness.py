"""
What a witness remembers: one file a log, which is the checkpoint that it cosigned last.

    <folder>/.lock                               held while one process decides
    <folder>/<SHA-256 of the origin, in hex>     the note, with our cosignatures
    <folder>/evidence/<SHA-256 of the evidence>  two checkpoints that do not go together

The file is on disk before an answer leaves, and is what monitors may read.
"""

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock

from dure.kernel.errors import Malformed, NotFound, Unavailable
from dure.prove.engine.keys import SigningKey, VerifierKey, cosigned_at
from dure.prove.engine.note import Note, read_note, read_signatures, verified, with_signatures
from dure.prove.engine.policy import read_policy
from dure.prove.engine.witness import Answer, Cosigned, decide
from dure.prove.store.disk import DISK, Disk, replace
from dure.stack.home import told_plainly

Logs = Mapping[str, Sequence[VerifierKey]]


@dataclass(slots=True)
class WitnessFolder:
    """
    One witness: its folder, its keys, and the logs that it watches, keys by origin.

    reread gives the logs as the policy names them now: a new year's, or one whose key was changed.
    """

    path: Path
    keys: Sequence[SigningKey]
    logs: Logs
    reread: Callable[[], Logs] | None = None
    disk: Disk = DISK
    _lock: Lock = field(default_factory=Lock)

    def answer(self, request: bytes, now: int) -> Answer:
        """
        Answer an add-checkpoint request; what it promises is on disk when this returns.

        Raises Unavailable where the disk fails: then nothing was promised, and nobody may
        be told of a signature.
        """
        with self._held():
            if self.reread:
                self.logs = self.reread()
            answer = self._decide(request, now)
            if answer.evidence:
                self._keep(answer.evidence)
            if answer.cosigned:
                self._remember(answer.cosigned.note, answer.body)
            return answer

    def last(self, origin: str) -> Cosigned | None:
        """
        Give what was cosigned last for a log; None where nothing was.

        Raises Unavailable where the file is no checkpoint that we cosigned: without its
        memory a witness must not sign.
        """
        try:
            note = read_note(self._file(origin).read_bytes())
        except FileNotFoundError:
            return None
        except Malformed as damaged:
            raise Unavailable("prove.witness_memory", path=str(self._file(origin))) from damaged
        ours = verified(note, [key.verifier for key in self.keys])
        if not ours:
            raise Unavailable("prove.witness_memory", path=str(self._file(origin)))
        time = max(cosigned_at(signature.value) for signature in ours.values())
        return Cosigned(_without(note, self.keys), time)

    def size(self, origin: str) -> int:
        """Give the size that was cosigned last for a log; 0 where nothing was."""
        last = self.last(origin)
        return last.checkpoint.size if last else 0

    def latest(self, name: str) -> bytes | None:
        """Give the cosigned checkpoint of the log whose origin hashes to name, for monitors."""
        for origin in self.logs:
            if _name(origin) == name and self._file(origin).exists():
                return self._file(origin).read_bytes()
        return None

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Decide alone: neither another thread nor another process of this witness may."""
        with self._lock, told_plainly(self.path), (self.path / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _decide(self, request: bytes, now: int) -> Answer:
        last = {origin: seen for origin in self.logs if (seen := self.last(origin))}
        return decide(request, logs=self.logs, last=last, keys=self.keys, now=now)

    def _remember(self, note: Note, lines: str) -> None:
        cosigned = with_signatures(note, read_signatures(lines))
        origin = note.text.partition("\n")[0]
        with told_plainly(self.path):
            replace(self.disk, self._file(origin), bytes(cosigned))

    def _keep(self, evidence: bytes) -> None:
        folder = self.path / "evidence"
        with told_plainly(folder):
            self.disk.make_folder(folder)
            self.disk.sync([self.path])
            replace(self.disk, folder / sha256(evidence).hexdigest(), evidence)

    def _file(self, origin: str) -> Path:
        return self.path / _name(origin)


def witness_folder(path: Path, keys: Sequence[SigningKey], policy: Path) -> WitnessFolder:
    """Open a witness's folder for the logs that a policy file names; raises NotFound, Malformed."""

    @lru_cache(maxsize=1)
    def read_at(_stamp: tuple[int, int, int]) -> Logs:
        logs = read_policy(policy.read_bytes()).signing_logs()
        return {origin: [key] for origin, key in logs.items()}

    def read() -> Logs:
        try:
            file = policy.stat()
            return read_at((file.st_mtime_ns, file.st_ino, file.st_size))
        except FileNotFoundError as missing:
            raise NotFound("prove.no_policy", path=str(policy)) from missing

    with told_plainly(path):
        path.mkdir(parents=True, exist_ok=True)
    return WitnessFolder(path, keys, read(), read)


def _name(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()


def _without(note: Note, keys: Sequence[SigningKey]) -> Note:
    ours = [key.verifier for key in keys]
    return Note(
        note.text, tuple(item for item in note.signatures if not any(map(item.is_by, ours)))
    )
