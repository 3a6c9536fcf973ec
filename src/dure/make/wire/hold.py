"""What keeps messages in a stream that forgets what nobody waits for."""

import json
from typing import Any

from dure.kernel.errors import Unavailable
from dure.make.wire.nats import Nats
from dure.make.wire.reader import SECOND_NS, streamed

HELD_AT_ONCE = 20_000


class Hold:
    """
    Keeps messages in a stream that forgets what nobody waits for, until they are given up.

    A durable consumer that acknowledges all up to a number, and is sent headers only. It is
    never asked what comes next: that is the Reader's. `since` is when it was made; it stands in
    the consumer's metadata, because the broker gives it another time of birth after a restart.
    It needs a connection of its own, and somebody who heeds it while nothing is given up: the
    broker hangs up on whoever leaves its pings unanswered for some minutes.
    """

    def __init__(self, nats: Nats, *, stream: str, name: str, subject: str):
        self._nats = nats
        self._ask = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}"
        self._make = f"CONSUMER.DURABLE.CREATE.{stream}.{name}"
        self._held: list[tuple[int, str]] = []
        config = {
            "durable_name": name,
            "ack_policy": "all",
            "ack_wait": 600 * SECOND_NS,
            "deliver_policy": "all",
            "filter_subject": subject,
            "headers_only": True,
            "max_ack_pending": HELD_AT_ONCE,
        }
        known = nats.jetstream(f"CONSUMER.INFO.{stream}.{name}")
        marks = known.get("config", {}).get("metadata", {})
        self.since: str = marks.get("since") or self._made(stream, config)

    def _made(self, stream: str, config: dict[str, Any]) -> str:
        made = self._asked({"stream_name": stream, "config": config})
        since: str = made["created"]
        marked = {**config, "metadata": {"since": since}}
        self._asked({"stream_name": stream, "config": marked})
        return since

    def _asked(self, order: dict[str, Any]) -> dict[str, Any]:
        answer = self._nats.jetstream(self._make, order)
        if "error" in answer:
            raise Unavailable("make.stream_refuses", problem=answer["error"]["description"])
        return answer

    def fileno(self) -> int:
        """Give the descriptor that is readable when the broker said something."""
        return self._nats.fileno()

    def heed(self) -> None:
        """Take in what the broker said, and answer its pings; raises Lost when it is gone."""
        self._held += [
            (streamed(delivery)[0].seq, delivery.reply)
            for delivery in self._nats.deliveries(0)
            if delivery.reply.startswith("$JS.ACK.")
        ]

    def give_up(self, seq: int) -> None:
        """Let the broker forget everything up to seq, as far as it has told us of it."""
        order = {"batch": HELD_AT_ONCE, "no_wait": True}
        self._nats.publish(self._ask, json.dumps(order).encode(), reply=self._nats.new_inbox())
        self.heed()
        known = [held for held in self._held if held[0] <= seq]
        if known:
            self._nats.publish(max(known)[1], b"+ACK")
            self._held = [held for held in self._held if held[0] > seq]
