"""The order in which waiting entries enter the log: by birth, each issuer's in its own sequence."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    An entry that waits for its place: the fact it stands for, its issuer, its bytes.

    Ids are written out, which sorts like the ids.
    """

    fact: str
    issuer: str
    seq: int
    line: bytes


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """
    Order entries by their facts' birth, but keep every issuer's sequence.

    A fact's id is made before its issuer is locked, so that two facts of one firm may be
    born in one order and signed in the other: then the signatures decide.
    """
    born = sorted(waiting, key=attrgetter("fact"))
    by_issuer: dict[str, list[Waiting]] = defaultdict(list)
    for entry in born:
        by_issuer[entry.issuer].append(entry)
    signed = {
        issuer: iter(sorted(entries, key=attrgetter("seq")))
        for issuer, entries in by_issuer.items()
    }
    return [next(signed[entry.issuer]) for entry in born]
