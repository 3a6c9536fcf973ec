"""
Keys, and the founding of a log: its own key, and witnesses that run on this machine.

    DURE_HOME/secrets/log_origin    how the log is called
    DURE_HOME/secrets/log_key_2026  the key of one year's shard; changed within the year, the next
                                    is log_key_2026_2, and so on
    DURE_HOME/witness/<n>/key, state/     for a trial: in earnest each is at its member's

A log is named once, by DURE_LOG_ORIGIN at its first start; the name never changes.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_hex

from dure.kernel.errors import NotFound, Refused
from dure.prove.engine.keys import (
    SignatureType,
    SigningKey,
    VerifierKey,
    read_signing_key,
    signing_key,
)
from dure.prove.engine.note import Note
from dure.prove.engine.policy import Group, Policy
from dure.prove.engine.roster import approval
from dure.prove.engine.shard import origin_of
from dure.prove.store.folder import Shards
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


def log_origin(home: Home) -> str:
    """Give the log's name, under which each year has its shard; it is given once, for good."""
    return home.secret("log_origin", _new_origin)


def log_key(home: Home, year: int) -> SigningKey:
    """Give the log's key for the shard of a year; a year without one gets a new one, for good."""
    return read_signing_key(home.secret(f"log_key_{year}", lambda: _new_log_key(home, year)))


def log_keys(home: Home, year: int, policy: Policy) -> tuple[SigningKey, ...]:
    """Give our keys for the shard of a year that a policy names, first to last; the last signs."""
    every = _log_keys(home, year)
    return tuple(key for key in every if key.verifier in policy.logs) or every[:1]


def next_log_key(home: Home, year: int, policy: Policy) -> SigningKey:
    """Give the key that is to follow; made again, it stays the same until a policy names it."""
    every = _log_keys(home, year)
    if every[-1].verifier not in policy.logs:
        return every[-1]
    made = home.secret(f"log_key_{year}_{len(every) + 1}", lambda: _new_log_key(home, year))
    return read_signing_key(made)


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
    unless the office wrote one already. Done again, all keys stay as they are. The log's own
    keys come into the policy when the sequencer begins a year.
    """
    shards = Shards(home.log)
    file = shards.path / "policy"
    local = [_local_witness(home, number, port, file) for number, port in enumerate(ports, 1)]
    before = shards.policy() if file.exists() else None
    if local or not before:
        shards.write_policy(_policy(before.logs if before else (), local))
    return local


def local_approval(home: Home, statement: Note, now: int) -> Note:
    """Let the witnesses of this machine approve a statement, as in a trial they may."""
    for file in sorted((home.path / "witness").glob("*/key")):
        statement = approval(statement, read_key_file(file), time=now)
    return statement


def _new_origin() -> str:
    return os.environ.get("DURE_LOG_ORIGIN") or f"dure.local/{token_hex(4)}"


def _log_keys(home: Home, year: int) -> tuple[SigningKey, ...]:
    keys = [log_key(home, year)]
    while (name := f"log_key_{year}_{len(keys) + 1}") and (home.secrets / name).exists():
        keys.append(read_signing_key(home.secret(name)))
    return tuple(keys)


def _new_log_key(home: Home, year: int) -> str:
    name = origin_of(log_origin(home), year)
    return str(signing_key(name, SignatureType.ED25519, token_bytes(32)))


def _local_witness(home: Home, number: int, port: int, policy: Path) -> LocalWitness:
    folder = home.path / "witness" / str(number)
    with told_plainly(folder):
        (folder / "state").mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    key = folder / "key"
    if not key.exists():
        name = f"{log_origin(home)}/witness/{number}"
        new_key_file(key, name, SignatureType.COSIGNATURE)
    return LocalWitness(
        name=f"witness-{number}", key_file=key, state=folder / "state", policy=policy, port=port
    )


def _policy(logs: tuple[VerifierKey, ...], local: Sequence[LocalWitness]) -> Policy:
    keys = {witness.name: read_key_file(witness.key_file).verifier for witness in local}
    quorum = len(keys) - len(keys) // 4
    return Policy(
        logs=logs,
        witnesses=keys,
        groups={"members": Group(quorum, tuple(keys))} if keys else {},
        quorum="members" if keys else None,
        urls={keys[witness.name]: witness.url for witness in local},
    )
