"""
A database and a broker of one's own, named by DURE_DATABASE_URL and DURE_NATS_URL.

DURE_DATABASE_URL is the owner's address: the role that migrates. Our processes enter as
dure_web and dure_worker at the same address, with passwords out of DURE_HOME/secrets (or
DURE_SECRET_DATABASE_DURE_WEB, ...); `dure migrate` makes these roles where the owner may.
"""

import os
import socket
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dure.kernel.errors import Refused, Unavailable
from dure.stack.home import Home
from dure.stack.postgres import database_url
from dure.stack.roles import make_roles, secret_of

PATIENCE_SECONDS = 5
BOUND_ROLES = ("dure_web", "dure_worker")


def owners_url(home: Home) -> str:
    """Give the owner's address of the database: from outside, or our own."""
    return os.environ.get("DURE_DATABASE_URL") or database_url(home, "dure_owner")


def role_url(home: Home, role: str) -> str:
    """Give the address of the database for one of our roles, password included."""
    given = os.environ.get("DURE_DATABASE_URL")
    if not given:
        return database_url(home, role)
    return make_conninfo(given, user=role, password=home.secret(secret_of(role)))


def check_database(url: str) -> None:
    """Raise Unavailable, without a password in it, unless the database lets us in."""
    try:
        psycopg.connect(url, connect_timeout=PATIENCE_SECONDS).close()
    except psycopg.Error as problem:
        said = str(problem).strip().splitlines()
        raise Unavailable(
            "stack.database_unreachable", where=place_of(url), problem=said[-1] if said else ""
        ) from problem


def check_nats(url: str) -> None:
    """Raise Unavailable unless a NATS server greets us at the address."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or 4222}"
    try:
        address = (parts.hostname or "", parts.port or 4222)
        with socket.create_connection(address, timeout=PATIENCE_SECONDS) as door:
            greeting = door.recv(4)
    except OSError as problem:
        words = problem.strerror or str(problem)
        raise Unavailable("stack.nats_unreachable", where=where, problem=words) from problem
    if greeting != b"INFO":
        raise Unavailable("stack.nats_unreachable", where=where, problem="it is no NATS server")


def make_outside_roles(url: str, home: Home) -> None:
    """Make dure_web and dure_worker in a database of one's own; raises Refused if not allowed."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            make_roles(connection, home, BOUND_ROLES)
    except psycopg.errors.InsufficientPrivilege as forbidden:
        raise Refused("stack.roles_missing", where=place_of(url)) from forbidden


def place_of(url: str) -> str:
    """Say where a database is, without user and password."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "?"
    host, port = parts.get("host") or "localhost", parts.get("port") or 5432
    return f"{host}:{port}/{parts.get('dbname') or ''}"
