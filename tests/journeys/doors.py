"""Every door that takes something, found by asking the house: a new one is walked by itself."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from typing import Any
from uuid import uuid4

import psycopg
from django import forms
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from dure.kernel.ids import check_digit
from dure.stack.home import Home
from dure.stack.outside import role_url
from tests.cli.house import wait_until

OF_A_KIND = 2  # rows of each kind
CALLED = {  # where a path calls a row by another name than its table does
    "offer": "assignment",
    "round": "purchaseround",
    "case": "differencecase",
    "machine": "equipment",
}
CHORE = "plan.keep_time"
# What changes by itself while the house runs, or says only that somebody asked.
RESTLESS = (
    "django_", "procrastinate_", "prove_", "journal_answered", "journal_issuer",
    "journal_numberseries", "journal_outbox", "journal_reacted", "journal_unsigned",
)  # fmt: skip
DONE_BY_HAND = {"do": "start", "answer": "agree", "as": "x", "language": "en", "file": "x"}


@dataclass(frozen=True)
class Ledger:
    """What stands in the database, as the cooperative sees it."""

    home: Home

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._opened() as connection:
            return connection.execute(sql, values).fetchall()

    def keep_time(self) -> None:
        """Have the worker do what is due by now, and not in the middle of the next minute."""
        app = App(connector=SyncPsycopgConnector(conninfo=role_url(self.home, "dure_worker")))
        with app.open(), suppress(AlreadyEnqueued):
            app.configure_task(CHORE, queueing_lock=CHORE).defer(timestamp=0)
        waiting = (
            "select from procrastinate_jobs where task_name = %s and status in ('todo', 'doing')"
        )
        wait_until(lambda: not self.ask(waiting, CHORE))

    def rows(self) -> dict[tuple[str, str], str]:
        """Give each row that people can change, by table and key, as a hash of all it says."""
        with self._opened() as connection:
            return {
                (table, key): digest
                for table, columns in _columns(connection).items()
                for key, digest in connection.execute(
                    f"select to_jsonb(t) ->> '{_key(columns)}', md5(t::text) from \"{table}\" t"
                )
            }

    def ids(self, *but_of: str) -> dict[str, list[str]]:
        """Give the latest ids of each kind of row, but not of rows that belong to certain firms."""
        found = {}
        with self._opened() as connection:
            for table, columns in _columns(connection).items():
                mine = sorted({*columns} & {"firm_id", "buyer_id", "supplier_id", "member_id"})
                where = " and ".join(f'"{name}"::text <> all(%s)' for name in mine) or "true"
                if "id" in columns:
                    asked = (
                        f'select id::text from "{table}" where {where} order by id desc limit %s'
                    )
                    rows = connection.execute(asked, [*[list(but_of)] * len(mine), OF_A_KIND])
                    found[table.partition("_")[2]] = [key for (key,) in rows if len(key) == 36]
        return {kind: ids for kind, ids in found.items() if ids}

    def actors_since(self, known: set[str]) -> set[str]:
        """Give the firms that have acted in facts that were not known."""
        told = "select fact_id::text, convert_from(body, 'UTF8')::json from journal_factkey"
        facts = self.ask(told)
        return {str(body["actor_firm"]) for key, body in facts if key not in known}

    @contextmanager
    def _opened(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(role_url(self.home, "dure_worker"), autocommit=True) as connection:
            connection.execute("select set_config('dure.role', 'system', false)")
            yield connection


def _columns(connection: psycopg.Connection) -> dict[str, list[str]]:
    """Give the tables that people can change, each with its columns."""
    asked = (
        "select table_name::text, array_agg(column_name::text order by column_name)"
        " from information_schema.columns join pg_tables"
        " on schemaname = table_schema and tablename = table_name"
        " where schemaname = 'public' group by 1 order by 1"
    )
    found = connection.execute(asked).fetchall()
    return {table: columns for table, columns in found if not table.startswith(RESTLESS)}


def _key(columns: list[str]) -> str:
    return "id" if "id" in columns else columns[0]


def called(name: str, ids: dict[str, list[str]]) -> list[str]:
    """Give the ids that a name in a path or body may mean; one of each kind where it says none."""
    plain = name.removesuffix("_id").replace("_", "")
    kind = CALLED.get(plain, plain)
    return ids.get(kind) or [one for known in ids.values() for one in known[:1]]


def api_posts(described: dict[str, Any], ids: dict[str, list[str]]) -> Iterator[tuple[str, Any]]:
    """Give each POST of the API as path and body: bodies that its own description allows."""
    for path, verbs in described["paths"].items():
        if "post" not in verbs:
            continue
        asked = verbs["post"].get("requestBody")
        schema = asked["content"]["application/json"]["schema"] if asked else None
        body = example(schema, described["components"]["schemas"], ids) if schema else None
        yield from ((filled, body) for filled in fill(path, r"\{(\w+)\}", ids))


def portal_paths(ids: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Give each address of the portal as its name and path."""
    for name, route in _routes(get_resolver()):
        yield from ((name, f"/{filled}") for filled in fill(route, r"<(?:\w+:)?(\w+)>", ids))


