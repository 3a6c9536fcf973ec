"""The three roles at the database: who migrates, who serves pages, who works in the background."""

import psycopg
from psycopg import sql

from dure.stack.home import Home

ROLES = ("dure_owner", "dure_web", "dure_worker")


def make_roles(connection: psycopg.Connection, home: Home, roles: tuple[str, ...] = ROLES) -> None:
    """Make the roles that are missing and give all of them the passwords of this home."""
    known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    for role in roles:
        _make_role(connection, home, role, exists=role in known)


def secret_of(role: str) -> str:
    """Give the name of the secret that is a role's password."""
    return f"database_{role}"


def _make_role(connection: psycopg.Connection, home: Home, role: str, *, exists: bool) -> None:
    """Make a role that may log in; the server is sent a scram verifier, never the password."""
    password = home.secret(secret_of(role)).encode()
    verifier = connection.pgconn.encrypt_password(password, role.encode(), b"scram-sha-256")
    statement = sql.SQL(
        "ALTER ROLE {} LOGIN {} PASSWORD {}" if exists else "CREATE ROLE {} LOGIN {} PASSWORD {}"
    )
    makes = sql.SQL("CREATEDB" if role == "dure_owner" else "NOCREATEDB")
    connection.execute(statement.format(sql.Identifier(role), makes, verifier.decode()))
