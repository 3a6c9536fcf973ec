"""The facts of the money. Each says what is known: nothing is paid before the bank says so."""

from dure.kernel.fact import FactKind

MATERIALS_BOOKED = FactKind("MaterialsBooked", "booking", ("round",))
PAYMENT_SCHEDULED = FactKind("PaymentScheduled", "payment", ("kind", "order", "due_on"))
PAYMENT_FILE_MADE = FactKind("PaymentFileMade", "payment", ("file",))
PAYMENT_CONFIRMED = FactKind("PaymentConfirmed", "payment", ("late_interest",))
ORDER_SETTLED = FactKind("OrderSettled", "settlement", ("supply", "margin"))
PAYMENTS_SCHEDULED = FactKind("PaymentsScheduled", "settlement", ("payments",))
INVOICE_DRAFTED = FactKind("InvoiceDrafted", "invoice", ("order", "due_on"))
INVOICE_ISSUED = FactKind("InvoiceIssued", "invoice", ("order",))
YEAR_CLOSE_PROPOSED = FactKind("YearCloseProposed", "year_close", ("to_legal_reserve",))
