"""Rows of the catalogue and of what buyers ask for."""

from django.db import models

from dure.journal.models import Aggregate
from dure.sense.engine.request import FreightTerms, InspectionStandard
from dure.stack.tenancy import Private, Public


class Product(Aggregate):
    """bill_of_materials and bill_of_process are the canonical JSON that ProductListed carries."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    product_class = models.CharField(max_length=24)
    bill_of_materials = models.JSONField()
    bill_of_process = models.JSONField()

    audited = ("code", "name")
    tenancy = Public()


class Request(Aggregate):
    """need and band are what understand_need found out; a null band was not worked out yet."""

    class State(models.TextChoices):
        SUBMITTED = "submitted"
        UNDERSTOOD = "understood"

    number = models.PositiveIntegerField(unique=True)
    buyer_id = models.UUIDField()
    product = models.ForeignKey(Product, models.PROTECT, related_name="requests")
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
    submitted_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State)
    need = models.JSONField(null=True)
    band = models.JSONField(null=True)

    audited = ("number", "buyer_id", "quantity", "due", "state")
    tenancy = Private(by=("buyer_id",))
