"""Scheduling across factories: a problem in, a plan out (`dure.plan.engine.solve.solve`)."""
