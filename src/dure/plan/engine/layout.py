"""
How a problem and its plan lie in memory: one row of integers that the kernel works on.

Everything is a record, and a record is known by its address in the row: the end of an
operation is memory[operation + END], the due date of its job memory[memory[operation +
JOB] + DUE]. Address 0 is the header, so 0 also means none. Records of a kind lie side by
side; `for operation in range(memory[job + FIRST], memory[job + LAST], OPERATION)` walks
through a job.

The row is a Python list (small problems) or a numpy array of 64-bit integers (compiled);
the same kernel runs on both, and both give the same plan.
"""

from typing import Protocol


class Memory(Protocol):
    """A row of integers: a list or a numpy array."""

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...
    def __len__(self) -> int: ...


NONE = -1
"""No family, no site: where 0 is a number like others."""

# The header. What changes: the cost of all jobs, minutes of set-up, what the best plan
# costs, steps done, the two halves of the die, and how long the lists below are.
TOTAL, SETUP, BEST, STEPS, DIE_ONE, DIE_TWO, REMOVED, STALE, LOOSE = range(9)
# The goal's weights.
TARDINESS, TRANSPORT, SETUP_WEIGHT, COST_WEIGHT, CHANGE, MAKESPAN = range(9, 15)
# Where the records begin and end.
JOBS, JOBS_END, OPERATIONS, OPERATIONS_END, SITES, ROAD, TRUCK, PATIENCE = range(15, 23)
# Where the lists lie: chosen jobs and their keys, removed operations, jobs that the best plan
# lacks, operations whose set-up is in doubt.
CHOSEN, KEYS, REMOVED_LIST, STALE_LIST, LOOSE_LIST, HEADER = range(23, 29)

# A job: its operations, whether each simply follows the one before, its wishes, what it costs
# now, whether the best plan lacks its present state, whether it is chosen.
FIRST, LAST, IS_CHAIN, DUE, WEIGHT, DESTINATION, COST, IS_STALE, IS_CHOSEN, JOB_SIZE = range(10)

# An operation: what it is,
JOB, RELEASE, FAMILY, SPLIT, BEFORE, BEFORE_END, BEHIND, BEHIND_END, WAYS, WAYS_END = range(10)
# where the published plan has it, where it stands (machine 0: nowhere), where the best plan
# has it, where it stood before the ruin, and how long what it made rests before it goes on.
PUBLISHED_MACHINE, PUBLISHED_START, MACHINE, WAY, START, END, IS_FIXED = range(10, 17)
BEST_MACHINE, BEST_START, BEST_END, OLD_MACHINE, OLD_WAY, OLD_START, OLD_END = range(17, 24)
DWELL, OPERATION = 24, 25

# An alternative. `REST` is the least time from its end to the end of its job.
ON, MINUTES, PRICE, REST, WAY_SIZE = range(5)

# A machine: its site, its calendar's windows (none: it always works), its set-up matrix and
# what it is set up for at the beginning, its operations in order of time.
SITE, WINDOWS, WINDOWS_END, SETUPS, SETUPS_SIZE, SETUP_AT_START, SLOTS, COUNT, MACHINE_SIZE = range(
    9
)

# A window of a calendar. `DONE` is the working minutes before it.
OPENS, CLOSES, DONE, WINDOW = range(4)
