"""
Matching as a library: `from dure.match.engine.alternatives import alternatives`.

Integers for won, minutes and metres; the same input gives the same answer on any
machine; ties go to the smaller member number.
"""
