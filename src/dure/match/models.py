"""Rows of alternatives, clusters and assignments, and what weighs in the next match."""

from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from dure.journal.models import Aggregate, Row
from dure.match.engine.cluster import ClusterState, OfferState
from dure.match.engine.standing import StandingState
from dure.stack.tenancy import Private, Public


class Search(Aggregate):
    """
    The search for clusters that could make a request. blocking: reasons where there are none.

    trial_step: the step that was kept for newcomers. is_told: whether those who were weighed were
    told why, which they are once the request is closed; closes_on: its day, if nothing else came.
    """

    request_id = models.UUIDField(unique=True)
    buyer_id = models.UUIDField()
    state = models.CharField(max_length=10)
    blocking = models.JSONField(default=list)
    trial_step = models.CharField(max_length=24, blank=True)
    closes_on = models.DateField()
    is_told = models.BooleanField(default=False)

    audited = ("buyer_id", "state")
    tenancy = Private(by=("buyer_id",))

    class Meta:
        indexes = [
            models.Index(
                fields=["closes_on"], condition=models.Q(is_told=False), name="searches_to_tell"
            )
        ]


class Alternative(Row):
    """
    steps: [[step, reason], ...] without makers, who stand in rows that only the office sees.

    lots: of each step that several make, into how many lots it goes.
    """

    search = models.ForeignKey(Search, models.PROTECT, related_name="alternatives")
    buyer_id = models.UUIDField()
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=8)
    price_won = models.PositiveBigIntegerField()
    longest_minutes = models.PositiveIntegerField()
    road_minutes = models.PositiveIntegerField()
    cost = models.PositiveBigIntegerField()
    bound = models.PositiveBigIntegerField()
    ready_on = models.DateField()
    steps = models.JSONField()
    lots = models.JSONField(default=dict)

    tenancy = Private(by=("buyer_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["search", "label"], name="one_alternative_a_label")
        ]


class Maker(Row):
    """Who would make a step of an alternative. weighed_won: its price as it weighed, in steps."""

    alternative = models.ForeignKey(Alternative, models.PROTECT, related_name="makers")
    position = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=24)
    firm_id = models.UUIDField()
    capability_id = models.UUIDField()
    site_id = models.UUIDField()
    price_won = models.PositiveBigIntegerField()
    weighed_won = models.PositiveBigIntegerField()
    minutes = models.PositiveIntegerField()
    reason = models.JSONField()

    tenancy = Private()


class Reckoning(Row):
    """
    What is to be said to everybody about a step once its request is closed.

    verdicts: 8 bytes each, see bridge/telling.py; codes: what their numbers stand for; told: what
    a reason about the step names. Only the worker reads it, and removes it when it has told.
    """

    search = models.ForeignKey(Search, models.PROTECT, related_name="reckonings")
    step = models.CharField(max_length=24)
    told = models.JSONField()
    codes = models.JSONField()
    verdicts = models.BinaryField()

    tenancy = Private(office=False)
    erasable = True


class Why(Row):
    """Why a member was chosen for a step or not: its own, and only once the request is closed."""

    firm_id = models.UUIDField()
    request_id = models.UUIDField()
    step = models.CharField(max_length=24)
    code = models.CharField(max_length=40)
    parameters = models.JSONField()
    third = models.PositiveSmallIntegerField()
    on = models.DateField()

    tenancy = Private(by=("firm_id",))
    erasable = True

    class Meta:
        indexes = [models.Index(fields=["firm_id", "on"], name="whys_of_a_member")]


class FairShare(Row):
    """A member's part of the members' work, 100 being its fair one, in tens; told once a day."""

    firm_id = models.UUIDField(unique=True)
    percent = models.PositiveIntegerField(null=True)
    on = models.DateField()

    tenancy = Private(by=("firm_id",))


class Frontier(Row):
    """
    What each weight of fair share costs. points: [[weight, extra, busiest, members], ...].

    given, tried: the steps accepted until then, and those of all given out that were trial work.
    """

    on = models.DateField(unique=True)
    needs = models.PositiveIntegerField()
    given = models.PositiveIntegerField()
    tried = models.PositiveIntegerField()
    is_simulated = models.BooleanField()
    points = models.JSONField()

    tenancy = Public()


class Agreement(Aggregate):
    """What a cluster's members agreed: roles, rules, brand (협약). body: canonical JSON."""

    number = models.PositiveIntegerField(unique=True)
    cluster_id = models.UUIDField(unique=True)
    request_id = models.UUIDField()
    party_ids: "ArrayField[list[UUID], list[UUID]]" = ArrayField(models.UUIDField())
    body = models.JSONField()
    signed_at = models.DateTimeField()

    audited = ("number", "cluster_id", "party_ids")
    tenancy = Private(by=("party_ids",))


class AgreedShare(Aggregate):
    """What one party of an agreement gets for its steps: its own, and no other party's to see."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="shares")
    firm_id = models.UUIDField()
    won = models.PositiveBigIntegerField()

    audited = ("firm_id", "won")
    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "firm_id"], name="one_share_a_party")
        ]


class Cluster(Aggregate):
    """member_ids: who accepted a step, so that they see that it forms. lots: its alternative's."""

    request_id = models.UUIDField()
    buyer_id = models.UUIDField()
    alternative = models.ForeignKey(Alternative, models.PROTECT, related_name="clusters")
    label = models.CharField(max_length=8)
    state = models.CharField(
        max_length=8, choices=[(state.value, state.value) for state in ClusterState]
    )
    member_ids: "ArrayField[list[UUID], list[UUID]]" = ArrayField(models.UUIDField(), default=list)
    lots = models.JSONField(default=dict)

    audited = ("request_id", "buyer_id", "state")
    tenancy = Private(by=("buyer_id", "member_ids"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request_id"],
                condition=~models.Q(state=ClusterState.FAILED.value),
                name="one_cluster_a_request",
            )
        ]


