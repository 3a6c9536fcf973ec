"""Between rows of firms and their values."""

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password

from dure.kernel.actor import Actor, Role
from dure.kernel.ids import BusinessNumber, FirmId, PersonId
from dure.kernel.money import Won
from dure.members import models
from dure.members.engine.ballot import Ballot, BallotState, Tally, parameter
from dure.members.engine.calendar import Shift, WorkCalendar
from dure.members.engine.firm import (
    Capability,
    Equipment,
    Firm,
    Joining,
    Kind,
    Licence,
    Offering,
    Rate,
    Site,
)
from dure.members.engine.holidays import national_holidays
from dure.members.engine.places import Place
from dure.members.engine.rulebook import Bylaws


class OfGenerated(PBKDF2PasswordHasher):
    """
    Hashes what we generate: 96 random bits, which nobody guesses, so hashing need not be slow.

    A cooperative of hundreds is founded in seconds, and signing in takes no second of a core.
    Whoever lets people choose a password needs a slow hash for those.
    """

    iterations = 10_000


def read_firm(row: models.Firm) -> Firm:
    """Give the value of a firm."""
    return Firm(
        id=FirmId(row.id),
        number=row.number,
        business_number=BusinessNumber(row.business_number),
        name=row.name,
        name_en=row.name_en,
        kind=Kind(row.kind),
        ksic=row.ksic,
    )


def read_bylaws(row: models.Bylaws) -> Bylaws:
    """Give the value of the bylaws."""
    return Bylaws(
        legal_form=row.legal_form,
        fee_basis_points=row.fee_basis_points,
        fair_share_basis_points=row.fair_share_basis_points,
        trial_basis_points=row.trial_basis_points,
        again_basis_points=row.again_basis_points,
        region_basis_points=row.region_basis_points,
    )


def read_ballot(row: models.Ballot) -> Ballot:
    """Give the value of a vote."""
    tally = None
    if row.members is not None:
        tally = Tally(
            members=row.members,
            votes_for=row.votes_for or 0,
            votes_against=row.votes_against or 0,
        )
    return Ballot(
        id=row.id,
        number=row.number,
        parameter=parameter(row.parameter),
        before=row.before,
        value=row.value,
        why=row.why,
        opened_on=row.opened_on,
        closes_on=row.closes_on,
        state=BallotState(row.state),
        tally=tally,
    )


def read_site(row: models.Site) -> Site:
    """Give the value of a site."""
    place = Place(building=row.building, east_m=row.east_m, north_m=row.north_m, region=row.region)
    return Site(id=row.id, firm=FirmId(row.firm_id), code=row.code, name=row.name, place=place)


def read_equipment(row: models.Equipment) -> Equipment:
    """Give the value of a machine."""
    return Equipment(
        id=row.id,
        firm=FirmId(row.firm_id),
        site=row.site_id,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
    )


def read_capability(row: models.Capability) -> Capability:
    """Give the value of a capability."""
    return Capability(
        id=row.id,
        firm=FirmId(row.firm_id),
        site=row.site_id,
        process=row.process,
        lot_min=row.lot_min,
        lot_max=row.lot_max,
        setup_minutes=row.setup_minutes,
        minutes_per_100=row.minutes_per_100,
        equipment=tuple(row.equipment),
        materials=tuple(row.materials),
        envelope_mm=tuple(row.envelope_mm),
        tolerance=row.tolerance,
    )


def read_rate(row: models.Rate) -> Rate:
    """Give the value of a line of a rate card."""
    return Rate(
        firm=FirmId(row.firm_id),
        process=row.process,
        setup_won=Won(row.setup_won),
        unit_won=Won(row.unit_won),
    )


def read_licence(row: models.Licence) -> Licence:
    """Give the value of a licence."""
    return Licence(
        firm=FirmId(row.firm_id), kind=row.kind, number=row.number, valid_until=row.valid_until
    )


def read_offering(row: models.Offering) -> Offering:
    """Give the value of what a firm offers as a whole."""
    return Offering(firm=FirmId(row.firm_id), is_open=row.is_open, refuses=frozenset(row.refuses))


def read_calendar(row: models.Calendar) -> WorkCalendar:
    """Give a firm's calendar, national holidays included."""
    own = frozenset(day for day in row.holidays if isinstance(day, date))
    shifts = tuple(
        Shift(weekday=weekday, start_minute=start, end_minute=end)
        for weekday, start, end in row.shifts
    )
    return WorkCalendar(
        shifts=shifts, holidays=own | national_holidays(), setup_operators=row.setup_operators
    )


