"""What the worker keeps up with as business time passes, and what the office resolved about it."""

from typing import Any

from django.db import transaction

from dure.journal.services import tell
from dure.kernel.actor import COOPERATIVE
from dure.kernel.errors import Malformed
from dure.kernel.fact import Fact
from dure.kernel.time import Instant
from dure.plan import models
from dure.plan.engine import facts
from dure.plan.services import asking, quoting, standing

Plan = models.Plan
LONGEST = {"frozen_hours": 24 * 14, "answer_hours": 24 * 14, "hold_days": 60}


def keep_time(at: Instant) -> dict[str, int]:
    """Do what is due: silence is a no, quotes run out, plans freeze; gives how many of each."""
    return {
        "proposals": asking.expire_proposals(at),
        "quotes": quoting.expire_quotes(at),
        "plans": freeze_plans(at),
    }


def freeze_plans(at: Instant) -> int:
    """Say of released plans that all of them lies in the frozen zone; gives how many."""
    until = standing.frozen_until(at)
    later = models.Slot.objects.filter(starts__gte=until).values("plan_id")
    due = Plan.objects.filter(state=Plan.State.RELEASED).exclude(id__in=later)
    rows = list(due.select_for_update(skip_locked=True).order_by("number"))
    for row in rows:
        tell(row, facts.PLAN_FROZEN, at=at, state=Plan.State.FROZEN)
    return len(rows)


@transaction.atomic
def set_rules(at: Instant, **resolved: int) -> models.PlanningRules:
    """Set what was resolved about plans: frozen_hours, answer_hours, hold_days."""
    for name, value in resolved.items():
        if not (name == "frozen_hours" or value > 0) or not 0 <= value <= LONGEST[name]:
            raise Malformed("plan.bad_rule", most=LONGEST[name])
    row = standing.rules()
    whole: dict[str, Any] = {name: getattr(row, name) for name in LONGEST}
    tell(row, facts.PLANNING_RULES_SET, at=at, **(whole | resolved))
    return row


def rules() -> models.PlanningRules:
    """Give what was resolved about plans."""
    return standing.rules()


def note_lead_times(fact: Fact, at: Instant) -> None:
    """Note in how many days a supplier delivers what; follows SupplierOffered."""
    told: dict[str, Any] = {**fact.payload, **fact.sets}
    supplier = next(firm for firm in fact.parties if firm != COOPERATIVE)
    for line in told["lines"]:
        models.LeadTime.objects.update_or_create(
            supplier_id=supplier, material=line["item"], defaults={"days": told["lead_days"]}
        )
