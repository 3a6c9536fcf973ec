import pytest

from dure.journal.public import facts_of
from dure.kernel.actor import NOBODY, Role
from dure.kernel.errors import NotFound, Refused
from dure.make import models, public
from dure.make.services.jobs import count_job, finish_job, start_job, withdraw_job
from dure.make.services.lots import inspect_lot, release_lot
from dure.stack.tenancy import acting
from tests.cast import AT, WORKER
from tests.make.shop import lot_of, released, shop, token, withdrawn

pytestmark = pytest.mark.django_db


def foreman(job):
    with acting(NOBODY):
        return public.foreman_with(token(job))


def made(job, good=508, scrap=12):
    with acting(foreman(job)):
        start_job(token(job), at=AT)
        count_job(token(job), good=good, scrap=scrap, at=AT)
        finish_job(token(job), at=AT)
        return lot_of(job)


def test_it_works(mine, job):
    lot = made(job)

    with acting(mine.owner):
        release_lot(lot.id, at=AT)
        shown = public.lot(lot.id)
        (told,) = [fact for fact in facts_of(lot.id) if fact.kind == "LotReleased"]
        kinds = [fact.kind for fact in facts_of(job.id)]
    assert (508, 12, "released", "PRESS-1") == (
        shown.good,
        shown.scrapped,
        shown.state,
        shown.device,
    )
    assert (508, 500) == (told.sets["good"], told.payload["planned"])
    assert ["JobPrepared", "JobStarted", "JobCounted", "JobFinished"] == kinds


def test_the_foreman_of_a_qr_code_acts_for_its_firm_alone(mine, job):
    actor = foreman(job)

    assert (mine.firm, Role.FOREMAN, None) == (actor.firm, actor.role, actor.person)


@pytest.mark.parametrize("wrong", ["", "x", "A" * 24])
def test_a_wrong_token_opens_nothing(job, wrong):
    with acting(NOBODY):
        assert public.foreman_with(wrong) is None
    with acting(foreman(job)), pytest.raises(NotFound):
        start_job(wrong, at=AT)


def test_the_token_itself_is_not_kept(job):
    with acting(WORKER):
        kept = models.JobKey.objects.values_list("sha256", flat=True)[0]

    assert token(job).encode() not in bytes(kept)
    assert 24 == len(token(job))


def test_a_rivals_foreman_and_owner_find_no_job_and_no_lot(mine, job):
    rival = shop(3)
    theirs = released(rival)
    lot = made(job)

    with acting(foreman(theirs)), pytest.raises(NotFound):
        start_job(token(job), at=AT)
    with acting(rival.owner):
        assert () == public.lots()
        assert [theirs.id] == [each.id for each in public.jobs()]
        with pytest.raises(NotFound):
            release_lot(lot.id, at=AT)


def test_a_refused_count_leaves_everything_as_it_was(job):
    with acting(foreman(job)):
        start_job(token(job), at=AT)
        with pytest.raises(Refused):
            count_job(token(job), good=5_080, scrap=0, at=AT)

        assert (0, 0) == (public.job(job.id).good, models.Lot.objects.count())


def test_counts_add_up_in_job_and_lot(job):
    with acting(foreman(job)):
        start_job(token(job), at=AT)
        for good, scrap in ((100, 1), (0, 0), (200, 3)):
            count_job(token(job), good=good, scrap=scrap, at=AT)

        lot = lot_of(job)
        shown = public.job(job.id)
        assert (300, 4, 300, 4) == (shown.good, shown.scrap, lot.good, lot.scrapped)


def test_an_inspection_turns_failures_into_scrap_and_is_told(mine, job):
    lot = made(job)

    with acting(mine.owner):
        inspect_lot(lot.id, inspected=508, failed=8, at=AT)

        told = facts_of(lot.id)[-1]
        assert ("LotInspected", 8, True) == (
            told.kind,
            told.payload["failed"],
            told.payload["clear"],
        )
        assert (500, 20) == (public.lot(lot.id).good, public.lot(lot.id).scrapped)


def test_a_changed_job_order_keeps_what_was_counted(mine, job):
    with acting(foreman(job)):
        start_job(token(job), at=AT)
        count_job(token(job), good=100, scrap=0, at=AT)

    released(mine, quantity=540, job_order=job.job_order_id)

    with acting(mine.owner):
        (changed,) = public.jobs()
    assert (job.id, 540, 100, "running") == (
        changed.id,
        changed.planned,
        changed.good,
        changed.state,
    )


def test_a_job_sheet_carries_the_way_in(mine, job):
    with acting(mine.owner):
        sheet = public.job_sheet(job.job_order_id)

    assert f"/job/{token(job)}/" == sheet.path
    assert 500 == sheet.job.planned


def test_lots_of_an_order_are_found_by_the_order(mine, job):
    lot = made(job)

    with acting(mine.owner):
        assert [lot.id] == [each.id for each in public.lots_of(job.order_id)]


def test_what_another_firm_makes_now_is_not_started(job):
    with acting(WORKER):
        withdraw_job(withdrawn(job), AT)

    with acting(foreman(job)), pytest.raises(Refused, match=r"make\.job_withdrawn"):
        start_job(token(job), at=AT)
