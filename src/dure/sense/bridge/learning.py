"""From rows of what was seen before to the values that bands and needs are made with."""

from uuid import UUID

from django.db.models import Sum

from dure.kernel.money import Won
from dure.sense import models
from dure.sense.engine.price_band import MOST_JOBS, Job
from dure.sense.engine.ways import Seen


def read_jobs() -> tuple[Job, ...]:
    """Give the latest orders that one may see with what had been estimated, the latest last."""
    rows = models.OrderSeen.objects.filter(request__estimate__isnull=False)
    latest = rows.order_by("-order_number").values_list(
        "price_won", "request__estimate__centre_won"
    )
    found = [Job(price=Won(price), centre=Won(centre)) for price, centre in latest[:MOST_JOBS]]
    return tuple(reversed(found))


def read_scrap(product_id: UUID) -> dict[str, Seen]:
    """Give what inspections of a product found, by step."""
    rows = models.ScrapSeen.objects.filter(product_id=product_id).values("step")
    found = rows.annotate(made=Sum("pieces"), bad=Sum("failed")).order_by("step")
    return {each["step"]: Seen(pieces=each["made"], failed=each["bad"]) for each in found}
