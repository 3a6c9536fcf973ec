"""`dure up`: start everything under one home, and keep it running."""

import os
import socket
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Annotated

import typer

from dure.cli.processes import our_processes
from dure.kernel.errors import Refused
from dure.stack.certificate import LocalCertificate, local_addresses, local_certificate
from dure.stack.home import Home, dure_home
from dure.stack.logs import LogFile
from dure.stack.nats import Nats, broker_of, free_port
from dure.stack.outside import check_database, check_nats, owners_url, role_url
from dure.stack.postgres import Postgres
from dure.stack.programs import verb
from dure.stack.supervisor import Stopped, Supervisor

PORT_PATIENCE_SECONDS = 2.0  # a house that was just killed is still closing its doors
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - only for --lan

TRUST = """
On each phone, once: open the file {authority}
(send it to yourself by mail or messenger) and install it as a certificate authority.
  iPhone:  Settings > General > VPN & Device Management > install; then
           Settings > General > About > Certificate Trust Settings > switch it on.
  Android: Settings > Security > Encryption & credentials > Install a certificate > CA certificate.
Compare the fingerprint before you agree: {fingerprint}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a house is to run."""

    port: int
    lan: bool = False
    witnesses: int = 0


def up(
    home: Annotated[Path | None, typer.Option(help="The folder where everything lives.")] = None,
    port: Annotated[int, typer.Option(help="The portal's port; 0 takes a free one.")] = 8000,
    mqtt_port: Annotated[int, typer.Option(help="Where machines connect; 0: a free one.")] = 1883,
    nats_port: Annotated[int, typer.Option(help="The broker's own port; 0: a free one.")] = 4222,
    witnesses: Annotated[int, typer.Option(help="Witnesses to run here, for a trial.")] = 0,
    *,
    lan: Annotated[bool, typer.Option("--lan", help="Serve phones on this network, too.")] = False,
) -> None:
    """
    Start Dure on this computer and keep it running. Stop it with Ctrl-C.

    Everything it needs comes with it: the database, the broker that machines speak to, the
    portal. All it keeps lies in one folder (--home). Start it again and it goes on where it was.
    """
    if home is not None:
        os.environ["DURE_HOME"] = str(home.expanduser().absolute())
    os.environ["DURE_MQTT_PORT"] = str(mqtt_port or free_port())
    os.environ["DURE_NATS_PORT"] = str(nats_port or free_port())
    run(dure_home(), Options(port=port or free_port(), lan=lan, witnesses=witnesses))


def run(home: Home, options: Options) -> None:
    """Start everything, keep it running until told to stop, and stop everything."""
    home.prepare()
    with home.held(), ExitStack() as at_the_end:
        _check_doors(options)
        certificate = _certificate(home) if options.lan else None
        house = Supervisor(home, LogFile(home.run / "log.jsonl"), _address(options))
        print(f"Dure is starting in {home.path} ...", flush=True)
        at_the_end.enter_context(house.listening())
        try:
            _start(house, options, certificate, at_the_end)
        except Stopped:
            return
        _welcome(house, certificate)
        house.keep()
        print("Dure is stopping ...", flush=True)


def _start(
    house: Supervisor, options: Options, certificate: LocalCertificate | None, end: ExitStack
) -> None:
    """Start from the ground up: database, broker, schema, then our own processes together."""
    home = house.home
    _start_servers(house, end)
    environment = {"DURE_HOME": str(home.path)}
    if certificate:
        hosts = [*local_addresses()]
        environment |= {"DURE_HTTPS": "1", "DURE_HOSTS": ",".join(hosts)}
    owner = {**environment, "DURE_DATABASE_URL": owners_url(home)}
    embedded = "DURE_DATABASE_URL" not in os.environ
    flag = "--embedded" if embedded else "--no-embedded"
    house.run_once(verb("prepare", flag, environment=owner))
    house.start(
        *our_processes(
            home,
            host=EVERYWHERE if options.lan else LOOPBACK,
            port=options.port,
            tls=(str(certificate.certificate), str(certificate.key)) if certificate else None,
            witnesses=options.witnesses,
            environment=environment,
        )
    )


def _start_servers(house: Supervisor, end: ExitStack) -> None:
    """Start the database and the broker, or see that those from outside answer."""
    home = house.home
    if url := os.environ.get("DURE_DATABASE_URL"):
        check_database(url)
        check_database(role_url(home, "dure_web"))
    if nats := os.environ.get("DURE_NATS_URL"):
        check_nats(nats)
    if not url:
        postgres = end.enter_context(closing(Postgres(home)))
        house.start(postgres)
        postgres.make_roles()
    if not nats:
        house.start(end.enter_context(closing(Nats(home, broker_of(home)))))


def _check_doors(options: Options) -> None:
    """Raise Refused when a port that we are to open is taken."""
    _check_free("--port", EVERYWHERE if options.lan else LOOPBACK, options.port)
    if "DURE_NATS_URL" not in os.environ:
        _check_free("--nats-port", LOOPBACK, int(os.environ["DURE_NATS_PORT"]))
        mqtt_host = os.environ.get("DURE_MQTT_HOST", LOOPBACK)
        _check_free("--mqtt-port", mqtt_host, int(os.environ["DURE_MQTT_PORT"]))


def _check_free(option: str, host: str, port: int) -> None:
    deadline = monotonic() + PORT_PATIENCE_SECONDS
    while not _is_free(host, port):
        if monotonic() > deadline:
            raise Refused("stack.port_in_use", port=port, option=option)
        sleep(0.1)


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except PermissionError as forbidden:
            raise Refused("stack.port_forbidden", port=port) from forbidden
        except OSError:
            return False
    return True


def _certificate(home: Home) -> LocalCertificate:
    return local_certificate(home, local_addresses())


def _address(options: Options) -> str:
    if options.lan:
        return f"https://{local_addresses()[0]}:{options.port}"
    return f"http://{LOOPBACK}:{options.port}"


def _welcome(house: Supervisor, certificate: LocalCertificate | None) -> None:
    print(f"Dure is running. Open {house.address} in a browser. Stop it with Ctrl-C.", flush=True)
    if certificate:
        words = TRUST.format(authority=certificate.authority, fingerprint=certificate.fingerprint)
        print(words, flush=True)
