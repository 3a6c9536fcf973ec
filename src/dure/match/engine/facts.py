"""The facts of clusters."""

from dure.kernel.fact import FactKind

CLUSTERS_PROPOSED = FactKind("ClustersProposed", "search", ("alternatives", "blocking", "request"))
CLUSTER_CHOSEN = FactKind("ClusterChosen", "cluster", ("alternative", "label", "request"))
STEP_OFFERED = FactKind(
    "StepOffered", "assignment", ("cluster", "minutes", "price", "quantity", "reason", "step")
)
STEP_ACCEPTED = FactKind("StepAccepted", "assignment", ("cluster", "step"))
STEP_DECLINED = FactKind("StepDeclined", "assignment", ("cluster", "silent", "step"))
STEP_COUNTERED = FactKind("StepCountered", "assignment", ("cluster", "note", "price", "step"))
STEP_TAKEN_OVER = FactKind("StepTakenOver", "assignment", ("cluster", "request", "step"))
STEP_LEFT_OPEN = FactKind("StepLeftOpen", "cluster", ("request", "step"))
STEP_WITHDRAWN = FactKind("StepWithdrawn", "assignment", ("cluster", "step"))
CLUSTER_FORMED = FactKind("ClusterFormed", "cluster", ("request", "steps"))
CLUSTER_FAILED = FactKind("ClusterFailed", "cluster", ("reason", "request"))

STANDING_SUGGESTED = FactKind("StandingSuggested", "standing", ("firms", "idea", "orders"))
STANDING_ANSWERED = FactKind("StandingAnswered", "standing", ("wants",))
STANDING_TAKEN_UP = FactKind("StandingTakenUp", "standing", ("firms", "idea"))
STANDING_LEFT = FactKind("StandingLeft", "standing", ())
AGREEMENT_SIGNED = FactKind(
    "AgreementSigned", "agreement", ("brand", "bylaws", "cluster", "request", "roles", "rules")
)
SHARE_AGREED = FactKind("ShareAgreed", "agreedshare", ("agreement", "steps"))
