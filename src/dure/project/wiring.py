"""Who reacts to what: fact kind -> the services that follow it. The only such table."""

REACTIONS: dict[str, tuple[str, ...]] = {
    "MaterialNeeded": ("dure.buy.services.pool_need",),
    "RequestSubmitted": ("dure.sense.services.understand_need",),
    "RoundAwarded": ("dure.settle.services.book_materials",),
    "RoundClosed": ("dure.buy.services.start_award",),
}
