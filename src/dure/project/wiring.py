"""Who reacts to what: fact kind -> the services that follow it. The only such table."""

REACTIONS: dict[str, tuple[str, ...]] = {
    "AlarmRaised": ("dure.make.services.lots.hold_lot",),
    "ClusterChosen": ("dure.match.services.offer_steps",),
    "FirmJoined": ("dure.make.services.sealing.open_gateway",),
    "JobFinished": ("dure.move.services.note_made",),
    "JobOrderChanged": ("dure.make.services.jobs.prepare_job",),
    "JobOrderReleased": ("dure.make.services.jobs.prepare_job",),
    "LotInspected": (
        "dure.match.services.note_inspection",
        "dure.move.services.note_failed",
    ),
    "MaterialNeeded": ("dure.buy.services.pool_need",),
    "NeedAwarded": ("dure.move.services.note_bought",),
    "NeedUnderstood": ("dure.match.services.propose_clusters",),
    "RequestSubmitted": ("dure.sense.services.understand_need",),
    "RoundAwarded": ("dure.settle.services.book_materials",),
    "RoundClosed": ("dure.buy.services.start_award",),
    "SegmentSealed": ("dure.make.services.watch.watch_machines",),
    "StepAccepted": ("dure.match.services.form_cluster",),
    "StepCountered": ("dure.match.services.weigh_counter",),
    "StepDeclined": ("dure.match.services.offer_again",),
}
