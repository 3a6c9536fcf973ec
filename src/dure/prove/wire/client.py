"""
Asking witnesses (C2SP tlog-witness): all at once, until the policy's quorum has cosigned.

Witnesses without an address bring their cosignature by themselves; we wait for them only as
long as the quorum needs them. What a witness answers is believed only where its signature holds.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic, sleep

import httpx

from dure.kernel.errors import DureError, Unproven
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.keys import VerifierKey
from dure.prove.engine.note import Note, Signature, read_note, read_signatures, verified
from dure.prove.engine.policy import Policy
from dure.prove.engine.strict import read_decimal
from dure.prove.engine.witness import SIZE_TYPE, Request

ANSWER_SECONDS = 2.0
LINGER_SECONDS = 0.3  # once there is a quorum, for the others
CALL_SECONDS = 5.0  # for witnesses that call us, where the quorum needs them
LOOK_SECONDS = 0.1  # how often we look for what they brought

Proof = Callable[[int], tuple[bytes, ...]]  # from an older size to the checkpoint's
Brought = Callable[[Note], Iterable[Signature]]  # offers a checkpoint, gives what came for it


@dataclass(slots=True)
class Witnesses:
    """The witnesses of a policy: the size that each knew last, and what others bring."""

    policy: Policy
    http: httpx.Client
    pool: ThreadPoolExecutor
    brought: Brought = lambda _: ()
    sizes: dict[tuple[VerifierKey, str], int] = field(default_factory=dict)

    def cosign(
        self, note: Note, prove: Proof, *, linger: float = LINGER_SECONDS
    ) -> list[Signature]:
        """Ask all for their cosignature of a checkpoint; gives those that hold."""
        tasks = {self.pool.submit(self._ask, key, note, prove): name for name, key in self._named()}
        have: dict[str, list[Signature]] = {}
        needs_callers = not self.policy.is_met(set(tasks.values()))
        deadline = monotonic() + (CALL_SECONDS if needs_callers else ANSWER_SECONDS)
        met, waiting = False, set(tasks)
        while (left := deadline - monotonic()) > 0 and len(have) < len(self.policy.witnesses):
            done, waiting = _look(waiting, min(left, LOOK_SECONDS))
            have |= {tasks[task]: lines for task in done if (lines := _lines(task))}
            have |= self._brought_for(note)
            if not waiting and (met or not self._callers()):
                break
            if not met and self.policy.is_met(set(have)):
                met, deadline = True, min(deadline, monotonic() + linger)
        return [line for lines in have.values() for line in lines]

    def checkpoints(self, origin: str) -> list[tuple[str, Note]]:
        """Give, per witness that answers, what it says to have cosigned last for a log."""
        path = f"/{sha256(origin.encode()).hexdigest()}/checkpoint"
        asked = {
            name: self.pool.submit(self.http.get, self.policy.urls[key].rstrip("/") + path)
            for name, key in self._named()
        }
        told = ((name, _told(task)) for name, task in asked.items())
        return [(name, note) for name, note in told if note]

    def _callers(self) -> list[tuple[str, VerifierKey]]:
        return [item for item in self.policy.witnesses.items() if item[1] not in self.policy.urls]

    def _brought_for(self, note: Note) -> dict[str, list[Signature]]:
        """Give the lines that callers brought, by name, where they hold."""
        if not (callers := self._callers()):
            return {}
        lines = list(self.brought(note))
        found = {name: _holding(note, key, lines) for name, key in callers}
        return {name: held for name, held in found.items() if held}

    def _named(self) -> Collection[tuple[str, VerifierKey]]:
        return [
            (name, key) for name, key in self.policy.witnesses.items() if key in self.policy.urls
        ]

    def _ask(self, key: VerifierKey, note: Note, prove: Proof) -> list[Signature]:
        """Ask one witness; where it knows another size than we thought, once more from there."""
        checkpoint = read_checkpoint(note.text)
        size, log = checkpoint.size, (key, checkpoint.origin)
        for _ in range(2):
            old = self.sizes.get(log, 0)
            if old > size:
                return []
            request = Request(old=old, proof=prove(old), note=note)
            url = self.policy.urls[key].rstrip("/")
            answer = self.http.post(f"{url}/add-checkpoint", content=bytes(request))
            if answer.status_code == httpx.codes.OK:
                self.sizes[log] = size
                return _holding(note, key, read_signatures(answer.text))
            if answer.headers.get("Content-Type") != SIZE_TYPE:
                return []
            self.sizes[log] = read_decimal(answer.text.removesuffix("\n"))
        return []


@contextmanager
def witnesses(policy: Policy, brought: Brought = lambda _: ()) -> Iterator[Witnesses]:
    """Open connections to the witnesses of a policy; brought gives what others bring."""
    count = max(len(policy.witnesses), 1)
    with httpx.Client(timeout=ANSWER_SECONDS) as http, ThreadPoolExecutor(count) as pool:
        yield Witnesses(policy, http, pool, brought)


def _look(
    waiting: set[Future[list[Signature]]], seconds: float
) -> tuple[set[Future[list[Signature]]], set[Future[list[Signature]]]]:
    """Give who answered and who did not, after seconds at most."""
    if not waiting:
        sleep(seconds)
        return set(), set()
    done, left = wait(waiting, timeout=seconds, return_when="FIRST_COMPLETED")
    return done, left


def _holding(note: Note, key: VerifierKey, lines: Iterable[Signature]) -> list[Signature]:
    return [line for line in lines if _holds(note, key, line)]


def _holds(note: Note, key: VerifierKey, line: Signature) -> bool:
    try:
        return bool(verified(Note(note.text, (line,)), [key]))
    except Unproven:
        return False


def _told(task: Future[httpx.Response]) -> Note | None:
    try:
        answer = task.result()
        return read_note(answer.content) if answer.status_code == httpx.codes.OK else None
    except (httpx.HTTPError, DureError):
        return None


def _lines(task: Future[list[Signature]]) -> list[Signature]:
    """A witness that is away, slow, wrong or ahead of us gives no signature."""
    try:
        return task.result()
    except (httpx.HTTPError, DureError, UnicodeDecodeError):
        return []
