"""The facts of needs."""

from dure.kernel.fact import FactKind

PRODUCT_LISTED = FactKind(
    "ProductListed",
    "product",
    (
        "about",
        "about_en",
        "based_on",
        "bill_of_materials",
        "bill_of_process",
        "lot_max",
        "lot_min",
        "options",
        "product_class",
        "proposed_by",
    ),
    schema=3,
)
PRODUCT_PROPOSED = FactKind("ProductProposed", "product_proposal", ("body",))
PROPOSAL_LISTED = FactKind("ProductProposalListed", "product_proposal", ("product",))
PROPOSAL_DECLINED = FactKind("ProductProposalDeclined", "product_proposal", ("why",))

REQUEST_SUBMITTED = FactKind(
    "RequestSubmitted",
    "request",
    ("choices", "completeness", "earlier", "enquiry", "product", "terms"),
    schema=2,
)
REQUEST_COMPLETED = FactKind("RequestCompleted", "request", ("completeness", "terms"))
NEED_UNDERSTOOD = FactKind("NeedUnderstood", "request", ("band", "materials", "steps"))

ENQUIRY_MADE = FactKind("EnquiryMade", "enquiry", ("brief", "completeness"))
ENQUIRY_COMPLETED = FactKind("EnquiryCompleted", "enquiry", ("brief", "completeness"))
ENQUIRY_TURNED = FactKind("EnquiryTurned", "enquiry", ("product", "request"))
ENQUIRY_DECLINED = FactKind("EnquiryDeclined", "enquiry", ("why",))
ENQUIRY_WITHDRAWN = FactKind("EnquiryWithdrawn", "enquiry", ())
DRAWING_ATTACHED = FactKind("DrawingAttached", "drawing", ("enquiry", "kind", "size"))
DRAWING_REMOVED = FactKind("DrawingRemoved", "drawing", ("enquiry",))
DRAWING_OPENED = FactKind("DrawingOpened", "drawing", ("cluster", "to"))
DRAWING_CLOSED = FactKind("DrawingClosed", "drawing", ("cluster", "to"))
DRAWING_FETCHED = FactKind("DrawingFetched", "drawing", ())
