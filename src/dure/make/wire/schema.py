"""What readings and quarantined messages look like as tables."""

import pyarrow as pa

MOMENT = pa.timestamp("ms", tz="UTC")
WORD = pa.dictionary(pa.int32(), pa.string())
READINGS = pa.schema(
    [
        ("edge", WORD),
        ("device", WORD),  # '' is the edge node itself
        ("metric", WORD),
        ("at", MOMENT),  # by the device's clock
        ("received", MOMENT),  # by the broker's clock
        ("value", pa.float64()),
        ("text", pa.string()),
        ("raw", pa.binary()),
        ("datatype", pa.uint8()),
        ("is_null", pa.bool_()),
        ("is_historical", pa.bool_()),
        ("quality", pa.int32()),
        ("grade", WORD),  # machine, hand or laboratory
        ("source", WORD),
        ("seq", pa.int64()),  # with source, epoch and position: what makes a row unique
        ("position", pa.int32()),
    ]
)
QUARANTINE = pa.schema(
    [
        ("topic", pa.string()),
        ("received", MOMENT),
        ("code", pa.string()),
        ("problem", pa.string()),
        ("payload", pa.binary()),
        ("source", WORD),
        ("seq", pa.int64()),
    ]
)
