"""Who reacts to what: fact kind -> the services that follow it. The only such table."""

REACTIONS: dict[str, tuple[str, ...]] = {
    "RequestSubmitted": ("dure.sense.services.understand_need",),
}
