"""The money over HTTP."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.settle import bridge, models, public, services
from dure.settle.public import ShownSettlement
from dure.settle.schemas import (
    BankFileIn,
    BankFileOut,
    FileOut,
    InvoiceOut,
    IssueIn,
    PaymentFileIn,
    PaymentOut,
    SettlementOut,
    YearIn,
    YearOut,
)
from dure.stack.tenancy import actor_of, current_actor

router = Router(tags=["settle"])


@router.get("/settlements/{order_id}", response=SettlementOut)
def settlement(request: HttpRequest, order_id: UUID) -> ShownSettlement:
    """Show an order's money as far as one has a part in it."""
    current_actor()
    return public.settlement(order_id)


@router.post("/settlements/{order_id}/release", response=SettlementOut)
def release(request: HttpRequest, order_id: UUID) -> ShownSettlement:
    """Release a drafted settlement [office]: it is posted, and its payments are scheduled."""
    actor_of(request).must_be(Role.OFFICE)
    services.release_settlement(order_id, now())
    return public.settlement(order_id)


@router.post("/invoices/{order_id}/issue", response=InvoiceOut)
def issue(request: HttpRequest, order_id: UUID, body: IssueIn) -> models.Invoice:
    """Note the approval number under which the tax office took the invoice [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return services.issue_invoice(order_id, body.approval_number, now())


@router.get("/payments", response=list[PaymentOut])
def payments(request: HttpRequest) -> list[models.Payment]:
    """Show what is to be paid and was paid, as far as one has a part in it."""
    current_actor()
    return public.payments()


@router.post("/payment-files", response=FileOut)
def payment_file(request: HttpRequest, body: PaymentFileIn) -> dict[str, str]:
    """Make the bank's file of all transfers due by a day [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return {"csv": services.make_payment_file(body.until, now())}


@router.post("/bank-files", response=BankFileOut)
def bank_file(request: HttpRequest, body: BankFileIn) -> dict[str, list[str]]:
    """Read what the bank booked [office]: it alone confirms payments."""
    actor_of(request).must_be(Role.OFFICE)
    return services.read_bank_file(body.csv, now())


@router.post("/years/{year}/close", response={201: YearOut})
def close_year(request: HttpRequest, year: int, body: YearIn) -> Status[dict[str, object]]:
    """Propose what becomes of a year's result [office]; the assembly resolves it."""
    actor_of(request).must_be(Role.OFFICE)
    row = services.close_year(year, body.dict(), now())
    proposal = {
        **bridge.stored_result(row),
        "surplus": bridge.stored_inputs(row)["surplus"],
        "digest": row.digest,
    }
    return Status(201, proposal)
