"""What the room's endpoints give."""

from datetime import datetime
from typing import Any

from ninja import Schema


class StepOut(Schema):
    """One fact of a passport. index is its place in the log once that is final."""

    kind: str
    at: datetime
    maker: int
    held: str
    index: int | None
    values: dict[str, Any]


class PassportOut(Schema):
    """A lot's passport, with the link that opens it for anybody."""

    lot: str
    link: str
    size: int
    proven: int
    pending: int
    steps: list[StepOut]
