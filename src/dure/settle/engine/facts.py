"""The facts of the money. Each says what is known: nothing is paid before the bank says so."""

from dure.kernel.fact import FactKind

MATERIALS_BOOKED = FactKind("MaterialsBooked", "booking", ("round", "lines"))
DEPOSIT_ASKED = FactKind("DepositAsked", "payment", ("order", "won"))
ORDER_SETTLED = FactKind(
    "OrderSettled", "settlement", ("order", "digest", "supply", "vat", "margin", "shares")
)
PAYMENTS_SCHEDULED = FactKind("PaymentsScheduled", "settlement", ("order", "payments"))
INVOICE_ISSUED = FactKind("InvoiceIssued", "invoice", ("order", "approval_number"))
PAYMENT_FILE_MADE = FactKind("PaymentFileMade", "payment", ("reference", "won"))
PAYMENT_CONFIRMED = FactKind("PaymentConfirmed", "payment", ("reference", "won", "on", "interest"))
YEAR_CLOSE_PROPOSED = FactKind("YearCloseProposed", "year_close", ("year", "digest"))
