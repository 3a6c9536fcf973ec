"""
What a new plan changes for one step, and why: what the office reads, and the step's member.

A member reads of its own step alone. What another firm did, or which other order is in
the way, is not said to it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.plan.engine.opening import Window, overlaps
from dure.plan.engine.posed import MINUTE, Placed
from dure.plan.engine.posing import Work

ELSEWHERE = Reason("plan.because_elsewhere")
A_SHIFT = timedelta(days=1)
"""So soon after nobody was there to set up, that is why something could not begin."""


def diff(old: Placed, new: Placed, quantities: tuple[int, int]) -> tuple[Reason, ...]:
    """Say in which way a step's new place and quantity differ from the old."""
    found = []
    later = int((new.starts - old.starts) // MINUTE)
    longer = int((new.ends - old.ends) // MINUTE) - later
    if later:
        code = "plan.starts_later" if later > 0 else "plan.starts_earlier"
        found.append(Reason(code, {"minutes": abs(later)}))
    elif longer:
        code = "plan.ends_later" if longer > 0 else "plan.ends_earlier"
        found.append(Reason(code, {"minutes": abs(longer)}))
    if new.machine != old.machine:
        found.append(Reason("plan.other_machine", {}))
    was, is_now = quantities
    if was != is_now:
        found.append(Reason("plan.other_quantity", {"old": was, "new": is_now}))
    return tuple(found)


def why_moved(
    old: Placed,
    work: Work,
    *,
    still: Mapping[UUID, Sequence[Window]],
    ready: Mapping[str, Instant],
    unset: Sequence[Window] = (),
    is_by_hand: bool = False,
    is_rush: bool = False,
) -> Reason:
    """
    Say why a step cannot stay where it stood, or need not.

    ready: when what each step of its order makes may leave, in the new plan. unset: when nobody
    is there to set its old machine up.
    """
    if is_by_hand:
        return Reason("plan.moved_by_hand")
    if overlaps(old.starts, old.ends, still.get(old.machine, ())):
        return Reason("plan.moved_machine_stands")
    if work.not_before and work.not_before > old.starts:
        return Reason("plan.moved_not_before", {"at": work.not_before.isoformat()})
    late = [step for step in work.after if ready[step] > old.starts]
    if late:
        return Reason("plan.moved_after_step", {"step": max(late, key=lambda step: ready[step])})
    if any(begins < old.starts < until + A_SHIFT for begins, until in unset):
        return Reason("plan.moved_not_set_up")
    return Reason("plan.moved_rush" if is_rush else "plan.moved_to_make_room")


def for_member(
    cause: Sequence[Reason], why: Reason, change: Sequence[Reason], *, is_its_own: bool
) -> tuple[Reason, ...]:
    """Give a change as its member reads it: the cause only where it is that member's own."""
    return (*(cause if is_its_own else (ELSEWHERE,)), why, *change)
