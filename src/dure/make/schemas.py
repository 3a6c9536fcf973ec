"""What the API of the shop floor takes and gives."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema

from dure.make.engine.keeping import LEAST_DAYS

MOST = 10_000_000


class GatewayOut(Schema):
    """
    What a member's machines need in order to speak MQTT 3.1.1 with Sparkplug B.

    tls says whether they speak TLS; authority is whom they trust then, PEM, or nothing where that
    is somebody whom every computer knows.
    """

    host: str
    port: int
    user: str
    password: str
    group: str
    tls: bool = False
    authority: str = ""


class GatewayKeyIn(Schema):
    """A gateway's public key, and its signature over the member's group; both hexadecimal."""

    public_key: str = Field(min_length=64, max_length=64)
    proof: str = Field(min_length=128, max_length=128)
    name: str = Field("", max_length=80)


class GatewayKeyOut(Schema):
    """A registered key."""

    id: UUID
    public_key: str
    name: str
    is_active: bool


class UploadOut(Schema):
    """A file of readings that was taken: its fingerprint, and how many readings it holds."""

    id: str
    rows: int


class HandIn(Schema):
    """What somebody saw, counted or measured at a machine: a number or a text."""

    metric: str = Field(min_length=1, max_length=128)
    value: float | str
    grade: Literal["hand", "laboratory"] = "hand"


class SeriesIn(Schema):
    """Which stretch of a series, and how wide the picture is, in points."""

    metric: str
    lo_ms: int = Field(0, ge=0, le=2**53)
    hi_ms: int = Field(2**53, ge=0, le=2**53)
    width: int = Field(600, ge=10, le=4_000)


class SeriesOut(Schema):
    """A series at one zoom; points are pairs of milliseconds since 1970 and value."""

    points: list[tuple[int, float]]
    readings: int
    worst_quality: int


class MinutesIn(Schema):
    """Which metric of all machines, and how many minutes up to when; now, where nothing is said."""

    metric: str
    minutes: int = Field(60, ge=1, le=1_440)
    hi_ms: int | None = Field(None, ge=0, le=2**53)


class MinuteOut(Schema):
    """What a metric of a machine came to in a minute, counted since 1970."""

    device: str
    minute: int
    mean: float | None
    least: float | None
    most: float | None


class QuantileIn(Schema):
    """Which metric of all machines, between which times, and which share of its readings."""

    metric: str
    share: float = Field(0.95, ge=0, le=1)
    lo_ms: int = Field(0, ge=0, le=2**53)
    hi_ms: int = Field(2**53, ge=0, le=2**53)


class QuantileOut(Schema):
    """The value of a machine that a share of its readings does not pass."""

    device: str
    value: float | None


class LastOut(Schema):
    """The last value of a series, in milliseconds since 1970."""

    device: str
    metric: str
    at: int
    value: float | None


class RetentionIn(Schema):
    """How many days one's own readings are kept; null is for ever."""

    days: Annotated[int, Field(json_schema_extra={"minimum": LEAST_DAYS})] | None


class HistoryOut(Schema):
    """
    What is kept of a member's readings, and how long.

    since_ms is the oldest device time, in milliseconds since 1970; days is null for ever;
    begins is when the rule takes effect.
    """

    rows: int
    size: int
    since_ms: int | None
    days: int | None
    begins: date | None


class CountIn(Schema):
    """Pieces made since the last count."""

    good: int = Field(0, ge=-MOST, le=MOST)
    scrap: int = Field(0, ge=-MOST, le=MOST)
    grade: Literal["machine", "hand"] = "hand"


class CommandIn(Schema):
    """A metric of a machine, and what it is to be set to."""

    metric: str = Field(max_length=200)
    value: bool | int | float | str


class JobOut(Schema):
    """A job. token is its way in by QR; only its own firm sees it."""

    id: UUID
    number: int
    job_order: UUID
    order: UUID
    step: str
    name: str
    unit: str
    device: str
    planned: int
    starts: datetime
    ends: datetime
    state: str
    good: int
    scrap: int
    token: str


class LotOut(Schema):
    """A lot."""

    id: UUID
    number: int
    job_order: UUID
    order: UUID
    step: str
    name: str
    unit: str
    device: str
    good: int
    scrapped: int
    state: str
    inspected: int
    failed: int
    must_inspect: bool
    counted_by: list[str]
    shipped: int


class ClaimsOut(Schema):
    """
    What is said about a lot from several sides; null where nobody says it.

    disagreements are reasons: code and parameters.
    """

    declared: int
    cycles: int | None
    energy_kwh: float | None
    usual_kwh: float | None
    made: int | None
    shipped: int | None
    disagreements: list[dict[str, Any]]


class InspectIn(Schema):
    """How many pieces somebody looked at, and how many of them failed."""

    inspected: int = Field(ge=-MOST, le=MOST)
    failed: int = Field(ge=-MOST, le=MOST)


class CharacteristicIn(Schema):
    """A metric of a machine to be watched by a control chart."""

    device: str = Field(min_length=1, max_length=64)
    metric: str = Field(min_length=1, max_length=128)
    name: str = Field("", max_length=80)
    name_en: str = Field("", max_length=80)
    unit: str = Field("", max_length=16)
    subgroup: int = 1
    baseline: int = 20


class CharacteristicOut(Schema):
    """A characteristic; center and sigma are null while it is being learnt."""

    id: UUID
    device: str
    metric: str
    name: str
    unit: str
    subgroup: int
    baseline: int
    center: float | None
    sigma: float | None


class AlarmOut(Schema):
    """An alarm: a characteristic broke Nelson's rule of this number."""

    id: UUID
    number: int
    device: str
    metric: str
    rule: int
    value: float
    reading_at: datetime
    is_open: bool
    lot_number: int | None


class AlarmIn(Schema):
    """What was found."""

    note: str = Field("", max_length=400)


class MachineOut(Schema):
    """A machine and what is known of it now. last_ms is the device's own time."""

    id: UUID
    device: str
    name: str
    name_en: str
    is_online: bool
    last_ms: int | None
    open_alarms: int


class ValueOut(Schema):
    """The latest value of one metric. Times are milliseconds since 1970."""

    metric: str
    value: float | None
    text: str | None
    at: int
    received: int
    quality: int | None = None
    grade: str = "machine"


class MachineWholeOut(MachineOut):
    """A machine with its latest values and what is watched on it."""

    values: list[ValueOut]
    characteristics: list[CharacteristicOut]


class ReadingsIn(Schema):
    """Which readings: of one metric or all, between two times, at most so many."""

    metric: str | None = None
    lo_ms: int = 0
    hi_ms: int = Field(2**53, le=2**53)
    limit: int = Field(1_000, ge=1, le=10_000)


class ReadingOut(Schema):
    """One reading. A value that is no number is null. Times are milliseconds since 1970."""

    metric: str
    at_ms: int
    received_ms: int
    value: float | None
    text: str | None
    is_historical: bool
    quality: int | None
    grade: str


class QuarantinedOut(Schema):
    """One message that could not be read."""

    topic: str
    received_ms: int
    code: str
    problem: str
    size: int
