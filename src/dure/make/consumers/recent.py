"""
The last messages of each edge node that were acknowledged one by one: sent again, each counts once.

At quality of service 1 an edge node sends a message again when it did not hear that the broker
has it; then the broker has it twice. Both copies are alike to the last byte: topic, seq, device
time and values. So ingest remembers the last WINDOW of each edge node, and passes over what it
knows. Deaths carry neither seq nor time, and are heard as often as they are said.

    DURE_HOME/history/recent.json
      {"now":{"line":8,"seen":{"F001/line-1":["00c2…", …]}},"before":{"line":7,"seen":{…}}}

It is written before the line that commits these messages. Stopped in between, its `now` is of a
line that never was: then `before` holds.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

from dure.make.engine.topic import Verb
from dure.make.wire.readings import Message
from dure.stack.home import told_plainly

FILE = "recent.json"
WINDOW = 128  # more than a client has on its way unacknowledged
ACKNOWLEDGED = "qos1/"

Seen = dict[str, dict[str, None]]


@dataclass(slots=True)
class Recent:
    """What was acknowledged last, by edge node: hashes in the order of arrival."""

    folder: Path
    line: int = 0
    seen: Seen = field(default_factory=dict)

    @classmethod
    def recalled(cls, folder: Path, last_line: int) -> Self:
        """Read what was remembered when a line was committed."""
        try:
            read = json.loads((folder / FILE).read_text())
        except (FileNotFoundError, ValueError):
            return cls(folder)
        known = read["now"] if read["now"]["line"] <= last_line else read["before"]
        seen = {node: dict.fromkeys(hashes) for node, hashes in known["seen"].items()}
        return cls(folder, known["line"], seen)

    def first_time(
        self, messages: Sequence[Message], line: int
    ) -> tuple[list[Message], list[Message]]:
        """
        Split messages into those that are new and those that were sent again.

        What is new is remembered for the line that is to commit it.
        """
        new: list[Message] = []
        again: list[Message] = []
        before = self._as_json()
        touched = False
        for message in messages:
            topic = message.topic
            if (
                topic is None
                or topic.verb is Verb.NDEATH
                or not message.source.startswith(ACKNOWLEDGED)
            ):
                new.append(message)
                continue
            touched = True
            known = self.seen.setdefault(f"{topic.node.group}/{topic.node.edge}", {})
            mark = _mark(message)
            (again if mark in known else new).append(message)
            known[mark] = None
        if touched:
            self._forget()
            self.line = line
            self._write(before)
        return new, again

    def _forget(self) -> None:
        for node, known in self.seen.items():
            if len(known) > WINDOW:
                self.seen[node] = dict.fromkeys(list(known)[-WINDOW:])

    def _as_json(self) -> dict[str, Any]:
        return {"line": self.line, "seen": {node: list(known) for node, known in self.seen.items()}}

    def _write(self, before: dict[str, Any]) -> None:
        draft = self.folder / f"{FILE}.tmp"
        with told_plainly(self.folder):
            draft.write_text(json.dumps({"now": self._as_json(), "before": before}))
            os.replace(draft, self.folder / FILE)


def _mark(message: Message) -> str:
    hashed = blake2b(message.text.encode(), digest_size=12)
    hashed.update(message.payload)
    return hashed.hexdigest()
