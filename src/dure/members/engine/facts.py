"""The facts of membership."""

from dure.kernel.fact import FactKind

FIRM_JOINED = FactKind("FirmJoined", "firm", ("shares", "processes"))
CAPABILITY_REVISED = FactKind(
    "CapabilityRevised",
    "offering",
    (
        "envelope_mm",
        "equipment",
        "lot_max",
        "lot_min",
        "materials",
        "minutes_per_100",
        "process",
        "setup_minutes",
        "setup_won",
        "site",
        "tolerance",
        "unit_won",
    ),
    schema=2,
)
LICENCE_HELD = FactKind("LicenceHeld", "offering", ("kind", "number", "valid_until"))
CALENDAR_SET = FactKind("CalendarSet", "offering", ("holidays", "setup_operators", "shifts"))
OFFERING_SET = FactKind("OfferingSet", "offering", ("refuses",))
BYLAWS_ADOPTED = FactKind("BylawsAdopted", "bylaws", ())
BYLAW_CHANGED = FactKind("BylawChanged", "bylaws", ("ballot",))
BALLOT_OPENED = FactKind("BallotOpened", "ballot", ("before", "closes_on", "why"))
BALLOT_CLOSED = FactKind("BallotClosed", "ballot", ("members",))
VOTE_CAST = FactKind("VoteCast", "vote", ("ballot",))
PERSON_SEATED = FactKind("PersonSeated", "firm", ("person", "role"))
