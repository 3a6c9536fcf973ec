"""The order in which waiting entries enter the log: by birth, each issuer's in its own sequence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that waits for its place: the fact it stands for, its issuer, its bytes."""

    fact: UUID
    issuer: UUID
    seq: int
    line: bytes


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """
    Order entries by their facts' birth, but keep every issuer's sequence.

    A fact's id is made before its issuer is locked, so that two facts of one firm may be
    born in one order and signed in the other: then the signatures decide.
    """
    born = sorted(waiting, key=lambda entry: entry.fact)
    signed: dict[UUID, Iterator[Waiting]] = {}
    by_issuer: dict[UUID, list[Waiting]] = defaultdict(list)
    for entry in born:
        by_issuer[entry.issuer].append(entry)
    for issuer, entries in by_issuer.items():
        signed[issuer] = iter(sorted(entries, key=lambda entry: entry.seq))
    return [next(signed[entry.issuer]) for entry in born]
