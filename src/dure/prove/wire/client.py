"""
Asking witnesses (C2SP tlog-witness): all at once, until the policy's quorum has cosigned.

What a witness answers is believed only where its signature holds.
"""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic

import httpx

from dure.kernel.errors import DureError
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.keys import VerifierKey
from dure.prove.engine.note import Note, Signature, read_note, read_signatures, verified
from dure.prove.engine.policy import Policy
from dure.prove.engine.strict import read_decimal
from dure.prove.engine.witness import SIZE_TYPE, Request

ANSWER_SECONDS = 2.0
LINGER_SECONDS = 0.3  # once there is a quorum, for the others

Proof = Callable[[int], tuple[bytes, ...]]  # from an older size to the checkpoint's


@dataclass(slots=True)
class Witnesses:
    """The witnesses of a policy that have an address, and the size that each knew last."""

    policy: Policy
    http: httpx.Client
    pool: ThreadPoolExecutor
    sizes: dict[VerifierKey, int] = field(default_factory=dict)

    def cosign(
        self, note: Note, prove: Proof, *, linger: float = LINGER_SECONDS
    ) -> list[Signature]:
        """Ask all for their cosignature of a checkpoint; gives those that hold."""
        tasks = {self.pool.submit(self._ask, key, note, prove): name for name, key in self._named()}
        have: dict[str, list[Signature]] = {}
        deadline = monotonic() + ANSWER_SECONDS
        met = False
        waiting = set(tasks)
        while waiting and (left := deadline - monotonic()) > 0:
            done, waiting = wait(waiting, timeout=left, return_when="FIRST_COMPLETED")
            have |= {tasks[task]: lines for task in done if (lines := _lines(task))}
            if not met and self.policy.is_met(set(have)):
                met, deadline = True, min(deadline, monotonic() + LINGER_SECONDS)
        return [line for lines in have.values() for line in lines]

    def checkpoints(self, origin: str) -> Iterator[tuple[str, Note]]:
        """Give, per witness that answers, what it says to have cosigned last for a log."""
        path = f"/{sha256(origin.encode()).hexdigest()}/checkpoint"
        for name, key in self._named():
            try:
                answer = self.http.get(self.policy.urls[key].rstrip("/") + path)
                if answer.status_code == httpx.codes.OK:
                    yield name, read_note(answer.content)
            except (httpx.HTTPError, DureError):
                continue

    def _named(self) -> Collection[tuple[str, VerifierKey]]:
        return [
            (name, key) for name, key in self.policy.witnesses.items() if key in self.policy.urls
        ]

    def _ask(self, key: VerifierKey, note: Note, prove: Proof) -> list[Signature]:
        """Ask one witness; where it knows another size than we thought, once more from there."""
        size = read_checkpoint(note.text).size
        for _ in range(2):
            old = self.sizes.get(key, 0)
            if old > size:
                return []
            request = Request(old=old, proof=prove(old), note=note)
            url = self.policy.urls[key].rstrip("/")
            answer = self.http.post(f"{url}/add-checkpoint", content=bytes(request))
            if answer.status_code == httpx.codes.OK:
                self.sizes[key] = size
                return _holding(note, key, answer.text)
            if answer.headers.get("Content-Type") != SIZE_TYPE:
                return []
            self.sizes[key] = read_decimal(answer.text.removesuffix("\n"))
        return []


@contextmanager
def witnesses(policy: Policy) -> Iterator[Witnesses]:
    """Open connections to the witnesses of a policy."""
    count = max(len(policy.witnesses), 1)
    with httpx.Client(timeout=ANSWER_SECONDS) as http, ThreadPoolExecutor(count) as pool:
        yield Witnesses(policy, http, pool)


def _holding(note: Note, key: VerifierKey, text: str) -> list[Signature]:
    lines = read_signatures(text)
    return [line for line in lines if verified(Note(note.text, (line,)), [key])]


def _lines(task: Future[list[Signature]]) -> list[Signature]:
    """A witness that is away, slow, wrong or ahead of us gives no signature."""
    try:
        return task.result()
    except (httpx.HTTPError, DureError, UnicodeDecodeError):
        return []
