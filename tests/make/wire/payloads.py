"""Payloads as edge nodes write them, by protobuf's own library: the other side of the decoder."""

from dure.make.wire import spb_flat_pb2 as pb
from dure.make.wire.messages import message_from

KINDS = {bool: ("boolean_value", 11), int: ("long_value", 4), float: ("double_value", 10)}


def payload(seq=None, metrics=(), *, at=1_000):
    """Write a payload; a metric is a dict of fields, or (name, alias, value)."""
    written = pb.Payload(timestamp=at)
    if seq is not None:
        written.seq = seq
    for metric in metrics:
        written.metrics.add(**(metric if isinstance(metric, dict) else plain(*metric)))
    return written.SerializeToString()


def plain(name, alias, value):
    fields = {}
    if name is not None:
        fields["name"] = name
    if alias is not None:
        fields["alias"] = alias
    if isinstance(value, str):
        return fields | {"datatype": 12, "string_value": value}
    field, datatype = KINDS[type(value)]
    return fields | {"datatype": datatype, field: value % 2**64 if field[0] == "l" else value}


def message(topic, body, *, seq=1, stored=5_000, source="machines"):
    return message_from(source, seq, stored, topic, body)


def born(group="F001", edge="line-1", device="kiln", metrics=(("temperature", 7, 20.0),)):
    """Give the two births of an edge node with one device, stream seq 1 and 2."""
    node = payload(0, [("bdSeq", None, 0)])
    return [
        message(f"spBv1.0/{group}/NBIRTH/{edge}", node, seq=1),
        message(f"spBv1.0/{group}/DBIRTH/{edge}/{device}", payload(1, metrics), seq=2),
    ]
