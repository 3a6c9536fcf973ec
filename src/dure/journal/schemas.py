"""What the journal's endpoints take and give."""

from datetime import date, datetime
from uuid import UUID

from ninja import Schema


class ClockIn(Schema):
    """The instant to which a demo's clock moves."""

    now: datetime


class ClockOut(Schema):
    """Business time, and whose clock it is: "machine" or "stored"."""

    now: datetime
    clock: str


class DeviceIn(Schema):
    """The public half, in base64url, of a key that was made on the firm's own device."""

    public_key: str


class WaitingOut(Schema):
    """A fact to be signed: kind of entry; canonical JSON; the key that salts it, in base64url."""

    kind: str
    body: str
    key: str


class DeviceOut(Schema):
    """
    Whose device, for which month of Seoul, by which key ("": none), and what waits for it.

    next_seq is the number of the next entry in its chain.
    """

    firm: UUID
    month: date
    public_key: str
    next_seq: int
    waiting: list[WaitingOut]


class EntriesIn(Schema):
    """Log entries that the device signed, each as the log will keep it."""

    lines: list[str]


class TakenOut(Schema):
    """How many entries were new."""

    taken: int


class EraseIn(Schema):
    """By what right (person, retention, authority) and why; the reason names nobody."""

    right: str
    reason: str


class ErasureOut(Schema):
    """A fact that was erased: what of it is left, and why."""

    fact: UUID
    kind: str
    happened: datetime
    erased: datetime
    right: str
    reason: str
