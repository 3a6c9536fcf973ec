"""Commands to machines: one metric set by the machine's own member, over the broker."""

from functools import partial
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction

from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.time import Instant
from dure.make import models, public
from dure.make.engine import facts
from dure.make.engine.topic import command_topic, subject_of_topic
from dure.make.history.births import declared, read_births
from dure.make.services.jobs import acting_firm
from dure.make.wire.nats import Nats
from dure.make.wire.sparkplug import Value, command
from dure.members import public as members
from dure.stack.nats import nats_url


@transaction.atomic
def command_machine(machine_id: UUID, metric: str, value: Value, *, at: Instant) -> models.Command:
    """
    Set one metric of one's own machine; the fact is recorded, then the command goes out.

    It goes at quality of service 0, as Sparkplug asks: that it was given is known, that it
    was followed the machine says by its next data. Raises NotFound for a machine or a metric
    that is not there, Refused while the machine is offline, Malformed for a wrong value,
    Unavailable where the broker does not answer.
    """
    machine = public.machine(machine_id)
    if machine.firm != acting_firm():
        raise NotFound("make.no_machine")
    group = public.group_of(members.firm(machine.firm).number)
    found = declared(read_births(settings.HOME.history), group, machine.device)
    if found is None:
        raise Refused("make.machine_offline", device=machine.device)
    node, metrics = found
    if metric not in metrics:
        raise NotFound("make.no_metric", metric=metric)
    body = command(metrics[metric], value, int(at.timestamp() * 1_000))
    row = models.Command(equipment_id=machine.id)
    tell(row, facts.COMMAND_GIVEN, at=at, firm_id=machine.firm, metric=metric, value=repr(value))
    subject = subject_of_topic(command_topic(node, machine.device))
    transaction.on_commit(partial(_send, group, subject, body))
    return row


def _send(group: str, subject: str, body: bytes) -> None:
    parts = urlsplit(nats_url(settings.HOME, group))
    assert parts.hostname, "an address of the broker names a host"
    with Nats(
        parts.hostname,
        parts.port or 4222,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    ) as nats:
        nats.publish(subject, body)
        nats.flush()
