"""Log lines as JSON, one event a line, with the request's id; and the one file they end in."""

import json
import logging
import os
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object. No arguments beyond the message are written."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "source": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request"] = request_id.get()
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


LARGEST_LOG = 16 << 20


@dataclass(frozen=True, slots=True)
class LogFile:
    """
    The log of everything that a supervisor runs. Past 16 MB it begins anew; the last one is kept.

    A full disk loses log lines and nothing else.
    """

    path: Path

    def note(self, process: str, message: str, level: str = "info") -> None:
        """Write a line of our own about a process."""
        self._write(_line(process, level, message))

    def pass_on(self, process: str, said: bytes) -> None:
        """Write what a process said: JSON as it is, with the process's name; else made JSON."""
        text = said.decode(errors="replace").rstrip()
        if not text:
            return
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        whole = {**line, "process": process} if isinstance(line, dict) else None
        self._write(whole or _line(process, "info", text))

    def _write(self, line: dict[str, object]) -> None:
        with suppress(OSError):
            if self.path.exists() and self.path.stat().st_size > LARGEST_LOG:
                self.path.replace(self.path.with_suffix(".1.jsonl"))
            whole = json.dumps(line, ensure_ascii=False).encode() + b"\n"
            with self.path.open("ab", buffering=0) as log:
                start = log.seek(0, os.SEEK_END)
                if log.write(whole) != len(whole):
                    log.truncate(start)  # half a line would spoil the next one, too


def _line(process: str, level: str, message: str) -> dict[str, object]:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"at": at, "level": level, "process": process, "message": message}
