"""Tables as they come out of files, and columns as lists of Python's own values."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def loosened(table: "pa.Table") -> "pa.Table":
    """Let all columns be null: files declare what in them is not, and differ in that."""
    import pyarrow as pa

    return table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))


def listed(column: "pa.ChunkedArray") -> list[Any]:
    """Give a column's values, times as milliseconds; by numpy, in a twentieth of Arrow's time."""
    one = column.combine_chunks()
    if str(one.type).startswith("timestamp"):
        one = one.cast("int64")
    if one.null_count:
        return one.to_pylist() if one.null_count < len(one) else [None] * len(one)
    if hasattr(one, "indices"):
        words = one.dictionary.to_pylist()
        return [words[place] for place in one.indices.to_numpy().tolist()]
    values: list[Any] = one.to_numpy(zero_copy_only=False).tolist()
    return values
