"""
The mailbox: cosignatures that witnesses without an address bring by themselves.

    DURE_HOME/log/mailbox/
      pending                      the checkpoint that waits, for them to fetch
      <SHA-256 of its text>.<id>   one signature line, by the key's id

The sequencer offers and collects, the web takes in. Lines for an older checkpoint go when the
next one is offered.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dure.kernel.errors import DureError
from dure.prove.engine.note import Note, Signature, read_note, read_signatures
from dure.prove.store.disk import DISK, Disk, replace
from dure.stack.home import told_plainly


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The mailbox of one log's folder."""

    log: Path
    disk: Disk = DISK

    def collect(self, note: Note) -> list[Signature]:
        """Offer a checkpoint, unless it is offered already; give the lines brought for it."""
        offered = self.offered()
        if offered is None or offered.text != note.text:
            self._offer(note)
        lines: list[Signature] = []
        for file in sorted(self._folder.glob(f"{_name(note)}.*")):
            with suppress(DureError, FileNotFoundError):
                lines += read_signatures(file.read_text())
        return lines

    def offered(self) -> Note | None:
        """Give the checkpoint that is offered; None where none is."""
        try:
            return read_note((self._folder / "pending").read_bytes())
        except FileNotFoundError:
            return None

    def put(self, note: Note, lines: Iterable[Signature]) -> None:
        """Take in signature lines for the offered checkpoint; they are on disk afterwards."""
        with told_plainly(self._folder):
            for line in lines:
                place = self._folder / f"{_name(note)}.{line.key_id.hex()}"
                replace(self.disk, place, line.line().encode())

    def _offer(self, note: Note) -> None:
        with told_plainly(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            for old in self._folder.glob("*.*"):
                if not old.name.startswith(_name(note)):
                    old.unlink(missing_ok=True)
            replace(self.disk, self._folder / "pending", bytes(note))

    @property
    def _folder(self) -> Path:
        return self.log / "mailbox"


def _name(note: Note) -> str:
    return sha256(note.text.encode()).hexdigest()
