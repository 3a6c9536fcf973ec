r"""
The roster: which keys may speak, folded entry by entry in the log's own order.

No clock and no database says whether a key was valid: the log does. Two sorts of entries
change the roster.

**An issuer's own.** The first entry of each issuer is its `key` entry, signed by itself, which
proves that it has the key. What it commits to says, to whoever is shown it, whose key it is
and where its predecessor's chain ended. It speaks for the Seoul month of that entry, or until
a `revoke` entry, its own or the log's; and who holds it stays the same.

**The log's.** An entry whose issuer is the shard's log key stands for a statement, a note that
is published beside it; commit is the SHA-256 of its text:

    key      a trust policy without addresses: from here on these logs, witnesses and quorum
    revoke   "dure/revoke/v1\n<origin>\n<issuer's key, base64url>\n": the key says no more
    shard    the last checkpoint of the shard before; always entry 0

A policy follows another by the old key, which signs the entry, and by a quorum of the old
witnesses, whose cosignatures are the note's. Only a further shard's key needs no quorum of its
own: it counts when the checkpoint over it is final. Another key for a shard that has one does
need it; from the policy's entry on that key alone signs entries of the log's own.

An ML-DSA-44 key signs checkpoints and nothing else: a witness that has one cosigns the
checkpoint of a tree whose one leaf is the statement, under an origin that no log may bear.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Literal, cast

from dure.kernel.entry import (
    FIRST,
    Entry,
    Holder,
    check_ed25519_key,
    from_text,
    sign,
    to_text,
)
from dure.kernel.errors import DureError, Malformed, Unproven
from dure.kernel.merkle import leaf_hash
from dure.kernel.reason import Reason
from dure.kernel.time import Instant, seoul_month
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.keys import SignatureType, SigningKey, VerifierKey
from dure.prove.engine.note import (
    Note,
    check_signed,
    make_signature,
    read_note,
    verified,
    with_signatures,
)
from dure.prove.engine.policy import Policy, read_policy, write_policy
from dure.prove.engine.shard import split

REVOKE = "dure/revoke/v1"
STATEMENTS = "dure/statement/v1"
Kind = Literal["key", "revoke", "shard"]


def policy_text(policy: Policy) -> str:
    """Give the text of a policy as a statement: addresses may change, trust may not."""
    return write_policy(replace(policy, urls={})).decode(errors="surrogateescape")


def revocation_text(origin: str, issuer: bytes) -> str:
    """Give the text of a statement that revokes an issuer's key."""
    return f"{REVOKE}\n{origin}\n{to_text(issuer)}\n"


def kind_of(statement: Note) -> Kind:
    """Say which kind of entry a statement has."""
    if statement.text.startswith(f"{REVOKE}\n"):
        return "revoke"
    return "key" if statement.text.startswith("log ") else "shard"


def own_entry(statement: Note, key: SigningKey, *, time: Instant, seq: int, prev: bytes) -> bytes:
    """Make the log's own entry for a statement, signed by the shard's log key."""
    entry = Entry(
        kind=kind_of(statement),
        issuer=key.verifier.public,
        commit=sha256(statement.text.encode()).digest(),
        time=time,
        seq=seq,
        prev=prev if seq else FIRST,
        held="custodian",
    )
    return sign(entry, key.seed).line()


def check_succession(old: Policy, statement: Note) -> Policy:
    """Give the policy of a statement; raises Unproven unless the old witnesses let it follow."""
    new = read_policy(statement.text.encode())
    grown = replace(new, logs=old.logs, urls=old.urls)
    added = new.logs[len(old.logs) :]
    if new.logs[: len(old.logs)] == old.logs and grown == old and _are_shards(added, old):
        return new
    check_approved(old, statement)
    return new


def check_approved(policy: Policy, statement: Note) -> None:
    """Raise Unproven unless a quorum of the policy's witnesses cosigned the statement."""
    names = {key: name for name, key in policy.witnesses.items()}
    lattice = [key for key in names if key.type is SignatureType.ML_DSA_44]
    signers = verified(statement, [key for key in names if key not in lattice])
    signers |= verified(_as_checkpoint(statement), lattice)
    have = {names[key] for key in signers}
    if not policy.is_met(have):
        raise Unproven("prove.not_approved", have=len(have), of=len(policy.witnesses))


