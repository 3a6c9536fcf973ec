"""What is fuzzed: the same bytes to a reader that cuts and to one that parses, beside births."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.make.wire.messages import Message
    from dure.make.wire.readings import Reading

DATA = "spBv1.0/F001/DDATA/line-1/kiln"
AGAIN = 5_000  # inputs, then the readers are made anew
TIMES = 3  # the same payload comes so often, and once with a bit changed


def readers() -> "tuple[Reading, Reading]":
    """Give a reader that cuts whatever it can, and one that parses; both know a machine."""
    from dure.make.engine.host import Host
    from dure.make.wire.readings import Reading

    both = Reading(Host(), least_alike=1), Reading(Host(), least_alike=1_000)
    for reading in both:
        reading.read(_births())
    return both


def trial(both: "tuple[Reading, Reading]", data: bytes) -> None:
    """Read bytes in both ways; fails where anything is raised or the rows differ."""
    from dure.make.wire.messages import message_from

    changed = bytearray(data)
    if changed:
        changed[len(changed) // 2] ^= 1
    bodies = [data] * TIMES + [bytes(changed)]
    said = [message_from("machines", 9 + n, 9_000, DATA, body) for n, body in enumerate(bodies)]
    one, other = (_told(reading.read(said)) for reading in both)
    assert one == other, "cut and parsed differ"


def _told(understood: Any) -> list[Any]:
    tables = [table for _, table in sorted(understood.readings.items())]
    return [
        sorted(str(row) for row in understood.quarantined),
        [[str(column) for column in table.columns] for table in tables],
    ]


def _births() -> "list[Message]":
    from dure.make.wire import spb_flat_pb2 as pb
    from dure.make.wire.messages import message_from

    node, kiln = pb.Payload(timestamp=1, seq=0), pb.Payload(timestamp=1, seq=1)
    node.metrics.add(name="bdSeq", datatype=4, long_value=0)
    for alias, datatype in ((7, 10), (8, 3), (9, 11), (10, 12), (11, 4)):
        kiln.metrics.add(name=f"m{alias}", alias=alias, datatype=datatype, is_null=True)
    born = (("NBIRTH/line-1", node), ("DBIRTH/line-1/kiln", kiln))
    return [
        message_from("machines", seq, 5_000, f"spBv1.0/F001/{topic}", body.SerializeToString())
        for seq, (topic, body) in enumerate(born, 1)
    ]


def _fuzz() -> None:
    import atheris

    with atheris.instrument_imports(include=["dure.make.wire", "dure.make.engine"]):
        import dure.make.wire.readings  # noqa: F401 - instrumented as it is imported
    left, both = 0, readers()

    def one(data: bytes) -> None:
        nonlocal left, both
        if not left:
            left, both = AGAIN, readers()
        left -= 1
        trial(both, data)

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    _fuzz()
