"""
Twins: two copies of one plan, each of which goes along with what the other did.

A step of the other is gone if what it moved still stands where it stood, and if the places it
moved that to are free here too, and early enough reached.
"""

from dure.plan.engine.kernel.costs import (
    settle_job,
)
from dure.plan.engine.kernel.first import (
    miss,
    renew,
)
from dure.plan.engine.kernel.jobs import (
    in_time,
)
from dure.plan.engine.kernel.machines import (
    place_after,
    put_back,
    take,
    too_close,
)
from dure.plan.engine.kernel.roads import (
    ready_at,
)
from dure.plan.engine.layout import (
    COUNT,
    END,
    JOB,
    LOOSE,
    LOOSE_LIST,
    MACHINE,
    NOTE,
    NOTED,
    NOTES,
    NOTES_END,
    SITE,
    SLOTS,
    STANDS,
    START,
    STOOD,
    WAY,
    Memory,
)


def go_back(m: Memory) -> None:
    """Undo the noted steps, the last first, and forget them."""
    steps = 0
    step = m[NOTES]
    while step < m[NOTES_END]:
        steps += 1
        step += 1 + m[step] * NOTE
    while steps > 0:
        steps -= 1
        step = m[NOTES]
        for _ in range(steps):
            step += 1 + m[step] * NOTE
        stand(m, step)
    m[NOTES_END] = m[NOTES]


def stand(m: Memory, step: int) -> None:
    """Let what a step moved stand where it stood before."""
    for note in range(step + 1, step + 1 + m[step] * NOTE, NOTE):
        if m[m[note + NOTED] + MACHINE]:
            take(m, m[note + NOTED])
    for note in range(step + 1, step + 1 + m[step] * NOTE, NOTE):
        if m[note + STOOD]:
            place_as(m, note, note + STOOD)
    settle_step(m, step)
    m[LOOSE] = 0


def place_as(m: Memory, note: int, place: int) -> None:
    """Put a noted operation where machine, way, start and end say."""
    operation = m[note + NOTED]
    m[operation + WAY] = m[place + 1]
    m[operation + START] = m[place + 2]
    m[operation + END] = m[place + 3]
    put_back(m, operation, m[place])


def settle_step(m: Memory, step: int) -> None:
    """Bring the costs of the jobs that a step moved up to date."""
    for note in range(step + 1, step + 1 + m[step] * NOTE, NOTE):
        settle_job(m, m[m[note + NOTED] + JOB])


def go_along(m: Memory, begin: int, end: int) -> int:
    """Go the steps noted from begin to end, those that can be gone; give how many were."""
    gone = 0
    step = begin
    while step < end:
        if is_as_before(m, step) and go(m, step):
            gone += 1
            for note in range(step + 1, step + 1 + m[step] * NOTE, NOTE):
                miss(m, m[m[note + NOTED] + JOB])
        step += 1 + m[step] * NOTE
    renew(m)
    return gone


def is_as_before(m: Memory, step: int) -> bool:
    """Say whether what a step moves stands here where it stood there."""
    for note in range(step + 1, step + 1 + m[step] * NOTE, NOTE):
        operation = m[note + NOTED]
        if m[operation + MACHINE] != m[note + STOOD]:
            return False
        if m[note + STOOD] and m[operation + START] != m[note + STOOD + 2]:
            return False
    return True


def go(m: Memory, step: int) -> bool:
    """Go a noted step, or leave all as it is and say False."""
    for note in range(step + 1, step + 1 + m[step] * NOTE, NOTE):
        if m[m[note + NOTED] + MACHINE]:
            take(m, m[note + NOTED])
    for note in range(step + 1, step + 1 + m[step] * NOTE, NOTE):
        if m[note + STANDS] and not place_if_free(m, note):
            stand(m, step)
            return False
    for index in range(m[LOOSE_LIST], m[LOOSE_LIST] + m[LOOSE]):
        if m[m[index] + MACHINE] and too_close(m, m[index]):
            stand(m, step)
            return False
    settle_step(m, step)
    m[LOOSE] = 0
    return True


def place_if_free(m: Memory, note: int) -> bool:
    """Put an operation where a note says; False where it cannot begin, or leaves no room there."""
    operation, machine = m[note + NOTED], m[note + STANDS]
    start, end = m[note + STANDS + 2], m[note + STANDS + 3]
    if ready_at(m, operation, m[machine + SITE]) > start or not in_time(m, operation, machine, end):
        return False
    place = place_after(m, machine, start)
    slots = m[machine + SLOTS]
    if place < m[machine + COUNT] and m[m[slots + place] + START] < end:
        return False
    place_as(m, note, note + STANDS)
    if too_close(m, operation):
        return False
    return place + 1 == m[machine + COUNT] or not too_close(m, m[slots + place + 1])
