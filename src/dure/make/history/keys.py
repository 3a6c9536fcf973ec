"""
The public keys of members' gateways, as ingest knows them: one small file beside the history.

    DURE_HOME/history/keys.json      {"F001":["<64 hex digits>", ...]}

It is derived from the rows of registered keys and written anew at each change.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dure.make.engine.batch import key_id

FILE = "keys.json"


def write_keys(history: Path, keys: Mapping[str, Sequence[bytes]]) -> None:
    """Replace the file."""
    history.mkdir(parents=True, exist_ok=True)
    draft = history / f"{FILE}.tmp"
    draft.write_text(
        json.dumps({group: [key.hex() for key in each] for group, each in keys.items()})
    )
    os.replace(draft, history / FILE)


@dataclass(slots=True)
class Keys:
    """The registered keys, read again where they changed."""

    history: Path
    _stamp: int = -1
    _keys: dict[tuple[str, bytes], bytes] = field(default_factory=dict)

    def find(self, group: str, which: bytes) -> bytes | None:
        """Give a member's registered public key by its short id; None where it is not theirs."""
        path = self.history / FILE
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        if stamp != self._stamp:
            read = json.loads(path.read_text()) if stamp else {}
            keys = [(name, bytes.fromhex(key)) for name, each in read.items() for key in each]
            self._keys = {(name, key_id(key)): key for name, key in keys}
            self._stamp = stamp
        return self._keys.get((group, which))
