"""
The processes of a house, in the order in which they start: name, verb, database role.

    web        uvicorn dure.project.asgi       dure_web
    worker     dure worker                     dure_worker
    ingest     dure ingest                     dure_worker    holds still for a backup
    sequencer  dure sequencer                  dure_worker    holds still for a backup
    witness-N  dure witness                    none: it has no database
"""

from collections.abc import Mapping

from dure.prove.store.keys import found_log
from dure.stack.home import Home
from dure.stack.nats import free_port, nats_url
from dure.stack.outside import role_url
from dure.stack.programs import Ours, verb, web

WORKING = (("worker", False), ("ingest", True), ("sequencer", True))


def our_processes(
    home: Home,
    *,
    host: str,
    port: int,
    tls: tuple[str, str] | None,
    witnesses: int,
    environment: Mapping[str, str],
) -> list[Ours]:
    """Give all of our own processes, each with no more than it needs to know."""
    local = found_log(home, [free_port() for _ in range(witnesses)])
    serving = {**environment, "DURE_DATABASE_URL": role_url(home, "dure_web")}
    working = {
        **environment,
        "DURE_DATABASE_URL": role_url(home, "dure_worker"),
        "DURE_NATS_URL": nats_url(home),
    }
    return [
        web(host=host, port=port, environment=serving, tls=tls),
        *(verb(name, environment=working, can_pause=can_pause) for name, can_pause in WORKING),
        *(
            verb(
                "witness",
                *witness.arguments,
                number=number,
                environment=environment,
                door=("127.0.0.1", witness.port),
            )
            for number, witness in enumerate(local, start=1)
        ),
    ]