def read_actor(row: models.Role) -> Actor:
    """Give whom a person may act as in one role."""
    return Actor(firm=FirmId(row.firm_id), role=Role(row.role), person=PersonId(row.person_id))


def write_joining(joining: Joining, passwords: dict[PersonId, str]) -> None:
    """Store what a firm brings; its own row stands already."""
    firm = joining.firm.id
    if joining.shares:
        models.ShareHolding.objects.create(firm_id=firm, shares=joining.shares)
    models.Site.objects.bulk_create(_site(site) for site in joining.sites)
    models.Equipment.objects.bulk_create(_equipment(item) for item in joining.equipment)
    models.Capability.objects.bulk_create(_capability(item) for item in joining.capabilities)
    models.Rate.objects.bulk_create(_rate(rate) for rate in joining.rates)
    models.Licence.objects.bulk_create(_licence(item) for item in joining.licences)
    models.Calendar.objects.create(firm_id=firm, **calendar_columns(joining.calendar))
    _write_people(joining, passwords)


def write_capability(revised: Capability, rate: Rate) -> models.Capability:
    """Store a capability in place of what the firm had for its process and site, and its rate."""
    key = {"firm_id": revised.firm, "process": revised.process, "site_id": revised.site}
    told = {name: getattr(revised, name) for name in REVISED}
    told |= {name: list(getattr(revised, name)) for name in LISTS}
    made = {"id": revised.id, **told}
    row, _ = models.Capability.objects.update_or_create(told, create_defaults=made, **key)
    won = {"setup_won": rate.setup_won, "unit_won": rate.unit_won}
    models.Rate.objects.update_or_create(won, firm_id=rate.firm, process=rate.process)
    return row


REVISED = ("lot_min", "lot_max", "setup_minutes", "minutes_per_100", "tolerance")
LISTS = ("equipment", "materials", "envelope_mm")


def write_licence(licence: Licence) -> None:
    """Store a licence in place of what the firm had of its kind."""
    told = {"number": licence.number, "valid_until": licence.valid_until}
    models.Licence.objects.update_or_create(told, firm_id=licence.firm, kind=licence.kind)


def write_calendar(firm: FirmId, calendar: WorkCalendar) -> None:
    """Store a firm's calendar in place of what it had."""
    models.Calendar.objects.update_or_create(calendar_columns(calendar), firm_id=firm)


def calendar_columns(calendar: WorkCalendar) -> dict[str, object]:
    """Give a calendar as its columns hold it."""
    return {
        "shifts": [[s.weekday, s.start_minute, s.end_minute] for s in calendar.shifts],
        "holidays": sorted(calendar.holidays - national_holidays()),
        "setup_operators": calendar.setup_operators,
    }


def _write_people(joining: Joining, passwords: dict[PersonId, str]) -> None:
    for person in joining.people:
        row = models.Person(
            id=person.id, email=person.email, name=person.name, firm_ids=[joining.firm.id]
        )
        row.password = make_password(passwords[person.id])
        row.save(force_insert=True)
        models.Role.objects.bulk_create(
            models.Role(person=row, firm_id=joining.firm.id, role=role.value)
            for role in person.roles
        )


def _site(site: Site) -> models.Site:
    return models.Site(
        id=site.id,
        firm_id=site.firm,
        code=site.code,
        name=site.name,
        building=site.place.building,
        east_m=site.place.east_m,
        north_m=site.place.north_m,
        region=site.place.region,
    )


def _equipment(item: Equipment) -> models.Equipment:
    return models.Equipment(
        id=item.id,
        firm_id=item.firm,
        site_id=item.site,
        code=item.code,
        name=item.name,
        name_en=item.name_en,
    )


def _capability(item: Capability) -> models.Capability:
    return models.Capability(
        id=item.id,
        firm_id=item.firm,
        site_id=item.site,
        process=item.process,
        lot_min=item.lot_min,
        lot_max=item.lot_max,
        setup_minutes=item.setup_minutes,
        minutes_per_100=item.minutes_per_100,
        equipment=list(item.equipment),
        materials=list(item.materials),
        envelope_mm=list(item.envelope_mm),
        tolerance=item.tolerance,
    )


def _rate(rate: Rate) -> models.Rate:
    return models.Rate(
        firm_id=rate.firm,
        process=rate.process,
        setup_won=rate.setup_won,
        unit_won=rate.unit_won,
    )


def _licence(item: Licence) -> models.Licence:
    return models.Licence(
        firm_id=item.firm, kind=item.kind, number=item.number, valid_until=item.valid_until
    )


def shares_by_number(rows: Iterable[models.ShareHolding]) -> dict[int, int]:
    """Give the shares of each member, keyed by its number."""
    return {row.firm.number: row.shares for row in rows}
