"""
Notes: text signed by one or more keys (C2SP signed-note).

    the text, which ends in a newline

    — name base64(key id ‖ signature)

Signatures of unknown keys are ignored; one of a known key that does not hold spoils the
note. The last blank line parts the text from the signatures.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from dure.kernel.errors import Malformed, Unproven
from dure.prove.engine.keys import SigningKey, VerifierKey, is_key_name
from dure.prove.engine.strict import read_base64, read_text, write_base64

MOST_SIGNATURES = 100
LARGEST_NOTE = 1_000_000  # bytes: a hundred ML-DSA signatures and room to spare


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """Give the line, with its newline."""
        return f"— {self.name} {write_base64(self.key_id + self.value)}\n"

    def is_by(self, key: VerifierKey) -> bool:
        """Say whether the line claims to be key's; only `VerifierKey.check` proves it."""
        return self.name == key.name and self.key_id == key.id


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signature lines, as read: nothing is proven yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(item.line() for item in self.signatures)}"

    def __bytes__(self) -> bytes:
        return str(self).encode()


def read_note(data: bytes) -> Note:
    """Read a note; raises Malformed."""
    if len(data) > LARGEST_NOTE:
        raise Malformed("prove.note", problem="is larger than a megabyte")
    whole = read_text(data)
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise Malformed("prove.note", problem="has no signatures")
    return Note(f"{text}\n", read_signatures(lines))


def read_signatures(lines: str) -> tuple[Signature, ...]:
    """Read signature lines, as a witness answers them too; raises Malformed."""
    listed = lines.removesuffix("\n").split("\n")
    if len(listed) > MOST_SIGNATURES:
        raise Malformed("prove.note", problem="has more than a hundred signatures")
    return tuple(_read_signature(line) for line in listed)


def sign_note(text: str, *keys: SigningKey, time: int = 0) -> Note:
    """Sign a text with keys; cosigners say that they did so at time (POSIX seconds)."""
    return Note(text, tuple(make_signature(text, key, time=time) for key in keys))


def make_signature(text: str, key: SigningKey, *, time: int = 0) -> Signature:
    """Make one signature line over a note's text."""
    return Signature(key.verifier.name, key.verifier.id, key.sign(text, time=time))


def with_signatures(note: Note, more: Iterable[Signature]) -> Note:
    """Add signature lines that the note does not have yet."""
    new = [item for item in dict.fromkeys(more) if item not in note.signatures]
    return replace(note, signatures=(*note.signatures, *new))


def verified(note: Note, keys: Collection[VerifierKey]) -> dict[VerifierKey, Signature]:
    """
    Give the keys that signed the note, each with its first signature.

    Raises Unproven where a known key's signature does not hold.
    """
    found: dict[VerifierKey, Signature] = {}
    known = {(key.name, key.id): key for key in keys}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None and key not in found:
            key.check(note.text, signature.value)
            found[key] = signature
    return found


def check_signed(note: Note, keys: Collection[VerifierKey]) -> None:
    """Raise Unproven unless at least one of keys signed the note."""
    if not verified(note, keys):
        raise Unproven("prove.unsigned")


def _read_signature(line: str) -> Signature:
    name, space, body = line.removeprefix("— ").partition(" ")
    if not line.startswith("— ") or not space or not is_key_name(name):
        raise Malformed("prove.note", problem="has a line that is no signature")
    data = read_base64(body)
    if len(data) < 5:
        raise Malformed("prove.note", problem="has a signature that is too short")
    return Signature(name, data[:4], data[4:])
