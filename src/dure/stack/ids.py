"""New row ids: UUIDv7, made in the process that inserts the row."""

import secrets
import time
from uuid import UUID

from dure.kernel.ids import uuid7


def new_id() -> UUID:
    """Make a row id. It sorts roughly by birth and means nothing."""
    return uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10))
