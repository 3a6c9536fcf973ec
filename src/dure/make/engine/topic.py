"""
Where a Sparkplug message belongs: its topic, and the NATS subject that carries it.

    spBv1.0/F001/DDATA/line-1/kiln        topic (Eclipse Sparkplug 3.0, chapter 4)
    spBv1//0.F001.DDATA.line-1.kiln       subject: '.' is written '//', '/' is written '.'
"""

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from unicodedata import is_normalized

from dure.kernel.errors import Malformed

NAMESPACE = "spBv1.0"
REMEMBERED = 1 << 16  # topics: machines say few and say them often


class Verb(StrEnum):
    """The message types that carry what edge nodes say; commands and STATE are the host's own."""

    NBIRTH = "NBIRTH"
    NDEATH = "NDEATH"
    DBIRTH = "DBIRTH"
    DDEATH = "DDEATH"
    NDATA = "NDATA"
    DDATA = "DDATA"


DEVICE_VERBS = frozenset({Verb.DBIRTH, Verb.DDEATH, Verb.DDATA})
BIRTHS = frozenset({Verb.NBIRTH, Verb.DBIRTH})


class EdgeKey(NamedTuple):
    """One edge node: unique by group and id."""

    group: str
    edge: str


class Topic(NamedTuple):
    """One Sparkplug topic; device is '' for the edge node itself."""

    node: EdgeKey
    verb: Verb
    device: str

    def __str__(self) -> str:
        parts = [NAMESPACE, self.node.group, self.verb, self.node.edge, self.device]
        return "/".join(part for part in parts if part)


def group_of(number: int) -> str:
    """Give a firm's Sparkplug group: F and its dense business number."""
    return f"F{number:03d}"


@lru_cache(maxsize=REMEMBERED)
def parse_topic(text: str) -> Topic:
    """Read a topic; raises Malformed for what no edge node may publish."""
    parts = text.split("/")
    if len(parts) not in (4, 5) or parts[0] != NAMESPACE or not all(parts):
        raise Malformed("make.topic", topic=text[:200])
    if not is_normalized("NFC", text):  # two spellings of one Hangul name would be two machines
        raise Malformed("make.topic", topic=text[:200])
    try:
        verb = Verb(parts[2])
    except ValueError as unknown:
        raise Malformed("make.topic", topic=text[:200]) from unknown
    if (verb in DEVICE_VERBS) != (len(parts) == 5):
        raise Malformed("make.topic", topic=text[:200])
    return Topic(EdgeKey(parts[1], parts[3]), verb, parts[4] if len(parts) == 5 else "")


@lru_cache(maxsize=REMEMBERED)
def topic_of_subject(subject: str) -> str:
    """Give the MQTT topic that NATS carries as subject."""
    return subject.replace("//", "\0").replace(".", "/").replace("\0", ".")


def subject_of_topic(topic: str) -> str:
    """Give the NATS subject that carries an MQTT topic."""
    return topic.replace(".", "\0").replace("/", ".").replace("\0", "//")


def command_topic(node: EdgeKey, device: str = "") -> str:
    """Give the topic on which an edge node listens for commands to itself, or to a device."""
    if device:
        return f"{NAMESPACE}/{node.group}/DCMD/{node.edge}/{device}"
    return f"{NAMESPACE}/{node.group}/NCMD/{node.edge}"


def state_topic(host: str) -> str:
    """Give the topic on which a host application says that it is there."""
    return f"{NAMESPACE}/STATE/{host}"
