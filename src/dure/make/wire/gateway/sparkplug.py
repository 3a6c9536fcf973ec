"""
What a gateway writes: Sparkplug B births, data and deaths out of batches.

A birth names each metric with its alias and type and gives it no value (null, historical):
values travel once, as data. A reading made by hand or in a laboratory says so in the metric's
property `Grade`; without it a machine made it.
"""

from collections.abc import Iterable

from dure.make.wire import spb_flat_pb2 as pb
from dure.make.wire.gateway.queue import Batch, Metric, Reading, datatype_of
from dure.make.wire.sparkplug import BD_SEQ, BOOLEAN, REBIRTH

UINT64, INT32, STRING = 8, 3, 12


def node_birth(metrics: Iterable[Metric] = (), *, seq: int, bd_seq: int, at_ms: int) -> bytes:
    """Write an edge node's birth: its bdSeq, that it may be asked for its births, its metrics."""
    payload = pb.Payload(timestamp=at_ms, seq=seq)
    payload.metrics.add(name=BD_SEQ, timestamp=at_ms, datatype=UINT64, long_value=bd_seq)
    payload.metrics.add(name=REBIRTH, timestamp=at_ms, datatype=BOOLEAN, boolean_value=False)
    _declare(payload, metrics, at_ms)
    return payload.SerializeToString()


def death(*, bd_seq: int, at_ms: int) -> bytes:
    """Write an edge node's death, which the broker says for it when it falls silent."""
    payload = pb.Payload(timestamp=at_ms)
    payload.metrics.add(name=BD_SEQ, timestamp=at_ms, datatype=UINT64, long_value=bd_seq)
    return payload.SerializeToString()


def device_birth(metrics: Iterable[Metric], *, seq: int, at_ms: int) -> bytes:
    """Write a device's birth: the names, aliases and types of all it ever said."""
    payload = pb.Payload(timestamp=at_ms, seq=seq)
    _declare(payload, metrics, at_ms)
    return payload.SerializeToString()


def _declare(payload: pb.Payload, metrics: Iterable[Metric], at_ms: int) -> None:
    for each in metrics:
        payload.metrics.add(
            name=each.name,
            alias=each.alias,
            timestamp=at_ms,
            datatype=each.datatype,
            is_null=True,
            is_historical=True,
        )


def data(
    batch: Batch, aliases: dict[str, int], *, seq: int, at_ms: int, historical: Iterable[bool]
) -> bytes:
    """Write a batch as one message; historical says of each reading whether it comes late."""
    payload = pb.Payload(timestamp=at_ms, seq=seq)
    for reading, late in zip(batch.readings, historical, strict=True):
        _add(payload, reading, aliases[reading.metric], late)
    return payload.SerializeToString()


def wants_rebirth(payload: bytes) -> bool:
    """Say whether a command asks for births."""
    read = pb.Payload.FromString(payload)
    return any(metric.name == REBIRTH and metric.boolean_value for metric in read.metrics)


def _add(payload: pb.Payload, reading: Reading, alias: int, late: bool) -> None:
    kind = datatype_of(reading.value)
    metric = payload.metrics.add(alias=alias, timestamp=reading.at_ms, datatype=kind)
    if late:
        metric.is_historical = True
    match reading.value:
        case None:
            metric.is_null = True
        case bool():
            metric.boolean_value = reading.value
        case int():
            metric.long_value = reading.value % 2**64
        case float():
            metric.double_value = reading.value
        case str():
            metric.string_value = reading.value
    if reading.grade != "machine" or reading.quality is not None:
        metric.properties = _properties(reading)


def _properties(reading: Reading) -> bytes:
    properties = pb.PropertySet()
    if reading.quality is not None:
        properties.keys.append("Quality")
        properties.values.add(type=INT32, int_value=reading.quality)
    if reading.grade != "machine":
        properties.keys.append("Grade")
        properties.values.add(type=STRING, string_value=reading.grade)
    return properties.SerializeToString()
