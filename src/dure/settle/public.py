"""What other rooms may ask of the money: settlements as far as the actor may see them."""

from dataclasses import dataclass
from uuid import UUID

from dure.kernel.errors import NotFound
from dure.settle import models

IN = (models.Payment.Kind.DEPOSIT, models.Payment.Kind.INVOICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSettlement:
    """
    An order's money as row policies let one reader see it.

    totals is None but for office and auditor; a member has its own shares, the buyer
    its invoice, and each its own payments.
    """

    order: UUID
    order_number: int
    totals: models.Settlement | None
    invoice: models.Invoice | None
    shares: tuple[models.ShareLine, ...]
    payments: tuple[models.Payment, ...]

    @property
    def paid_in(self) -> int:
        """Give what the bank has of the buyer's money."""
        confirmed = models.Payment.State.CONFIRMED
        return sum(
            each.won for each in self.payments if each.kind in IN and each.state == confirmed
        )

    @property
    def still_to_pay(self) -> int:
        """Give what the buyer still owes of the invoice."""
        return max(0, self.invoice.total - self.paid_in) if self.invoice else 0

    @property
    def paid_out(self) -> int:
        """Give what the shares that the reader sees come to."""
        return sum(share.pays for share in self.shares)


def settlement(order_id: UUID) -> ShownSettlement:
    """Give an order's money; raises NotFound for whoever has no part in it."""
    totals = models.Settlement.objects.filter(order_id=order_id).first()
    invoice = models.Invoice.objects.filter(order_id=order_id).first()
    shares = tuple(models.ShareLine.objects.filter(order_id=order_id).order_by("step"))
    seen = [row.order_number for row in (totals, invoice, *shares) if row]
    if not seen:
        raise NotFound("settle.no_settlement")
    payments = models.Payment.objects.filter(order_number=seen[0]).order_by("due_on", "reference")
    return ShownSettlement(
        order=order_id,
        order_number=seen[0],
        totals=totals,
        invoice=invoice,
        shares=shares,
        payments=tuple(payments),
    )


def payments(*, limit: int = 200) -> list[models.Payment]:
    """Give the payments that the actor has a part in, the latest due first."""
    return list(models.Payment.objects.order_by("-due_on", "reference")[:limit])


def settlements() -> tuple[ShownSettlement, ...]:
    """Give all orders' money that the actor has a part in, newest order first."""
    found: dict[int, UUID] = {}
    for model in (models.Settlement, models.Invoice, models.ShareLine):
        found.update(model._default_manager.values_list("order_number", "order_id"))
    return tuple(settlement(found[number]) for number in sorted(found, reverse=True)[:50])
