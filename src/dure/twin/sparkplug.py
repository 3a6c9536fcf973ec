r"""
Sparkplug B as an edge node speaks it: the bytes of a payload, and the state of one session.

A payload is protobuf (Eclipse Sparkplug 3.0, chapter 6.4). Of its fields a simulated machine
needs these, and they are few enough to be written by hand:

    Payload   1 timestamp (ms)   2 metric, repeated   3 seq
    Metric    1 name   2 alias   3 timestamp (ms)   4 datatype   5 is_historical   then one of
              11 long_value   13 double_value   14 boolean_value   15 string_value

A birth names each metric and gives it an alias; data carries the alias alone:

    encode(Payload(at=1, seq=2, metrics=(Metric(alias=3, value=True),)))
        ==  b"\x08\x01\x12\x06\x10\x03\x20\x0b\x70\x01\x18\x02"
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

Value = bool | int | float | str

_INT64, _DOUBLE, _BOOLEAN, _STRING = 4, 10, 11, 12
_VARINT, _FIXED64, _BYTES = 0, 1, 2
_WRAP = 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of a payload: named in a birth, by alias alone in data."""

    value: Value
    name: str | None = None
    alias: int | None = None
    at: int | None = None
    is_historical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What one message carries. A death has no sequence number of its own."""

    at: int
    metrics: tuple[Metric, ...] = ()
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A topic and its bytes, ready for the broker."""

    topic: str
    body: bytes


def encode(payload: Payload) -> bytes:
    """Give the protobuf bytes of a payload."""
    parts = [_number(1, payload.at)]
    parts += [_block(2, _metric(metric)) for metric in payload.metrics]
    if payload.seq is not None:
        parts.append(_number(3, payload.seq))
    return b"".join(parts)


def milliseconds(at: datetime) -> int:
    """Give the milliseconds since 1970 that Sparkplug calls a timestamp."""
    return round(at.timestamp() * 1000)


@dataclass(slots=True, kw_only=True)
class EdgeNode:
    """
    One session of an edge node: births, then data in sequence, a death as the last will.

    The sequence number runs 0 to 255 and begins again; the birth's bdSeq equals the
    will's, so that a host can tell a late death from the present one.
    """

    group: str
    node: str
    devices: Mapping[str, Mapping[str, Value]]
    session: int = 0
    _seq: int = field(default=0, init=False)
    _aliases: dict[tuple[str, str], int] = field(default_factory=dict, init=False)

    def will(self, at: int) -> Message:
        """Give the death that the broker publishes should this node fall silent."""
        body = encode(Payload(at=at, metrics=(self._bd_seq(at),)))
        return Message(self._topic("NDEATH"), body)

    def births(self, at: int) -> Iterator[Message]:
        """Begin the session: the node's birth, then each device's, with names and aliases."""
        self._seq = 0
        rebirth = Metric(name="Node Control/Rebirth", value=False, at=at)
        yield self._message("NBIRTH", None, at, (self._bd_seq(at), rebirth))
        for device, metrics in self.devices.items():
            yield self._message("DBIRTH", device, at, tuple(self._born(device, metrics, at)))

    def data(
        self, device: str, at: int, values: Mapping[str, Value], *, is_historical: bool = False
    ) -> Message:
        """Publish values of one device by alias; a historical value heals a gap."""
        metrics = tuple(
            Metric(
                alias=self._aliases[device, name], value=value, at=at, is_historical=is_historical
            )
            for name, value in values.items()
        )
        return self._message("DDATA", device, at, metrics)

    def _born(self, device: str, metrics: Mapping[str, Value], at: int) -> Iterator[Metric]:
        for name, value in metrics.items():
            alias = self._aliases.setdefault((device, name), len(self._aliases) + 1)
            yield Metric(name=name, alias=alias, value=value, at=at)

    def _bd_seq(self, at: int) -> Metric:
        return Metric(name="bdSeq", value=self.session % 256, at=at)

    def _message(
        self, verb: str, device: str | None, at: int, metrics: tuple[Metric, ...]
    ) -> Message:
        seq, self._seq = self._seq, (self._seq + 1) % 256
        return Message(self._topic(verb, device), encode(Payload(at=at, metrics=metrics, seq=seq)))

    def _topic(self, verb: str, device: str | None = None) -> str:
        topic = f"spBv1.0/{self.group}/{verb}/{self.node}"
        return f"{topic}/{device}" if device else topic


def _metric(metric: Metric) -> bytes:
    parts = []
    if metric.name is not None:
        parts.append(_block(1, metric.name.encode()))
    if metric.alias is not None:
        parts.append(_number(2, metric.alias))
    if metric.at is not None:
        parts.append(_number(3, metric.at))
    datatype, value = _value(metric.value)
    parts.append(_number(4, datatype))
    if metric.is_historical:
        parts.append(_number(5, 1))
    return b"".join([*parts, value])


def _value(value: Value) -> tuple[int, bytes]:
    match value:
        case bool():
            return _BOOLEAN, _number(14, int(value))
        case int():
            return _INT64, _number(11, value % _WRAP)
        case float():
            return _DOUBLE, _tag(13, _FIXED64) + struct.pack("<d", value)
        case str():
            return _STRING, _block(15, value.encode())


def _number(number: int, value: int) -> bytes:
    return _tag(number, _VARINT) + _varint(value)


def _block(number: int, body: bytes) -> bytes:
    return _tag(number, _BYTES) + _varint(len(body)) + body


def _tag(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
