"""The facts of plans, quotes, orders, job orders and proposals."""

from dure.kernel.fact import FactKind

PLAN_DRAFTED = FactKind(
    "PlanDrafted", "plan", ("lower_bound", "objective", "request", "seed", "steps")
)
PLAN_PUBLISHED = FactKind("PlanPublished", "plan", ("moved", "order", "order_number"))
PLAN_APPROVED = FactKind("PlanApproved", "plan", ())
PLAN_FROZEN = FactKind("PlanFrozen", "plan", ())
PLAN_RETIRED = FactKind("PlanRetired", "plan", ())

QUOTE_COMPOSED = FactKind(
    "QuoteComposed",
    "quote",
    ("band", "cluster", "fee", "materials", "plan", "reasons", "request", "valid_until", "work"),
)
QUOTE_ACCEPTED = FactKind("QuoteAccepted", "quote", ("order",))
QUOTE_EXPIRED = FactKind("QuoteExpired", "quote", ("reasons",))

ORDER_ACCEPTED = FactKind("OrderAccepted", "order", ("cluster", "quote", "request"))
PROMISE_AT_RISK = FactKind("PromiseAtRisk", "order", ("expected_on", "reasons"))

JOB_ORDER_RELEASED = FactKind(
    "JobOrderReleased",
    "job_order",
    (
        "hands_over",
        "name",
        "name_en",
        "order_id",
        "order_number",
        "price",
        "receives",
        "step",
        "unit",
    ),
)
JOB_ORDER_CHANGED = FactKind("JobOrderChanged", "job_order", JOB_ORDER_RELEASED.fields)
JOB_ORDER_STARTED = FactKind("JobOrderStarted", "job_order", ())
JOB_ORDER_PINNED = FactKind("JobOrderPinned", "job_order", ())
JOB_ORDER_GIVEN_BACK = FactKind(
    "JobOrderGivenBack", "job_order", ("cluster", "note", "order", "step")
)
JOB_ORDER_WITHDRAWN = FactKind("JobOrderWithdrawn", "job_order", ("order", "step"))
JOB_ORDER_DONE = FactKind("JobOrderDone", "job_order", ())

PLAN_CHANGE_PROPOSED = FactKind(
    "PlanChangeProposed",
    "proposal",
    ("job_order", "new", "old", "order", "order_number", "plan", "reasons"),
)
PROPOSAL_AGREED = FactKind("ProposalAgreed", "proposal", ("job_order", "order"))
PROPOSAL_REFUSED = FactKind("ProposalRefused", "proposal", ("job_order", "order"))
PROPOSAL_WITHDRAWN = FactKind("ProposalWithdrawn", "proposal", ("job_order", "order"))

INCIDENT_TOLD = FactKind(
    "IncidentTold", "incident", ("equipment", "job_order", "note", "order", "step")
)
INCIDENT_OVER = FactKind("IncidentOver", "incident", ())

FREE_TIME_PUBLISHED = FactKind("FreeTimePublished", "free_time", ("capability", "process"))
FREE_TIME_WITHDRAWN = FactKind("FreeTimeWithdrawn", "free_time", ("capability", "process"))

PLANNING_RULES_SET = FactKind("PlanningRulesSet", "planning_rules", ())
SCENARIO_ASKED = FactKind("ScenarioAsked", "scenario", ("changes",))
SCENARIO_PLANNED = FactKind("ScenarioPlanned", "scenario", ())
CALENDAR_OPENED = FactKind("CalendarOpened", "calendar_feed", ())
CALENDAR_CLOSED = FactKind("CalendarClosed", "calendar_feed", ())