def fill(path: str, pattern: str, ids: dict[str, list[str]]) -> Iterator[str]:
    """Fill what a path leaves open with every id that it may mean."""
    names = re.findall(pattern, path)
    for values in product(*(_values(name, ids) for name in names)):
        left = iter(values)
        yield re.sub(pattern, lambda _, left=left: next(left), path)


def made_up(path: str) -> str:
    """Give the same path with ids that nobody ever had."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", lambda _: str(uuid4()), path)


def _values(name: str, ids: dict[str, list[str]]) -> list[str]:
    by_hand = {"token": ["A" * 32], "year": ["2026"], "path": ["0/000"], "index": ["0"]}
    return by_hand.get(name) or called(name, ids)


def _routes(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern.name or route, route
        elif pattern.namespace != "api":
            yield from _routes(pattern, route)


def example(
    schema: dict[str, Any], known: dict[str, Any], ids: dict[str, list[str]], name=""
) -> Any:
    """Give a value that a JSON schema allows, with ids that exist."""
    if "$ref" in schema:
        return example(known[schema["$ref"].rpartition("/")[2]], known, ids, name)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], known, ids, name)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", ())
            properties = schema.get("properties", {})
            return {each: example(properties[each], known, ids, each) for each in wanted}
        case "array":
            parts = schema.get("prefixItems") or [schema.get("items", {})]
            return [example(part, known, ids, name) for part in parts]
        case "integer" | "number":
            return max(1, int(schema.get("minimum", 1)))
        case "boolean":
            return False
    return _text(schema, name, ids)


def _text(schema: dict[str, Any], name: str, ids: dict[str, list[str]]) -> str:
    by_hand = {"business_number": "113009911" + str(check_digit("113009911")), "unit": "kg"}
    if name in by_hand:
        return by_hand[name]
    formats = {
        "uuid": lambda: called(name, ids)[0],
        "date": lambda: "2027-12-24",
        "date-time": lambda: "2027-06-01T00:00:00Z",
    }
    written = formats.get(schema.get("format", ""))
    return written() if written else "x" * max(1, int(schema.get("minLength", 1)))


def form_fields(ids: dict[str, list[str]]) -> dict[str, str]:
    """Give a value for every field of every form of the portal."""
    fields = dict(DONE_BY_HAND)
    for app in apps.get_app_configs():
        if app.name.startswith("dure.") and find_spec(f"{app.name}.forms"):
            for form in vars(import_module(f"{app.name}.forms")).values():
                if isinstance(form, type) and issubclass(form, forms.Form):
                    for name, field in form.base_fields.items():
                        fields[name] = _filled(name, field, ids)
    return fields


def _filled(name: str, field: forms.Field, ids: dict[str, list[str]]) -> str:
    if isinstance(field, forms.ChoiceField):
        return str(next((value for value, _ in field.choices if value), "x"))
    if isinstance(field, forms.UUIDField):
        return called(name, ids)[0]
    return "1" if isinstance(field, forms.IntegerField) else "x"
