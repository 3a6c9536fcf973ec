"""What later rooms found out about needs: orders that requests became, scrap at each step."""

from dure.kernel.fact import Fact
from dure.kernel.time import Instant, seoul_date
from dure.sense import models
from dure.sense.engine.need import step_of


def note_order(fact: Fact, at: Instant) -> None:
    """Remember an order that a request became: demand, price bands; follows OrderAccepted."""
    row = models.Request.objects.get(id=str(fact.payload["request"]))
    number, price = fact.sets["number"], fact.sets["price"]
    assert isinstance(number, int), "plan tells an order's number"
    assert isinstance(price, int), "plan tells an order's price"
    models.OrderSeen.objects.create(
        fact_id=fact.id,
        order_id=fact.aggregate_id,
        order_number=number,
        request=row,
        buyer_id=row.buyer_id,
        product_id=row.product_id,
        quantity=row.quantity,
        price_won=price,
        ordered_on=seoul_date(fact.at),
    )


def note_scrap(fact: Fact, at: Instant) -> None:
    """Remember what an inspection found at a step of a product; follows LotInspected."""
    step, order, pieces, failed = (
        fact.payload[name] for name in ("step", "order", "inspected", "failed")
    )
    seen = models.OrderSeen.objects.filter(order_id=str(order)).first()
    if seen and isinstance(pieces, int) and isinstance(failed, int) and pieces > 0:
        models.ScrapSeen.objects.create(
            fact_id=fact.id,
            product_id=seen.product_id,
            step=step_of(str(step)),
            pieces=pieces,
            failed=failed,
        )


def note_cluster(fact: Fact, at: Instant) -> None:
    """Remember which cluster is to make a request; follows ClusterChosen."""
    request = str(fact.payload["request"])
    models.Request.objects.filter(id=request).update(cluster_id=fact.aggregate_id)
