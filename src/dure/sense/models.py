"""Rows of the catalogue, of what buyers ask for, and of what was ordered and found before."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from dure.journal.models import Aggregate, Row
from dure.sense.engine.enquiry import EnquiryState
from dure.sense.engine.product import LARGEST_ORDER
from dure.sense.engine.proposal import ProposalState
from dure.sense.engine.request import FreightTerms, InspectionStandard
from dure.stack.tenancy import Private, Public


class Product(Aggregate):
    """Bills and options are the canonical JSON that ProductListed carries."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    product_class = models.CharField(max_length=24)
    bill_of_materials = models.JSONField()
    bill_of_process = models.JSONField()
    options = models.JSONField(default=list)
    lot_min = models.PositiveIntegerField(default=1)
    lot_max = models.PositiveIntegerField(default=LARGEST_ORDER)
    about = models.CharField(max_length=600, blank=True)
    about_en = models.CharField(max_length=600, blank=True)
    proposed_by = models.UUIDField(null=True)
    based_on = models.CharField(max_length=40, blank=True)

    audited = ("code", "name")
    tenancy = Public()


class ProductProposal(Aggregate):
    """A member's idea of a product, and nobody else's until it is listed. body: canonical JSON."""

    number = models.PositiveIntegerField(unique=True)
    firm_id = models.UUIDField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    body = models.JSONField()
    proposed_at = models.DateTimeField()
    why = models.CharField(max_length=400, blank=True)
    state = models.CharField(
        max_length=8, choices=[(state.value, state.value) for state in ProposalState]
    )

    audited = ("number", "firm_id", "code", "name", "state")
    tenancy = Private(by=("firm_id",))


class Enquiry(Aggregate):
    """A free request: what stands in no catalogue. brief is canonical JSON."""

    number = models.PositiveIntegerField(unique=True)
    buyer_id = models.UUIDField()
    brief = models.JSONField()
    made_at = models.DateTimeField()
    why = models.CharField(max_length=400, blank=True)
    state = models.CharField(
        max_length=9, choices=[(state.value, state.value) for state in EnquiryState]
    )

    audited = ("number", "buyer_id", "state")
    tenancy = Private(by=("buyer_id",))


class Drawing(Aggregate):
    """
    A file that came with a free request. reader_ids: makers who accepted a step of its cluster.

    steps: the steps whose makers need it; every maker, where none are named. A removed drawing
    keeps its row, so that what was sent and taken away stays known.
    """

    enquiry = models.ForeignKey(Enquiry, models.PROTECT, related_name="drawings")
    buyer_id = models.UUIDField()
    reader_ids: "ArrayField[list[UUID], list[UUID]]" = ArrayField(models.UUIDField(), default=list)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    steps: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=24), default=list
    )
    attached_at = models.DateTimeField()
    is_removed = models.BooleanField(default=False)

    audited = ("name", "sha256", "is_removed", "reader_ids")
    tenancy = Private(by=("buyer_id", "reader_ids"))


class DrawingBytes(models.Model):
    """A drawing's bytes as they came: behind the same policy as its row, and gone once removed."""

    drawing = models.OneToOneField(
        Drawing, models.DO_NOTHING, primary_key=True, related_name="content"
    )
    content = models.BinaryField()

    tenancy = Private(via="drawing")
    erasable = True


class Request(Aggregate):
    """need and band are what understand_need found out; a null band was not worked out yet."""

    class State(models.TextChoices):
        SUBMITTED = "submitted"
        UNDERSTOOD = "understood"

    number = models.PositiveIntegerField(unique=True)
    buyer_id = models.UUIDField()
    product = models.ForeignKey(Product, models.PROTECT, related_name="requests")
    choices = models.JSONField(default=list)
    enquiry = models.OneToOneField(Enquiry, models.PROTECT, null=True, related_name="request")
    earlier = models.ForeignKey("self", models.PROTECT, null=True, related_name="later")
    quantity = models.PositiveIntegerField()
    spare_quantity = models.PositiveIntegerField(null=True)
    due = models.DateField()
    freight_terms = models.CharField(
        max_length=12, null=True, choices=[(term.value, term.value) for term in FreightTerms]
    )
    inspection_standard = models.CharField(
        max_length=12, null=True, choices=[(term.value, term.value) for term in InspectionStandard]
    )
    deposit_percent = models.PositiveSmallIntegerField(null=True)
    destination = models.CharField(max_length=160, blank=True)
    certificates: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=40), default=list
    )
    submitted_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State)
    need = models.JSONField(null=True)
    band = models.JSONField(null=True)
    cluster_id = models.UUIDField(null=True)

    audited = ("number", "buyer_id", "quantity", "due", "state")
    tenancy = Private(by=("buyer_id",))


class Estimate(Row):
    """The centre of a request's price band, to the won: nearer to rates than what buyers see."""

    request = models.OneToOneField(Request, models.PROTECT, related_name="estimate")
    centre_won = models.PositiveBigIntegerField()

    tenancy = Private()


class OrderSeen(Row):
    """An order that a request became: a projection of plan's facts, for demand and price bands."""

    fact_id = models.UUIDField(unique=True)
    order_id = models.UUIDField(unique=True)
    order_number = models.PositiveIntegerField()
    request = models.OneToOneField(Request, models.PROTECT, related_name="order_seen")
    buyer_id = models.UUIDField()
    product = models.ForeignKey(Product, models.PROTECT, related_name="orders_seen")
    quantity = models.PositiveIntegerField()
    price_won = models.PositiveBigIntegerField()
    ordered_on = models.DateField()

    tenancy = Private(by=("buyer_id",))


class ScrapSeen(Row):
    """What an inspection found at a step of a product: a projection of make's facts."""

    fact_id = models.UUIDField(unique=True)
    product = models.ForeignKey(Product, models.PROTECT, related_name="scrap_seen")
    step = models.CharField(max_length=24)
    pieces = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()

    tenancy = Private()
