"""
The last messages of each edge node that were acknowledged one by one: sent again, each counts once.

At quality of service 1 an edge node sends a message again when it did not hear that the broker
has it; then the broker has it twice. Both copies are alike to the last byte: topic, seq, device
time and values. So ingest remembers the last WINDOW of each edge node, and passes over what it
knows. Deaths carry neither seq nor time, and are heard as often as they are said.

    DURE_HOME/history/recent.json
      {"F001/line-1":{"00c2…":["qos1/F001","2026-11-22T03:00:00Z",17]}}     source, epoch, seq

It is written before the line that commits these messages, which a stop may prevent. So after a
start only that counts as known whose seq the manifest says is committed.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

from dure.make.engine.manifest import Range
from dure.make.engine.topic import Verb
from dure.make.wire.readings import Message
from dure.stack.home import told_plainly

FILE = "recent.json"
WINDOW = 128  # more than a client has on its way unacknowledged
ACKNOWLEDGED = "qos1/"

Place = tuple[str, str, int]  # source, epoch, seq
Seen = dict[str, dict[str, Place]]


@dataclass(slots=True)
class Recent:
    """What was acknowledged last, by edge node: hashes in the order of arrival."""

    folder: Path
    seen: Seen = field(default_factory=dict)

    @classmethod
    def recalled(cls, folder: Path, ends: Mapping[str, Range]) -> Self:
        """Read what was remembered, as far as it was committed."""
        try:
            read = json.loads((folder / FILE).read_text())
        except (FileNotFoundError, ValueError):
            return cls(folder)
        seen = {
            node: {mark: tuple(at) for mark, at in known.items() if _is_committed(at, ends)}
            for node, known in read.items()
        }
        return cls(folder, seen)

    def first_time(
        self, messages: Sequence[Message], ranges: Mapping[str, Range]
    ) -> tuple[list[Message], list[Message]]:
        """Split messages into those that are new and those that were sent again."""
        new: list[Message] = []
        again: list[Message] = []
        touched = False
        for message in messages:
            topic, span = message.topic, ranges.get(message.source)
            is_ours = message.source.startswith(ACKNOWLEDGED) and span is not None
            if topic is None or topic.verb is Verb.NDEATH or not is_ours or span is None:
                new.append(message)
                continue
            touched = True
            known = self.seen.setdefault(f"{topic.node.group}/{topic.node.edge}", {})
            mark = _mark(message)
            (again if mark in known else new).append(message)
            known.setdefault(mark, (message.source, span.epoch, message.seq))
        if touched:
            self._forget()
            self._write()
        return new, again

    def _forget(self) -> None:
        for node, known in self.seen.items():
            if len(known) > WINDOW:
                self.seen[node] = dict(list(known.items())[-WINDOW:])

    def _write(self) -> None:
        draft = self.folder / f"{FILE}.tmp"
        with told_plainly(self.folder):
            draft.write_text(json.dumps(self.seen))
            os.replace(draft, self.folder / FILE)


def _is_committed(at: Sequence[Any], ends: Mapping[str, Range]) -> bool:
    end = ends.get(at[0])
    return end is not None and end.epoch == at[1] and at[2] <= end.hi


def _mark(message: Message) -> str:
    hashed = blake2b(message.text.encode(), digest_size=12)
    hashed.update(message.payload)
    return hashed.hexdigest()
