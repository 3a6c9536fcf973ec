"""
Drawings (도면) from outside: what is taken, told by its first bytes, and by what name it goes.

A file is kept as it came and given back as it came. Nothing here or anywhere else in this process
reads more of it than its first bytes: readers of CAD formats are big, and written for friends.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dure.kernel.errors import Refused

HEAD = 512
LARGEST_BYTES = 25 << 20
MOST_DRAWINGS = 12
LONGEST_NAME = 120
STL_HEAD, STL_TRIANGLE = 84, 50
CARD_COLUMN = 72
SAVED_ONLY = {  # headers with which a drawing goes out: a browser saves it and runs nothing of it
    "Content-Type": "application/octet-stream",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
}
_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]+')


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file: what people call it, the endings of its names, how it begins."""

    code: str
    name: str
    endings: tuple[str, ...]
    begins: tuple[bytes, ...] = ()
    text: str = ""
    card: str = ""
    triangles: bool = False


@cache
def kinds() -> Mapping[str, Kind]:
    """Give the kinds that are taken, from the data file."""
    table = tomllib.loads(files(__package__).joinpath("drawings.toml").read_text("utf-8"))
    return {
        code: Kind(
            code=code,
            name=told["name"],
            endings=tuple(told["endings"]),
            begins=tuple(bytes.fromhex(each) for each in told.get("begins", ())),
            text=told.get("text", ""),
            card=told.get("card", ""),
            triangles=told.get("triangles", False),
        )
        for code, told in table.items()
    }


def check_drawing(name: str, head: bytes, size: int, *, already: int = 0) -> Kind:
    """
    Say what kind of file this is, by its first HEAD bytes.

    Raises Refused for an empty or too large file, one too many, a kind that is not taken, and a
    name whose ending says another kind than its bytes.
    """
    if already >= MOST_DRAWINGS:
        raise Refused("sense.too_many_drawings", most=MOST_DRAWINGS)
    if size == 0:
        raise Refused("sense.drawing_empty", name=name)
    if size > LARGEST_BYTES:
        raise Refused("sense.drawing_too_large", name=name, most=LARGEST_BYTES >> 20)
    ending = name.rpartition(".")[2].lower()
    fitting = [kind for kind in kinds().values() if _begins_as(kind, head[:HEAD], size)]
    for kind in fitting:
        if ending in kind.endings:
            return kind
    if fitting:
        raise Refused("sense.drawing_named_wrong", name=name, kind=fitting[0].name)
    taken = ", ".join(dict.fromkeys(kind.name for kind in kinds().values()))
    raise Refused("sense.drawing_unknown", name=name, known=taken)


def safe_name(given: str) -> str:
    """Give a name that is safe in a header and in a folder; its ending stays."""
    bare = given.replace("\\", "/").rpartition("/")[2]
    plain = _UNFIT.sub("_", unicodedata.normalize("NFC", bare)).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        return plain[:LONGEST_NAME] or "drawing"
    return f"{stem[: LONGEST_NAME - len(ending) - 1] or 'drawing'}.{ending}"


def _begins_as(kind: Kind, head: bytes, size: int) -> bool:
    if kind.triangles:
        count = int.from_bytes(head[80:84], "little")
        return len(head) >= STL_HEAD and size == STL_HEAD + STL_TRIANGLE * count
    if kind.text:
        return kind.text.encode() in head and _is_text(head)
    if kind.card:
        return head[CARD_COLUMN:][:1] == kind.card.encode() and _is_text(head)
    return head.startswith(kind.begins)


def _is_text(head: bytes) -> bool:
    return b"\x00" not in head and not any(byte < 9 for byte in head)
