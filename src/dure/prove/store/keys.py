"""
Keys, and the founding of a log: its own key, and witnesses that run on this machine.

    DURE_HOME/secrets/log_key
    DURE_HOME/witness/<n>/key, state/     for a trial: in earnest each is at its member's

A log is named once, by DURE_LOG_ORIGIN at its first start; the name never changes.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_hex

from dure.kernel.errors import NotFound, Refused
from dure.prove.engine.keys import SignatureType, SigningKey, read_signing_key, signing_key
from dure.prove.engine.policy import Group, Policy
from dure.prove.store.folder import LogFolder
from dure.stack.home import Home, told_plainly


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWitness:
    """A witness on this machine."""

    name: str
    key_file: Path
    state: Path
    policy: Path
    port: int

    @property
    def url(self) -> str:
        """Give where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Give what `dure witness` is started with."""
        named = {"--key": self.key_file, "--state": self.state, "--policy": self.policy}
        listed = [str(word) for pair in named.items() for word in pair]
        return (*listed, "--port", str(self.port))


def log_key(home: Home) -> SigningKey:
    """Give the log's key; a home without one gets a new one, for good."""
    return read_signing_key(home.secret("log_key", _new_log_key))


def read_key_file(path: Path) -> SigningKey:
    """Read a signing key out of a file; raises NotFound, Malformed."""
    try:
        return read_signing_key(path.read_text().strip())
    except FileNotFoundError as missing:
        raise NotFound("prove.no_key_file", path=str(path)) from missing


def new_key_file(path: Path, name: str, kind: SignatureType) -> None:
    """Make a key in a new file, for this user's eyes only; raises Refused over another file."""
    with told_plainly(path.parent):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as there:
            raise Refused("prove.key_file_exists", path=str(path)) from there
        with os.fdopen(handle, "w") as file:
            file.write(f"{signing_key(name, kind, token_bytes(32))}\n")
            file.flush()
            os.fsync(file.fileno())


def found_log(home: Home, ports: Sequence[int]) -> list[LocalWitness]:
    """
    Found the log of a home, with witnesses on these ports of this machine.

    The policy asks for all witnesses but a quarter of them. Without any it asks for none,
    unless the office wrote one already. Done again, all keys stay as they are.
    """
    folder = LogFolder(home.log)
    policy = folder.path / "policy"
    local = [_local_witness(home, number, port, policy) for number, port in enumerate(ports, 1)]
    if local or not policy.exists():
        folder.write_policy(_policy(log_key(home), local))
    return local


def _new_log_key() -> str:
    origin = os.environ.get("DURE_LOG_ORIGIN") or f"dure.local/{token_hex(4)}"
    return str(signing_key(origin, SignatureType.ED25519, token_bytes(32)))


def _local_witness(home: Home, number: int, port: int, policy: Path) -> LocalWitness:
    folder = home.path / "witness" / str(number)
    with told_plainly(folder):
        (folder / "state").mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    key = folder / "key"
    if not key.exists():
        name = f"{log_key(home).verifier.name}/witness/{number}"
        new_key_file(key, name, SignatureType.COSIGNATURE)
    return LocalWitness(
        name=f"witness-{number}", key_file=key, state=folder / "state", policy=policy, port=port
    )


def _policy(log: SigningKey, local: Sequence[LocalWitness]) -> Policy:
    keys = {witness.name: read_key_file(witness.key_file).verifier for witness in local}
    quorum = len(keys) - len(keys) // 4
    return Policy(
        logs=(log.verifier,),
        witnesses=keys,
        groups={"members": Group(quorum, tuple(keys))} if keys else {},
        quorum="members" if keys else None,
        urls={keys[witness.name]: witness.url for witness in local},
    )
