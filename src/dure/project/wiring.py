"""Who reacts to what: fact kind -> the services that follow it. The only such table."""

REACTIONS: dict[str, tuple[str, ...]] = {
    "AlarmRaised": ("dure.make.services.lots.hold_lot",),
    "ClusterChosen": ("dure.match.services.offer_steps",),
    "ClusterFormed": ("dure.plan.services.quoting.compose_quote",),
    "DeliveryAccepted": ("dure.settle.services.settle_order",),
    "FirmJoined": ("dure.make.services.sealing.open_gateway",),
    "JobFinished": (
        "dure.move.services.note_made",
        "dure.plan.services.ordering.note_finished",
    ),
    "JobOrderChanged": ("dure.make.services.jobs.prepare_job",),
    "JobOrderReleased": ("dure.make.services.jobs.prepare_job",),
    "JobStarted": ("dure.plan.services.ordering.note_started",),
    "LotHeld": ("dure.plan.services.changing.propose_repair",),
    "LotInspected": (
        "dure.match.services.note_inspection",
        "dure.move.services.note_failed",
        "dure.plan.services.changing.propose_repair",
    ),
    "LotReleased": ("dure.plan.services.changing.propose_repair",),
    "MaterialNeeded": ("dure.buy.services.pool_need",),
    "NeedAwarded": ("dure.move.services.note_bought",),
    "NeedUnderstood": ("dure.match.services.propose_clusters",),
    "OrderAccepted": (
        "dure.plan.services.ordering.release_job_orders",
        "dure.settle.services.expect_deposit",
    ),
    "PlanPublished": (
        "dure.buy.services.pool_order",
        "dure.move.services.lay_routes",
    ),
    "ProposalAgreed": ("dure.plan.services.changing.settle_answers",),
    "ProposalRefused": ("dure.plan.services.changing.settle_answers",),
    "RequestSubmitted": ("dure.sense.services.understand_need",),
    "RoundAwarded": ("dure.settle.services.book_materials",),
    "RoundClosed": ("dure.buy.services.start_award",),
    "SegmentSealed": ("dure.make.services.watch.watch_machines",),
    "StepAccepted": ("dure.match.services.form_cluster",),
    "StepCountered": ("dure.match.services.weigh_counter",),
    "StepDeclined": ("dure.match.services.offer_again",),
}
