"""The shop window: what the office lists, what members propose, and what becomes of it."""

from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.members import public as members
from dure.sense import models
from dure.sense.bridge import catalogue as bridge
from dure.sense.engine import facts
from dure.sense.engine.product import Product, check_new_in, check_product
from dure.sense.engine.proposal import Proposal, ProposalState
from dure.sense.engine.variants import check_variants
from dure.stack.tenancy import current_actor


@transaction.atomic
def list_product(product: Product, *, at: Instant) -> Product:
    """
    List a product in the catalogue.

    Raises Refused where its bills cannot hold for some variant (a cycle is named), its code is
    taken, or it is nothing new beside what it is based on.
    """
    _check(product)
    row = bridge.product_row(product)
    told = {name: getattr(row, name) for name in facts.PRODUCT_LISTED.fields}
    tell(row, facts.PRODUCT_LISTED, at=at, payload=told, code=product.code, name=product.name)
    return product


@transaction.atomic
def propose_product(product: Product, *, firm: FirmId, at: Instant) -> Proposal:
    """
    Propose a product for the shop window, as a member; nobody but the office sees it until listed.

    Raises Refused where it could not be listed as it stands.
    """
    _check(product)
    body = bridge.product_body(product)
    row = models.ProductProposal(body=body, name_en=product.name_en, proposed_at=at)
    tell(
        row,
        facts.PRODUCT_PROPOSED,
        at=at,
        parties=[firm],
        payload={"body": body},
        number=next_number("product proposal"),
        firm_id=firm,
        code=product.code,
        name=product.name,
        state=ProposalState.OPEN,
    )
    return bridge.read_proposal(row)


@transaction.atomic
def list_proposal(proposal_id: UUID, *, at: Instant) -> Product:
    """
    Take a member's proposal into the shop window, under its proposer's name.

    Whose product it is based on hears of it, and stays named on its page.
    Raises NotFound, and Refused where it was decided already or its code is taken by now.
    """
    row = _open_proposal(proposal_id)
    proposed = bridge.read_proposal(row).product
    product = list_product(proposed, at=at)
    tell(
        row,
        facts.PROPOSAL_LISTED,
        at=at,
        parties=[row.firm_id, *_credited(product)],
        payload={"product": product.id},
        state=ProposalState.LISTED,
    )
    return product


@transaction.atomic
def decline_proposal(proposal_id: UUID, *, why: str, at: Instant) -> None:
    """Leave a proposal out of the shop window; raises Refused without a reason to tell."""
    row = _open_proposal(proposal_id)
    if not why.strip():
        raise Refused("sense.say_why")
    row.why = why.strip()
    told = {"why": row.why}
    state = ProposalState.DECLINED
    tell(row, facts.PROPOSAL_DECLINED, at=at, parties=[row.firm_id], payload=told, state=state)


def _check(product: Product) -> None:
    check_product(product)
    check_variants(product)
    if models.Product.objects.filter(code=product.code).exists():
        raise Refused("sense.product_listed_already", product=product.code)
    if product.based_on:
        check_new_in(product, bridge.read_product(_base(product)))


def _base(product: Product) -> models.Product:
    row = models.Product.objects.filter(code=product.based_on).first()
    if row is None:
        raise Refused("sense.no_such_product", product=product.based_on)
    return row


def _credited(product: Product) -> list[UUID]:
    proposer = _base(product).proposed_by if product.based_on else None
    return [proposer] if proposer else []


def _open_proposal(proposal_id: UUID) -> models.ProductProposal:
    row = models.ProductProposal.objects.select_for_update().filter(id=proposal_id).first()
    if row is None:
        raise NotFound("sense.no_proposal")
    if row.state != ProposalState.OPEN:
        raise Refused("sense.proposal_decided", number=row.number)
    members.check_not_recused(current_actor(), [row.firm_id])
    return row
