"""What may be done with a job and its lot: counts, finishing, holding, inspecting, releasing."""

from dataclasses import dataclass, replace
from enum import StrEnum

from dure.kernel.errors import Malformed, Refused

MOST_OVER_PLAN = 2


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"  # another firm makes the step now


class LotState(StrEnum):
    """What may be done with a lot: only a released one leaves the house."""

    OPEN = "open"
    HELD = "held"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A job's state and what was counted so far."""

    state: JobState
    planned: int
    good: int
    scrap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A lot's state, its counts and what an inspection found."""

    state: LotState
    good: int
    scrapped: int
    inspected: int = 0
    failed: int = 0
    must_inspect: bool = False
    job_finished: bool = False


def start(tally: Tally) -> Tally:
    """Start a job. Starting a running one changes nothing: two taps are one."""
    if tally.state is JobState.FINISHED:
        raise Refused("make.job_finished")
    if tally.state is JobState.WITHDRAWN:
        raise Refused("make.job_withdrawn")
    return replace(tally, state=JobState.RUNNING)


def withdraw(tally: Tally) -> Tally:
    """Withdraw a job that nobody began; one that was begun stays as it is."""
    return replace(tally, state=JobState.WITHDRAWN) if tally.state is JobState.WAITING else tally


def count(tally: Tally, *, good: int, scrap: int) -> Tally:
    """
    Add good pieces and scrap to a running job.

    Raises Malformed for a negative count, Refused before the start, after the finish
    and past twice the planned quantity, where a slipped finger is likelier than work.
    """
    if good < 0 or scrap < 0:
        raise Malformed("make.negative_count", good=good, scrap=scrap)
    if tally.state in (JobState.WAITING, JobState.WITHDRAWN):
        raise Refused("make.job_not_started")
    if tally.state is JobState.FINISHED:
        raise Refused("make.job_finished")
    made = tally.good + good + tally.scrap + scrap
    if made > MOST_OVER_PLAN * tally.planned:
        raise Refused("make.count_beyond_plan", made=made, planned=tally.planned)
    return replace(tally, good=tally.good + good, scrap=tally.scrap + scrap)


def finish(tally: Tally) -> Tally:
    """Finish a running job; raises Refused where nothing was counted."""
    if tally.state is JobState.FINISHED:
        raise Refused("make.job_finished")
    if tally.state in (JobState.WAITING, JobState.WITHDRAWN):
        raise Refused("make.job_not_started")
    if tally.good + tally.scrap == 0:
        raise Refused("make.nothing_counted")
    return replace(tally, state=JobState.FINISHED)


def hold(lot: Holding) -> Holding:
    """Hold a lot until somebody has looked; raises Refused where it has left."""
    if lot.state is LotState.RELEASED:
        raise Refused("make.lot_released")
    return replace(lot, state=LotState.HELD, must_inspect=True, inspected=0, failed=0)


def inspect(lot: Holding, *, inspected: int, failed: int) -> Holding:
    """
    Note what an inspection found: failed pieces become scrap.

    A sample without a failure clears the lot; after a failure every piece must have been
    looked at, or the lot stays held. Raises Malformed for counts that cannot be.
    """
    if lot.state is LotState.RELEASED:
        raise Refused("make.lot_released")
    if not 0 <= failed <= inspected <= lot.good or inspected == 0:
        raise Malformed("make.inspection_counts", inspected=inspected, failed=failed, good=lot.good)
    looked_at_all = inspected == lot.good
    return replace(
        lot,
        good=lot.good - failed,
        scrapped=lot.scrapped + failed,
        inspected=inspected,
        failed=failed,
        must_inspect=failed > 0 and not looked_at_all,
    )


def release(lot: Holding) -> Holding:
    """
    Release a lot with its good pieces.

    Raises Refused while its job runs, while a hold is not yet inspected away, and
    where nothing good is left.
    """
    if lot.state is LotState.RELEASED:
        raise Refused("make.lot_released")
    if not lot.job_finished:
        raise Refused("make.job_not_finished")
    if lot.must_inspect:
        raise Refused("make.lot_uninspected")
    if lot.good == 0:
        raise Refused("make.nothing_good")
    return replace(lot, state=LotState.RELEASED)
