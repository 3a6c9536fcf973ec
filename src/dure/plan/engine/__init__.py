"""Scheduling across factories: pure values in, a plan out. `from dure.plan.engine.solve import solve`."""
