"""Rows of the cooperative's firms and people."""

from typing import ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from dure.journal.models import Aggregate, Row
from dure.kernel import actor
from dure.members.engine import firm as values
from dure.members.engine.ballot import BallotState
from dure.stack.ids import new_id
from dure.stack.tenancy import Private, Public

KINDS = [(kind.value, kind.value) for kind in values.Kind]
BALLOT_STATES = [(state.value, state.value) for state in BallotState]
ROLES = [(role.value, role.value) for role in actor.Role]


class Firm(Aggregate):
    """number is dense over all firms and breaks every tie."""

    number = models.PositiveIntegerField(unique=True)
    business_number = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=12, choices=KINDS)
    ksic = models.CharField(max_length=8, blank=True)

    audited = ("number", "business_number", "name", "kind")
    tenancy = Public()


class Bylaws(Aggregate):
    """정관: what the members resolved. fee and weights in basis points. One row."""

    firm = models.OneToOneField(Firm, models.PROTECT, related_name="bylaws")
    legal_form = models.CharField(max_length=24)
    fee_basis_points = models.PositiveIntegerField(default=300)
    fair_share_basis_points = models.PositiveIntegerField(default=1000)
    trial_basis_points = models.PositiveIntegerField(default=500)
    again_basis_points = models.PositiveIntegerField(default=500)
    region_basis_points = models.PositiveIntegerField(default=10_000)

    audited = (
        "legal_form",
        "fee_basis_points",
        "fair_share_basis_points",
        "trial_basis_points",
        "again_basis_points",
        "region_basis_points",
    )
    tenancy = Public()


class Ballot(Aggregate):
    """A vote on one figure of the bylaws. The counts stand once it is closed."""

    number = models.PositiveIntegerField(unique=True)
    firm_id = models.UUIDField()
    parameter = models.CharField(max_length=40)
    before = models.PositiveIntegerField()
    value = models.PositiveIntegerField()
    why = models.CharField(max_length=400, blank=True)
    opened_on = models.DateField()
    closes_on = models.DateField()
    state = models.CharField(max_length=8, choices=BALLOT_STATES)
    members = models.PositiveIntegerField(null=True)
    votes_for = models.PositiveIntegerField(null=True)
    votes_against = models.PositiveIntegerField(null=True)

    audited = ("number", "firm_id", "parameter", "value", "state", "votes_for", "votes_against")
    tenancy = Public(writers="all")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parameter"],
                condition=models.Q(state=BallotState.OPEN.value),
                name="one_open_ballot_a_parameter",
            )
        ]


class Vote(Aggregate):
    """What one member said in a vote; until it closes it may say otherwise."""

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="votes")
    firm_id = models.UUIDField()
    is_for = models.BooleanField()

    audited = ("firm_id", "is_for")
    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ballot", "firm_id"], name="one_vote_a_member")
        ]


class ShareHolding(models.Model):
    """출자좌수. Open to the auditor; the register of members is not the web's."""

    firm = models.OneToOneField(Firm, models.PROTECT, primary_key=True, related_name="holding")
    shares = models.PositiveIntegerField()

    tenancy = Private(by=("firm_id",), auditor=True)


class Site(Row):
    firm = models.ForeignKey(Firm, models.PROTECT, related_name="sites")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=80)
    building = models.CharField(max_length=80)
    east_m = models.IntegerField()
    north_m = models.IntegerField()
    region = models.CharField(max_length=40, blank=True)

    tenancy = Public()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["firm", "code"], name="one_site_a_code")]


class Equipment(Row):
    firm = models.ForeignKey(Firm, models.PROTECT, related_name="equipment")
    site = models.ForeignKey(Site, models.PROTECT, related_name="equipment")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)

    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["firm", "code"], name="one_machine_a_code")]


