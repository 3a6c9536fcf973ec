"""
What a gateway says went wrong at its own site: one reading of the edge node itself.

    metric  Gateway/Trouble
    text    {"code":"make.file_encoding","parameters":{"file":"일지.csv"},"count":1}

Only what stands in KNOWN is taken for a trouble, with just its parameters, cut to a length:
whoever may speak for a member can make words of ours, and no others, stand on its own page.
"""

import json
from collections.abc import Mapping

from dure.kernel.reason import Parameter, Reason

METRIC = "Gateway/Trouble"
NO_ROOM = "make.no_room"
KNOWN: Mapping[str, frozenset[str]] = {
    "make.file_column": frozenset({"file", "column", "there"}),
    "make.file_encoding": frozenset({"file"}),
    "make.file_no_table": frozenset({"file"}),
    "make.file_not_whole": frozenset({"file", "problem"}),
    "make.file_rows": frozenset({"file", "said"}),
    "make.file_too_large": frozenset({"file", "most"}),
    "make.no_folder": frozenset({"folder"}),
    NO_ROOM: frozenset({"device", "since", "until"}),
    "make.queue_full": frozenset({"budget"}),
    "make.source_node": frozenset({"source", "node", "problem"}),
    "make.source_silent": frozenset({"source", "problem"}),
}
LONGEST = 200
MOST = 2**31
MOST_MS = 2**53


def written(reason: Reason, count: int = 1) -> str:
    """Write a trouble as the text of a reading."""
    cut = {name: _cut(value) for name, value in reason.parameters.items()}
    return json.dumps({"code": reason.code, "parameters": cut, "count": count}, ensure_ascii=False)


def read(text: str | None) -> tuple[Reason, int] | None:
    """Read what `written` wrote: the trouble and how often; None for anything else."""
    try:
        row = json.loads(text or "")
        code, parameters, count = row["code"], row["parameters"], row["count"]
        known = KNOWN[code]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(parameters, dict) or parameters.keys() != known:
        return None
    if not all(type(value) in (str, int) for value in parameters.values()):
        return None
    if code == NO_ROOM and not all(
        type(parameters[name]) is int and 0 <= parameters[name] < MOST_MS
        for name in ("since", "until")
    ):
        return None
    if type(count) is not int or not 0 < count < MOST:
        return None
    return Reason(code, {name: _cut(value) for name, value in parameters.items()}), count


def _cut(value: Parameter) -> Parameter:
    return value[:LONGEST] if isinstance(value, str) else value
