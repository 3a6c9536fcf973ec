"""
Trust policies: which logs, which witnesses, and how many of whom (C2SP tlog-policy).

    log dure.example/guro/2026+8c3e…+AR…            https://dure.example/log/
    witness busan dure.example/w/busan+51ab…+BP…
    witness ulsan dure.example/w/ulsan+77f0…+BO…
    witness kiln  university.example/kiln+9d21…+BK…
    group members 1 busan ulsan
    group both all members kiln
    quorum both

Names are opaque; each may stand in one group only, so that no witness counts twice. A
line may refer only to names above it. Beside the specification's Ed25519 witnesses (type
0x04) we take ML-DSA-44 ones (0x06). A quorum of q of n witnesses holds against 2q - n - 1
dishonest ones, and goes on without n - q.

A log whose key was changed has a line for each, the same origin in all: the last one signs, and
witnesses follow it alone; those before it are believed for what a quorum cosigned under them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from dure.kernel.errors import Malformed, Unproven
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.keys import SignatureType, VerifierKey, read_verifier_key
from dure.prove.engine.note import Note, verified
from dure.prove.engine.strict import read_decimal

RESERVED = frozenset({"none", "all", "any"})
LARGEST_POLICY = 1_000_000

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Group:
    """Names of which at least threshold must have witnessed."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Whom a verifier believes."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str | None
    urls: Mapping[VerifierKey, str] = field(default_factory=dict)

    def keys_of(self, origin: str) -> tuple[VerifierKey, ...]:
        """Give the keys of the log with this origin, the last signs; raises Unproven without."""
        keys = tuple(key for key in self.logs if key.name == origin)
        if not keys:
            raise Unproven("prove.unknown_log", origin=origin)
        return keys

    def signing_logs(self) -> dict[str, VerifierKey]:
        """Give, by origin, the key with which each log signs now."""
        return {key.name: key for key in self.logs}

    def is_met(self, witnessed: set[str]) -> bool:
        """Say whether these witnesses are enough."""
        return self.quorum is None or self._has_witnessed(self.quorum, witnessed)

    def _has_witnessed(self, name: str, witnessed: set[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in witnessed
        count = sum(self._has_witnessed(member, witnessed) for member in group.members)
        return count >= group.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A checkpoint that its log signed, and the witnesses that cosigned it, by name."""

    checkpoint: Checkpoint
    witnesses: Mapping[str, bytes]


def witnessed(note: Note, policy: Policy) -> Witnessed:
    """Read a checkpoint that a known log signed; raises Unproven, whatever witnesses say."""
    checkpoint = read_checkpoint(note.text)
    logs = policy.keys_of(checkpoint.origin)
    names = {key: name for name, key in policy.witnesses.items()}
    signers = verified(note, [*logs, *names])
    if signers.keys().isdisjoint(logs):
        raise Unproven("prove.unsigned")
    cosigned = {names[key]: line.value for key, line in signers.items() if key in names}
    return Witnessed(checkpoint=checkpoint, witnesses=cosigned)


def check_final(note: Note, policy: Policy) -> Witnessed:
    """Read a checkpoint that is final: signed by its log and by the policy's quorum."""
    found = witnessed(note, policy)
    if not policy.is_met(set(found.witnesses)):
        raise Unproven("prove.no_quorum", have=len(found.witnesses), of=len(policy.witnesses))
    return found


def read_policy(data: bytes) -> Policy:
    """Read a policy file; raises Malformed, also for two lines with the same key."""
    lines = read_grammar(data, read_verifier_key)
    urls = {key: url for key, url in (*lines.logs, *lines.witnesses.values()) if url}
    policy = Policy(
        logs=tuple(key for key, _ in lines.logs),
        witnesses={name: key for name, (key, _) in lines.witnesses.items()},
        groups=lines.groups,
        quorum=lines.quorum,
        urls=urls,
    )
    _check_keys(policy)
    return policy


@dataclass(slots=True)
class Grammar(Generic[Key]):
    """What a policy file says, whatever its keys look like."""

    logs: list[tuple[Key, str]] = field(default_factory=list)
    witnesses: dict[str, tuple[Key, str]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None
    has_quorum: bool = False
    grouped: set[str] = field(default_factory=set)


def read_grammar(data: bytes, read_key: Callable[[str], Key]) -> Grammar[Key]:
    """
    Read a policy's lines, its keys by read_key; raises Malformed.

    Apart from the keys, so that other policies of the same grammar can be read
    (Sigsum writes bare hexadecimal keys).
    """
    if len(data) > LARGEST_POLICY or any(byte < 32 and byte not in b"\t\n" for byte in data):
        raise Malformed("prove.policy", line=0, problem="has control characters or is too long")
    grammar: Grammar[Key] = Grammar()
    # Names are opaque octets, so that they may be no UTF-8 at all.
    for number, line in enumerate(data.decode(errors="surrogateescape").split("\n"), start=1):
        words = _words(line)
        if words:
            try:
                _read_line(grammar, words, read_key)
            except _BadLine as bad:
                raise Malformed("prove.policy", line=number, problem=str(bad)) from bad
    if not grammar.has_quorum:
        raise Malformed("prove.policy", line=0, problem="has no quorum line")
    return grammar


def write_policy(policy: Policy) -> bytes:
    """Write a policy file that `read_policy` reads back."""
    lines = [f"log {key} {policy.urls.get(key, '')}".rstrip() for key in policy.logs]
    for name, key in policy.witnesses.items():
        lines.append(f"witness {name} {key} {policy.urls.get(key, '')}".rstrip())
    for name, group in policy.groups.items():
        lines.append(f"group {name} {group.threshold} {' '.join(group.members)}")
    lines.append(f"quorum {policy.quorum or 'none'}")
    return "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")


class _BadLine(Exception):
    pass


def _words(line: str) -> list[str]:
    words = [word for word in line.replace("\t", " ").split(" ") if word]
    comment = next((at for at, word in enumerate(words) if word.startswith("#")), len(words))
    return words[:comment]


def _read_line(grammar: Grammar[Key], words: list[str], read_key: Callable[[str], Key]) -> None:
    match words:
        case ["log", key]:
            grammar.logs.append((read_key(key), ""))
        case ["log", key, url]:
            grammar.logs.append((read_key(key), url))
        case ["witness", name, key]:
            grammar.witnesses[_new_name(grammar, name)] = read_key(key), ""
        case ["witness", name, key, url]:
            grammar.witnesses[_new_name(grammar, name)] = read_key(key), url
        case ["group", name, threshold, *members] if members:
            _read_group(grammar, name, threshold, members)
        case ["quorum", name]:
            _read_quorum(grammar, name)
        case _:
            raise _BadLine("is no log, witness, group or quorum line")


def _new_name(grammar: Grammar[Key], name: str) -> str:
    if name in RESERVED or name in grammar.witnesses or name in grammar.groups:
        raise _BadLine(f"takes a name that is not free: {name}")
    return name


def _read_group(grammar: Grammar[Key], name: str, threshold: str, members: list[str]) -> None:
    _new_name(grammar, name)
    for member in members:
        if member not in grammar.witnesses and member not in grammar.groups:
            raise _BadLine(f"names what no line above defines: {member}")
        if member in grammar.grouped:
            raise _BadLine(f"names what is in a group already: {member}")
        grammar.grouped.add(member)
    words = {"any": 1, "all": len(members)}
    count = words[threshold] if threshold in words else read_decimal(threshold)
    if not 1 <= count <= len(members):
        raise _BadLine(f"asks for {count} of {len(members)}")
    grammar.groups[name] = Group(count, tuple(members))


def _read_quorum(grammar: Grammar[Key], name: str) -> None:
    if grammar.has_quorum:
        raise _BadLine("is a second quorum line")
    if name != "none" and name not in grammar.witnesses and name not in grammar.groups:
        raise _BadLine(f"names what no line above defines: {name}")
    grammar.has_quorum, grammar.quorum = True, None if name == "none" else name


def _check_keys(policy: Policy) -> None:
    witnesses = list(policy.witnesses.values())
    if any(key.type is not SignatureType.ED25519 for key in policy.logs):
        raise Malformed("prove.policy", line=0, problem="has a log key of another type than 0x01")
    if any(key.type is SignatureType.ED25519 for key in witnesses):
        raise Malformed("prove.policy", line=0, problem="has a witness key of type 0x01")
    for keys in (policy.logs, witnesses):
        if len({key.public for key in keys}) != len(keys):
            raise Malformed("prove.policy", line=0, problem="has one key twice")
