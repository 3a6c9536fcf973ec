"""What the API of needs takes and gives."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema

from dure.kernel.errors import Malformed
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.members.public import certificate_codes, material_code, process_code
from dure.sense.engine.need import Need
from dure.sense.engine.product import (
    COARSEST,
    LARGEST_ORDER,
    Choice,
    Material,
    Option,
    Product,
    Step,
)
from dure.sense.engine.request import (
    Request,
    Terms,
    completeness,
    freight_terms,
    inspection_standard,
    missing,
)
from dure.stack.ids import new_id

PART = r"^[a-z0-9][a-z0-9-]*$"
Certificate = Annotated[str, Field(max_length=40)]


class StepIn(Schema):
    """
    A step; `after` names the steps whose output goes into it.

    What its maker must be able to do: material (STS304), envelope_mm (the piece's three sides),
    tolerance (an IT grade of ISO 286, 0 for none), certificates (ISO 9001).
    """

    code: str = Field(max_length=22, pattern=PART)
    name: str = Field(max_length=80)
    name_en: str = Field("", max_length=80)
    process: str
    product_class: str = "general"
    after: list[str] = []
    per_set: Decimal = Field(Decimal(1), max_digits=12, decimal_places=4)
    scrap_basis_points: int = Field(0, ge=0, lt=10_000)
    rest_minutes: int = Field(0, ge=0, le=100_000)
    critical: bool = False
    alternatives: list[str] = []
    only: list[str] = []
    material: str = Field("", max_length=40)
    envelope_mm: list[int] = Field([], max_length=3)
    tolerance: int = Field(0, ge=0, le=COARSEST)
    certificates: list[Certificate] = Field([], max_length=12)

    def step(self) -> Step:
        """
        Give the value; raises Malformed for an unknown process or class.

        An alternative counts in the same unit as the process: per_set means the same for both.
        """
        for other in self.alternatives:
            if process_code(other).unit != process_code(self.process).unit:
                raise Malformed("sense.alternative_unit", step=self.code, process=other)
        return Step(
            code=self.code,
            name=self.name,
            name_en=self.name_en,
            process=self.process,
            unit=process_code(self.process).unit,
            product_class=self.product_class or "general",
            after=tuple(self.after),
            per_set=self.per_set,
            scrap_basis_points=self.scrap_basis_points,
            rest_minutes=self.rest_minutes,
            critical=self.critical,
            alternatives=tuple(self.alternatives),
            only=tuple(self.only),
            material=material_code(self.material),
            envelope_mm=tuple(sorted(self.envelope_mm, reverse=True)),
            tolerance=self.tolerance,
            certificates=certificate_codes(self.certificates),
        )


class MaterialIn(Schema):
    """A material: what one set takes of it at a step; guide_won is its price a unit."""

    material: str = Field(max_length=40, pattern=PART)
    name: str = Field(max_length=80)
    name_en: str = Field("", max_length=80)
    unit: str
    per_set: Decimal = Field(max_digits=12, decimal_places=4)
    step: str
    guide_won: int = Field(0, ge=0, le=10**9)
    instead_of: str = ""
    only: list[str] = []

    def line(self) -> Material:
        """Give the value; raises Malformed for an unknown unit."""
        return Material(
            material=self.material,
            name=self.name,
            name_en=self.name_en,
            unit=self.unit,
            per_set=self.per_set,
            step=self.step,
            guide_won=Won(self.guide_won),
            instead_of=self.instead_of,
            only=tuple(self.only),
        )


class ChoiceIn(Schema):
    """One way to have an option."""

    code: str = Field(max_length=24, pattern=PART)
    name: str = Field(min_length=1, max_length=80)
    name_en: str = Field("", max_length=80)


class OptionIn(Schema):
    """What a buyer chooses; the first choice is the usual one."""

    code: str = Field(max_length=24, pattern=PART)
    name: str = Field(min_length=1, max_length=80)
    name_en: str = Field("", max_length=80)
    choices: list[ChoiceIn] = Field(min_length=2, max_length=40)

    def option(self) -> Option:
        """Give the value."""
        choices = tuple(Choice(**each.model_dump()) for each in self.choices)
        return Option(code=self.code, name=self.name, name_en=self.name_en, choices=choices)


class ProductIn(Schema):
    """
    A product for the catalogue.

    Its bills hold every variant: a line with `only: ["colour=white"]` is there for that choice.
    based_on: the code of the product that it varies, whose proposer keeps the credit.
    """

    code: str = Field(max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")
    name: str = Field(min_length=1, max_length=80)
    name_en: str = Field("", max_length=80)
    product_class: str = "general"
    bill_of_materials: list[MaterialIn] = []
    bill_of_process: list[StepIn]
    options: list[OptionIn] = Field([], max_length=12)
    lot_min: int = Field(1, ge=1, le=LARGEST_ORDER)
    lot_max: int = Field(LARGEST_ORDER, ge=1, le=LARGEST_ORDER)
    about: str = Field("", max_length=600)
    about_en: str = Field("", max_length=600)
    based_on: str = Field("", max_length=40)

    def product(self, proposed_by: FirmId | None = None) -> Product:
        """Give the value; raises Malformed for what means nothing."""
        return Product(
            id=new_id(),
            code=self.code,
            name=self.name,
            name_en=self.name_en,
            product_class=self.product_class or "general",
            materials=tuple(each.line() for each in self.bill_of_materials),
            steps=tuple(each.step() for each in self.bill_of_process),
            options=tuple(each.option() for each in self.options),
            lot_min=self.lot_min,
            lot_max=self.lot_max,
            about=self.about,
            about_en=self.about_en,
            proposed_by=proposed_by,
            based_on=self.based_on,
        )


class RequestIn(Schema):
    """
    A request. What is left out lowers its completeness.

    choices: "option=choice", the usual one where nothing is said. earlier: one's own request for
    the same product that this one goes on from, say its prototype. certificates: what every maker
    must hold to the due date.
    """

    product: str
    quantity: int = Field(ge=-(10**9), le=10**9)
    due: date
    spare_quantity: int | None = Field(None, ge=-(10**9), le=10**9)
    freight_terms: str | None = None
    inspection_standard: str | None = None
    deposit_percent: int | None = Field(None, ge=-1000, le=1000)
    destination: str = Field("", max_length=160)
    choices: list[str] = Field([], max_length=12)
    earlier: UUID | None = None
    certificates: list[Certificate] = Field([], max_length=12)

    def terms(self) -> Terms:
        """Give the value; raises Refused for terms that we do not know."""
        if "\x00" in self.destination:
            raise Malformed("sense.destination")
        return Terms(
            quantity=self.quantity,
            due=self.due,
            spare_quantity=self.spare_quantity,
            freight_terms=freight_terms(self.freight_terms) if self.freight_terms else None,
            inspection_standard=(
                inspection_standard(self.inspection_standard) if self.inspection_standard else None
            ),
            deposit_percent=self.deposit_percent,
            destination=self.destination,
            certificates=certificate_codes(self.certificates),
        )


class CompletionIn(Schema):
    """What a request lacked. no_spares: no spare pieces are needed."""

    freight_terms: str | None = None
    inspection_standard: str | None = None
    deposit_percent: int | None = Field(None, ge=-1000, le=1000)
    destination: str = Field("", max_length=160)
    no_spares: bool = False

    def terms(self) -> Terms:
        """Give the value, of whose quantity and day nothing is meant; raises as RequestIn does."""
        said = self.model_dump(exclude={"no_spares"}) | {"product": "", "quantity": 1}
        spare = 0 if self.no_spares else None
        return RequestIn(**said, due=date.max, spare_quantity=spare).terms()


class ReasonOut(Schema):
    """A reason: its code and parameters."""

    code: str
    parameters: dict[str, str | int]


class BandOut(Schema):
    """
    The price band in won without VAT; no ends where saying them would say too much.

    coverage_percent of orders end inside it; jobs: how many earlier ones say so, 0 where a
    simulated cooperative does.
    """

    low: int | None
    high: int | None
    firms: int
    coverage_percent: int
    jobs: int


class NeedStepOut(Schema):
    """A step of the order: what is started and what must come out well, in unit."""

    code: str
    name: str
    name_en: str
    process: str
    after: list[str]
    quantity: int
    good: int
    unit: str
    alternatives: list[str]
    material: str
    envelope_mm: list[int]
    tolerance: int
    certificates: list[str]


class NeedMaterialOut(Schema):
    """A material of the order."""

    material: str
    name: str
    name_en: str
    unit: str
    amount: Decimal
    step: str


class RequestOut(Schema):
    """A request, how complete it is, and its band once it was worked out."""

    id: UUID
    number: int
    product: str
    quantity: int
    spare_quantity: int | None
    due: date
    freight_terms: str | None
    inspection_standard: str | None
    deposit_percent: int | None
    destination: str
    certificates: list[str]
    submitted_at: datetime
    completeness: int
    missing: list[ReasonOut]
    band: BandOut | None
    choices: list[str]
    earlier: UUID | None
    enquiry: UUID | None
    steps: list[NeedStepOut] = []
    materials: list[NeedMaterialOut] = []


class OptionOut(Schema):
    """An option of a product, and the codes of its choices."""

    code: str
    name: str
    name_en: str
    choices: list[str]


class ProductOut(Schema):
    """A product of the catalogue."""

    id: UUID
    code: str
    name: str
    name_en: str
    product_class: str
    steps: list[str]
    options: list[OptionOut]
    lot_min: int
    lot_max: int
    about: str
    about_en: str
    proposed_by: UUID | None
    based_on: str


def request_out(request: Request, need: Need | None = None) -> dict[str, object]:
    """Give a request as the API shows it."""
    terms = request.terms
    shown = {name: getattr(terms, name) for name in Terms.__dataclass_fields__}
    return {
        **shown,
        "id": request.id,
        "number": request.number,
        "product": request.product,
        "submitted_at": request.submitted_at,
        "completeness": completeness(terms),
        "missing": [reason.as_json() for reason in missing(terms)],
        "band": request.band,
        "choices": request.choices,
        "earlier": request.earlier,
        "enquiry": request.enquiry,
        "steps": need.steps if need else (),
        "materials": need.materials if need else (),
    }


def product_out(product: Product) -> dict[str, object]:
    """Give a product as the API shows it."""
    return {
        "id": product.id,
        "code": product.code,
        "name": product.name,
        "name_en": product.name_en,
        "product_class": product.product_class,
        "steps": [step.code for step in product.steps],
        "options": [
            {
                "code": each.code,
                "name": each.name,
                "name_en": each.name_en,
                "choices": [choice.code for choice in each.choices],
            }
            for each in product.options
        ],
        "lot_min": product.lot_min,
        "lot_max": product.lot_max,
        "about": product.about,
        "about_en": product.about_en,
        "proposed_by": product.proposed_by,
        "based_on": product.based_on,
    }
