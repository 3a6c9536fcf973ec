"""
Promises and repairs at 10,000 operations: on a board, and through the services on a database.
"""

from collections.abc import Iterator

from bench import Figure
from bench.promise import onboard, throughout


def figures() -> Iterator[Figure]:
    """Measure both; what the database costs stands beside the board's own figure."""
    board = list(onboard.figures())
    yield from board
    yield from throughout.figures(board)
