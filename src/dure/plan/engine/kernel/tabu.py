"""
Tabu search for the makespan: climb, keep what is good, and climb again from between two of it.

Each turn makes the best move of one longest path that is not tabu, even if it makes the plan
worse. A climb ends after so many turns without gain; its best plan joins the few that are kept,
and the next climb starts between two of these (path relinking, after Peng, Lü and Cheng 2015):
each node takes its machine from one or the other, and the order of time is a mean of both, which
any job's order agrees with.
"""

from dure.plan.engine.kernel.balance import (
    balance,
    free_choice,
)
from dure.plan.engine.kernel.dice import (
    roll,
)
from dure.plan.engine.kernel.first import (
    clear,
    dispatch,
)
from dure.plan.engine.kernel.graph import (
    arrange,
    trace_path,
)
from dure.plan.engine.kernel.moves import (
    look_around,
    tabu_at,
)
from dure.plan.engine.kernel.order import (
    move_node,
)
from dure.plan.engine.layout import (
    BEST,
    BEST_END,
    BEST_MACHINE,
    BEST_START,
    BOUND,
    CHOICE,
    CLIMB,
    CLIMB_CHOICE,
    CLIMB_HEAD,
    CLIMBS,
    ELITES,
    HEAD,
    IDLE,
    KEEP,
    KEPT,
    LANE,
    LAST_AFTER,
    LAST_NODE_MOVED,
    LAST_WAY,
    LENGTH,
    LONGEST,
    MOVE_AFTER,
    MOVE_NODE,
    MOVE_WAY,
    NEXT,
    NODE,
    NODES,
    NODES_END,
    ON,
    ORDER,
    ORDER_KEYS,
    PATH_LENGTH,
    PREVIOUS,
    START,
    STEP,
    STEPS,
    TENURE,
    TURN,
    WAY,
    WAY_SIZE,
    WAYS,
    WAYS_END,
    Memory,
)
from dure.plan.engine.problem import (
    FAR,
)

SHARES = 8
QUARTERS = (0, 1, 2, 4, 8)
"""How much slack weighs in a dispatch, in quarters."""


def tabu(m: Memory, turns: int, patience: int) -> None:
    """Make so many turns; a climb ends after `patience` turns without gain."""
    if m[TURN] == 0:
        begin_best(m)
        begin_climb(m)
    for _ in range(turns):
        if m[BEST] <= m[BOUND]:
            return
        m[STEPS] += 1
        m[TURN] += 1
        if m[IDLE] > patience or not make_turn(m):
            end_climb(m)
            begin_climb(m)
        note_gain(m)


def make_turn(m: Memory) -> bool:
    """Make the best move that is not tabu, or any that is; False where there is none."""
    trace_path(m)
    look_around(m)
    if m[MOVE_NODE]:
        return move(m, m[MOVE_NODE], m[MOVE_WAY], m[MOVE_AFTER])
    if m[LAST_NODE_MOVED]:
        return move(m, m[LAST_NODE_MOVED], m[LAST_WAY], m[LAST_AFTER])
    return False


