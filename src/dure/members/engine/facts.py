"""The facts of membership."""

from dure.kernel.fact import FactKind

FIRM_JOINED = FactKind("FirmJoined", "firm", ("shares", "processes"))
CAPABILITY_REVISED = FactKind(
    "CapabilityRevised",
    "offering",
    (
        "equipment",
        "lot_max",
        "lot_min",
        "materials",
        "minutes_per_100",
        "process",
        "setup_minutes",
        "setup_won",
        "site",
        "unit_won",
    ),
)
LICENCE_HELD = FactKind("LicenceHeld", "offering", ("kind", "number", "valid_until"))
CALENDAR_SET = FactKind("CalendarSet", "offering", ("holidays", "setup_operators", "shifts"))
OFFERING_SET = FactKind("OfferingSet", "offering", ("refuses",))