class Assignment(Aggregate):
    """
    One offer of a step to one member. What it declined stays, so that it is not asked again.

    is_beside: offered while another member still has the step, which gave it back. is_trial: of the
    work that is kept for newcomers. weighed_won: the price as it weighs in fair share.
    """

    cluster_id = models.UUIDField()
    position = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=24)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    process = models.CharField(max_length=40)
    quantity = models.PositiveIntegerField()
    good = models.PositiveIntegerField()
    unit = models.CharField(max_length=8)
    firm_id = models.UUIDField()
    capability_id = models.UUIDField()
    site_id = models.UUIDField()
    price_won = models.PositiveBigIntegerField()
    weighed_won = models.PositiveBigIntegerField()
    minutes = models.PositiveIntegerField()
    reason = models.JSONField()
    is_trial = models.BooleanField(default=False)
    due = models.DateField()
    deadline = models.DateTimeField()
    is_beside = models.BooleanField(default=False)
    state = models.CharField(
        max_length=10, choices=[(state.value, state.value) for state in OfferState]
    )

    audited: ClassVar[tuple[str, ...]] = ("firm_id", "price_won", "state")
    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cluster_id", "step"],
                condition=models.Q(state__in=["offered", "countered", "accepted"], is_beside=False),
                name="one_member_a_step",
            )
        ]
        indexes = [models.Index(fields=["firm_id", "process", "state"], name="work_of_a_member")]


class Workload(Row):
    """
    What a member took on for a process, in won as they weigh: its share of the work so far.

    The row is also what two acceptances of one member's last minutes wait for.
    """

    firm_id = models.UUIDField()
    process = models.CharField(max_length=40)
    accepted_won = models.PositiveBigIntegerField(default=0)

    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm_id", "process"], name="one_workload_a_process")
        ]


class FreeTimeSeen(Row):
    """
    What a member that keeps to itself published of a capability: a projection of plan's facts.

    days: [[date, minutes], ...] on which it would work for the cooperative. A lot of n takes
    setup_minutes and n · minutes_per_100 / 100; it costs setup_won and n · unit_won. told: the
    version of the fact that it is from.
    """

    firm_id = models.UUIDField()
    capability_id = models.UUIDField(unique=True)
    days = models.JSONField(default=list)
    setup_minutes = models.PositiveIntegerField(default=0)
    minutes_per_100 = models.PositiveIntegerField(default=0)
    setup_won = models.PositiveBigIntegerField(default=0)
    unit_won = models.PositiveBigIntegerField(default=0)
    is_open = models.BooleanField()
    told = models.PositiveIntegerField()

    tenancy = Private(by=("firm_id",))


class QualitySeen(Row):
    """What an inspection found: a projection of make's facts, for the posterior."""

    fact_id = models.UUIDField(unique=True)
    firm_id = models.UUIDField()
    process = models.CharField(max_length=40)
    on = models.DateField()
    pieces = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()

    tenancy = Private(by=("firm_id",))


class OrderMade(Row):
    """An order that a cluster makes, and how it went: a projection of later rooms' facts."""

    order_id = models.UUIDField(unique=True)
    number = models.PositiveIntegerField()
    cluster_id = models.UUIDField()
    request_id = models.UUIDField()
    ordered_on = models.DateField()
    promised_on = models.DateField()
    delivered_on = models.DateField(null=True)
    pieces = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    tenancy = Private()


class Standing(Aggregate):
    """
    A cluster that keeps coming back, or two that could offer something together.

    key: who and what, so that nothing is suggested twice. idea: null for one that stands as it is.
    """

    number = models.PositiveIntegerField(unique=True)
    key = models.CharField(max_length=64, unique=True)
    firm_ids: "ArrayField[list[UUID], list[UUID]]" = ArrayField(models.UUIDField())
    idea = models.JSONField(null=True)
    suggested_at = models.DateTimeField()
    state = models.CharField(
        max_length=9, choices=[(state.value, state.value) for state in StandingState]
    )

    audited = ("number", "state")
    tenancy = Private(by=("firm_ids",))


class StandingSide(Row):
    """What one group made together, for its own members' eyes. evidence is canonical JSON."""

    standing = models.ForeignKey(Standing, models.PROTECT, related_name="sides")
    position = models.PositiveSmallIntegerField()
    firm_ids: "ArrayField[list[UUID], list[UUID]]" = ArrayField(models.UUIDField())
    evidence = models.JSONField()

    tenancy = Private(by=("firm_ids",))


class StandingAnswer(Row):
    """What a member says to a suggestion: nobody else's to see until all have said yes."""

    standing = models.ForeignKey(Standing, models.PROTECT, related_name="answers")
    firm_id = models.UUIDField()
    wants = models.BooleanField()

    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["standing", "firm_id"], name="one_answer_a_member")
        ]
