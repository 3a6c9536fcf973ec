"""
What a monitor remembers, in one file, so that the log cannot tell it two stories.

    <folder>/watch                              canonical JSON: see `_as_json`
    <folder>/evidence/<SHA-256 of the evidence>  two checkpoints that do not go together
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from dure.kernel.canonical import canonical, from_canonical
from dure.kernel.entry import entry_hash, from_text, parse, to_text
from dure.kernel.errors import Malformed, Unavailable
from dure.prove.engine.monitor import Ours, Watch
from dure.prove.engine.note import read_note
from dure.prove.store.disk import DISK, Disk, replace
from dure.stack.home import told_plainly


@dataclass(frozen=True, slots=True)
class MonitorFolder:
    """One monitor's folder."""

    path: Path
    disk: Disk = DISK

    def read(self) -> Watch:
        """Give what we hold; raises Unavailable where the file was damaged."""
        try:
            return _from_json(from_canonical((self.path / "watch").read_bytes()))
        except FileNotFoundError:
            return Watch()
        except (Malformed, KeyError, TypeError, ValueError) as damaged:
            raise Unavailable("prove.monitor_memory", path=str(self.path / "watch")) from damaged

    def write(self, watch: Watch) -> None:
        """Hold this from now on; it is on disk when this returns."""
        with told_plainly(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            replace(self.disk, self.path / "watch", canonical(_as_json(watch)))

    def keep(self, evidence: bytes) -> Path:
        """Keep evidence; gives its file."""
        place = self.path / "evidence" / sha256(evidence).hexdigest()
        with told_plainly(self.path):
            place.parent.mkdir(parents=True, exist_ok=True)
            replace(self.disk, place, evidence)
        return place


def read_ours(keys: Iterable[str], issued: bytes | None) -> Ours:
    """
    Read whose chain is watched: keys in base64url, and a file of the entries that we issued.

    It has an entry a line; their issuers are ours too. Raises Malformed.
    """
    known = {from_text(key, 32) for key in keys}
    if issued is None:
        return Ours(keys=known)
    parsed = [(parse(line), line) for line in issued.splitlines()]
    entries = {(entry.issuer, entry.seq): entry_hash(line) for entry, line in parsed}
    return Ours(keys=known | {issuer for issuer, _ in entries}, issued=entries)


def _as_json(watch: Watch) -> dict[str, Any]:
    return {
        "held": str(watch.held) if watch.held else None,
        "chains": [[to_text(key), seq, to_text(last)] for key, (seq, last) in watch.chains.items()],
        "promised": [[to_text(key), seq] for key, seq in watch.promised.items()],
    }


def _from_json(given: dict[str, Any]) -> Watch:
    return Watch(
        held=None if given["held"] is None else read_note(given["held"].encode()),
        chains={from_text(k, 32): (seq, from_text(last, 32)) for k, seq, last in given["chains"]},
        promised={from_text(key, 32): seq for key, seq in given["promised"]},
    )
