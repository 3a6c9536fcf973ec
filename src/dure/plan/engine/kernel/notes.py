"""Notes of the steps that changed a plan, for a twin to go along with them."""

from dure.plan.engine.layout import (
    END,
    MACHINE,
    NOTE,
    NOTED,
    NOTES_END,
    OLD_END,
    OLD_MACHINE,
    OLD_START,
    OLD_WAY,
    REMOVED,
    REMOVED_LIST,
    STANDS,
    START,
    STOOD,
    WAY,
    Memory,
)


def note_step(m: Memory) -> None:
    """Note what a step took out, how many and each of them; nothing if all stands as before."""
    is_new = False
    note = m[NOTES_END] + 1
    for index in range(m[REMOVED_LIST], m[REMOVED_LIST] + m[REMOVED]):
        operation = m[index]
        if m[operation + OLD_MACHINE] != m[operation + MACHINE]:
            is_new = True
        if m[operation + OLD_START] != m[operation + START]:
            is_new = True
        note_operation(m, operation, note)
        note += NOTE
    if is_new:
        m[m[NOTES_END]] = m[REMOVED]
        m[NOTES_END] = note


def note_operation(m: Memory, operation: int, note: int) -> None:
    """Note where an operation stood before the step, and where it stands."""
    m[note + NOTED] = operation
    m[note + STOOD] = m[operation + OLD_MACHINE]
    m[note + STOOD + 1] = m[operation + OLD_WAY]
    m[note + STOOD + 2] = m[operation + OLD_START]
    m[note + STOOD + 3] = m[operation + OLD_END]
    m[note + STANDS] = m[operation + MACHINE]
    m[note + STANDS + 1] = m[operation + WAY]
    m[note + STANDS + 2] = m[operation + START]
    m[note + STANDS + 3] = m[operation + END]
