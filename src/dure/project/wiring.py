"""Who reacts to what: fact kind -> the services that follow it. The only such table."""

REACTIONS: dict[str, tuple[str, ...]] = {
    "AlarmRaised": ("dure.make.services.lots.hold_lot",),
    "FirmJoined": ("dure.make.services.sealing.open_gateway",),
    "JobOrderReleased": ("dure.make.services.jobs.prepare_job",),
    "MaterialNeeded": ("dure.buy.services.pool_need",),
    "RequestSubmitted": ("dure.sense.services.understand_need",),
    "RoundAwarded": ("dure.settle.services.book_materials",),
    "RoundClosed": ("dure.buy.services.start_award",),
    "SegmentSealed": ("dure.make.services.watch.watch_machines",),
}
