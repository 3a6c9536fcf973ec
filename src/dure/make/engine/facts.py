"""The facts of making."""

from dure.kernel.fact import FactKind

JOB_PREPARED = FactKind("JobPrepared", "job", ("order", "step", "device"))
JOB_STARTED = FactKind("JobStarted", "job", ("job_order",))
JOB_WITHDRAWN = FactKind("JobWithdrawn", "job", ("job_order",))
JOB_COUNTED = FactKind("JobCounted", "job", ("good", "scrap", "grade"), schema=2)
JOB_FINISHED = FactKind("JobFinished", "job", ("order", "job_order", "step"))

LOT_OPENED = FactKind("LotOpened", "lot", ("job", "job_order"))
LOT_COUNTED = FactKind("LotCounted", "lot", ("good", "scrap", "grade"), schema=2)
LOT_HELD = FactKind("LotHeld", "lot", ("order", "job_order", "step", "alarm"))
LOT_INSPECTED = FactKind(
    "LotInspected", "lot", ("order", "job_order", "step", "inspected", "failed", "clear")
)
LOT_RELEASED = FactKind("LotReleased", "lot", ("order", "job_order", "step", "planned"))

CHARACTERISTIC_DECLARED = FactKind(
    "CharacteristicDeclared", "characteristic", ("device", "unit", "subgroup", "baseline")
)
LIMITS_SET = FactKind("LimitsSet", "characteristic", ("center", "sigma", "points"))
ALARM_RAISED = FactKind("AlarmRaised", "alarm", ("device", "metric", "value", "reading_at"))
ALARM_CLOSED = FactKind("AlarmClosed", "alarm", ("note",))

SEGMENT_SEALED = FactKind(
    "SegmentSealed", "segment", ("line", "line_hash", "content", "at_lo", "at_hi")
)
HISTORY_COMPACTED = FactKind("HistoryCompacted", "compacted_file", ("day", "at_lo", "at_hi"))
HISTORY_MERGED = FactKind("HistoryMerged", "compacted_file", ("into",))
HISTORY_FORGOTTEN = FactKind("HistoryForgotten", "compacted_file", ("day", "days"))
RETENTION_SET = FactKind("RetentionSet", "retention")
GAP_FOUND = FactKind("GapFound", "gap", ("line",))

GATEWAY_KEY_REGISTERED = FactKind("GatewayKeyRegistered", "gateway_key", ("name",))
GATEWAY_KEY_REVOKED = FactKind("GatewayKeyRevoked", "gateway_key", ())
COMMAND_GIVEN = FactKind("CommandGiven", "command")
