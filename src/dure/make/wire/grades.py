"""How a reading was made: by the machine, by hand, in a laboratory."""

from typing import Any

import numpy as np
import pyarrow as pa
from google.protobuf.message import DecodeError

from dure.make.engine.grade import GRADES, Grade
from dure.make.wire import spb_flat_pb2 as pb

PROPERTY = "Grade"


def grades_of(properties: pa.Array) -> pa.Array:
    """Give each metric's grade, as its place in GRADES, by its property `Grade`; else machine."""
    codes: Any = np.zeros(len(properties), np.int32)
    for place, given in enumerate(properties.to_pylist()):
        codes[place] = GRADES.index(_grade(given)) if given is not None else 0
    return pa.array(codes)


def _grade(properties: bytes) -> Grade:
    try:
        read = pb.PropertySet.FromString(properties)
    except DecodeError:
        return Grade.MACHINE
    for key, value in zip(read.keys, read.values, strict=False):
        if key == PROPERTY and value.string_value in GRADES:
            return Grade(value.string_value)
    return Grade.MACHINE
