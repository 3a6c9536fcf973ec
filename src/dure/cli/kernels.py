"""
Compile what numba compiles, or load what was compiled: a minute or two, once for a machine.

Without it the first of each to be needed waits for its compiler, and so does each process that
needs it at the same time: none sees what another has begun.
"""

HIDDEN = True


def kernels() -> None:
    """
    Compile the kernels of plan, make and prove, before somebody's clock runs.

    Those of match take a few seconds, and are compiled when the first cluster is sought.
    """
    from importlib import import_module

    from dure.plan.engine.solve import prepare
    from dure.prove.engine.lanes import SIDE_BY_SIDE

    import_module("dure.make.wire.compiled")  # compiled when it is loaded
    SIDE_BY_SIDE.parents(SIDE_BY_SIDE.leaves([b"a", b"b"]))
    prepare()
