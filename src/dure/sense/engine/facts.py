"""The facts of needs."""

from dure.kernel.fact import FactKind

PRODUCT_LISTED = FactKind(
    "ProductListed", "product", ("bill_of_materials", "bill_of_process", "product_class")
)
REQUEST_SUBMITTED = FactKind("RequestSubmitted", "request", ("completeness", "product", "terms"))
NEED_UNDERSTOOD = FactKind("NeedUnderstood", "request", ("band", "materials", "steps"))
