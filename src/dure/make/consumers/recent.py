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

import numpy as np

from dure.make.engine.manifest import Range
from dure.make.engine.topic import Verb
from dure.make.wire.messages import Message, Messages
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
        self, messages: Messages, ranges: Mapping[str, Range]
    ) -> tuple[Messages, Sequence[Message]]:
        """Split messages into those that are new and those that were sent again."""
        places = _acknowledged(messages, ranges)
        again = [place for place in places if not self._is_new(messages[place], ranges)]
        if places:
            self._forget()
            self._write()
        if not again:
            return messages, []
        new = np.delete(np.arange(len(messages)), again)
        return messages.chosen(new), [messages[place] for place in again]

    def _is_new(self, message: Message, ranges: Mapping[str, Range]) -> bool:
        """Remember a message; says whether it was not known before."""
        topic = message.topic
        assert topic is not None, "only what could be read is remembered"
        known = self.seen.setdefault(f"{topic.node.group}/{topic.node.edge}", {})
        mark, count = _mark(message), len(known)
        known.setdefault(mark, (message.source, ranges[message.source].epoch, message.seq))
        return len(known) > count

    def _forget(self) -> None:
        for node, known in self.seen.items():
            if len(known) > WINDOW:
                self.seen[node] = dict(list(known.items())[-WINDOW:])

    def _write(self) -> None:
        draft = self.folder / f"{FILE}.tmp"
        with told_plainly(self.folder):
            draft.write_text(json.dumps(self.seen))
            os.replace(draft, self.folder / FILE)


def _acknowledged(messages: Messages, ranges: Mapping[str, Range]) -> list[int]:
    """Give the places of what an edge node may say again when it hears no acknowledgement."""
    sources = [each.startswith(ACKNOWLEDGED) and each in ranges for each in messages.sources]
    if not any(sources):
        return []
    topics = [
        told.topic is not None and told.topic.verb is not Verb.NDEATH for told in messages.topics
    ]
    found = np.array(sources)[messages.source] & np.array(topics)[messages.topic]
    return np.flatnonzero(found).tolist()


def _is_committed(at: Sequence[Any], ends: Mapping[str, Range]) -> bool:
    end = ends.get(at[0])
    return end is not None and end.epoch == at[1] and at[2] <= end.hi


def _mark(message: Message) -> str:
    hashed = blake2b(message.text.encode(), digest_size=12)
    hashed.update(message.payload)
    return hashed.hexdigest()
