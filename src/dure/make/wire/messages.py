"""
Messages as sources gave them: one by one, or many at once as columns over one run of bytes.

A batch is some ten thousand messages, nearly all of them alike: as columns they are grouped,
checked and cut without a look at any single one. Where one is odd, `batch[place]` gives it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Self, overload
from unicodedata import normalize

import numpy as np

from dure.kernel.errors import Malformed
from dure.kernel.reason import Reason
from dure.make.engine.topic import REMEMBERED, Topic, parse_topic

Array = np.ndarray[Any, Any]


class Told(NamedTuple):
    """A topic's text, and what it says; None where it is no Sparkplug topic."""

    text: str
    topic: Topic | None

    @property
    def group(self) -> str:
        """Whose message it is: the account that it came by vouches for that."""
        return self.text.split("/")[1]


class Message(NamedTuple):
    """One message as a source gave it. topic is None where its text is no Sparkplug topic."""

    source: str
    seq: int
    stored_ms: int
    text: str
    topic: Topic | None
    payload: bytes

    @property
    def group(self) -> str:
        """Whose message it is: the account that it came by vouches for that."""
        return Told(self.text, self.topic).group


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that could not be read, and why."""

    message: Message
    reason: Reason


@dataclass(frozen=True, slots=True, eq=False)
class Messages(Sequence[Message]):
    """
    Many messages as columns.

    source and topic are places in sources and topics; a payload is size bytes of arena from at on.
    """

    sources: Sequence[str]
    topics: Sequence[Told]
    source: Array
    seq: Array
    stored_ms: Array
    topic: Array
    arena: Array
    at: Array
    size: Array

    @classmethod
    def of(cls, messages: Sequence[Message]) -> Self:
        """Put single messages into columns; what stands in columns already stays as it is."""
        if isinstance(messages, cls):
            return messages
        sources: dict[str, int] = {}
        topics: dict[Told, int] = {}
        source = [sources.setdefault(each.source, len(sources)) for each in messages]
        topic = [topics.setdefault(_told(each), len(topics)) for each in messages]
        size = np.array([len(each.payload) for each in messages], np.int64)
        return cls(
            list(sources),
            list(topics),
            np.array(source, np.int64),
            np.array([each.seq for each in messages], np.int64),
            np.array([each.stored_ms for each in messages], np.int64),
            np.array(topic, np.int64),
            _run_of([each.payload for each in messages]),
            np.cumsum(size) - size,
            size,
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put several together, one after the other; each source and topic then stands once."""
        if not parts:
            return cls.of([])
        sources, source = _numbered([(each.sources, each.source) for each in parts])
        topics, topic = _numbered([(each.topics, each.topic) for each in parts])
        starts = np.cumsum([0, *(len(each.arena) for each in parts)]).tolist()
        return cls(
            sources,
            topics,
            source,
            np.concatenate([each.seq for each in parts]),
            np.concatenate([each.stored_ms for each in parts]),
            topic,
            np.concatenate([each.arena for each in parts]),
            np.concatenate([each.at + lo for each, lo in zip(parts, starts, strict=False)]),
            np.concatenate([each.size for each in parts]),
        )

    def __len__(self) -> int:
        return len(self.seq)

    @overload
    def __getitem__(self, place: int) -> Message: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Message]: ...
    def __getitem__(self, place: int | slice) -> Message | Sequence[Message]:
        if isinstance(place, slice):
            return self.chosen(np.arange(len(self))[place])
        text, topic = self.topics[self.topic[place]]
        return Message(
            self.sources[self.source[place]],
            int(self.seq[place]),
            int(self.stored_ms[place]),
            text,
            topic,
            self.payload(place),
        )

    def payload(self, place: int) -> bytes:
        """Give one message's payload."""
        at = int(self.at[place])
        return bytes(self.arena[at : at + int(self.size[place])])

    def chosen(self, places: Array) -> Self:
        """Give some of them, in the order of their places, over the same bytes."""
        return type(self)(
            self.sources,
            self.topics,
            self.source[places],
            self.seq[places],
            self.stored_ms[places],
            self.topic[places],
            self.arena,
            self.at[places],
            self.size[places],
        )

    def with_payloads(self, changed: Mapping[int, bytes]) -> Self:
        """Give the same messages, some with another payload."""
        if not changed:
            return self
        at, size, end = self.at.copy(), self.size.copy(), len(self.arena)
        for place, payload in changed.items():
            at[place], size[place] = end, len(payload)
            end += len(payload)
        arena = np.concatenate([self.arena, _run_of(list(changed.values()))])
        return type(self)(
            self.sources, self.topics, self.source, self.seq, self.stored_ms, self.topic,
            arena, at, size,
        )  # fmt: skip


def message_from(source: str, seq: int, stored_ms: int, text: str, payload: bytes) -> Message:
    """Make a message of what a source gave, whatever its topic's text is."""
    return Message(source, seq, stored_ms, *told_of(text), payload)


@lru_cache(maxsize=REMEMBERED)
def told_of(text: str) -> Told:
    """
    Give a topic's text and what it says; None where it is no Sparkplug topic.

    Some systems write Hangul letter by letter (NFD): it is put together, as everybody else does.
    """
    text = text if text.isascii() else normalize("NFC", text)
    try:
        return Told(text, parse_topic(text))
    except Malformed:
        return Told(text, None)


def _told(message: Message) -> Told:
    return Told(message.text, message.topic)


def _run_of(payloads: Sequence[bytes]) -> Array:
    """Put payloads one after the other; a byte stands behind them, so that there always is one."""
    return np.frombuffer(bytearray().join([*payloads, b"\0"]), np.uint8)


def _numbered(parts: Sequence[tuple[Sequence[Any], Array]]) -> tuple[list[Any], Array]:
    """Put columns of places in lists together: one list in which everything stands once."""
    starts: dict[int, int] = {}
    listed: list[Any] = []
    for words, _ in parts:
        if id(words) not in starts:
            starts[id(words)] = len(listed)
            listed += words
    places = np.concatenate([column + starts[id(words)] for words, column in parts])
    used, places = np.unique(places, return_inverse=True)
    numbers: dict[Any, int] = {}
    merged = [numbers.setdefault(listed[each], len(numbers)) for each in used.tolist()]
    return list(numbers), np.array(merged, np.int64)[places]