def approval(statement: Note, key: SigningKey, *, time: int) -> Note:
    """
    Add a witness's cosignature to a statement, at time (POSIX seconds).

    Raises Malformed for what is no policy and no revocation: a witness that would sign any
    text could be shown a checkpoint, and would cosign a fork.
    """
    if kind_of(statement) == "revoke":
        revoked_key(statement)
    elif kind_of(statement) == "key":
        _check_origins(read_policy(statement.text.encode()))
    else:
        raise Malformed("prove.statement")
    is_lattice = key.verifier.type is SignatureType.ML_DSA_44
    text = (_as_checkpoint(statement) if is_lattice else statement).text
    return with_signatures(statement, [make_signature(text, key, time=time)])


def _as_checkpoint(statement: Note) -> Note:
    """Give a statement as a key reads it that signs checkpoints alone: as a tree of one leaf."""
    root = leaf_hash(statement.text.encode())
    return replace(statement, text=Checkpoint(origin=STATEMENTS, size=1, root=root).text())


def _check_origins(policy: Policy) -> None:
    if any(key.name == STATEMENTS for key in policy.logs):
        raise Malformed("prove.statement")


def _are_shards(added: Iterable[VerifierKey], policy: Policy) -> bool:
    """Say whether keys are for shards that had none."""
    return not {key.name for key in added} & {key.name for key in policy.logs}


def revoked_key(statement: Note) -> bytes:
    """Give the key that a statement revokes; raises Malformed."""
    return revoked_in(statement.text)


def revoked_in(text: str) -> bytes:
    """Give the key that the text of a statement revokes; raises Malformed."""
    match text.split("\n"):
        case [head, _, key, ""] if head == REVOKE:
            return from_text(key, 32)
        case _:
            raise Malformed("prove.statement")


@dataclass(slots=True)
class Tenure:
    """Who holds a key, and how long it speaks: from a place on, in one month, until another."""

    first: int
    month: date
    held: Holder
    until: int | None = None


@dataclass(slots=True)
class Roster:
    """The keys that may speak, after the entries that were added."""

    policy: Policy | None = None
    issuers: dict[bytes, Tenure] = field(default_factory=dict)

    def add(self, place: int, entry: Entry, statement: bytes | None) -> Iterator[Reason]:
        """
        Take in the next entry, with its statement where it is the log's own.

        Gives what is wrong: a key that nobody registered, that is revoked or out of its month,
        a policy that the old witnesses did not let follow.
        """
        if statement is not None:
            yield from self._add_statement(place, entry, statement)
        elif entry.kind == "key" and entry.seq == 0:
            yield from self._register(place, entry)
        else:
            yield from self._check_issuer(place, entry)

    def _register(self, place: int, entry: Entry) -> Iterator[Reason]:
        try:
            check_ed25519_key(entry.issuer)
        except Malformed:
            yield _wrong("prove.audit_key_weak", place)
        self.issuers[entry.issuer] = Tenure(place, seoul_month(entry.time), entry.held)

    def _check_issuer(self, place: int, entry: Entry) -> Iterator[Reason]:
        tenure = self.issuers.get(entry.issuer)
        if tenure is None or entry.kind in {"key", "shard"}:
            yield _wrong("prove.audit_key_unregistered", place)
        elif tenure.until is not None:
            yield _wrong("prove.audit_key_revoked", place)
        elif seoul_month(entry.time) != tenure.month:
            yield _wrong("prove.audit_key_month", place)
        elif entry.held != tenure.held:
            yield _wrong("prove.audit_key_held", place)
        elif entry.kind == "revoke":
            tenure.until = place

    def _add_statement(self, place: int, entry: Entry, data: bytes) -> Iterator[Reason]:
        try:
            statement = read_note(data)
            self._check_statement(entry, statement)
            self._follow(place, statement)
        except DureError:
            yield _wrong("prove.audit_statement", place)

    def _check_statement(self, entry: Entry, statement: Note) -> None:
        known = self.policy or read_policy(statement.text.encode())
        if entry.issuer not in {key.public for key in known.signing_logs().values()}:
            raise Unproven("prove.unsigned")
        check_signed(statement, known.logs)
        if (entry.kind, entry.commit) != (
            kind_of(statement),
            sha256(statement.text.encode()).digest(),
        ):
            raise Unproven("prove.statement")

    def _follow(self, place: int, statement: Note) -> None:
        kind = kind_of(statement)
        if kind == "key":
            new = read_policy(statement.text.encode())
            self.policy = check_succession(self.policy, statement) if self.policy else new
        elif kind == "revoke":
            check_approved(cast(Policy, self.policy), statement)
            tenure = self.issuers.get(revoked_key(statement))
            if tenure and tenure.until is None:
                tenure.until = place


def _wrong(code: str, place: int) -> Reason:
    year, index = split(place)
    return Reason(code, {"shard": year, "index": index})
