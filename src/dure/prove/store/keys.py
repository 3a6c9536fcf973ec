"""
Keys and the founding of a log: DURE_HOME/secrets/log_key, and witnesses on this machine.

    DURE_HOME/witness/<name>/key, state/     for a demo: in earnest each is at its member's
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

from dure.kernel.errors import NotFound, Refused
from dure.prove.engine.keys import (
    SignatureType,
    SigningKey,
    VerifierKey,
    read_signing_key,
    signing_key,
)
from dure.prove.engine.policy import Group, Policy
from dure.prove.store.folder import LogFolder
from dure.stack.home import Home, told_plainly

ORIGIN = "dure.local/log"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWitness:
    """A witness on this machine: for a demo, and for a member's office."""

    name: str
    key_file: Path
    state: Path
    port: int

    @property
    def url(self) -> str:
        """Give where it answers."""
        return f"http://127.0.0.1:{self.port}"


def log_folder(home: Home) -> LogFolder:
    """Give the log of a home."""
    return LogFolder(home.log)


def log_key(home: Home, origin: str = ORIGIN) -> SigningKey:
    """Give the log's key; a home without one gets a new one, for good."""
    return read_signing_key(home.secret("log_key", lambda: new_key(origin, SignatureType.ED25519)))


def new_key(name: str, kind: SignatureType) -> str:
    """Make a new signing key, as text."""
    return str(signing_key(name, kind, token_bytes(32)))


def new_key_file(path: Path, name: str, kind: SignatureType) -> None:
    """Make a key in a new file, for this user's eyes only; raises Refused over another file."""
    with told_plainly(path.parent):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as there:
            raise Refused("prove.key_file_exists", path=str(path)) from there
        with os.fdopen(handle, "w") as file:
            file.write(f"{new_key(name, kind)}\n")
            file.flush()
            os.fsync(file.fileno())


def found_log(home: Home, witnesses: Mapping[str, tuple[VerifierKey, str]], quorum: int) -> Policy:
    """Write the policy of a home's own log: witnesses by name with key and address."""
    folder, log = log_folder(home), log_key(home).verifier
    keys = {name: key for name, (key, _) in witnesses.items()}
    policy = Policy(
        logs=(log,),
        witnesses=keys,
        groups={"witnesses": Group(quorum, tuple(keys))} if keys else {},
        quorum="witnesses" if keys else None,
        urls=dict(witnesses.values()),
    )
    folder.write_policy(policy)
    return policy


def local_witnesses(home: Home, names: Iterable[str], first_port: int) -> list[LocalWitness]:
    """Make the keys and folders of witnesses on this machine; those that are there stay."""
    found = []
    for number, name in enumerate(names):
        folder = home.path / "witness" / name
        state = folder / "state"
        with told_plainly(folder):
            state.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            key = folder / "key"
            if not key.exists():
                full = f"{ORIGIN.partition('/')[0]}/witness/{name}"
                new_key_file(key, full, SignatureType.COSIGNATURE)
        found.append(LocalWitness(name=name, key_file=key, state=state, port=first_port + number))
    return found


def read_key_file(path: Path) -> SigningKey:
    """Read a signing key out of a file; raises NotFound, Malformed."""
    try:
        return read_signing_key(path.read_text().strip())
    except FileNotFoundError as missing:
        raise NotFound("prove.no_key_file", path=str(path)) from missing


def found_with(home: Home, witnesses: Iterable[LocalWitness], quorum: int) -> Policy:
    """Write the policy of a home whose witnesses all run on this machine."""
    known = {
        witness.name: (read_key_file(witness.key_file).verifier, witness.url)
        for witness in witnesses
    }
    return found_log(home, known, quorum)