def move(m: Memory, node: int, way: int, after: int) -> bool:
    """Move a node, and forbid for a while to move it back."""
    until = m[TURN] + m[TENURE] + roll(m, m[TENURE] // 2 + 1)
    machine = m[node + LANE]
    if m[way + ON] != machine:
        m[tabu_at(m, node, machine)] = until + m[PATH_LENGTH] // 2
    else:
        forbid_passing(m, node, after, until)
    return move_node(m, node, way, after)


def forbid_passing(m: Memory, node: int, after: int, until: int) -> None:
    """Forbid what would restore the order of a node and those that it passes on its machine."""
    here = m[node + NEXT]
    if after and m[after + HEAD] > m[node + HEAD]:
        while here != m[after + NEXT]:
            m[tabu_at(m, node, here)] = until
            here = m[here + NEXT]
        return
    here = m[node + PREVIOUS]
    while here != after:
        m[tabu_at(m, here, node)] = until
        here = m[here + PREVIOUS]


def note_gain(m: Memory) -> None:
    """Remember the plan if it is the best of this climb, and of all."""
    m[IDLE] += 1
    if m[LONGEST] >= m[CLIMB]:
        return
    m[CLIMB] = m[LONGEST]
    m[IDLE] = 0
    for node in range(m[NODES], m[NODES_END], NODE):
        m[node + CLIMB_CHOICE] = m[node + CHOICE]
        m[node + CLIMB_HEAD] = m[node + HEAD]
    if m[LONGEST] < m[BEST]:
        m[BEST] = m[LONGEST]
        for node in range(m[NODES], m[NODES_END], NODE):
            step = m[node + STEP]
            m[step + BEST_MACHINE] = m[node + LANE]
            m[step + BEST_START] = m[node + HEAD]
            m[step + BEST_END] = m[node + HEAD] + m[node + LENGTH]


# climbs


def take_best_plan(m: Memory) -> None:
    """Begin with the best plan so far."""
    key = m[ORDER_KEYS]
    for node in range(m[NODES], m[NODES_END], NODE):
        step = m[node + STEP]
        for way in range(m[step + WAYS], m[step + WAYS_END], WAY_SIZE):
            if m[way + ON] == m[step + BEST_MACHINE]:
                m[node + CHOICE] = way
        key = set_key(m, node, key, m[step + BEST_START])
    m[BEST] = FAR


def set_key(m: Memory, node: int, key: int, time: int) -> int:
    """Give a node its place in the list of nodes by its time; give the next place."""
    m[m[ORDER] + key - m[ORDER_KEYS]] = node
    m[key] = time
    return key + 1


def begin_climb(m: Memory) -> None:
    """Line up what was chosen, and begin to count anew."""
    arrange(m)
    m[CLIMB] = FAR
    note_gain(m)


def end_climb(m: Memory) -> None:
    """Keep the climb's best plan if it is worth it; choose where the next climb begins."""
    keep_climb(m)
    m[CLIMBS] += 1
    if m[CLIMBS] < m[KEEP] or m[KEPT] < 2:
        scatter(m)
        return
    size = 1 + 2 * ((m[NODES_END] - m[NODES]) // NODE)
    one = roll(m, m[KEPT])
    other = (one + 1 + roll(m, m[KEPT] - 1)) % m[KEPT]
    mix(m, m[ELITES] + one * size, m[ELITES] + other * size)


def keep_climb(m: Memory) -> None:
    """Put the climb's best plan in the place of the worst that is kept, unless it is there."""
    size = 1 + 2 * ((m[NODES_END] - m[NODES]) // NODE)
    worst = m[ELITES]
    for elite in range(m[ELITES], m[ELITES] + m[KEPT] * size, size):
        if m[elite] == m[CLIMB] and apart(m, elite) == 0:
            return
        if m[elite] > m[worst]:
            worst = elite
    if m[KEPT] < m[KEEP]:
        worst = m[ELITES] + m[KEPT] * size
        m[KEPT] += 1
    elif m[worst] < m[CLIMB]:
        return
    m[worst] = m[CLIMB]
    here = worst + 1
    for node in range(m[NODES], m[NODES_END], NODE):
        m[here] = m[node + CLIMB_CHOICE]
        m[here + 1] = m[node + CLIMB_HEAD]
        here += 2


def apart(m: Memory, elite: int) -> int:
    """Say how many nodes stand elsewhere in a plan that is kept than in the climb's best."""
    different = 0
    here = elite + 1
    for node in range(m[NODES], m[NODES_END], NODE):
        if m[here] != m[node + CLIMB_CHOICE] or m[here + 1] != m[node + CLIMB_HEAD]:
            different += 1
        here += 2
    return different


def mix(m: Memory, one: int, other: int) -> None:
    """Choose machines and an order of time between two plans that are kept."""
    share = 2 + roll(m, SHARES - 3)
    key = m[ORDER_KEYS]
    here = 1
    for node in range(m[NODES], m[NODES_END], NODE):
        source = other if roll(m, SHARES) < share else one
        m[node + CHOICE] = m[source + here]
        time = m[one + here + 1] * (SHARES - share) + m[other + here + 1] * share
        key = set_key(m, node, key, time)
        here += 2


def scatter(m: Memory) -> None:
    """Choose anew: half the time by loads, else by dispatching with some ways overlooked."""
    if roll(m, 2) == 0:
        balance(m)
        dispatch_by(m, QUARTERS[roll(m, 5)], 0)
        free_choice(m)
    else:
        dispatch_by(m, QUARTERS[roll(m, 5)], 3 + roll(m, 6))


def dispatch_by(m: Memory, quarters: int, blink: int) -> None:
    """Dispatch, and take machines and the order of time from that."""
    clear(m)
    dispatch(m, quarters, blink)
    key = m[ORDER_KEYS]
    for node in range(m[NODES], m[NODES_END], NODE):
        m[node + CHOICE] = m[m[node + STEP] + WAY]
        key = set_key(m, node, key, m[m[node + STEP] + START])


def begin_best(m: Memory) -> None:
    """Begin with the best plan so far, or with one by loads where that is better."""
    take_best_plan(m)
    begin_climb(m)
    balance(m)
    best = -1
    for rule in range(5):
        dispatch_by(m, QUARTERS[rule], 0)
        arrange(m)
        if m[LONGEST] < m[CLIMB]:
            m[CLIMB] = m[LONGEST]
            best = rule
    if best >= 0:
        dispatch_by(m, QUARTERS[best], 0)
    free_choice(m)
    if best < 0:
        take_best_plan(m)
