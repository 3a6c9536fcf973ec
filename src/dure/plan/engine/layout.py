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
CHOSEN, KEYS, REMOVED_LIST, STALE_LIST, LOOSE_LIST = range(23, 28)
# The tabu search: its nodes and the lists of them (in an order of time, with keys; on the longest
# path), a table of what is tabu until when, the plans worth keeping; then the move that is best
# so far, its estimate, how many are as good, and the same for moves that are tabu;
NODES, NODES_END, ORDER, ORDER_KEYS, PATH, PATH_LENGTH, TABU, ELITES = range(28, 36)
MOVE_NODE, MOVE_WAY, MOVE_AFTER, MOVE_VALUE, MOVE_TIES, LAST_NODE_MOVED, LAST_WAY = range(36, 43)
LAST_AFTER, LAST_TIES = 43, 44
# and turns done, the makespan now, the best of this climb, turns since it, tenure, the bound below
# which nothing can be, how many plans are kept, how many are to be, climbs done.
TURN, LONGEST, CLIMB, IDLE, TENURE, BOUND, KEPT, KEEP, CLIMBS = range(45, 54)
MACHINES, MACHINES_END, SPARE, SINKS, SINKS_END, STAMP = range(54, 60)
# Before this minute no set-up may begin: what is past is past.
NOW = 60
# All the work there is if each operation is done the quickest way.
BALANCED, CREWS, CREWS_END = 61, 62, 63
# What a minute above a site's even share weighs, all such minutes, and the sites' loads.
EVENNESS, UNEVEN, LOADS = 64, 65, 66
# The steps noted for a twin, from where to where, after where no more is noted (0: none at all),
# and where the twin's are put.
NOTES, NOTES_END, NOTES_FULL, OTHERS = 67, 68, 69, 70
# After how many minutes trucks leave again; how many roads lie in one integer: four, unless one is
# longer than fits.
DAY_LENGTH, ROADS_IN_ONE, HEADER = 71, 72, 73
ROAD_BITS, LONGEST_ROAD = 16, 0x7FFF

# A job: its operations, whether each simply follows the one before, its wishes, what it costs
# now, whether the best plan lacks its present state, whether it is chosen.
FIRST, LAST, IS_CHAIN, DUE, WEIGHT, DESTINATION, COST, IS_STALE, IS_CHOSEN = range(9)
# Whether it belongs to another region, and must stand still; from which minute on it is taken out.
AWAY, CUT, JOB_SIZE = 9, 10, 11

# What is read together stands together: a line of memory is eight integers.
# An operation: what it is; ONLY is the one way that may be taken (0: any), and what it made rests
# for DWELL before it goes on. Where it stands (machine 0: nowhere),
JOB, RELEASE, FAMILY, SPLIT, BEFORE, BEFORE_END, BEHIND, BEHIND_END, WAYS, WAYS_END = range(10)
ONLY, DWELL, MACHINE, WAY, START, END, IS_FIXED = range(10, 17)
# where it stood before the ruin, where the published plan has it, where the best plan has it.
OLD_MACHINE, OLD_WAY, OLD_START, OLD_END, PUBLISHED_MACHINE, PUBLISHED_START = range(17, 23)
BEST_MACHINE, BEST_START, BEST_END = 23, 24, 25
# Whether a crew is bound to its set-up, from when to when.
HELD, HELD_FROM, HELD_TO, OPERATION = 26, 27, 28, 29

# An alternative. `REST` is the least time from its end to the end of its job.
ON, MINUTES, PRICE, REST, WAY_SIZE = range(5)

# A machine: its site, its calendar's windows (none: it always works), its set-up matrix, how many
# operations stand on it, their starts and ends in rows of their own (a search for a gap then reads
# a few lines of memory that lie together, and not one for each operation), whether it belongs to
# another region and takes nothing; the operations in order of time, their families, the crew that
# sets it up (0: none is needed), how large its matrix is, and what it is set up for at the
# beginning.
SITE, WINDOWS, WINDOWS_END, SETUPS, COUNT, STARTS, ENDS, SHUT = range(8)
SLOTS, FAMILIES, CREW, SETUPS_SIZE, SETUP_AT_START = range(8, 13)
ROWS = SLOTS, STARTS, ENDS, FAMILIES
# Its row of nodes in the tabu search, how many they are, and their minutes.
ROW, IN_ROW, LOAD, MACHINE_SIZE = 13, 14, 15, 16

# A crew: how many operators, their calendar's windows as a machine has them, the operations whose
# set-ups they are bound to in order of time, and the longest time that one was ever bound.
OPERATORS, HOLDS, HELD_COUNT, LONGEST_HELD, CREW_SIZE = 0, 3, 4, 5, 6

# A note of an operation in a step: itself; machine, way, start and end before and after it.
NOTED, STOOD, STANDS, NOTE = 0, 1, 5, 9

# A site: the minutes of work that it has, and its even share of them.
WORK, SHARE, SITE_SIZE = range(3)

# A window of a calendar. `DONE` is the working minutes before it.
OPENS, CLOSES, DONE, WINDOW = range(4)

# A node: an operation as the tabu search sees it, between those before and behind it in its job
# and the two beside it on its machine. Its head is the longest way from the beginning to its start,
# its tail that from its end to the end of all; READY and AFTERWARDS are the job's part of these.
(
    STEP, ARRIVES, ARRIVES_END, LEAVES, LEAVES_END, CHOICE, LANE, LENGTH, PREVIOUS, NEXT,
    HEAD, TAIL, READY, AFTERWARDS, MARK, NEW_HEAD, CLIMB_CHOICE, CLIMB_HEAD, PLACE, NODE,
) = range(20)  # fmt: skip