class Calendar(models.Model):
    """
    shifts: [[weekday, start minute, end minute], ...] in Korean time; its own days off.

    setup_operators: how many people at each site set machines up; empty: as many as it takes.
    """

    firm = models.OneToOneField(Firm, models.PROTECT, primary_key=True, related_name="calendar")
    shifts = models.JSONField(default=list)
    holidays: "ArrayField[list[object], list[object]]" = ArrayField(
        models.DateField(), default=list
    )
    setup_operators = models.PositiveSmallIntegerField(null=True)

    tenancy = Private(by=("firm_id",))


class Capability(Row):
    firm = models.ForeignKey(Firm, models.PROTECT, related_name="capabilities")
    site = models.ForeignKey(Site, models.PROTECT, related_name="capabilities")
    process = models.CharField(max_length=40)
    lot_min = models.PositiveIntegerField()
    lot_max = models.PositiveIntegerField()
    setup_minutes = models.PositiveIntegerField()
    minutes_per_100 = models.PositiveIntegerField()
    equipment: "ArrayField[list[UUID], list[UUID]]" = ArrayField(models.UUIDField())
    materials: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=40), default=list, blank=True
    )
    envelope_mm: "ArrayField[list[int], list[int]]" = ArrayField(
        models.PositiveIntegerField(), default=list, blank=True
    )
    tolerance = models.PositiveSmallIntegerField(default=0)

    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "process", "site"], name="one_capability_a_process"
            ),
            models.CheckConstraint(
                condition=models.Q(lot_min__gt=0, lot_max__gte=models.F("lot_min")),
                name="lot_range_holds",
            ),
        ]
        indexes = [models.Index(fields=["process"], name="capabilities_by_process")]


class Rate(Row):
    firm = models.ForeignKey(Firm, models.PROTECT, related_name="rates")
    process = models.CharField(max_length=40)
    setup_won = models.PositiveBigIntegerField()
    unit_won = models.PositiveBigIntegerField()

    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "process"], name="one_rate_a_process")
        ]


class Licence(Row):
    firm = models.ForeignKey(Firm, models.PROTECT, related_name="licences")
    kind = models.CharField(max_length=40)
    number = models.CharField(max_length=40)
    valid_until = models.DateField(null=True, blank=True)

    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["firm", "kind"], name="one_licence_a_kind")]


class Offering(Aggregate):
    """
    What a firm offers to the others, as a whole: facts of what it revises are about this row.

    is_open: it takes part in matches. refuses: buyers for whom it does not work.
    """

    firm = models.OneToOneField(Firm, models.PROTECT, related_name="offering")
    is_open = models.BooleanField(default=True)
    refuses: "ArrayField[list[UUID], list[UUID]]" = ArrayField(models.UUIDField(), default=list)

    audited = ("is_open",)
    tenancy = Private(by=("firm_id",))


class People(BaseUserManager["Person"]):
    """Finds people by e-mail, whatever its capitals."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """Find somebody by e-mail address."""
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser):
    """firm_ids repeats the firms of the person's roles, so that row policies can read them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=60)
    firm_ids: "ArrayField[list[UUID], list[UUID]]" = ArrayField(models.UUIDField(), default=list)
    last_login = None  # sign-ins are not counted

    tenancy = Private(by=("firm_ids",), door=True)
    objects: ClassVar[People] = People()
    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.name


class Role(Row):
    person = models.ForeignKey(Person, models.PROTECT, related_name="roles")
    firm = models.ForeignKey(Firm, models.PROTECT, related_name="roles")
    role = models.CharField(max_length=12, choices=ROLES)

    tenancy = Private(by=("firm_id",), door=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "firm", "role"], name="one_role_once")
        ]


class ApiToken(Row):
    """A key to the API. Only its SHA-256 is kept."""

    firm = models.ForeignKey(Firm, models.PROTECT, related_name="tokens")
    role = models.CharField(max_length=12, choices=ROLES)
    sha256 = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    tenancy = Private(by=("firm_id",), door=True)
